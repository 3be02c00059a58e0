"""Splits that keep cascades and seconds together, and stay where they were."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph.splits import (
    SPLITS,
    UNSPLIT,
    split_by_cascade,
    split_by_time,
    split_from_table,
)
from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.schema.graph import UNKNOWN_TIME

TRAIN, VAL, TEST = range(len(SPLITS))
threads = st.lists(st.integers(0, 12), min_size=13, max_size=40).map(np.array)
fractions = st.sampled_from([(0.7, 0.1, 0.2), (1.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.0, 0.0, 1.0)])


def names(count: int) -> list[str]:
    return [f"p{row}" for row in range(count)]


@given(threads, fractions)
def test_no_cascade_is_on_both_sides(thread, shares):
    codes = split_by_cascade(thread, names(len(thread)), shares)
    assert codes.shape == thread.shape
    for root in np.unique(thread):
        assert len(set(codes[thread == root])) == 1
    assert all(shares[code] > 0 for code in codes)


@given(threads, st.integers(1, 30), st.randoms(use_true_random=False))
def test_a_post_stays_where_it_is_when_the_dump_grows(thread, more, random):
    """Other rows, other order: the side depends on the id of the root alone."""
    ids = names(len(thread))
    before = dict(zip(ids, split_by_cascade(thread, ids), strict=True))
    grown = [*ids, *(f"q{row}" for row in range(more))]
    random.shuffle(grown)
    root_of = {name: ids[root] for name, root in zip(ids, thread, strict=True)}
    rows = np.array([grown.index(root_of.get(name, name)) for name in grown])
    after = dict(zip(grown, split_by_cascade(rows, grown), strict=True))
    assert {name: after[name] for name in ids} == before


def test_fixed_sides():
    """The same on every machine and in every process."""
    codes = split_by_cascade(np.arange(30), names(30))
    assert np.flatnonzero(codes == VAL).tolist() == [12, 20, 27]
    assert np.flatnonzero(codes == TEST).tolist() == [1, 13, 18, 22, 24]


def test_shares_are_about_right():
    codes = split_by_cascade(np.arange(5000), names(5000))
    shares = np.bincount(codes, minlength=3) / 5000
    np.testing.assert_allclose(shares, (0.7, 0.1, 0.2), atol=0.02)


def test_nothing_to_split():
    none = np.empty(0, dtype=np.int64)
    assert split_by_cascade(none, []).tolist() == []
    assert split_by_time(none).tolist() == []


@given(
    st.lists(st.one_of(st.integers(-5, 9), st.just(UNKNOWN_TIME)), max_size=30).map(
        lambda rows: np.array(rows, dtype=np.int64)
    ),
    fractions,
)
def test_the_past_comes_before_the_future(time, shares):
    codes = split_by_time(time, shares)
    dated = time != UNKNOWN_TIME
    assert (codes[~dated] == TRAIN).all()
    order = np.argsort(time[dated], kind="stable")
    assert (np.diff(codes[dated][order]) >= 0).all()
    for moment in np.unique(time[dated]):
        assert len(set(codes[time == moment])) == 1


@pytest.mark.parametrize("count", [10, 20, 50, 100, 1000])
@pytest.mark.parametrize("shares", [(0.7, 0.1, 0.2), (0.6, 0.2, 0.2), (0.8, 0.1, 0.1)])
def test_shares_of_the_dated_posts(count, shares):
    codes = split_by_time(np.random.default_rng(0).permutation(count), shares)
    assert np.bincount(codes, minlength=3).tolist() == [round(share * count) for share in shares]


@pytest.mark.parametrize("side", [TRAIN, VAL, TEST])
def test_all_to_one_side(side):
    shares = tuple(float(code == side) for code in range(3))
    assert (split_by_time(np.arange(7), shares) == side).all()
    assert (split_by_cascade(np.arange(7), names(7), shares) == side).all()


def test_posts_without_times_are_all_for_training():
    assert split_by_time(np.full(4, UNKNOWN_TIME)).tolist() == [TRAIN] * 4


@pytest.mark.parametrize("shares", [(0.7, 0.1, 0.1), (1.2, -0.1, -0.1), (0.5, 0.5, 0.5)])
@pytest.mark.parametrize(
    "split", [split_by_time, lambda rows, shares: split_by_cascade(rows, names(len(rows)), shares)]
)
def test_shares_sum_to_one(split, shares):
    with pytest.raises(ValueError, match="expected three shares that sum to 1"):
        split(np.arange(3), shares)


NO_LABELS = np.empty(0, dtype=np.int64)


def split_table(*rows: tuple[object, object]) -> pa.Table:
    return pa.table({"post_id": [row[0] for row in rows], "split": [row[1] for row in rows]})


@given(
    st.lists(st.sampled_from([*SPLITS, None]), min_size=1, max_size=20),
    st.randoms(use_true_random=False),
)
def test_a_table_says_the_split_whatever_its_order(sides, random):
    ids = names(len(sides))
    rows = [(name, side) for name, side in zip(ids, sides, strict=True) if side]
    random.shuffle(rows)
    table = pa.table(
        {
            "post_id": pa.array([row[0] for row in rows], pa.string()),
            "split": pa.array([row[1] for row in rows], pa.string()),
        }
    )
    labelled = np.flatnonzero([side is not None for side in sides])
    codes = split_from_table(ids, table, labelled)
    assert codes.tolist() == [UNSPLIT if side is None else SPLITS.index(side) for side in sides]


def test_other_names_of_the_splits():
    table = split_table(("p0", "Train "), ("p1", "dev"), ("p2", "valid"), (" p3", "none"))
    codes = split_from_table(names(5), table, np.array([0, 1, 2, 3]))
    assert codes.tolist() == [TRAIN, VAL, VAL, UNSPLIT, UNSPLIT]


def test_ids_of_a_table_may_be_numbers():
    ids = pa.chunked_array([["11"], ["12"]])
    codes = split_from_table(ids, split_table((12, "test"), (11, "train")), np.array([0, 1]))
    assert codes.tolist() == [TRAIN, TEST]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("p0", "train"), ("p1", "tset")], r"row 2: unknown split 'tset'; did you mean 'test'"),
        ([("p0", None), ("p1", "")], r"row 1 \(and 1 more\): unknown split ''"),
        ([("p0", "train"), ("p7", "val")], r"row 2: post 'p7' is not in the dump"),
        ([(None, "train")], r"row 1: post '' is not in the dump"),
        ([("p1", "val"), ("p0", "test"), ("p1", "val")], r"row 3: post 'p1' stands in an earlier"),
    ],
)
def test_rows_that_cannot_be_are_named(rows, message):
    with pytest.raises(GnnEmotionError, match=message):
        split_from_table(names(3), split_table(*rows), NO_LABELS)


def test_labelled_posts_without_a_split_are_counted():
    with pytest.raises(GnnEmotionError, match=r"2 of 3 labelled posts .* the first is 'p1'"):
        split_from_table(names(4), split_table(("p0", "train")), np.array([0, 3, 1, 1]))


def test_a_column_that_is_not_there():
    with pytest.raises(GnnEmotionError, match=r"no column 'split'.*'fold'"):
        split_from_table(names(1), pa.table({"post_id": ["p0"], "fold": ["train"]}), NO_LABELS)
