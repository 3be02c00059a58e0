"""The rules that every graph keeps, checked when it is built and when it is loaded."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.schema.errors import GraphError, closest
from gnn_emotion.schema.graph import EDGE_NAMES, EDGE_TYPES, NODE_TYPES

#: Rows of features looked at at once.
_PART = 65_536


def validate_graph(data: HeteroData) -> None:
    """Check the types, shapes, ranges, order and values of a graph.

    Reading a misspelt type from a ``HeteroData`` creates it, and ``HeteroConv`` skips an edge type
    that it is not given, both without a word; so nothing unknown may be in a graph.

    Args:
        data: the graph.

    Raises:
        GraphError: at the first rule that is broken.
    """
    for node_type in data.node_types:
        if node_type not in NODE_TYPES:
            raise GraphError(f"unknown node type {node_type!r}; {closest(node_type, NODE_TYPES)}")
        _check_nodes(data, node_type)
    if "post" not in data.node_types:
        raise GraphError(f"no 'post' nodes; found {data.node_types}")
    _check_posts(data)
    for edge_type in data.edge_types:
        if edge_type not in EDGE_TYPES:
            name = "__".join(edge_type)
            raise GraphError(f"unknown edge type {name!r}; {closest(name, EDGE_NAMES)}")
        _check_edges(data, edge_type)


def _check_nodes(data: HeteroData, node_type: str) -> None:
    store = data[node_type]
    if "x" not in store:
        raise GraphError(f"{node_type} nodes have no features x [N, D]")
    for key in [key for key in store if key == "x" or str(key).startswith("x_")]:
        _check_features(data, node_type, str(key).removeprefix("x"))


def _check_features(data: HeteroData, node_type: str, suffix: str) -> None:
    """Check the features and mask of a node type, or of a further modality (``_<name>``)."""
    name = f"{node_type}.x{suffix}"
    x, present = data[node_type][f"x{suffix}"], data[node_type].get(f"present{suffix}")
    if x.dim() != 2 or x.dtype not in (torch.float32, torch.float16):
        raise GraphError(
            f"{name} is {x.dtype} {tuple(x.shape)}, expected float32 or float16 [N, D]"
        )
    if len(x) != len(data[node_type].x):
        raise GraphError(f"{name} has {len(x)} rows, expected {len(data[node_type].x)}")
    if present is None or present.shape != (len(x),) or present.dtype != torch.bool:
        raise GraphError(f"{node_type}.present{suffix} is not a bool mask of {len(x)} nodes")
    for begin in range(0, len(x), _PART):
        finite = torch.isfinite(x[begin : begin + _PART])
        if not finite.all():
            bad = begin + int((~finite.all(dim=1)).nonzero()[0])
            raise GraphError(f"{name} has a NaN or infinite value in row {bad}; expected finite")


def _check_posts(data: HeteroData) -> None:
    posts = data["post"]
    count = len(posts.x)
    for name in ("time", "y", "thread"):
        values = posts.get(name)
        if values is None or values.shape != (count,) or values.dtype != torch.int64:
            raise GraphError(f"post.{name} is not an int64 vector of {count} posts")


def _check_edges(data: HeteroData, edge_type: tuple[str, str, str]) -> None:
    name = "__".join(edge_type)
    if "edge_index" not in data[edge_type]:
        raise GraphError(
            f"{name} has no edge_index; a type that was only read is made all the same"
        )
    edges: Tensor = data[edge_type].edge_index
    if edges.dim() != 2 or edges.shape[0] != 2 or edges.dtype != torch.int64:
        raise GraphError(f"{name}: {edges.dtype} {tuple(edges.shape)}, expected int64 [2, E]")
    if not edges.shape[1]:
        raise GraphError(f"{name} has no edges; leave the type out")
    for row, end in zip(edges, (edge_type[0], edge_type[2]), strict=True):
        nodes = len(data[end].x) if end in data.node_types else 0
        low, high = int(row.min()), int(row.max())
        if low < 0 or high >= nodes:
            raise GraphError(f"{name}: {end} index {low}..{high}, expected 0..{nodes - 1}")
    if (edges[1, 1:] < edges[1, :-1]).any():
        raise GraphError(f"{name}: edges are not sorted by destination")
