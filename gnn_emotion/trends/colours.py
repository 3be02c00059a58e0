"""One look for each emotion in all figures: colour, line style, marker.

Colours are those of Okabe & Ito (2008, "Color Universal Design"), told apart by the colour-blind
too, with a darker yellow that is seen on white; line styles and markers tell labels apart in black
and white.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

#: A line style: a name, or (offset, lengths of dashes and gaps in widths of the line).
Line = str | tuple[int, tuple[float, ...]]

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
_GREY = "#8c8c8c"
_LINES: tuple[Line, ...] = (
    "-",
    "--",
    "-.",
    ":",
    (0, (8, 2)),
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (3, 1)),
    (0, (1, 3)),
)
_MARKERS = ("o", "s", "^", "v", "D", "P", "X", "*")
#: Names of labels that mean the same in several sets -> place among the colours.
_PLACE = {
    "neutral": 0,
    "none": 0,
    "joy": 1,
    "happy": 1,
    "happiness": 1,
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
    "good": 4,
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
    line: Line
    marker: str

    @property
    def area(self) -> str:
        """The colour of areas: large black fields would outshine all others."""
        return _GREY if self.colour == _OKABE_ITO[0] else self.colour


def looks(labels: Sequence[str]) -> dict[str, Look]:
    """Return the look of each label: fixed for known names, one of those left for the others."""
    left = _left({_PLACE[label] for label in labels if label in _PLACE})
    return {
        label: _look(_PLACE[label], 0) if label in _PLACE else _look(*next(left))
        for label in labels
    }


def _left(taken: set[int]) -> Iterator[tuple[int, int]]:
    """Yield (colour, turn): the colours that are free, then all again with other lines."""
    yield from ((place, 0) for place in range(len(_OKABE_ITO)) if place not in taken)
    for turn in count(1):
        yield from ((place, turn) for place in range(len(_OKABE_ITO)))


def _look(place: int, turn: int) -> Look:
    kind = (place + turn) % len(_LINES)
    return Look(_OKABE_ITO[place], _LINES[kind], _MARKERS[kind])
