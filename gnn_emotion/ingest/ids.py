"""Ids of posts and users: cleaned, told from damaged ones, and rebuilt from the short id.

A post has two ids that say the same: the ``mid``, a number of 16 digits, and the ``bid`` of its
address, 9 letters and digits. Read from the right, every 4 letters of the bid (base 62) are 7
digits of the mid. A spreadsheet keeps only 15 digits of a mid; the bid brings them back.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GROUP = 10**7
_BID_LENGTH = 9
#: Value of each byte as a digit in base 62.
_VALUES = np.zeros(256, np.int64)
_VALUES[list(_LETTERS.encode())] = np.arange(62)

_SPACE = " \t\r\n\v\f\ufeff\u200b\xa0\u3000"
#: Rows that ``_clean`` has anything to do for.
_UNCLEAN = r"^[\s\x{feff}\x{200b}\x{a0}\x{3000}'=]|[\s\x{feff}\x{200b}\x{a0}\x{3000}\"]$"
_UNCLEAN += r"|^-?\d+\.0*$|^(?i:none|nan|null|<na>)$"
_WHOLE_FLOAT = re.compile(r"-?\d+\.0*")
_NOTHING = frozenset(("", "none", "nan", "null", "<na>"))

_SCIENTIFIC = r"^\d(?:\.\d*)?[eE]\+?\d{1,2}$"
#: The digits that a double shows, and the zeros that a spreadsheet writes for the rest.
_ROUNDED = r"^\d{15}0{1,4}$"
_MIN_ROUNDED, _MIN_ROUNDED_SHARE = 5, 0.8


def clean_ids(ids: pa.Array) -> pa.Array:
    """Strip from ids what spreadsheets and crawlers put around them.

    Args:
        ids: strings ``[N]``.

    Returns:
        Strings ``[N]`` without white space, byte order marks, a leading ``'``, ``="…"`` around
        them or a ``.0`` behind them; null where nothing is left, or a word for nothing.
    """
    ids = pc.if_else(pc.equal(ids, ""), None, ids)
    mask = pc.fill_null(pc.match_substring_regex(ids, _UNCLEAN), False)
    if not pc.any(mask).as_py():
        return ids
    cleaned = pa.array([_clean(text) for text in ids.filter(mask).to_pylist()], pa.string())
    return pc.replace_with_mask(ids, mask, cleaned)


def _clean(text: str) -> str | None:
    before = None
    while text != before:
        before = text
        text = text.strip(_SPACE).lstrip("'")
        if text.startswith('="') and text.endswith('"'):
            text = text[2:-1]
    if _WHOLE_FLOAT.fullmatch(text):
        text = text.partition(".")[0]
    return None if text.casefold() in _NOTHING else text


def excel_damaged(ids: pa.Array) -> pa.Array:
    """Find the ids whose last digits a spreadsheet has lost.

    One id that ends in 0 is no sign of damage; a column where nearly all long ones do is.

    Args:
        ids: clean ids of one column ``[N]``.

    Returns:
        bool ``[N]``: ``4.75E+15`` always, ``4450000000000000`` where at least 5 ids and 80 % of
        those of 16 to 19 digits have nothing but zeros after the 15th.
    """
    scientific = pc.match_substring_regex(ids, _SCIENTIFIC)
    rounded = pc.match_substring_regex(ids, _ROUNDED)
    count = pc.sum(rounded).as_py() or 0
    length = pc.binary_length(ids)
    long = pc.and_(pc.greater_equal(length, 16), pc.less_equal(length, 19))
    long_ids = pc.sum(pc.and_(long, pc.ascii_is_decimal(ids))).as_py() or 0
    if count < max(_MIN_ROUNDED, _MIN_ROUNDED_SHARE * long_ids):
        return scientific
    return pc.or_(scientific, rounded)


def is_bid(ids: pa.Array) -> pa.Array:
    """Tell which ids have the form of a bid: 9 letters and digits, not digits alone."""
    letters = pc.and_not(pc.ascii_is_alnum(ids), pc.ascii_is_decimal(ids))
    return pc.and_(letters, pc.equal(pc.binary_length(ids), _BID_LENGTH))


def bid_to_mid(bid: str) -> str:
    """Turn the short id of a post into the number.

    Raises:
        ValueError: it has other characters, or is the short id of no number.
    """
    if not re.fullmatch(r"[0-9A-Za-z]+", bid):
        raise ValueError(f"{bid!r} is no bid; expected letters and digits, such as 'z0JH2lOMb'")
    groups = [bid[max(0, end - 4) : end] for end in range(len(bid), 0, -4)]
    values = [sum(_LETTERS.index(c) * 62**i for i, c in enumerate(reversed(g))) for g in groups]
    if max(values) >= _GROUP:
        raise ValueError(f"{bid!r} is no bid: 4 letters of it are more than 7 digits")
    return str(sum(value * _GROUP**i for i, value in enumerate(values)))


def mid_to_bid(mid: str) -> str:
    """Turn the number of a post into its short id.

    Raises:
        ValueError: it is not a number.
    """
    if not re.fullmatch(r"[0-9]+", mid):
        raise ValueError(f"{mid!r} is no mid; expected digits, such as '3501756485200075'")
    number, letters = int(mid), ""
    while number:
        number, group = divmod(number, _GROUP)
        for _ in range(4):
            group, digit = divmod(group, 62)
            letters = _LETTERS[digit] + letters
    return letters.lstrip("0") or "0"


def bids_to_mids(bids: pa.Array) -> pa.Array:
    """Turn the short ids of posts into numbers.

    Args:
        bids: strings ``[N]``.

    Returns:
        Strings ``[N]``: null where ``is_bid`` is not true or no number has that short id.
    """
    mask = pc.fill_null(is_bid(bids), False)
    mids = pa.nulls(len(bids), pa.string())
    found = bids.filter(mask)
    if not len(found):
        return mids
    letters = np.frombuffer(found.buffers()[2], np.uint8, len(found) * _BID_LENGTH)
    digits = _VALUES[letters.reshape(-1, _BID_LENGTH)]
    powers = 62 ** np.arange(3, -1, -1)
    middle, last = digits[:, 1:5] @ powers, digits[:, 5:] @ powers
    numbers = (digits[:, 0] * _GROUP + middle) * _GROUP + last
    numbered = pa.array(numbers, mask=(middle >= _GROUP) | (last >= _GROUP))
    return pc.replace_with_mask(mids, mask, numbered.cast(pa.string()))


def repair_ids(ids: pa.Array, bids: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Give every post its number, where its ids still say it.

    Args:
        ids: clean ids of a column ``[N]``: numbers, bids, or anything else that names a post.
        bids: clean bids of the same posts ``[N]``.

    Returns:
        ids: strings ``[N]``: a damaged number is rebuilt from the bid, a bid is turned into the
            number, a missing id is taken from the bid. What is not damaged stays as it is.
        repaired: bool ``[N]``, never null: damaged ids that were rebuilt.
        refused: bool ``[N]``, never null: damaged ids that could not be; they are kept as text,
            but name no post.
    """
    damaged = pc.fill_null(excel_damaged(ids), False)
    rebuilt = bids_to_mids(bids)
    known = rebuilt.is_valid()
    whole = pc.coalesce(bids_to_mids(ids), ids, rebuilt)
    repaired = pc.and_(damaged, known)
    return pc.if_else(repaired, rebuilt, whole), repaired, pc.and_not(damaged, known)
