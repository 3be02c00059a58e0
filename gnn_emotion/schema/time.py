"""Times of posts, in every form that crawlers write, to UTC.

Each form is looked for in the whole column at once, and only in the rows that no form before it
has read. A time without a zone is in China: Weibo started in 2009 and China had daylight saving
time only from 1986 to 1991, so its zone is a fixed +08:00.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.schema.tables import TIME
from gnn_emotion.schema.time_templates import (
    CHINA,
    DAY,
    RELATIVE,
    SECOND,
    TEMPLATES,
    TO_DAY,
    TO_MINUTE,
    TO_SECOND,
    Flags,
    Ints,
    civil,
    read_template,
)

#: Microseconds since 1970; what lies outside is a damaged value, not a time.
EARLIEST = int(np.datetime64("1990-01-01", "us").astype(np.int64))
LATEST = int(np.datetime64("2100-01-01", "us").astype(np.int64))
_WEIBO_START = int(np.datetime64("2009-08-01", "s").astype(np.int64))

_UNREAD = -1

_CLOCK = r"(?P<hour>\d{1,2})[:：](?P<minute>\d{2})(?:[:：](?P<second>\d{2})"
_ZONE = r"(?P<zone>[zZ]|[+-](?:0\d|1[0-5]):?[0-5]\d)?"
#: 2022-04-27 10:20:54, 2022-04-27T10:20:54.5+08:00, 2022/4/27 10:20, 2020年01月02日 11:00
_DATE = (
    r"^(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})"
    r"(?P<gap>\s*日\s*|\s*[tT]\s*|\s+)?"
    rf"(?:{_CLOCK}(?:[.,](?P<fraction>\d{{1,12}}))?)?\s*{_ZONE})?$"
)
#: 05-31, 01月01日 23:38
_YEARLESS = (
    r"^(?P<month>\d{1,2})\s*[-/月]\s*(?P<day>\d{1,2})(?P<gap>\s*日\s*|\s+)?" rf"(?:{_CLOCK})?)?$"
)
_EPOCH = r"^(?P<seconds>\d{10})(?P<millis>\d{3})?(?:\.\d*)?$"
_AGO = r"^(?:(?P<now>刚刚)|(?P<count>\d{1,4})\s*(?P<unit>秒|分|小时|天)钟?前)$"
_UNITS = {"": 0, "秒": SECOND, "分": 60 * SECOND, "小时": 3600 * SECOND, "天": DAY}
_NEAR_DAY = rf"^(?P<near>今天|昨天|前天)\s*(?:{_CLOCK})?)?$"
_NEAR_DAYS = {"": 0, "今天": 0, "昨天": -DAY, "前天": -2 * DAY}
#: What the search page shows behind the time of popular posts.
_POPULAR = "转赞人数"


class _Found(NamedTuple):
    """What a form made of some rows: microseconds since 1970, and precision or ``_UNREAD``."""

    us: Ints
    precision: npt.NDArray[np.int8]


def parse_times(values: pa.Array, crawl: pa.Array | None = None) -> tuple[pa.Array, pa.Array]:
    """Read times in any of the forms of Weibo's pages, its API and the crawlers.

    Args:
        values: strings ``[N]``.
        crawl: when each row was crawled ``[N]``, timestamps in UTC with microseconds. Relative
            times (``5分钟前``) and dates without a year stay unread where it is missing; such a
            date is the latest one that is not more than a day after the crawl.

    Returns:
        Timestamps ``[N]`` (UTC, microseconds), null where there is no time or it lies outside
        1990 to 2100; and int8 ``[N]``, the position of the precision in ``TIME_PRECISIONS``,
        null where the time is.
    """
    if pc.any(pc.match_substring(values, _POPULAR)).as_py():
        values = pc.replace_substring_regex(values, rf"(?s)\s*{_POPULAR}.*$", "")
    text = pc.utf8_trim_whitespace(values)
    crawl = pa.nulls(len(text), TIME) if crawl is None else crawl
    us = np.zeros(len(text), np.int64)
    precision = np.full(len(text), _UNREAD, np.int8)
    rows = np.flatnonzero(pc.fill_null(pc.greater(pc.binary_length(text), 0), False))
    for form in (_fixed, _epoch, _date, _ago, _near_day, _yearless):
        if not len(rows):
            break
        found = form(text.take(rows), crawl.take(rows))
        read = found.precision != _UNREAD
        us[rows[read]], precision[rows[read]] = found.us[read], found.precision[read]
        rows = rows[~read]
    nothing = (precision == _UNREAD) | (us < EARLIEST) | (us >= LATEST)
    return pa.array(us, mask=nothing).cast(TIME), pa.array(precision, mask=nothing)


def times_of_mids(mids: pa.Array) -> pa.Array:
    """Read the time that a Weibo post id carries: its bits above the 22nd count seconds.

    Args:
        mids: post ids ``[N]``.

    Returns:
        Timestamps ``[N]`` (UTC), null for everything but a 16-digit number that gives a time
        since Weibo started.
    """
    numbers = pc.if_else(pc.match_substring_regex(mids, r"^\d{16}$"), mids, None)
    seconds = pc.add(pc.shift_right(numbers.cast(pa.int64()), 22), 515_483_463)
    real = pc.greater_equal(seconds, _WEIBO_START)
    return pc.multiply(pc.if_else(real, seconds, None), SECOND).cast(TIME)


def _fixed(text: pa.Array, crawl: pa.Array) -> _Found:
    """Read the commonest forms from their bytes, without a regular expression."""
    us = np.zeros(len(text), np.int64)
    precision = np.full(len(text), _UNREAD, np.int8)
    lengths = pc.binary_length(text).to_numpy(zero_copy_only=False)
    for template, kind in TEMPLATES.items():
        length = len(template)
        rows = np.flatnonzero((lengths == length) & (precision == _UNREAD))
        if len(rows):
            buffer = text.take(rows).buffers()[2]
            letters = np.frombuffer(buffer, np.uint8, len(rows) * length).reshape(-1, length)
            us[rows], good = read_template(template, letters)
            precision[rows] = np.where(good, kind, _UNREAD)
    return _Found(us, precision)


def _epoch(text: pa.Array, crawl: pa.Array) -> _Found:
    """Read seconds or milliseconds since 1970."""
    found = _Fields(text, _EPOCH)
    us = found.number("seconds") * SECOND + found.number("millis") * 1000
    return _Found(us, _where(found.matched, TO_SECOND))


def _date(text: pa.Array, crawl: pa.Array) -> _Found:
    """Read dates with a year, and a clock and a zone or not."""
    found = _Fields(text, _DATE)
    us, valid = civil(found.number("year"), *found.month_to_second())
    fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(found.text("fraction"), 6, "0"), 0, 6)
    us += _number(fraction) - found.zone()
    return _Found(us, _where(found.matched & valid & found.has_gap(), found.clock_precision()))


def _ago(text: pa.Array, crawl: pa.Array) -> _Found:
    """Read a distance from the crawl."""
    found = _Fields(text, _AGO)
    now, known = _china_clock(crawl)
    us = now - found.number("count") * found.look_up("unit", _UNITS) - CHINA
    return _Found(us, _where(found.matched & known, RELATIVE))


def _near_day(text: pa.Array, crawl: pa.Array) -> _Found:
    """Read the clock of the day of the crawl or of one before it."""
    found = _Fields(text, _NEAR_DAY)
    hour, minute, second = (found.number(name) for name in ("hour", "minute", "second"))
    now, known = _china_clock(crawl)
    day = now // DAY * DAY + found.look_up("near", _NEAR_DAYS)
    us = day + ((hour * 60 + minute) * 60 + second) * SECOND - CHINA
    valid = (hour < 24) & (minute < 60) & (second < 60)
    return _Found(us, _where(found.matched & valid & known, RELATIVE))


def _yearless(text: pa.Array, crawl: pa.Array) -> _Found:
    """Read a date without a year: the latest one not more than a day after the crawl."""
    found = _Fields(text, _YEARLESS)
    fields = found.month_to_second()
    now, known = _china_clock(crawl)
    year = now.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970
    us = np.zeros(len(text), np.int64)
    wanted = found.matched & found.has_gap() & known
    open_rows = wanted.copy()
    for back in range(-1, 8):  # 29 February comes round after eight years at the latest
        made, exists = civil(year - back, *fields)
        here = open_rows & exists & (made <= now + DAY)
        us[here] = made[here] - CHINA
        open_rows &= ~here
        if not open_rows.any():
            break
    return _Found(us, _where(wanted & ~open_rows, found.clock_precision()))


def _china_clock(crawl: pa.Array) -> tuple[Ints, Flags]:
    """Return crawl times as China's clocks showed them, and where they are known."""
    known = crawl.is_valid().to_numpy(zero_copy_only=False)
    return crawl.cast(pa.int64()).fill_null(0).to_numpy() + CHINA, known


class _Fields:
    """The named groups that a pattern finds in every row."""

    def __init__(self, text: pa.Array, pattern: str) -> None:
        self._found = pc.extract_regex(text, pattern)
        self.matched: Flags = self._found.is_valid().to_numpy(zero_copy_only=False)

    def text(self, name: str) -> pa.Array:
        return pc.fill_null(pc.struct_field(self._found, name), "")

    def number(self, name: str) -> Ints:
        return _number(self.text(name))

    def has(self, name: str) -> Flags:
        flags = pc.not_equal(self.text(name), "")
        return np.asarray(flags.to_numpy(zero_copy_only=False))

    def look_up(self, name: str, table: dict[str, int]) -> Ints:
        codes = pc.index_in(self.text(name), pa.array(list(table)))
        return np.array(list(table.values()))[codes.to_numpy(zero_copy_only=False)]

    def month_to_second(self) -> tuple[Ints, ...]:
        names = ("month", "day", "hour", "minute", "second")
        return tuple(self.number(name) for name in names)

    def has_gap(self) -> Flags:
        """Tell where the day ends before the hour starts: ``2020-1-212:03`` says neither."""
        return self.has("gap") | ~self.has("hour")

    def clock_precision(self) -> npt.NDArray[np.int8]:
        clock = np.where(self.has("second"), TO_SECOND, TO_MINUTE)
        return np.where(self.has("hour"), clock, TO_DAY).astype(np.int8)

    def zone(self) -> Ints:
        """Return what to take off to get UTC, in microseconds."""
        zones = self.text("zone").dictionary_encode()
        known = np.array([_zone(name) for name in zones.dictionary.to_pylist()], np.int64)
        return known[zones.indices.to_numpy(zero_copy_only=False)]


def _zone(name: str) -> int:
    if name in ("", "z", "Z"):
        return 0 if name else CHINA
    minutes = int(name[1:3]) * 60 + int(name[-2:])
    return (-minutes if name[0] == "-" else minutes) * 60 * SECOND


def _number(text: pa.Array) -> Ints:
    digits = pc.if_else(pc.equal(text, ""), "0", text)
    return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False))


def _where(read: Flags, precision: int | npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    return np.where(read, precision, _UNREAD).astype(np.int8)
