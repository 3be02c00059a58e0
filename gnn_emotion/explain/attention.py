"""Whom the last layer looked at. That need not have moved anything (Jain & Wallace 2019)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gnn_emotion.explain.judge import Judge
from gnn_emotion.nn.convs.by_relation import RelationGAT, RelationGATv2

#: Node type of the sources, and the attention to each ``[E]`` with the place of its source ``[E]``.
_Heard = tuple[str, npt.NDArray[np.float64], npt.NDArray[np.int64]]


def attention_of(judge: Judge) -> dict[str, npt.NDArray[np.float64]]:
    """Return how much the last layer of a model looks at each node around a post.

    Args:
        judge: of the post.

    Returns:
        By node type, the attention from the post to each node ``[n]``: the mean over heads and
        members, the sum over relations, each of which shares out one. Empty for convolutions
        without attention of each relation's own.
    """
    around = judge.around
    batch = judge.batch(around.data, np.zeros(1, dtype=np.int64))
    total = {name: np.zeros(len(rows)) for name, rows in around.rows.items()}
    heard: list[_Heard] = []
    for member in judge.checkpoint.members:
        hooks = [
            conv.register_forward_pre_hook(_listener(name.rpartition(".")[2].split("__")[0], heard))
            for name, conv in member.model.layers[-1:].named_modules()
            if isinstance(conv, RelationGAT | RelationGATv2)
        ]
        with torch.inference_mode():
            member.model(batch.x_dict, batch.present_dict, batch.blocks)
        for hook in hooks:
            hook.remove()
    for name, weights, places in heard:
        rows = batch.blocks[-1].sources[name][places]
        np.add.at(total[name], rows, weights / len(judge.checkpoint.members))
    return total if heard else {}


def _listener(node_type: str, heard: list[_Heard]) -> Callable[..., None]:
    """Return a hook that keeps the attention of a convolution before it runs."""

    def keep(conv: Any, given: tuple[Any, ...]) -> None:
        weights = conv.attention(*given).mean(dim=1).double().numpy()
        edges = given[2]
        heard.append((node_type, weights, edges.sources[edges.csr.indices].numpy()))

    return keep
