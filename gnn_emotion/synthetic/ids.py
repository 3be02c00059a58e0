"""Post numbers of Weibo's shape: the time lies in the upper bits, and base 62 is the short form.

A 16-digit ``mid`` holds its time, in seconds since ``_EPOCH``, above 22 bits that tell posts of
one second apart. The ``bid`` of web addresses writes each seven digits of it, from the right, as
four characters.
"""

from __future__ import annotations

from random import Random

_EPOCH = 515_483_463
_LOW_BITS = 22
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def draw_mid(rng: Random, second: int, taken: set[int]) -> str:
    """Draw a number for a post, and remember it.

    Args:
        rng: the source of chance.
        second: when it was written, in seconds since 1970, UTC.
        taken: the numbers that are used already; the new one is added.
    """
    while (mid := (second - _EPOCH) << _LOW_BITS | rng.getrandbits(_LOW_BITS)) in taken:
        pass
    taken.add(mid)
    return str(mid)


def mid_second(mid: str) -> int:
    """Return when a post was written, in seconds since 1970, UTC, as its number says."""
    return (int(mid) >> _LOW_BITS) + _EPOCH


def bid_of(mid: str) -> str:
    """Write a number in its short form."""
    number, groups = int(mid), []
    while number:
        number, group = divmod(number, 10**7)
        groups.append(_base62(group).rjust(4, "0"))
    return "".join(reversed(groups)).lstrip("0")


def mid_of(bid: str) -> str:
    """Undo ``bid_of``."""
    padded = bid.rjust(-(-len(bid) // 4) * 4, "0")
    groups = [padded[i : i + 4] for i in range(0, len(padded), 4)]
    return "".join(f"{_number(group):07d}" for group in groups).lstrip("0")


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + _DIGITS.index(digit)
    return number
