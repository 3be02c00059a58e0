"""Dump + Features -> a validated ``HeteroData``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch_geometric.data import HeteroData

from gnn_emotion.graph.earlier import earlier_edges
from gnn_emotion.graph.edges import Edges, ThreadRows, flipped, stated_edges, thread_rows
from gnn_emotion.graph.followed import followed_edges
from gnn_emotion.graph.nearest import nearest_edges
from gnn_emotion.graph.validate import validate_graph
from gnn_emotion.schema.errors import GraphError, closest
from gnn_emotion.schema.features import Features
from gnn_emotion.schema.graph import (
    BY_FOLLOWED,
    EARLIER_BY_USER,
    EARLIER_IN_THREAD,
    EDGE_NAMES,
    EDGE_TYPES,
    NODE_TYPES,
    ON_REQUEST,
    SAME_AUTHOR,
    SIBLING,
    STATED,
    UNKNOWN_TIME,
    UNLABELLED,
    EdgeType,
    reverse,
)
from gnn_emotion.schema.tables import Dump

#: How many earlier posts of its thread, and of its author, a post hears from; so with each of the
#: derived edges.
LAST = 8


def build_graph(
    dump: Dump,
    features: Mapping[str, Features],
    last: int = LAST,
    edge_types: Collection[EdgeType] | None = None,
) -> HeteroData:
    """Build the graph of a dump.

    Args:
        dump: the tables; node i of a type is row i of its table.
        features: features by node type; ``post`` and ``user`` are needed. Node types without
            features are left out, and their edges with them. Features by any other name are a
            further modality of posts.
        last: reach of the derived edges.
        edge_types: what to build, where the dump has edges of it; None for all but those
            ``ON_REQUEST``.

    Returns:
        A graph with, for each node type, ``x [N, D]`` float32 and ``present [N]``; for posts also
        ``time [N]`` (seconds UTC, ``UNKNOWN_TIME`` where unknown), ``y [N]`` (all unlabelled),
        ``thread [N]`` (row of the root), and of each further modality m ``x_m [N, D_m]`` and
        ``present_m [N]``; every stated edge type that the dump has, its ``rev_``
        type, and the derived ones, as far as they are asked for. Edges are sorted by destination.

    Raises:
        GraphError: when features do not fit the tables, or the graph breaks a rule.
    """
    data = HeteroData()
    for name, given in features.items():
        node_type = name if name in NODE_TYPES else "post"
        _check_ids(dump, name, node_type, given)
        suffix = "" if name in NODE_TYPES else f"_{name}"
        data[node_type][f"x{suffix}"] = torch.from_numpy(np.ascontiguousarray(given.x))
        data[node_type][f"present{suffix}"] = torch.from_numpy(given.present)
    missing = {"post", "user"} - set(features)
    if missing:
        raise GraphError(f"no features of {sorted(missing)}; expected at least post and user")
    threads = thread_rows(dump)
    time, thread = post_times(dump), _threads(threads)
    data["post"].time = torch.from_numpy(time)
    data["post"].thread = torch.from_numpy(thread)
    data["post"].y = torch.full((len(time),), UNLABELLED, dtype=torch.int64)
    wanted = frozenset(set(EDGE_TYPES) - set(ON_REQUEST) if edge_types is None else edge_types)
    speaks = features["post"].present
    for edge_type, edges in _all_edges(dump, time, threads, speaks, last, wanted).items():
        if edge_type[0] in features and edge_type[2] in features:
            data[edge_type].edge_index = torch.from_numpy(np.ascontiguousarray(edges))
    validate_graph(data)
    return data


def node_ids(dump: Dump, node_type: str) -> pa.ChunkedArray:
    """Return the ids of all nodes of a type, in node order."""
    if node_type == "post":
        return dump.read("posts", ["post_id"])["post_id"]
    if node_type == "user":
        return dump.read("users", ["user_id"])["user_id"]
    media = dump.read("media", ["media_id", "kind"])
    return media["media_id"].filter(pc.equal(media["kind"], node_type))


def post_times(dump: Dump) -> np.ndarray:
    """Return the time of each post in seconds, ``UNKNOWN_TIME`` where it is null ``[N]``."""
    stamps = dump.read("posts", ["created_at"])["created_at"]
    micros = pc.fill_null(stamps.cast(pa.int64()), UNKNOWN_TIME).to_numpy()
    return np.where(micros == UNKNOWN_TIME, UNKNOWN_TIME, micros // 1_000_000)


def post_users(dump: Dump) -> np.ndarray:
    """Number the authors of posts, the same number for the same one ``[N]``; -1 for none."""
    coded = dump.read("posts", ["user_id"])["user_id"].combine_chunks().dictionary_encode()
    return coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def post_threads(dump: Dump) -> np.ndarray:
    """Return the row of each post's root; its own row where it has none ``[N]``."""
    return _threads(thread_rows(dump))


def _threads(rows: ThreadRows) -> np.ndarray:
    return np.where(rows.root < 0, np.arange(len(rows.root)), rows.root)


def _check_ids(dump: Dump, name: str, node_type: str, given: Features) -> None:
    expected = node_ids(dump, node_type)
    same = len(expected) == len(given) and pa.chunked_array([given.ids], expected.type).equals(
        expected
    )
    if same:
        return
    why = "" if name == node_type else f" (no node type, so of posts; {closest(name, NODE_TYPES)})"
    raise GraphError(
        f"features of {name!r}{why}: {len(given)} ids are not the {len(expected)} ids of the "
        "dump in their order; encode this dump again"
    )


def _all_edges(
    dump: Dump,
    time: np.ndarray,
    threads: ThreadRows,
    speaks: np.ndarray,
    last: int,
    wanted: frozenset[EdgeType],
) -> dict[EdgeType, Edges]:
    for edge_type in wanted.difference(EDGE_TYPES):
        name = "__".join(edge_type)
        raise GraphError(f"unknown edge type {name!r}; {closest(name, EDGE_NAMES)}")
    stated = stated_edges(dump, threads, _read_for(wanted))
    edges = {edge_type: pairs for edge_type, pairs in stated.items() if edge_type in wanted}
    for edge_type, pairs in stated.items():
        if reverse(edge_type) in wanted:
            edges[reverse(edge_type)] = flipped(pairs)
    author = np.full(len(time), -1, dtype=np.int64)
    if ("user", "writes", "post") in stated:
        users, written = stated["user", "writes", "post"]
        author[written] = users
    follows = stated.get(("user", "follows", "user"), np.empty((2, 0), dtype=np.int64))
    derived: dict[EdgeType, Callable[[], Edges]] = {
        EARLIER_IN_THREAD: lambda: earlier_edges(_threads(threads), time, speaks, last),
        EARLIER_BY_USER: lambda: earlier_edges(author, time, speaks, last),
        SIBLING: lambda: nearest_edges(threads.parent, speaks, last),
        SAME_AUTHOR: lambda: nearest_edges(author, speaks, last),
        BY_FOLLOWED: lambda: followed_edges(author, follows, time, speaks, last),
    }
    for edge_type, make in derived.items():
        if edge_type in wanted and (pairs := make()).shape[1]:
            edges[edge_type] = pairs
    return edges


def _read_for(wanted: frozenset[EdgeType]) -> frozenset[EdgeType]:
    """Return the stated types that are wanted, either way, or that wanted ones are made of."""
    read = {edge_type for edge_type in STATED if wanted & {edge_type, reverse(edge_type)}}
    if wanted & {EARLIER_BY_USER, SAME_AUTHOR, BY_FOLLOWED}:
        read.add(("user", "writes", "post"))
    if BY_FOLLOWED in wanted:
        read.add(("user", "follows", "user"))
    return frozenset(read)
