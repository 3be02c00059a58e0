"""Mini-batches as ``HeteroData``, for models of one's own in PyTorch Geometric.

They are what PyG's ``NeighborLoader`` gives under ``time_attr="time"``: each seed has a subgraph of
its own, of nodes that were there at its moment, so that no way through a user or a thread leads
back from the future. No compiled extension is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import known_times
from gnn_emotion.graph.past_trees import PastTrees
from gnn_emotion.graph.timed_edges import STRATEGIES, TimedEdges
from gnn_emotion.graph.validate import validate_graph
from gnn_emotion.schema.errors import GraphError, closest
from gnn_emotion.schema.graph import PAST_ONLY, EdgeType

Ints = npt.NDArray[np.int64]
#: An epoch, and places among the input nodes ``[B]``.
_Request = tuple[int, Ints]


class HeteroNeighborLoader(DataLoader[HeteroData]):
    """Yields batches of posts with drawn neighbours.

    A batch has, for every node type, the rows of its nodes in the graph ``n_id``, the place of the
    seed that each belongs to ``batch``, and whatever the graph has a row a node of (``x``,
    ``present``, ``time``, ...); for every relation ``edge_index`` among them and ``e_id``. Among
    the posts the seeds come first: ``batch_size`` of them, ``input_id [B]`` their places among the
    input nodes, ``seed_time [B]`` their moments. A post is heard from if its time is no later; one
    of unknown time counts as written with the latest of those that it answers.

    Batches depend on the seed and the number of the epoch, not on workers.

    Args:
        data: a graph that ``build_graph`` made.
        num_neighbors: at most so many a node and relation, hop by hop; -1 for all.
        input_nodes: the posts, by row ``[M]`` or as a mask ``[N]``; None for all.
        input_time: the moment of each, seconds ``[M]``; None for the time of the post itself.
        edge_types: relations to hear along; None for all that the graph has.
        batch_size: seeds a batch.
        shuffle: whether seeds come in another order each epoch.
        temporal_strategy: ``uniform`` draws from all past neighbours, ``last`` keeps the latest.
        seed: of order and neighbours.
        loading: further arguments of ``torch.utils.data.DataLoader``, such as ``num_workers``.

    Raises:
        GraphError: the graph breaks a rule, or lacks a relation.
        ValueError: an argument cannot be.
    """

    def __init__(
        self,
        data: HeteroData,
        num_neighbors: Sequence[int],
        input_nodes: Tensor | None = None,
        input_time: Tensor | None = None,
        edge_types: Iterable[EdgeType] | None = None,
        *,
        batch_size: int = 1024,
        shuffle: bool = False,
        temporal_strategy: str = "uniform",
        seed: int = 0,
        **loading: Any,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; expected 1 or more")
        cutter = _Cutter(
            data,
            num_neighbors,
            _rows(data, input_nodes),
            input_time,
            data.edge_types if edge_types is None else tuple(edge_types),
            temporal_strategy,
            seed,
        )
        requests = _Requests(len(cutter), batch_size, shuffle, seed)
        super().__init__(cutter, batch_size=None, sampler=requests, collate_fn=_as_it_is, **loading)


@dataclass
class _Requests(Sampler[_Request]):
    """Says which posts each batch is of; every pass is a further epoch."""

    count: int
    size: int
    shuffle: bool
    seed: int
    epoch: int = -1

    def __len__(self) -> int:
        return -(-self.count // self.size)

    def __iter__(self) -> Iterator[_Request]:
        self.epoch += 1
        order = np.arange(self.count)
        if self.shuffle:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(order)
        for start in range(0, self.count, self.size):
            yield self.epoch, order[start : start + self.size]


class _Cutter(Dataset[HeteroData]):
    """Cuts a batch: what workers do. It holds no state that changes."""

    def __init__(
        self,
        data: HeteroData,
        num_neighbors: Sequence[int],
        seeds: Ints,
        input_time: Tensor | None,
        edge_types: Sequence[EdgeType],
        strategy: str,
        seed: int,
    ) -> None:
        validate_graph(data)
        wrong = [count for count in num_neighbors if count < -1]
        if wrong or not len(num_neighbors):
            raise ValueError(
                f"num_neighbors is {list(num_neighbors)}; expected one or more hops, each 0 or "
                "more neighbours, or -1 for all"
            )
        if strategy not in STRATEGIES:
            raise ValueError(
                f"unknown temporal_strategy {strategy!r}; {closest(strategy, STRATEGIES)}"
            )
        time = _times(data)
        self.data, self.num_neighbors, self.seeds = data, tuple(num_neighbors), seeds
        self.moments = time["post"][seeds] if input_time is None else input_time.numpy().copy()
        if len(self.moments) != len(seeds):
            raise ValueError(
                f"input_time has {len(self.moments)} moments; expected one for each of the "
                f"{len(seeds)} input nodes"
            )
        self.strategy, self.seed = strategy, seed
        self.sizes = {name: len(data[name].x) for name in data.node_types}
        self.edges = {
            kind: TimedEdges(_edge_index(data, kind), self.sizes[kind[2]], time.get(kind[0]))
            for kind in edge_types
        }

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, request: _Request) -> HeteroData:
        epoch, places = request
        seeds, moments = self.seeds[places], self.moments[places]
        trees = PastTrees(self.sizes, self.edges, (self.seed, epoch), seeds, moments)
        for count in self.num_neighbors:
            trees.grow(count, self.strategy)
        batch = HeteroData()
        for name in self.sizes:
            self._add_nodes(batch, name, trees)
        posts = batch["post"]
        posts.batch_size, posts.input_id = len(places), torch.from_numpy(places)
        posts.seed_time = torch.from_numpy(moments)
        for kind in self.edges:
            self._add_edges(batch, kind, trees)
        return batch

    def _add_nodes(self, batch: HeteroData, name: str, trees: PastTrees) -> None:
        owner, row = np.divmod(trees.nodes[name], self.sizes[name])
        n_id, store = torch.from_numpy(row), self.data[name]
        for key, value in store.items():
            batch[name][key] = (
                value[n_id] if isinstance(value, Tensor) and store.is_node_attr(key) else value
            )
        batch[name].n_id, batch[name].batch = n_id, torch.from_numpy(owner)

    def _add_edges(self, batch: HeteroData, kind: EdgeType, trees: PastTrees) -> None:
        edge_index, at = trees.edge_index(kind)
        e_id, store = torch.from_numpy(self.edges[kind].order[at]), self.data[kind]
        for key, value in store.items():
            if key != "edge_index":
                batch[kind][key] = (
                    value[e_id] if isinstance(value, Tensor) and store.is_edge_attr(key) else value
                )
        batch[kind].edge_index, batch[kind].e_id = torch.from_numpy(edge_index), e_id


def _times(data: HeteroData) -> dict[str, Ints]:
    """Date the nodes of each type that has times, posts of unknown time by what they answer."""
    # Copies: a spawned worker is sent the graph in shared memory, to which torch then moves its
    # tensors, and an array that looks at the old place reads what is no longer there.
    time = {n: data[n].time.numpy().copy() for n in data.node_types if "time" in data[n]}
    past = [kind for kind in PAST_ONLY if kind[0] == "post" and kind in data.edge_types]
    edges = [data[kind].edge_index.numpy() for kind in past]
    return time | {"post": known_times(time["post"], edges)}


def _edge_index(data: HeteroData, kind: EdgeType) -> Ints:
    if kind not in data.edge_types:
        known = {"__".join(known): known for known in data.edge_types}
        name = "__".join(kind)
        raise GraphError(f"the graph has no edges {name!r}; {closest(name, known)}")
    return np.asarray(data[kind].edge_index.numpy())


def _rows(data: HeteroData, given: Tensor | None) -> Ints:
    """Return the rows of the input nodes, which may be given as a mask."""
    count = len(data["post"].x)
    if given is None:
        return np.arange(count)
    if given.dtype == torch.bool and given.shape == (count,):
        return np.flatnonzero(given.numpy())
    rows = given.numpy().copy()
    if rows.dtype != np.int64 or rows.ndim != 1 or ((rows < 0) | (rows >= count)).any():
        raise ValueError(
            f"input_nodes is {given.dtype} {tuple(given.shape)}; expected rows of the {count} "
            "posts (int64), or a mask of them (bool)"
        )
    return rows


def _as_it_is(batch: HeteroData) -> HeteroData:
    return batch
