"""Correct & Smooth: helps where neighbours agree, does nothing where it is told nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.schema.blocks import Adjacency
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.graph import SIBLING
from gnn_emotion.training.correct_and_smooth import (
    SmoothOptions,
    choose_smoothing,
    correct_and_smooth,
    past_mean,
)

COUNT, K = 400, 2
EDGE = ("post", "rev_replies_to", "post")


def made(agree: bool):
    """Groups of ten that agree, or do not; a model that is hardly better than chance."""
    rng = np.random.default_rng(0)
    group = np.arange(COUNT) // 10
    label = rng.integers(0, 2, 40)[group] if agree else rng.integers(0, 2, COUNT)
    pairs = [(i, j) for j in range(COUNT) for i in range(j - j % 10, j - j % 10 + 10) if i != j]
    indices = np.array([src for src, _ in pairs])
    past = past_mean({EDGE: Adjacency(np.arange(0, 9 * COUNT + 1, 9), indices)}, COUNT)
    noise = rng.random(COUNT) < 0.4
    right = np.where(noise, 1 - label, label)
    probs = np.where(np.arange(K) == right[:, None], 0.6, 0.4)
    known = np.eye(K)[label] * (rng.random(COUNT) < 0.5)[:, None]
    return probs, known, past, label


def accuracy(probs, known, label) -> float:
    rest = ~known.any(axis=1)
    return float((probs.argmax(axis=1) == label)[rest].mean())


def test_it_helps_where_neighbours_agree():
    probs, known, past, label = made(True)
    smooth = correct_and_smooth(probs, known, past, SmoothOptions(0.5, 0.8))
    assert accuracy(smooth, known, label) > accuracy(probs, known, label) + 0.2
    np.testing.assert_allclose(smooth.sum(axis=1), 1)
    for options in (SmoothOptions(0.8, 0.0), SmoothOptions(0.0, 0.8)):
        alone = correct_and_smooth(probs, known, past, options)
        assert accuracy(alone, known, label) > accuracy(probs, known, label) + 0.1


def test_the_share_is_chosen_by_what_it_does():
    probs, known, past, label = made(True)
    rest = np.flatnonzero(~known.any(axis=1))
    allowed = np.eye(K, dtype=bool)[label[rest]]
    chosen = choose_smoothing(probs, known, past, rest, allowed)
    assert max(chosen.correction, chosen.smoothing) >= 0.5
    probs, known, past, label = made(False)
    rest = np.flatnonzero(~known.any(axis=1))
    sure = probs * 0.98 + 0.01
    chosen = choose_smoothing(sure, known, past, rest, np.eye(K, dtype=bool)[label[rest]])
    assert chosen.smoothing <= 0.3
    with pytest.raises(LabelError, match="validation labels, of which there are none"):
        choose_smoothing(probs, known, past, rest[:0], allowed[:0])


def test_without_shares_or_labels_nothing_changes():
    probs, known, past, _ = made(True)
    np.testing.assert_array_equal(
        correct_and_smooth(probs, np.zeros_like(known), past, SmoothOptions()), probs
    )
    rest = ~known.any(axis=1)
    still = correct_and_smooth(probs, known, past, SmoothOptions(0.0, 0.0))
    np.testing.assert_allclose(still[rest], probs[rest])


def test_who_hears_nobody_keeps_the_answer():
    past = past_mean({}, 3)
    np.testing.assert_array_equal(past.toarray(), np.eye(3))
    probs, known = np.full((3, 2), 0.5), np.array([[1.0, 0], [0, 0], [0, 0]])
    smooth = correct_and_smooth(probs, known, past, SmoothOptions(0.5, 0.5))
    np.testing.assert_allclose(smooth[1:], 0.5)


def test_a_later_post_has_no_say():
    """Messages go the way of the edges: 0 -> 1 -> 2."""
    edges = Adjacency(np.array([0, 0, 1, 2]), np.array([0, 1]))
    past, probs = past_mean({EDGE: edges}, 3), np.full((3, 2), 0.5)
    late = correct_and_smooth(probs, np.array([[0, 0], [0, 0], [1.0, 0]]), past, SmoothOptions())
    np.testing.assert_allclose(late[:2], 0.5)
    early = correct_and_smooth(probs, np.array([[1.0, 0], [0, 0], [0, 0]]), past, SmoothOptions())
    assert early[2, 0] > 0.5


def test_later_labels_have_no_say_in_how_long_corrections_are():
    """0 -> 1 knows a label; 2 stands alone and is later: whether the model was right there."""
    past = past_mean({EDGE: Adjacency(np.array([0, 0, 1, 1]), np.array([0]))}, 3)
    probs = np.array([[0.6, 0.4], [0.5, 0.5], [0.9, 0.1]])
    options = SmoothOptions(correction=0.5, smoothing=0.0)
    right, wrong, none = (
        correct_and_smooth(probs, np.array([[1.0, 0], [0, 0], last]), past, options)
        for last in ([1.0, 0], [0, 1.0], [0, 0])
    )
    np.testing.assert_array_equal(right[:2], wrong[:2])
    np.testing.assert_array_equal(right[:2], none[:2])
    assert right[1, 0] > 0.5


def test_the_length_of_corrections_is_learned_in_training():
    probs, known, past, label = made(True)
    rest = np.flatnonzero(~known.any(axis=1))
    chosen = choose_smoothing(probs, known, past, rest, np.eye(K, dtype=bool)[label[rest]])
    lengths = np.abs(known - probs)[known.any(axis=1)].sum(axis=1)
    assert chosen.scale == pytest.approx(lengths.mean())


@pytest.mark.parametrize(
    "wrong", [{"correction": 1.0}, {"smoothing": -0.1}, {"iterations": 0}, {"scale": -1.0}]
)
def test_what_cannot_be(wrong):
    with pytest.raises(ValueError, match="expected"):
        SmoothOptions(**wrong)


def test_neighbours_that_are_noise_are_not_heard():
    """Of a model that is right, by neighbours that are not like the post: neither share."""
    _, known, past, label = made(False)
    probs = np.where(np.arange(K) == label[:, None], 0.9, 0.1)
    rest = np.flatnonzero(~known.any(axis=1))
    chosen = choose_smoothing(probs, known, past, rest, np.eye(K, dtype=bool)[label[rest]])
    assert (chosen.correction, chosen.smoothing) == (0, 0)


pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30)


@given(pairs, pairs)
def test_past_means_are_means(one, other):
    """Of any edges, twice the same among them; those of other nodes have no say."""
    edges = {EDGE: incoming_of(one), SIBLING: incoming_of(other)}
    past = past_mean(edges | {("user", "writes", "post"): incoming_of([(5, 0)])}, 6).toarray()
    np.testing.assert_allclose(past.sum(axis=1), 1)
    for post in range(6):
        heard = [src for src, dst in one + other if dst == post] or [post]
        np.testing.assert_allclose(past[post], np.bincount(heard, minlength=6) / len(heard))


def incoming_of(drawn: list[tuple[int, int]]) -> Adjacency:
    drawn = sorted(drawn, key=lambda pair: pair[1])
    degree = np.bincount([dst for _, dst in drawn], minlength=6)
    sources = np.array([src for src, _ in drawn], dtype=np.int64)
    return Adjacency(np.r_[0, np.cumsum(degree)].astype(np.int64), sources)
