"""Order: a file sorted by label is seen; threads, chance and other splits are not blamed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from gnn_emotion.training.audit.order import order_leak

from .made import made

TEXTS = [str(number) for number in range(200)]
SORTED = [0] * 100 + [1] * 100
TRAIN = [0] * 200


def _mixed(seed: int, count: int = 200) -> list[int]:
    return np.random.default_rng(seed).integers(0, 2, count).tolist()


def test_an_order_by_label_is_seen():
    (finding,) = order_leak(made(TEXTS, TRAIN, SORTED))
    assert (finding.severity, finding.count, finding.share) == ("leak", 198, 198 / 199)
    assert not len(finding.at)  # it says nothing of single labels
    for seed in range(20):
        assert order_leak(made(TEXTS, TRAIN, _mixed(seed))) == []


def test_rows_count_and_not_the_places_of_labels():
    given = made(TEXTS, TRAIN, SORTED)
    shuffled = np.random.default_rng(0).permutation(200)
    assert order_leak(replace(given, row=shuffled)) == []
    sorted_by_row = made(TEXTS, TRAIN, np.array(SORTED)[shuffled].tolist())
    assert order_leak(replace(sorted_by_row, row=shuffled))


def test_splits_are_looked_at_one_by_one():
    # Train is all 0 and test all 1: within a split nothing is told.
    assert order_leak(made(TEXTS, [0] * 100 + [2] * 100, SORTED)) == []
    alternating = [0, 2] * 100
    both = np.repeat([0, 1], 100)
    (finding,) = order_leak(made(TEXTS, alternating, both.tolist()))
    assert (finding.count, finding.share) == (196, 196 / 198)
    assert order_leak(made(TEXTS, [-1] * 200, SORTED)) == []


def test_threads_explain_an_order():
    mood = np.repeat(_mixed(3, 20), 10).tolist()
    thread = np.repeat(np.arange(20), 10).tolist()
    assert order_leak(made(TEXTS, TRAIN, mood, thread=thread)) == []
    assert order_leak(made(TEXTS, TRAIN, mood))


def test_threads_that_take_turns_are_compared_once():
    # Two threads of one mood, turn by turn, then two of the other.
    thread = [0, 1] * 50 + [2, 3] * 50
    assert order_leak(made(TEXTS, TRAIN, SORTED, thread=thread)) == []


def test_too_few_to_tell():
    assert order_leak(made([], [])) == []
    assert order_leak(made(["一"], [0])) == []
    assert order_leak(made(TEXTS, TRAIN, [1] * 200)) == []
    assert order_leak(made(TEXTS, TRAIN, [-1] * 200)) == []


def test_an_order_of_ids_is_seen_where_rows_are_mixed():
    mixed = np.random.default_rng(1).permutation(200)
    label = np.array(SORTED)[mixed].tolist()
    ids = pa.array([str(9 + number) for number in mixed])  # 9, 10, ...: numbers, not words
    (finding,) = order_leak(made(TEXTS, TRAIN, label, ids=ids))
    assert (finding.name, finding.count) == ("id_order", 198)
    assert "neighbouring ids of different threads" in finding.message
    assert order_leak(made(TEXTS, TRAIN, _mixed(3), ids=ids)) == []
    (finding,) = order_leak(made(TEXTS, TRAIN, SORTED, ids=pa.array(sorted(TEXTS))))
    assert finding.name == "order"  # and not the same again
