"""Do posts that hear each other feel alike? Equal labels along edges, against shuffled labels.

The edge homophily of Zhu et al. (2020, "Beyond Homophily in Graph Neural Networks"). By itself it
says little, for labels of a common class agree by chance; so labels are shuffled among the labelled
posts, and the edges stay.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import incoming
from gnn_emotion.schema.blocks import Adjacency
from gnn_emotion.schema.graph import UNLABELLED, EdgeType

Ints = npt.NDArray[np.int64]


def edge_homophily(
    data: HeteroData,
    label: Ints,
    edge_types: Iterable[EdgeType],
    shuffles: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Count how often both ends of an edge have the same label.

    Args:
        data: a validated graph; edges from the future are left out.
        label: of each post ``[N]``, ``UNLABELLED`` for none; edges need a label at both ends.
        edge_types: relations from post to post.
        shuffles: how often labels are shuffled.
        seed: of the shuffles.

    Returns:
        A row a relation that the graph has: ``relation``; ``edges`` with labels at both ends;
        ``same``, the share of them whose labels are equal; ``by_chance``, the mean share with
        shuffled labels, and ``deviation``, its standard deviation over the shuffles; ``lift``, the
        first over the second. Shares are nan where there are no such edges.
    """
    pairs = {kind[1]: _labelled(edges, label) for kind, edges in incoming(data, edge_types).items()}
    rows, rng = np.flatnonzero(label != UNLABELLED), np.random.default_rng(seed)
    chance = np.full((shuffles, len(pairs)), np.nan)
    shuffled = label.copy()
    for drawn in chance:
        shuffled[rows] = rng.permutation(label[rows])
        drawn[:] = [_same(shuffled, *edges) for edges in pairs.values()]
    same = np.array([_same(label, *edges) for edges in pairs.values()])
    columns = {"relation": list(pairs), "edges": [len(src) for src, _ in pairs.values()]}
    mean = chance.mean(axis=0)
    columns |= {"same": same, "by_chance": mean, "deviation": chance.std(axis=0)}
    return pd.DataFrame(columns | {"lift": same / mean})


def _labelled(edges: Adjacency, label: Ints) -> tuple[Ints, Ints]:
    """Return source and destination of the edges with a label at both ends ``[E]`` each."""
    src, dst = edges.indices, edges.rows
    kept = (label[src] != UNLABELLED) & (label[dst] != UNLABELLED)
    return src[kept], dst[kept]


def _same(label: Ints, src: Ints, dst: Ints) -> float:
    return float((label[src] == label[dst]).mean()) if len(src) else float("nan")
