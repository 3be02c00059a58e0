from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.numbers import parse_counts


def counts(*values):
    found = parse_counts(pa.array(values, pa.string()))
    assert found.type == pa.int64()
    return found.to_pylist()


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("0", 0),
        ("123", 123),
        ("007", 7),
        ("1,234", 1234),
        ("1，234，567", 1234567),
        ("1.2万", 12_000),
        ("71万", 710_000),
        ("10万+", 100_000),
        ("100万+", 1_000_000),
        ("1.1w", 11_000),
        ("3千", 3000),
        ("3.4亿", 340_000_000),
        ("2.3億", 230_000_000),
        ("244.0", 244),
        (" 12\n", 12),
        ("12\t", 12),
        ("转发", 0),
        ("评论", 0),
        ("赞", 0),
        (" 赞 ", 0),
        ("无", 0),
        ("", None),
        (" ", None),
        (None, None),
        ("-5", None),
        ("-1.2万", None),
        ("0x10", None),
        ("1e5", None),
        ("nan", None),
        ("True", None),
        ("很多", None),
        ("1.2.3", None),
        ("万", None),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("999999999999999亿", None),
    ],
)
def test_a_count_alone_and_among_others(written, count):
    assert counts(written) == [count]
    assert counts("1", written, "2万") == [1, count, 20_000]


def test_rounding_of_what_floats_cannot_hold():
    assert counts(*(f"{i / 10}万" for i in range(1000))) == [i * 1000 for i in range(1000)]


def test_an_empty_column_and_a_slice():
    assert counts() == []
    values = pa.array(["1", "x", "3万"])
    assert parse_counts(values.slice(1)).to_pylist() == [None, 30_000]


@given(st.lists(st.none() | st.integers(0, 10**18 - 1)))
def test_whole_numbers_stay(numbers):
    assert counts(*(None if n is None else str(n) for n in numbers)) == numbers


@given(st.lists(st.none() | st.text() | st.from_regex(r"\A[\d.,万亿+ -]{1,25}\Z")))
def test_any_text_is_a_count_or_null(values):
    found = counts(*values)
    assert len(found) == len(values)
    assert all(n is None or n >= 0 for n in found)
    assert all(n is None for n, value in zip(found, values, strict=True) if value is None)
    assert found == [counts(value)[0] for value in values]
