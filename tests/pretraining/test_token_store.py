"""Every text once an epoch, in batches that keep to their budget."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.pretraining.token_store import TokenStore, batches, tokenise

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=60)


def store_of(lengths: list[int]) -> TokenStore:
    starts = np.cumsum([0, *lengths])
    return TokenStore(np.arange(starts[-1], dtype=np.int32) + 1, starts)


def test_texts_are_numbered_as_the_tokenizer_does(tokenizer, texts, monkeypatch):
    monkeypatch.setattr("gnn_emotion.pretraining.token_store._TEXTS_PER_PASS", 7)
    rows = [*texts[:30], "", None, "好" * 100]
    store = tokenise(tokenizer, pa.array(rows))
    expected = tokenizer([row or "" for row in rows], truncation=True)["input_ids"]
    assert store.lengths.tolist() == [len(row) for row in expected]
    found = store.padded(np.arange(len(rows)), -1)
    assert [row[row >= 0].tolist() for row in found] == expected
    assert store.lengths[-1] == tokenizer.model_max_length


def test_short_texts_are_left_out(tokenizer):
    store = tokenise(tokenizer, pa.array(["", "今天", "今天真开心"]), fewest=4)
    assert len(store.lengths) == 1
    none = tokenise(tokenizer, pa.array([], pa.string()))
    assert (len(none.tokens), none.starts.tolist()) == (0, [0])


@given(LENGTHS, st.data())
def test_padded_rows_are_the_texts(lengths, data):
    store = store_of(lengths)
    rows = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=9))
    padded = store.padded(np.array(rows), 0)
    assert padded.shape == (len(rows), max(lengths[row] for row in rows))
    for found, row in zip(padded, rows, strict=True):
        text = store.tokens[store.starts[row] : store.starts[row + 1]]
        assert found[: len(text)].tolist() == text.tolist()
        assert not found[len(text) :].any()


@given(LENGTHS, st.integers(1, 200), st.integers(0, 3))
def test_every_text_once_within_the_budget(lengths, budget, seed):
    store, rows = store_of(lengths), np.arange(len(lengths))[::2]
    found = list(batches(store, rows, budget, (seed, 0)))
    assert sorted(np.concatenate(found).tolist()) == rows.tolist()
    for batch in found:
        longest = store.lengths[batch].max()
        assert len(batch) * longest <= budget or len(batch) == 1


def test_the_order_is_of_the_seed_and_batches_are_alike_in_length():
    rng = np.random.default_rng(0)
    store = store_of(rng.integers(3, 60, 4000).tolist())
    rows = np.arange(4000)
    first, again, other = (list(batches(store, rows, 1000, (0, epoch))) for epoch in (1, 1, 2))
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert np.concatenate(first).tolist() != np.concatenate(other).tolist()
    padded = sum(len(batch) * store.lengths[batch].max() for batch in first)
    assert padded < 1.1 * store.lengths.sum()
    # Long batches do not all come last.
    means = [store.lengths[batch].mean() for batch in first]
    assert abs(np.corrcoef(np.arange(len(means)), means)[0, 1]) < 0.3


def test_a_single_text_longer_than_the_budget():
    found = list(batches(store_of([30]), np.array([0]), 10, (0,)))
    assert [batch.tolist() for batch in found] == [[0]]
