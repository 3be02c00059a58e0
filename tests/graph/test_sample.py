"""Drawn neighbours: a thinner graph, uniform, the same in every batch."""

from __future__ import annotations

import hashlib
import tracemalloc
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.graph.blocks import Incoming, cut_block, cut_blocks, pick
from gnn_emotion.graph.sample import Draw, distinct_places
from gnn_emotion.schema.blocks import Adjacency

ANSWERS = ("post", "rev_replies_to", "post")
WRITES = ("user", "writes", "post")
GOLDEN = 0x9E3779B97F4A7C15

degrees = st.lists(st.integers(0, 9), min_size=1, max_size=12)
draws = st.builds(Draw, st.integers(1, 10), st.integers(0, 5), st.integers(0, 5))


def edges_of(counts: list[int], num_src: int = 0) -> Adjacency:
    """Give each row so many sources; the delay of an edge is its place in the row."""
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    num_src = num_src or max(1, int(indptr[-1]))
    place = np.concatenate([np.arange(count) for count in counts]).astype(np.int8)
    sources = np.arange(indptr[-1]) * 7 % num_src
    return Adjacency(indptr, sources, place)


def thinned(adjacency: Incoming, draw: Draw) -> dict:
    """Draw the whole thinner graph, a row at a time."""
    found = {}
    for kind, edges in adjacency.items():
        rows = [draw.pick(kind, edges, np.array([row])) for row in range(len(edges.indptr) - 1)]
        indptr = np.cumsum([0, *(len(row.indices) for row in rows)])
        parts = zip(*((row.indices, row.delay) for row in rows), strict=True)
        found[kind] = Adjacency(indptr, *map(np.concatenate, parts))
    return found


@given(degrees, draws, st.data())
def test_rows_keep_all_that_they_have_or_as_many_as_asked_for(counts, draw, data):
    edges = edges_of(counts)
    rows = np.array(data.draw(st.permutations(range(len(counts)))))
    found = draw.pick(ANSWERS, edges, rows)
    for at, row in enumerate(rows):
        ours = slice(*found.indptr[at : at + 2])
        whole = pick(edges, rows[at : at + 1])
        assert len(found.indices[ours]) == min(counts[row], draw.num_neighbors)
        places = found.delay[ours].astype(int)
        assert (np.diff(places) > 0).all()
        np.testing.assert_array_equal(found.indices[ours], whole.indices[places])
        if counts[row] <= draw.num_neighbors:
            np.testing.assert_array_equal(found.indices[ours], whole.indices)


@given(degrees, draws, st.integers(0, 3), st.data())
def test_blocks_are_those_of_one_thinner_graph(counts, draw, layers, data):
    """So a destination hears the same in whatever batch, layer and order of rows."""
    size = len(counts)
    whole = {ANSWERS: edges_of(counts, size), WRITES: edges_of(counts[::-1])}
    seeds = np.array(data.draw(st.permutations(range(size)))[: data.draw(st.integers(0, size))])
    drawn = cut_blocks(whole, seeds.astype(np.int64), layers, draw)
    expected = cut_blocks(thinned(whole, draw), seeds.astype(np.int64), layers)
    assert len(drawn) == len(expected)
    for one, other in zip(drawn, expected, strict=True):
        assert one.num_dst == other.num_dst
        for name, rows in other.sources.items():
            np.testing.assert_array_equal(one.sources[name], rows)
        for kind, edges in other.relations.items():
            for ours, theirs in zip(one.relations[kind].arrays(), edges.arrays(), strict=True):
                np.testing.assert_array_equal(ours, theirs)


def test_every_set_of_neighbours_is_as_likely():
    """Chi-squared over the 35 sets of 3 of 7, and over the places of a hub; 5 sigma."""
    rows, count = 70_000, 3
    edges = edges_of([7] * rows)
    found = Draw(count).pick(ANSWERS, edges, np.arange(rows)).delay.reshape(rows, count)
    sets = list(combinations(range(7), count))
    seen = np.array([(found == one).all(axis=1).sum() for one in sets])
    assert seen.sum() == rows
    assert chi_squared(seen) < 34 + 5 * np.sqrt(2 * 34)
    keys = np.random.default_rng(0).integers(0, 2**64, 20_000, dtype=np.uint64)
    hub = distinct_places(np.full(len(keys), 10**6), 10, keys)
    assert (np.diff(hub, axis=1) > 0).all() and hub.min() >= 0 and hub.max() < 10**6
    seen = np.bincount(hub.ravel() // 10_000, minlength=100)
    assert chi_squared(seen) < 99 + 5 * np.sqrt(2 * 99)


def chi_squared(seen: np.ndarray) -> float:
    return float(((seen - seen.mean()) ** 2 / seen.mean()).sum())


def test_neighbouring_rows_and_further_draws_say_nothing_of_each_other():
    rows = np.arange(20_000)
    edges = edges_of([100] * len(rows))
    kinds = {"": (Draw(1), ANSWERS), "epoch": (Draw(1, epoch=1), ANSWERS)}
    kinds |= {"seed": (Draw(1, seed=1), ANSWERS), "relation": (Draw(1), WRITES)}
    found = {name: draw.pick(kind, edges, rows).delay for name, (draw, kind) in kinds.items()}
    for one, other in combinations(found.values(), 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(len(rows))
    first = found[""]
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 5 / np.sqrt(len(rows))


def split_mix(state: int) -> int:
    mixed, mask = state & 2**64 - 1, 2**64 - 1
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & mask
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & mask
    return mixed ^ mixed >> 31


def drawn_plainly(draw: Draw, row: int, degree: int) -> list[int]:
    """Draw the places of one row with a set and whole numbers."""
    text = f"{draw.seed} {draw.epoch} {' '.join(ANSWERS)}".encode()
    key = split_mix(row ^ int.from_bytes(hashlib.sha256(text).digest()[:8], "little"))
    found: set[int] = set()
    for number in range(1, draw.num_neighbors + 1):
        last = degree - draw.num_neighbors + number - 1
        place = int((split_mix(key + number * GOLDEN) >> 11) / 2**53 * (last + 1))
        found.add(last if place in found else place)
    return sorted(found)


@given(draws, st.lists(st.integers(11, 120), min_size=1, max_size=5))
def test_what_is_drawn_is_told_by_plain_arithmetic(draw, counts):
    """So a training goes on to the same numbers on another machine, and with other versions."""
    assert split_mix(1_234_567 + GOLDEN) == 6_457_827_717_110_365_317  # as published
    found = draw.pick(ANSWERS, edges_of(counts), np.arange(len(counts)))
    rows = [drawn_plainly(draw, row, count) for row, count in enumerate(counts)]
    assert found.delay.tolist() == [place for row in rows for place in row]


def test_a_hub_costs_no_more_than_it_gives():
    """A million edges into one post: nothing as long as they are is made."""
    hub = Adjacency(np.array([0, 10**6]), np.zeros(10**6, dtype=np.int64))
    tracemalloc.start()
    block = cut_block({ANSWERS: hub}, np.zeros(1, dtype=np.int64), Draw(10))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(block.relations[ANSWERS].indices) == 10
    assert peak < 100_000


def test_no_neighbours_cannot_be_asked_for():
    with pytest.raises(ValueError, match="num_neighbors is 0; expected 1 or more"):
        Draw(0)
