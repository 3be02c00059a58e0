"""The past of each post of a batch: nodes and edges of its own, none of them later than it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gnn_emotion.graph.sample import draw_keys
from gnn_emotion.graph.timed_edges import TimedEdges
from gnn_emotion.schema.graph import EdgeType

Ints = npt.NDArray[np.int64]


class PastTrees:
    """What the seeds of a batch hear from so far; a node that two seeds hear from stands twice.

    Args:
        sizes: how many nodes the graph has, by type.
        edges: what is heard along.
        drawn_for: seed and epoch of what is drawn.
        seeds: rows of posts ``[B]``.
        moments: of each, seconds; nothing later is heard from ``[B]``.

    Attributes:
        nodes: by type, place of the seed times the nodes of the type, plus the row of the node; in
            the order in which they were found.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        edges: Mapping[EdgeType, TimedEdges],
        drawn_for: tuple[int, int],
        seeds: Ints,
        moments: Ints,
    ) -> None:
        self.sizes, self.edges, self.drawn_for = sizes, edges, drawn_for
        self.seeds, self.moments = seeds, moments
        self.nodes = {name: np.empty(0, dtype=np.int64) for name in sizes}
        self.nodes["post"] = np.arange(len(seeds)) * sizes["post"] + seeds
        self._first = dict.fromkeys(sizes, 0)
        self._links: dict[EdgeType, list[tuple[Ints, Ints, Ints]]] = {kind: [] for kind in edges}

    def grow(self, count: int, strategy: str) -> None:
        """Add what the nodes of the last hop hear from; those found before heard already."""
        fresh: dict[str, list[Ints]] = {name: [] for name in self.sizes}
        for kind, edges in self.edges.items():
            src, _, dst = kind
            hearing = self.nodes[dst][self._first[dst] :]
            owner, row = np.divmod(hearing, self.sizes[dst])
            keys = draw_keys(*self.drawn_for, kind, row, self.seeds[owner])
            kept, at = edges.draw(row, self.moments[owner], count, keys, strategy)
            source = np.repeat(owner, kept) * self.sizes[src] + edges.indices[at]
            self._links[kind].append((source, np.repeat(hearing, kept), at))
            fresh[src].append(source)
        for name, parts in fresh.items():
            self._first[name] = len(self.nodes[name])
            if parts:
                new = np.setdiff1d(np.concatenate(parts), self.nodes[name])
                self.nodes[name] = np.concatenate([self.nodes[name], new])

    def edge_index(self, kind: EdgeType) -> tuple[Ints, Ints]:
        """Return the edges among the nodes ``[2, E]``, and their places in ``TimedEdges``."""
        source, hearing, at = map(np.concatenate, zip(*self._links[kind], strict=True))
        ends = [_places(self.nodes[kind[0]], source), _places(self.nodes[kind[2]], hearing)]
        return np.stack(ends), at


def _places(known: Ints, wanted: Ints) -> Ints:
    order = np.argsort(known)
    return order[np.searchsorted(known, wanted, sorter=order)]
