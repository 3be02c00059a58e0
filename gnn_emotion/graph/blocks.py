"""Cut the blocks that a batch of posts needs out of a graph, of all neighbours or some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from torch_geometric.data import HeteroData

from gnn_emotion.graph.ranges import flat_ranges
from gnn_emotion.graph.sample import Draw
from gnn_emotion.schema.blocks import DELAY_BUCKETS, UNKNOWN_DELAY, Adjacency, Block
from gnn_emotion.schema.graph import OWN_MEDIA, UNKNOWN_TIME, EdgeType

Ints = npt.NDArray[np.int64]
Incoming = Mapping[EdgeType, Adjacency]


def incoming(
    data: HeteroData, edge_types: Iterable[EdgeType], edge_time: bool = False
) -> dict[EdgeType, Adjacency]:
    """Index the edges into posts that a model listens to, without those from the future.

    Args:
        data: a validated graph.
        edge_types: relations that end in posts; those that the graph lacks are left out.
        edge_time: say of the edges between posts how long they took.

    Returns:
        Adjacency by edge type. Between posts, an edge whose source is known to be later than its
        destination is dropped: such an edge comes from a wrong clock, and would let the future
        change a past prediction.
    """
    edges = {
        edge_type: data[edge_type].edge_index.numpy()
        for edge_type in edge_types
        if edge_type in data.edge_types
    }
    between = [pairs for edge_type, pairs in edges.items() if edge_type[0] == "post"]
    time = data["post"].time.numpy()
    known = known_times(time, between)
    found: dict[EdgeType, Adjacency] = {}
    for edge_type, (src, dst) in edges.items():
        if edge_type[0] == "post":
            past = known[src] <= known[dst]
            if not past.all():
                src, dst = src[past], dst[past]
        indptr = np.zeros(len(known) + 1, dtype=np.int64)
        np.cumsum(np.bincount(dst, minlength=len(known)), out=indptr[1:])
        timed = edge_time and edge_type[0] == "post"
        delay = delays(time[src], time[dst]) if timed else None
        found[edge_type] = Adjacency(indptr, np.ascontiguousarray(src), delay)
    return found


def edge_matrix(edges: Adjacency, num_src: int) -> csr_array:
    """Lay edges out as ones ``[N, S]``, float32."""
    ones = np.ones(len(edges.indices), dtype=np.float32)
    return csr_array((ones, edges.indices, edges.indptr), shape=(len(edges.indptr) - 1, num_src))


def edge_counts(adjacency: Incoming, count: int) -> csr_array:
    """Count the edges of all types from each of N posts to each ``[N, N]``, float32."""
    total = csr_array((count, count), dtype=np.float32)
    for edge_type, edges in adjacency.items():
        if edge_type[0] == edge_type[2] == "post":
            total = total + edge_matrix(edges, count)
    return total


def delays(before: Ints, after: Ints) -> npt.NDArray[np.int8]:
    """Sort the time between two moments (seconds ``[E]``) into buckets of log2(1 + seconds)."""
    dated = (before != UNKNOWN_TIME) & (after != UNKNOWN_TIME)
    seconds = np.where(dated, np.maximum(after - before, 0), 0)
    bucket = np.minimum(np.log2(1.0 + seconds), DELAY_BUCKETS - 1)
    return np.where(dated, bucket, UNKNOWN_DELAY).astype(np.int8)


def known_times(time: Ints, between: Sequence[Ints]) -> Ints:
    """Date the posts of unknown time by the latest post that they hear from.

    They are no earlier than that. Without it such a post would pass on what is later than the
    posts that hear from it.

    Args:
        time: seconds ``[N]``.
        between: edge indices ``[2, E]`` between posts.

    Returns:
        Seconds ``[N]``; still ``UNKNOWN_TIME`` for a post that hears from no dated one.
    """
    undated = time == UNKNOWN_TIME
    if not undated.any():
        return time
    into = [pairs[:, undated[pairs[1]]] for pairs in between]
    src, dst = np.concatenate([np.empty((2, 0), dtype=np.int64), *into], axis=1)
    known, before = time.copy(), time
    np.maximum.at(known, dst, known[src])
    while not np.array_equal(known, before):
        before = known.copy()
        np.maximum.at(known, dst, known[src])
    return known


def cut_blocks(
    adjacency: Incoming, seeds: Ints, num_layers: int, draw: Draw | None = None
) -> list[Block]:
    """Cut the blocks for a batch, the input layer first.

    Pictures and videos are in the last block alone; see ``OWN_MEDIA``.

    Args:
        adjacency: incoming edges by type over the whole graph.
        seeds: rows of the posts to compute ``[B]``, each once.
        num_layers: how many blocks.
        draw: which neighbours are heard; None for all.

    Returns:
        ``num_layers`` blocks; the destinations of the last one are ``seeds``, and the post
        sources of each are the destinations of the one before.
    """
    blocks: list[Block] = []
    rows = np.asarray(seeds, dtype=np.int64)
    for _ in range(num_layers):
        block = cut_block(adjacency if not blocks else passed_on(adjacency), rows, draw)
        blocks.append(block)
        rows = block.sources["post"]
    return blocks[::-1]


def passed_on(adjacency: Incoming) -> dict[EdgeType, Adjacency]:
    """Leave out what only the last layer hears."""
    return {kind: edges for kind, edges in adjacency.items() if kind not in OWN_MEDIA}


def cut_block(adjacency: Incoming, rows: Ints, draw: Draw | None = None) -> Block:
    """Cut the block of one layer whose destinations are ``rows`` ``[B]``, each once."""
    picked = {
        edge_type: pick(edges, rows) if draw is None else draw.pick(edge_type, edges, rows)
        for edge_type, edges in adjacency.items()
    }
    sources: dict[str, Ints] = {}
    relations: dict[EdgeType, Adjacency] = {}
    for node_type in dict.fromkeys(["post", *(edge_type[0] for edge_type in picked)]):
        of_type = {kind: edges for kind, edges in picked.items() if kind[0] == node_type}
        first = rows if node_type == "post" else rows[:0]
        sources[node_type], places = _places(first, [e.indices for e in of_type.values()])
        for (kind, edges), indices in zip(of_type.items(), places, strict=True):
            relations[kind] = replace(edges, indices=indices)
    return Block(sources, len(rows), relations)


def pick(edges: Adjacency, rows: Ints) -> Adjacency:
    """Take the edges of some destinations ``[B]``, in their order."""
    starts, counts = edges.indptr[rows], edges.indptr[rows + 1] - edges.indptr[rows]
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(counts, out=indptr[1:])
    at = flat_ranges(starts, counts)
    return Adjacency(indptr, edges.indices[at], None if edges.delay is None else edges.delay[at])


def pick_run(edges: Adjacency, start: int, stop: int) -> Adjacency:
    """Take the edges of neighbouring destinations; nothing is copied but where each starts."""
    first, last = edges.indptr[start], edges.indptr[stop]
    delay = None if edges.delay is None else edges.delay[first:last]
    indptr = edges.indptr[start : stop + 1] - first
    return Adjacency(indptr, edges.indices[first:last], delay)


def _places(first: Ints, parts: Sequence[Ints]) -> tuple[Ints, list[Ints]]:
    """Merge rows into a list of distinct ones, and find their places in it.

    By hashing: the cost is that of the rows, whatever the size of the graph.

    Args:
        first: rows that begin the list, each once ``[B]``.
        parts: further rows; the new ones follow in order of row.

    Returns:
        The list ``[S]``, and the place of each row of each part.
    """
    found, distinct = pd.factorize(np.concatenate([first, *parts]))
    order = np.argsort(distinct[len(first) :]) + len(first)
    place = np.arange(len(distinct))
    place[order] = np.arange(len(first), len(distinct))
    ends = np.cumsum([len(first), *map(len, parts)])
    sources = np.concatenate([first, distinct[order]])
    return sources, [place[found[start:end]] for start, end in pairwise(ends.tolist())]
