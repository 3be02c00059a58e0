"""All that a model may hear when it judges a post, cut out of the graph; and what is left of it.

The cut is exact: the model says of the post within it what it says of it within the whole graph.
Taking a node away means that nobody hears it any more: all edges that leave it are gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import incoming, pick
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.schema.graph import OWN_MEDIA, EdgeType

Ints = npt.NDArray[np.int64]
Edges = Mapping[EdgeType, tuple[Ints, Ints]]
#: Node type and row of a node in the cut.
Node = tuple[str, int]


@dataclass(frozen=True)
class Surroundings:
    """A post and what reaches it.

    Attributes:
        data: the graph that was cut out; the post is row 0 of ``post``.
        rows: row of each node in the whole graph ``[n]``, by node type.
        hops: steps from each node to the post ``[n]``, by node type.
    """

    data: HeteroData
    rows: Mapping[str, Ints]
    hops: Mapping[str, Ints]

    @property
    def nodes(self) -> list[Node]:
        """All nodes but the post itself, posts first."""
        return [
            (name, at)
            for name, rows in self.rows.items()
            for at in range(1 if name == "post" else 0, len(rows))
        ]

    def copies(self, removed: Sequence[Sequence[Node]]) -> tuple[HeteroData, Ints]:
        """Lay several copies side by side, each without some nodes.

        Args:
            removed: R lists of nodes.

        Returns:
            A graph of R copies, and the row of the post in each ``[R]``.
        """
        copied, count = HeteroData(), len(removed)
        for name in self.data.node_types:
            for key, values in self.data[name].items():
                copied[name][key] = values.repeat(count, *(1,) * (values.dim() - 1))
        for edge_type in self.data.edge_types:
            src, dst = self.data[edge_type].edge_index.numpy()
            sizes = len(self.rows[edge_type[0]]), len(self.rows[edge_type[2]])
            kept = np.ones((count, len(src)), dtype=bool)
            for place, nodes in enumerate(removed):
                silent = [at for name, at in nodes if name == edge_type[0]]
                kept[place] = ~np.isin(src, silent)
            shift = np.arange(count)[:, None]
            pairs = np.stack([(src + sizes[0] * shift)[kept], (dst + sizes[1] * shift)[kept]])
            copied[edge_type].edge_index = torch.from_numpy(pairs)
        return copied, len(self.rows["post"]) * np.arange(count, dtype=np.int64)


class SurroundingsCutter:
    """Cuts the surroundings of posts out of a graph.

    Args:
        data: a validated graph.
        config: the model, which says how far it hears, and along which edges.
    """

    def __init__(self, data: HeteroData, config: ModelConfig) -> None:
        self.data, self.config = data, config
        self.adjacency = incoming(data, config.edges_read)

    def cut(self, row: int) -> Surroundings:
        """Cut the surroundings of a post.

        Args:
            row: of the post in the graph.
        """
        found: dict[str, list[Ints]] = {name: [] for name in self.data.node_types}
        hops: dict[str, list[Ints]] = {name: [] for name in self.data.node_types}
        edges: dict[EdgeType, list[tuple[Ints, Ints]]] = {kind: [] for kind in self.adjacency}
        found["post"], hops["post"] = [np.array([row])], [np.array([0])]
        frontier = found["post"][0]
        for hop in range(1, max(self.config.num_layers, 1) + 1):
            reached: dict[str, list[Ints]] = {name: [] for name in found}
            for kind in self._heard_along(hop):
                picked = pick(self.adjacency[kind], frontier)
                edges[kind].append((picked.indices, frontier[picked.rows]))
                reached[kind[0]].append(picked.indices)
            for name, parts in reached.items():
                known = np.concatenate([np.empty(0, dtype=np.int64), *found[name]])
                new = np.setdiff1d(np.concatenate([known[:0], *parts]), known)
                found[name].append(new)
                hops[name].append(np.full(len(new), hop))
            frontier = found["post"][-1]
        rows = {name: np.concatenate([np.empty(0, np.int64), *p]) for name, p in found.items()}
        distances = {name: np.concatenate([np.empty(0, np.int64), *p]) for name, p in hops.items()}
        return Surroundings(self._graph(rows, edges), rows, distances)

    def _heard_along(self, hop: int) -> list[EdgeType]:
        """Return the relations of a step: known labels and media are not passed on."""
        config = self.config
        if hop == 1:
            passed = {*config.relations, *config.label_relations, *OWN_MEDIA}
        else:
            passed = set(config.relations) - set(OWN_MEDIA)
        return [kind for kind in self.adjacency if kind in passed]

    def _graph(
        self, rows: Mapping[str, Ints], edges: Mapping[EdgeType, Sequence[tuple[Ints, Ints]]]
    ) -> HeteroData:
        small = HeteroData()
        for name, at in rows.items():
            count, taken = self.data[name].num_nodes, torch.from_numpy(at)
            for key, values in self.data[name].items():
                if isinstance(values, Tensor) and len(values) == count:
                    small[name][key] = values[taken]
        place = {name: _places(at, self.data[name].num_nodes) for name, at in rows.items()}
        for kind, parts in edges.items():
            src = np.concatenate([np.empty(0, np.int64), *(part[0] for part in parts)])
            dst = np.concatenate([np.empty(0, np.int64), *(part[1] for part in parts)])
            pairs = np.stack([place[kind[0]][src], place[kind[2]][dst]])
            # Stable: the sums of a layer keep the order that they have in the whole graph.
            pairs = pairs[:, np.argsort(pairs[1], kind="stable")]
            small[kind].edge_index = torch.from_numpy(pairs)
        return small


def _places(rows: Ints, count: int) -> Ints:
    """Return the place of each row of the whole graph in the cut ``[N]``."""
    place = np.full(count, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return place
