"""Layer-wise inference: every layer once for every post, whatever the size of the graph.

Training cuts the whole neighbourhood of a batch; doing so for every post would compute the first
layer many times over. Here each layer is finished for all posts before the next begins (Hamilton
et al. 2017; the ``inference`` of PyTorch Geometric's examples), in parts of fixed size, so that
the cost grows with the graph and the result does not depend on which posts are asked for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import Incoming, cut_blocks, incoming
from gnn_emotion.nn.emotion_gnn import ContextLayer, EmotionGNN

#: Posts a pass.
PART = 65_536


@torch.inference_mode()
def infer_logits(
    model: EmotionGNN, data: HeteroData, advance: Callable[[int], object] = lambda posts: None
) -> npt.NDArray[np.float32]:
    """Compute the logits of every post of a graph, without the label prior of any data source.

    Args:
        model: a fitted model.
        data: a validated graph with the features that the model expects.
        advance: told how many posts were done; over the run, N times the number of layers plus
            one.

    Returns:
        Logits ``[N, K]``.
    """
    model.eval()
    x, present = data["post"].x, data["post"].present
    h = torch.empty(len(x), model.config.hidden_channels)
    for rows in _parts(len(x)):
        h[rows] = model.project["post"](x[rows], present[rows])
    adjacency = incoming(data, model.config.relations) if model.layers else {}
    for layer in model.layers:
        following = torch.empty_like(h)
        for rows in _parts(len(x)):
            following[rows] = _infer_part(model, layer, data, adjacency, h, rows)
            advance(rows.stop - rows.start)
        h = following
    logits = np.empty((len(x), len(model.config.labels)), dtype=np.float32)
    for rows in _parts(len(x)):
        logits[rows] = model.classify(x[rows], h[rows])
        advance(rows.stop - rows.start)
    return logits


def _infer_part(
    model: EmotionGNN,
    layer: torch.nn.Module,
    data: HeteroData,
    adjacency: Incoming,
    h: Tensor,
    rows: slice,
) -> Tensor:
    """Compute one layer for some posts ``[B, D]`` from the states of all posts ``[N, D]``."""
    assert isinstance(layer, ContextLayer)
    (block,) = cut_blocks(adjacency, np.arange(rows.start, rows.stop), 1)
    sources: dict[str, Tensor] = {name: torch.from_numpy(at) for name, at in block.sources.items()}
    h_dict = {
        name: h[at] if name == "post" else _project(model, data, name, at)
        for name, at in sources.items()
    }
    return layer(h_dict, block)


def _project(model: EmotionGNN, data: HeteroData, name: str, at: Tensor) -> Tensor:
    projected: Tensor = model.project[name](data[name].x[at], data[name].present[at])
    return projected


def _parts(count: int) -> list[slice]:
    return [slice(start, min(start + PART, count)) for start in range(0, count, PART)]
