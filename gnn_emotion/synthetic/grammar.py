"""A small grammar: from emotion, event and phase to a text, in Chinese or English."""

from __future__ import annotations

import re
from random import Random

from gnn_emotion.synthetic import (
    phrases_concert,
    phrases_daily,
    phrases_english,
    phrases_flood,
    phrases_short,
)
from gnn_emotion.synthetic.events import Event, Phase

_SLOT = re.compile(r"\{(\w+)\}")
_RANGE = re.compile(r"(\d+)-(\d+)")
_SLOTS = phrases_short.SLOTS | phrases_flood.SLOTS | phrases_concert.SLOTS | phrases_daily.SLOTS
_ORIGINALS = {
    "flood": phrases_flood.FLOOD,
    "concert": phrases_concert.CONCERT,
    "daily": phrases_daily.DAILY,
}


def _lines(block: str) -> list[str]:
    return [line for line in block.split("\n") if line]


def fill(rng: Random, template: str, city: str = "") -> str:
    """Fill the slots of a template; one slot twice gives two different words.

    Args:
        rng: the source of chance.
        template: text with ``{slot}`` in it.
        city: what ``{city}`` stands for.
    """
    used: set[str] = set()

    def word(match: re.Match[str]) -> str:
        name = match[1]
        if name == "city":
            return city
        choices = _SLOTS[name.removesuffix("2") if name == "place2" else name].split("|")
        for _ in range(9):
            text = rng.choice(choices)
            if bounds := _RANGE.fullmatch(text):
                text = str(rng.randint(int(bounds[1]), int(bounds[2])))
            if text not in used:
                break
        used.add(text)
        return text

    return _SLOT.sub(word, template)


def original(rng: Random, event: Event, phase: Phase, emotion: str, english: bool) -> str:
    """Write an original post: opening, statement, ending, emoticon, each but one optional."""
    if english:
        return fill(rng, rng.choice(_lines(phrases_english.ENGLISH[event.name][emotion])))
    pools = _ORIGINALS[event.name]
    own = _lines(pools.get(phase.name, {}).get(emotion, ""))
    # What belongs to the phase is said three times as often as what fits any day.
    core = rng.choice(own * 3 + _lines(pools["any"][emotion]))
    text = fill(rng, core, event.city)
    if not text.startswith("【"):
        text = _embed(rng, text, emotion, 0.3, 0.35)
    return text + emoticon(rng, emotion, 0.3)


def _embed(rng: Random, text: str, emotion: str, opening: float, ending: float) -> str:
    """Put an opening before a text and an ending after it, each with a chance of its own."""
    last = _part(rng, phrases_short.ENDINGS[emotion], ending)
    if text[-1] not in "，。？！…":
        text += rng.choices(("。", "！", "…", "～", "" if not last else "。"), _marks(emotion))[0]
    return _part(rng, phrases_short.OPENINGS[emotion], opening) + text + last


def _part(rng: Random, choices: str, share: float) -> str:
    return rng.choice(choices.split("|")) if rng.random() < share else ""


def _marks(emotion: str) -> tuple[int, ...]:
    """Return the weights of full stop, exclamation mark, dots, wave and nothing."""
    loud, soft = emotion in ("joy", "anger", "surprise"), emotion in ("sadness", "fear")
    return (4, 5 if loud else 1, 4 if soft else 1, 2 if emotion == "joy" else 0, 3)


def emoticon(rng: Random, emotion: str, share: float) -> str:
    """Return one or two emoticons of the emotion, or nothing; one in 25 is somebody's joke."""
    if rng.random() >= share:
        return ""
    shown = rng.choice(sorted(phrases_short.EMOTICONS)) if rng.random() < 0.04 else emotion
    sign = rng.choice(phrases_short.EMOTICONS[shown].split("|"))
    return sign * rng.choice((1, 1, 1, 2, 3))


def caption(rng: Random, event: Event) -> str:
    """Return a few words that leave the feeling to the picture."""
    return fill(rng, rng.choice(_lines(phrases_short.CAPTIONS)), event.city)


def bare(rng: Random) -> str:
    """Return words that mean nothing without what they answer."""
    return rng.choice(_lines(phrases_short.BARE))


def comment(rng: Random, emotion: str, parent: str | None, english: bool) -> str:
    """Write a comment, a reply or what is added to a repost.

    Args:
        rng: the source of chance.
        emotion: what the writer feels.
        parent: what the author of the answered post felt; None when that is not known.
        english: write in English.
    """
    if english:
        return rng.choice(phrases_english.ENGLISH_COMMENTS[emotion].split("|"))
    answers = phrases_short.ANSWERS.get(parent or "", {}).get(emotion, "")
    if answers and rng.random() < 0.4:
        text = rng.choice(answers.split("|"))
    else:
        text = fill(rng, rng.choice(_lines(phrases_short.COMMENTS[emotion])))
        # The parts of a neutral post announce something, which a comment does not.
        if emotion != "neutral":
            text = _embed(rng, text, emotion, 0.2, 0.25)
    return text + emoticon(rng, emotion, 0.28)
