"""Cut the blocks that a batch of posts needs out of a graph: whole neighbourhoods, no sampling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from torch_geometric.data import HeteroData

from gnn_emotion.schema.blocks import Adjacency, Block
from gnn_emotion.schema.graph import UNKNOWN_TIME, EdgeType

Ints = npt.NDArray[np.int64]
Incoming = Mapping[EdgeType, Adjacency]


def incoming(data: HeteroData, edge_types: Iterable[EdgeType]) -> dict[EdgeType, Adjacency]:
    """Index the edges into posts that a model listens to, without those from the future.

    Args:
        data: a validated graph.
        edge_types: relations that end in posts; those that the graph lacks are left out.

    Returns:
        Adjacency by edge type. Between posts, an edge whose source is known to be later than its
        destination is dropped: such an edge comes from a wrong clock, and would let the future
        change a past prediction.
    """
    time = data["post"].time.numpy()
    found: dict[EdgeType, Adjacency] = {}
    for edge_type in edge_types:
        if edge_type not in data.edge_types:
            continue
        src, dst = data[edge_type].edge_index.numpy()
        if edge_type[0] == "post":
            past = (time[src] <= time[dst]) | (time[dst] == UNKNOWN_TIME)
            src, dst = src[past], dst[past]
        indptr = np.zeros(len(time) + 1, dtype=np.int64)
        np.cumsum(np.bincount(dst, minlength=len(time)), out=indptr[1:])
        found[edge_type] = Adjacency(indptr, np.ascontiguousarray(src))
    return found


def cut_blocks(adjacency: Incoming, seeds: Ints, num_layers: int) -> list[Block]:
    """Cut the blocks for a batch, the input layer first.

    Args:
        adjacency: incoming edges by type over the whole graph.
        seeds: rows of the posts to compute ``[B]``, each once.
        num_layers: how many blocks.

    Returns:
        ``num_layers`` blocks; the destinations of the last one are ``seeds``, and the post
        sources of each are the destinations of the one before.
    """
    blocks: list[Block] = []
    rows = np.asarray(seeds, dtype=np.int64)
    for _ in range(num_layers):
        block = _cut_block(adjacency, rows)
        blocks.append(block)
        rows = block.sources["post"]
    return blocks[::-1]


def _cut_block(adjacency: Incoming, rows: Ints) -> Block:
    picked = {edge_type: _pick(edges, rows) for edge_type, edges in adjacency.items()}
    sources: dict[str, Ints] = {"post": _with_first(rows, picked)}
    for node_type in {edge_type[0] for edge_type in picked} - {"post"}:
        parts = [edges.indices for kind, edges in picked.items() if kind[0] == node_type]
        sources[node_type] = np.unique(np.concatenate(parts))
    relations = {
        edge_type: Adjacency(edges.indptr, _local(edges.indices, sources[edge_type[0]]))
        for edge_type, edges in picked.items()
    }
    return Block(sources, len(rows), relations)


def _pick(edges: Adjacency, rows: Ints) -> Adjacency:
    starts, counts = edges.indptr[rows], edges.indptr[rows + 1] - edges.indptr[rows]
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(counts, out=indptr[1:])
    at = np.repeat(starts - indptr[:-1], counts) + np.arange(indptr[-1])
    return Adjacency(indptr, edges.indices[at])


def _with_first(rows: Ints, picked: Incoming) -> Ints:
    """List the post sources: the destinations themselves, then the others in order of row."""
    parts = [edges.indices for kind, edges in picked.items() if kind[0] == "post"]
    others = np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)
    return np.concatenate([rows, np.setdiff1d(others, rows, assume_unique=True)])


def _local(rows: Ints, sources: Ints) -> Ints:
    order = np.argsort(sources, kind="stable")
    return order[np.searchsorted(sources, rows, sorter=order)]
