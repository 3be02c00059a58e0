"""Graphs that a model should do worse on, if what it gains comes from who hears whom."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import incoming
from gnn_emotion.schema.errors import GraphError, closest
from gnn_emotion.schema.graph import UNKNOWN_TIME, EdgeType

CONTROLS = ("none", "shuffled", "self")


def controlled_graph(
    data: HeteroData, edge_types: Iterable[EdgeType], control: str, seed: int
) -> HeteroData:
    """Change the edges that a model hears; every post keeps as many of each type.

    Edges from the future are left out first, as for the graph itself, so that degrees are those
    that a model would see.

    - ``none`` returns the graph as it is.
    - ``shuffled`` gives every edge into a post the source of another edge of its type: other posts,
      and other users and pictures too. Who hears whom is lost; degrees, and how often each source
      is heard, stay. The times of posts are taken away, so that shuffled edges are not dropped as
      from the future: a model with ``edge_time`` finds all of them unknown.
    - ``self`` makes each post the source of all its edges from posts: it hears its own state in
      place of its neighbours', and how many they were. What is no post (its author, its pictures)
      it still hears. A model with ``edge_time`` finds no time between.

    Args:
        data: a validated graph; it stays as it is.
        edge_types: relations into posts that the model hears; others are not touched.
        control: one of ``CONTROLS``.
        seed: of the shuffling.

    Raises:
        GraphError: there is no such control.
    """
    if control not in CONTROLS:
        raise GraphError(f"unknown control {control!r}; {closest(control, CONTROLS)}")
    if control == "none":
        return data
    rng, out = np.random.default_rng(seed), data.clone()
    for edge_type, edges in incoming(data, edge_types).items():
        if control == "shuffled":
            src = rng.permutation(edges.indices)
        else:
            src = edges.rows if edge_type[0] == "post" else edges.indices
        if len(src):
            out[edge_type].edge_index = torch.from_numpy(np.stack([src, edges.rows]))
        else:
            del out[edge_type]
    if control == "shuffled":
        out["post"].time = torch.full_like(data["post"].time, UNKNOWN_TIME)
    return out
