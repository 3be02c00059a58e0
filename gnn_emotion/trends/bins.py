"""Times to bins: of any pandas frequency, in the days and hours of a time zone, gaps included."""

from __future__ import annotations

import zoneinfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import BaseOffset, Tick

from gnn_emotion.schema.errors import GnnEmotionError, closest

#: Two times, the end not included; without a zone, in that of the bins.
Period = tuple[str | pd.Timestamp, str | pd.Timestamp]
#: Where Weibo is.
CHINA = "Asia/Shanghai"
_MOST = 200_000


def time_bins(
    times: pd.Series, freq: str, tz: str = CHINA, period: Period | None = None
) -> tuple[npt.NDArray[np.int64], pd.DatetimeIndex]:
    """Put times into bins.

    Args:
        times: of posts ``[N]``; without a zone they are UTC.
        freq: width of a bin, as pandas writes it: ``15min``, ``1h``, ``1D``, ``W-MON``, ``MS``.
        tz: days, weeks and months begin in this zone.
        period: bins from here to there; by default from the first to the last time.

    Returns:
        The bin of each time ``[N]``, -1 for those that are missing or outside the period; and the
        starts of all bins ``[B]`` in ``tz``, empty ones too.

    Raises:
        GnnEmotionError: a frequency or zone that is none, or more bins than anyone can look at.
    """
    stamps = pd.Series(pd.to_datetime(times, utc=True)).dt.as_unit("ns")
    if period is None:
        first, last = stamps.min(), stamps.max()
        if pd.isna(first):
            raise GnnEmotionError(f"none of {len(stamps):,} posts has a time in created_at")
    else:
        first, last = (moment_of(moment, tz) for moment in period)
        last = last - pd.Timedelta(1, "ns")
        if not first < last:
            raise GnnEmotionError(f"the period {period[0]} to {period[1]} holds no time")
    starts = _starts(first, last, freq, tz)
    # A time that is missing is the smallest number there is.
    moments = stamps.astype("int64").to_numpy()
    found = np.searchsorted(starts.as_unit("ns").asi8, moments, side="right") - 1
    if period is not None:
        outside = (moments < first.value) | (moments > last.value)
        found[outside] = -1
    return found.astype(np.int64), starts


def check_bins(freq: str, tz: str = CHINA, period: Period | None = None) -> None:
    """Check, before the work begins, that there can be such bins.

    Raises:
        GnnEmotionError: see ``time_bins``.
    """
    time_bins(pd.Series([pd.Timestamp("2024-07-01", tz="UTC")]), freq, tz, period)


def within(times: pd.Series, period: Period, tz: str = CHINA) -> npt.NDArray[np.bool_]:
    """Tell which times ``[N]`` lie in a period; those that are missing do not.

    Raises:
        GnnEmotionError: a time that is none.
    """
    stamps = pd.Series(pd.to_datetime(times, utc=True))
    first, end = (moment_of(moment, tz) for moment in period)
    return np.asarray((stamps >= first) & (stamps < end))


def moment_of(moment: str | pd.Timestamp, tz: str = CHINA) -> pd.Timestamp:
    """Read a time, to nanoseconds in UTC; one without a zone is in ``tz``.

    Raises:
        GnnEmotionError: it is none.
    """
    _check_zone(tz)
    try:
        stamp = pd.Timestamp(moment)
    except ValueError as error:
        raise GnnEmotionError(f"{moment!r} is no time; expected 2024-07-01 12:00") from error
    stamp = stamp.tz_localize(tz) if stamp.tzinfo is None else stamp
    return stamp.tz_convert("UTC").as_unit("ns")


def _starts(first: pd.Timestamp, last: pd.Timestamp, freq: str, tz: str) -> pd.DatetimeIndex:
    _check_zone(tz)
    try:
        offset = to_offset(freq)
    except ValueError as error:
        raise GnnEmotionError(
            f"freq is {freq!r}; expected a pandas frequency such as '15min', '1h', '1D' or 'W-MON'"
        ) from error
    if offset.n <= 0:
        raise GnnEmotionError(f"bins of {freq} have no width; expected more than 0, such as '1h'")
    if (last - first) / _width(offset) > _MOST:
        raise GnnEmotionError(
            f"bins of {freq} from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} are more than "
            f"{_MOST:,}; choose wider ones, or a period"
        )
    ends = pd.DatetimeIndex([first, last]).tz_convert(tz)
    resampled = pd.Series(0, index=ends).resample(offset, label="left", closed="left").size()
    return pd.DatetimeIndex(resampled.index)


def _width(offset: BaseOffset) -> pd.Timedelta:
    # Weeks and months have no fixed width, and are longer than a day.
    return pd.Timedelta(offset) if isinstance(offset, Tick) else pd.Timedelta(1, "D")


def _check_zone(tz: str) -> None:
    known = zoneinfo.available_timezones()
    if tz not in known:
        near = closest(tz, known).partition("Known:")[0]
        raise GnnEmotionError(f"unknown time zone {tz!r}; {near}expected one like {CHINA!r}")
