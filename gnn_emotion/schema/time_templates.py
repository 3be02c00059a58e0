"""Times in forms of a fixed length, read from their bytes: dates, clocks, zones.

A regular expression takes several times as long, and nearly all times of a dump are in one of
these few forms.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SECOND = 1_000_000
DAY = 86_400 * SECOND
#: Weibo started in 2009 and China had daylight saving time only from 1986 to 1991.
CHINA = 8 * 3600 * SECOND
#: Positions in ``TIME_PRECISIONS``.
TO_SECOND, TO_MINUTE, TO_DAY, RELATIVE = range(4)

#: The commonest forms. The letters stand for the digits of a field, ``b`` for the name of a
#: month (English whatever the country), ``w`` for anything, all else for itself.
TEMPLATES = {
    "YYYY-MM-DD hh:mm:ss": TO_SECOND,
    "YYYY-MM-DDThh:mm:ss": TO_SECOND,
    "YYYY-MM-DD hh:mm": TO_MINUTE,
    "YYYY-MM-DD": TO_DAY,
    "YYYY/MM/DD hh:mm": TO_MINUTE,
    "www bbb DD hh:mm:ss +zzZZ YYYY": TO_SECOND,
    "www bbb DD hh:mm:ss -zzZZ YYYY": TO_SECOND,
    "www bbb DD hh:mm:ss YYYY": TO_SECOND,
    "www bbb  D hh:mm:ss YYYY": TO_SECOND,
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_template(template: str, letters: npt.NDArray[np.uint8]) -> tuple[Ints, Flags]:
    """Read rows of letters ``[N, len(template)]``; false where one does not fit."""
    fields = {name: np.zeros(len(letters), np.int64) for name in "YMDhmszZ"}
    good = np.ones(len(letters), np.bool_)
    for place, mark in enumerate(template):
        if mark in fields:
            digit = letters[:, place] - ord("0")  # uint8: what comes before "0" wraps to over 9
            good &= digit < 10
            fields[mark] = fields[mark] * 10 + digit
        elif mark not in "wb":
            good &= letters[:, place] == ord(mark)
    if "b" in template:
        start = template.index("b")
        fields["M"] = _month(letters[:, start : start + 3])
    us, exists = civil(*(fields[name] for name in "YMDhms"))
    zone = (fields["z"] * 60 + fields["Z"]) * 60 * SECOND if "z" in template else CHINA
    return us + zone if "-z" in template else us - zone, good & exists


def _month(letters: npt.NDArray[np.uint8]) -> Ints:
    """Number the names of months ``[N, 3]`` from 1; 0 for what is none."""
    names = np.frombuffer("".join(_MONTHS).encode(), np.uint8).reshape(-1, 3)
    same = (letters[:, None] == names).all(2)
    return np.where(same.any(1), same.argmax(1) + 1, 0)


def civil(
    year: Ints, month: Ints, day: Ints, hour: Ints, minute: Ints, second: Ints
) -> tuple[Ints, Flags]:
    """Count the microseconds from 1970 on the same clock, and tell which dates exist."""
    months = (year - 1970) * 12 + month - 1
    first, following = (
        (months + step).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        for step in (0, 1)
    )
    exists = (month >= 1) & (month <= 12) & (day >= 1) & (day <= following - first)
    exists &= (hour < 24) & (minute < 60) & (second < 60)
    seconds = ((first + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    return seconds * SECOND, exists
