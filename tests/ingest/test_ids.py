"""Ids; the pairs of numbers and short ids are made up, real ones are read from the data."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.ids import (
    bid_to_mid,
    bids_to_mids,
    clean_ids,
    excel_damaged,
    is_bid,
    mid_to_bid,
    repair_ids,
)

MID, BID = "4000000000123456", "E00000w7e"
MIDS = st.integers(10**14, 61 * 10**14 + 99_999_999_999_999)
TEXTS = st.lists(st.none() | st.text() | st.from_regex(r"\A[\s\ufeff'=\"\dA-Za-z.+]{1,20}\Z"))


def column(*values):
    return pa.array(values, pa.string())


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (MID, MID),
        (f"{MID}\t", MID),
        (f" \ufeff{MID} \n", MID),
        (f"'{MID}", MID),
        (f'="{MID}"', MID),
        (f'\t="\'{MID} "', MID),
        (f"{MID}.0", MID),
        ("1234.00", "1234"),
        ("1234.", "1234"),
        ("-12.0", "-12"),
        ("1234.5", "1234.5"),
        ("name.0", "name.0"),
        ("posts.csv:12", "posts.csv:12"),
        ("4.75E+15", "4.75E+15"),
        (BID, BID),
        ("", None),
        (" ", None),
        ("None", None),
        ("nan", None),
        ("NULL", None),
        ('=""', None),
        (None, None),
    ],
)
def test_clean_ids(raw, clean):
    assert clean_ids(column(raw)).to_pylist() == [clean]
    assert clean_ids(column("7", raw, None)).to_pylist() == ["7", clean, None]


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(values):
    once = clean_ids(column(*values))
    assert len(once) == len(values)
    assert clean_ids(once).equals(once)
    assert "" not in once.to_pylist()


@pytest.mark.parametrize(
    ("value", "damaged"),
    [
        ("4.75E+15", True),
        ("4.75e+15", True),
        ("4E15", True),
        ("4.45000000000000E+15", True),
        (MID, False),
        ("4450000000000000", False),
        ("4E1500000", False),
        (BID, False),
        ("", False),
        (None, None),
    ],
)
def test_one_damaged_id(value, damaged):
    assert excel_damaged(column(value)).to_pylist() == [damaged]


def rounded(count):
    return [f"{4_450_000_000_000_01 + i}0" for i in range(count)]


def test_a_column_of_rounded_ids():
    assert excel_damaged(column(*rounded(4))).to_pylist() == [False] * 4
    assert excel_damaged(column(*rounded(5))).to_pylist() == [True] * 5
    few_whole = [*rounded(8), MID, f"{MID[:-1]}7"]
    assert excel_damaged(column(*few_whole)).to_pylist() == [True] * 8 + [False] * 2
    assert not any(excel_damaged(column(*few_whole, f"{MID[:-1]}8")).to_pylist())


def test_short_ids_do_not_count_for_the_share():
    values = column(*rounded(5), *["1234567890"] * 20, *["no number of 16"] * 20, None)
    assert excel_damaged(values).to_pylist() == [True] * 5 + [False] * 40 + [None]


def test_rounded_ids_of_other_lengths():
    assert excel_damaged(column(*["12345678901234500"] * 5)).to_pylist() == [True] * 5
    assert excel_damaged(column(*["12345678901234510"] * 5)).to_pylist() == [False] * 5
    assert excel_damaged(column(*["12345678901234567890"] * 5)).to_pylist() == [False] * 5


def test_is_bid():
    values = column(BID, "123456789", "12345678", "abcdefghij", "abcdefgh-", "爱abcdef", None)
    assert is_bid(values).to_pylist() == [True, False, False, False, False, False, None]


def test_a_bid_and_its_number():
    assert bid_to_mid(BID) == MID
    assert mid_to_bid(MID) == BID
    assert bid_to_mid("1") == "1"
    assert mid_to_bid("0") == "0"


@pytest.mark.parametrize("bid", ["", "abc-def", "爱", "ZZZZ"])
def test_what_is_no_bid(bid):
    with pytest.raises(ValueError, match="is no bid"):
        bid_to_mid(bid)


@pytest.mark.parametrize("mid", ["", "12a", "-1", "１２"])
def test_what_is_no_mid(mid):
    with pytest.raises(ValueError, match="is no mid"):
        mid_to_bid(mid)


@given(st.lists(MIDS))
def test_every_number_comes_back_from_its_bid(numbers):
    bids = [mid_to_bid(str(number)) for number in numbers]
    assert [bid_to_mid(bid) for bid in bids] == [str(number) for number in numbers]
    spelled = [str(n) if not bid.isdigit() else None for n, bid in zip(numbers, bids, strict=True)]
    assert bids_to_mids(column(*bids)).to_pylist() == spelled


@given(TEXTS)
def test_bids_at_once_and_one_by_one(values):
    def one(value):
        if value is None or not is_bid(column(value))[0].as_py():
            return None
        try:
            return bid_to_mid(value)
        except ValueError:
            return None

    assert bids_to_mids(column(*values)).to_pylist() == [one(value) for value in values]


def test_a_slice_of_bids():
    bids = column("zzzzz0000", BID, BID, None)
    assert bids_to_mids(bids.slice(1)).to_pylist() == [MID, MID, None]


@pytest.mark.parametrize(
    ("post_id", "bid", "result", "repaired", "refused"),
    [
        (MID, BID, MID, False, False),
        (MID, None, MID, False, False),
        ("4.00E+15", BID, MID, True, False),
        ("4.00E+15", None, "4.00E+15", False, True),
        ("4.00E+15", "no bid", "4.00E+15", False, True),
        (None, BID, MID, False, False),
        (None, None, None, False, False),
        (BID, None, MID, False, False),
        ("ZZZZZZZZZ", None, "ZZZZZZZZZ", False, False),
        ("posts.csv:3", None, "posts.csv:3", False, False),
    ],
)
def test_repair_of_one_id(post_id, bid, result, repaired, refused):
    found = repair_ids(column(post_id), column(bid))
    assert [part.to_pylist() for part in found] == [[result], [repaired], [refused]]


def test_repair_of_a_rounded_column():
    ids = column(*rounded(5), f"{MID[:-1]}0")
    found, repaired, refused = repair_ids(ids, column(*[None] * 5, BID))
    assert found.to_pylist() == [*rounded(5), MID]
    assert repaired.to_pylist() == [False] * 5 + [True]
    assert refused.to_pylist() == [True] * 5 + [False]


@given(TEXTS)
def test_repair_takes_any_ids(values):
    ids = column(*values)
    found, repaired, refused = repair_ids(ids, ids)
    assert len(found) == len(repaired) == len(refused) == len(values)
    assert repaired.null_count == refused.null_count == 0


@pytest.mark.real_data
def test_real_pairs(real_data):
    folder = real_data("crawler_samples")
    crawled = json.loads((folder / "dataabc_weibo-crawler/1669879400.json").read_text("utf-8"))
    pairs = [(post["bid"], str(post["id"])) for post in crawled["weibo"]]
    for file in (folder / "nghuyong_WeiboSpider").glob("tweet*.jsonl"):
        for line in file.read_text("utf-8").splitlines():
            post = json.loads(line)
            pairs.append((post["mblogid"], str(post["_id"])))
    assert len(set(pairs)) >= 3
    for bid, mid in pairs:
        assert bid_to_mid(bid) == mid
        assert mid_to_bid(mid) == bid
    bids, mids = zip(*pairs, strict=True)
    assert bids_to_mids(column(*bids)).to_pylist() == list(mids)
