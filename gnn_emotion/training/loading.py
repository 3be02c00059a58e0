"""The batches that a model takes of a graph, as its shape says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch_geometric.data import HeteroData

from gnn_emotion.graph.label_context import LabelContext
from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.post_input import TEXT


def model_loader(
    data: HeteroData, config: ModelConfig, known: npt.NDArray[np.float32] | None = None
) -> BlockLoader:
    """Make the loader of a model.

    Args:
        data: a validated graph with the features that the model expects.
        config: its shape.
        known: the labels that it may hear ``[N, K]``, a distribution a row, zero where none is
            known; None where none are.
    """
    return BlockLoader(
        data,
        config.relations,
        config.num_layers,
        config.modalities,
        label_context(data, config, known),
        hops=config.hops,
        edge_time=config.edge_time,
    )


def label_context(
    data: HeteroData, config: ModelConfig, known: npt.NDArray[np.float32] | None
) -> LabelContext | None:
    """Return what posts hear of known labels ``[N, K]``; None for a model that hears none."""
    if known is None:
        known = np.zeros((len(data[TEXT].x), len(config.labels)), dtype=np.float32)
    return LabelContext.of(data, config.label_relations, known)
