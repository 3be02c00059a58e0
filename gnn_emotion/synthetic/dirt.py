"""The few rows that are wrong on purpose, as they are in every real dump."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gnn_emotion.synthetic.rows import CRAWLED, Row, written_at
from gnn_emotion.synthetic.threads import Post

AGAIN = CRAWLED + timedelta(days=1)
_CRAWLED_TWICE = 3
LOST_PICTURE = "media/lost_1.jpg"


@dataclass(frozen=True)
class Dirt:
    """Numbers (mids) of the rows that are wrong, by what is wrong with them.

    Attributes:
        twice: crawled a second time a day later, with higher counts; those rows are the last.
        deleted: the author took the post back.
        yesterday: ``created_at`` is ``昨天 HH:MM``, seen from ``crawl_time``.
        minutes: ``created_at`` is ``N分钟前``, seen from ``crawl_time``.
        cut: the text breaks off in ``...全文``.
        lost: names a picture that was not saved.
        empty_line: the line of ``posts.jsonl`` without id and text, from 1.
    """

    twice: tuple[str, ...]
    deleted: tuple[str, ...]
    yesterday: str
    minutes: str
    cut: str
    lost: str
    empty_line: int


def soil(rng: Random, rows: dict[Post, Row]) -> tuple[list[Row], Dirt]:
    """Spoil a few rows.

    Args:
        rng: the source of chance.
        rows: post -> its row, sorted by time; the spoiled ones are changed in place.

    Returns:
        All rows as the crawler wrote them, and which of them are wrong.
    """
    whole = [p for p in rows if p.kind == "original" and not p.deleted and not p.caption]
    cut = max(whole, key=lambda p: len(p.text))
    clean = [p for p in whole if p is not cut]
    yesterday, minutes, lost, *twice = rng.sample(clean, 3 + _CRAWLED_TWICE)
    rows[cut]["text"] = cut.text[: len(cut.text) * 2 // 3] + "...全文"
    rows[yesterday] |= _seen_next_day(yesterday)
    rows[minutes] |= _seen_soon(minutes, rng.randint(8, 50))
    rows[lost]["pics"] = [*rows[lost]["pics"], LOST_PICTURE]
    lines = list(rows.values())
    empty_line = len(lines) // 2
    lines.insert(empty_line - 1, _nothing(lines[0]))
    dirt = Dirt(
        twice=tuple(rows[p]["mid"] for p in twice),
        deleted=tuple(row["mid"] for p, row in rows.items() if p.deleted),
        yesterday=rows[yesterday]["mid"],
        minutes=rows[minutes]["mid"],
        cut=rows[cut]["mid"],
        lost=rows[lost]["mid"],
        empty_line=empty_line,
    )
    return lines + [_crawled_again(rng, rows[p]) for p in twice], dirt


def _seen_next_day(post: Post) -> Row:
    seen = (written_at(post) + timedelta(days=1)).replace(hour=9, minute=0, second=0)
    return {"created_at": f"昨天 {written_at(post):%H:%M}", "crawl_time": _stamp(seen)}


def _seen_soon(post: Post, minutes: int) -> Row:
    seen = written_at(post) + timedelta(minutes=minutes)
    return {"created_at": f"{minutes}分钟前", "crawl_time": _stamp(seen)}


def _crawled_again(rng: Random, row: Row) -> Row:
    names = ("attitudes_count", "comments_count", "reposts_count")
    grown = {name: row[name] + rng.randint(1, 20) for name in names}
    return row | grown | {"crawl_time": _stamp(AGAIN)}


def _nothing(like: Row) -> Row:
    """Return what a crawler writes when the page did not answer."""
    empty: Row = dict.fromkeys(like)
    return empty | {"mid": "", "text": "", "pics": [], "crawl_time": _stamp(CRAWLED)}


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}"
