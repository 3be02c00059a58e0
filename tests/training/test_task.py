"""Tasks, their checks and their weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gnn_emotion.schema.errors import LabelError
from gnn_emotion.training.task import (
    TEST,
    TRAIN,
    VAL,
    Task,
    balanced,
    known_labels,
    named_labels,
    single_label,
)

CLASSES, SOURCES = 4, 3


@st.composite
def tasks(draw, coarse: bool = True) -> Task:
    """Draw a task with one weight a source, as ``make_task`` gives."""
    count = draw(st.integers(1, 25))
    label = draw(arrays(np.int64, count, elements=st.integers(0, CLASSES - 1)))
    allowed = np.eye(CLASSES, dtype=bool)[label]
    if coarse:
        allowed |= draw(arrays(np.bool_, (count, CLASSES)))
    source = draw(arrays(np.int64, count, elements=st.integers(0, SOURCES - 1)))
    split = draw(arrays(np.int8, count, elements=st.integers(TRAIN, TEST)))
    weight = np.array([1.0, 0.25, 3.0], dtype=np.float32)[source]
    return Task(np.arange(count), allowed, source, weight, split)


def make_task(labels: list[set[int]], source: list[int], split: list[int]) -> Task:
    allowed = np.array([[k in label for k in range(CLASSES)] for label in labels])
    rows, weight = np.arange(len(labels)), np.ones(len(labels), dtype=np.float32)
    return Task(rows, allowed, np.array(source), weight, np.array(split, dtype=np.int8))


PLAIN = make_task([{0}, {1, 2}, {3}], [0, 0, 1], [TRAIN, VAL, TEST])


@pytest.mark.parametrize("name", ["source", "weight", "split"])
def test_a_value_a_label(name):
    with pytest.raises(LabelError, match=rf"task.{name} has shape \(2,\), expected \(3,\)"):
        replace(PLAIN, **{name: getattr(PLAIN, name)[:2]})


@pytest.mark.parametrize("allowed", [PLAIN.allowed[:2], PLAIN.allowed[:, 0]])
def test_a_row_of_allowed_labels_a_label(allowed):
    with pytest.raises(LabelError, match=r"task.allowed has shape .*, expected \(3, K\)"):
        replace(PLAIN, allowed=allowed)


def test_no_row_without_a_label():
    with pytest.raises(LabelError, match="a row without any label; leave the post out"):
        make_task([{0}, set()], [0, 0], [TRAIN, TRAIN])


@given(tasks())
def test_splits_share_out_the_labels(task):
    parts = [task.at(split) for split in (TRAIN, VAL, TEST)]
    assert sorted(np.concatenate(parts)) == list(range(len(task.rows)))


def test_named_labels_are_those_of_the_train_split():
    task = make_task([{0}, {1, 2}, {3}, {1}], [0, 0, 0, 1], [TRAIN, TRAIN, VAL, TEST])
    named = named_labels(task, 3)
    assert named.tolist() == [[True, True, True, False], [True] * 4, [True] * 4]


@given(tasks(), st.floats(0, 1))
def test_balance_keeps_the_sum_of_each_source(task, power):
    weight = balanced(task, power)
    assert (weight > 0).all()
    for source in range(SOURCES):
        here = (task.source == source) & (task.split == TRAIN)
        np.testing.assert_allclose(weight[here].sum(), task.weight[here].sum(), rtol=1e-4)
    others = task.split != TRAIN
    np.testing.assert_array_equal(weight[others], task.weight[others])


@given(tasks())
def test_no_balance_changes_nothing_and_never_the_task(task):
    before = task.weight.copy()
    np.testing.assert_allclose(balanced(task, 0.0), before, rtol=1e-6)
    balanced(task, 1.0)
    np.testing.assert_array_equal(task.weight, before)


@given(tasks(coarse=False))
def test_full_balance_gives_every_class_of_a_source_the_same_say(task):
    weight, label = balanced(task, 1.0), task.allowed.argmax(axis=1)
    for source in range(SOURCES):
        here = (task.source == source) & (task.split == TRAIN)
        says = [weight[here & (label == k)].sum() for k in np.unique(label[here])]
        np.testing.assert_allclose(says, np.mean(says) if says else [], rtol=1e-4)


def test_balance_keeps_the_sum_of_unequal_weights():
    task = make_task([{0}, {0}, {0}, {1}], [0] * 4, [TRAIN] * 4)
    weights = np.array([5, 1, 1, 0.5], dtype=np.float32)
    weight = balanced(replace(task, weight=weights), 1.0)
    assert weight.sum() == pytest.approx(7.5)
    assert weight[0] / weight[1] == pytest.approx(5)
    assert weight[3] / weight[1] == pytest.approx(1.5)


def test_half_balance_by_hand():
    task = make_task([{0}, {0}, {0}, {0}, {1}], [0] * 5, [TRAIN] * 5)
    weight = balanced(task, 0.5)
    assert weight[4] / weight[0] == pytest.approx(2)


@given(tasks(), st.randoms(use_true_random=False))
def test_a_single_label_agrees_where_the_prediction_is_right(task, random):
    pred = np.array([random.randrange(CLASSES) for _ in task.rows])
    label = single_label(task.allowed, pred)
    rows = np.arange(len(pred))
    assert task.allowed[rows, label].all()
    np.testing.assert_array_equal(label == pred, task.allowed[rows, pred])


def test_known_labels_are_distributions_of_the_train_split():
    task = make_task(
        [{0}, {1, 2}, {3}, {1}, set(range(CLASSES)), {0}, {3}],
        [0] * 7,
        [TRAIN, TRAIN, VAL, TEST, TRAIN, TRAIN, TRAIN],
    )
    # The last label is a second one of the post of the first.
    task = replace(task, rows=np.array([5, 1, 2, 3, 4, 0, 5]))
    found = known_labels(task, 7)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[5], [0.5, 0, 0, 0.5])
    np.testing.assert_allclose(found[1], [0, 0.5, 0.5, 0])
    np.testing.assert_allclose(found[0], [1, 0, 0, 0])
    assert not found[[2, 3, 4, 6]].any()


def test_who_says_which_labels_are_heard_is_believed():
    heard = np.array([False, True, False])
    found = known_labels(replace(PLAIN, heard=heard), 3)
    np.testing.assert_allclose(found, [[0, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 0]])


@given(tasks())
def test_a_test_label_is_never_known(task):
    shuffled = task.allowed.copy()
    at = np.r_[task.at(VAL), task.at(TEST)]
    shuffled[at] = np.roll(shuffled[at], 1, axis=1)
    known = known_labels(task, len(task.rows))
    np.testing.assert_array_equal(
        known, known_labels(replace(task, allowed=shuffled), len(task.rows))
    )
    sums = known.sum(axis=1)
    assert (np.isclose(sums, 1) | (sums == 0)).all()


@pytest.mark.parametrize(
    ("name", "message"),
    [("polarity", "say nothing of polarity"), ("valence", "no label has a valence")],
)
def test_what_labels_do_not_say_is_not_made_up(name, message):
    with pytest.raises(LabelError, match=message):
        getattr(PLAIN, f"stated_{name}")


def test_labels_that_may_be_any_say_nothing_and_judge_nobody():
    anything = set(range(CLASSES))
    labels = [{0}, anything, {1, 2}, anything]
    task = make_task(labels, [0, 1, 0, 1], [VAL, VAL, VAL, TRAIN])
    assert task.telling.tolist() == [True, False, True, False]
    assert task.at(VAL).tolist() == [0, 1, 2]
    assert task.judged(VAL).tolist() == [0, 2]
    assert task.judged(TRAIN).tolist() == []
