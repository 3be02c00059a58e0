"""One look for each emotion in all figures: colour, line style, marker.

Colours are those of Okabe & Ito (2008, "Color Universal Design"), told apart by the colour-blind
too; line styles and markers tell labels apart in black and white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: black, orange, sky blue, green, yellow, blue, vermilion, purple.
_OKABE_ITO = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#D8C21D",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
_LINES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "v", "D", "P", "X", "*")
#: Names of labels that mean the same in several sets -> place among the colours.
_PLACE = {
    "neutral": 0,
    "none": 0,
    "joy": 1,
    "happy": 1,
    "positive": 1,
    "sadness": 5,
    "sad": 5,
    "negative": 5,
    "anger": 6,
    "angry": 6,
    "disgust": 3,
    "disgusted": 3,
    "fear": 7,
    "feared": 7,
    "surprise": 2,
    "astonished": 2,
    "like": 4,
}


@dataclass(frozen=True)
class Look:
    """How a label is drawn.

    Attributes:
        colour: ``#rrggbb``.
        line: matplotlib line style.
        marker: matplotlib marker.
    """

    colour: str
    line: str
    marker: str


def looks(labels: Sequence[str]) -> dict[str, Look]:
    """Return the look of each label: fixed for known names, those that are left for others."""
    taken = {_PLACE[label] for label in labels if label in _PLACE}
    free = [place for place in range(len(_OKABE_ITO)) if place not in taken]
    found, others = {}, 0
    for number, label in enumerate(labels):
        if label in _PLACE:
            place, turn = _PLACE[label], 0
        else:
            order = free or list(range(len(_OKABE_ITO)))
            place, turn = order[others % len(order)], others // len(order)
            others += 1
        line = _LINES[(turn + place) % len(_LINES)]
        found[label] = Look(_OKABE_ITO[place], line, _MARKERS[number % len(_MARKERS)])
    return found
