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

from gnn_emotion.graph.blocks import Incoming, cut_block, incoming, passed_on
from gnn_emotion.graph.label_context import LabelContext
from gnn_emotion.graph.modalities import PostModalities
from gnn_emotion.graph.spread import Spread
from gnn_emotion.nn.emotion_gnn import ContextLayer, EmotionGNN
from gnn_emotion.nn.post_input import TEXT

#: Posts a pass.
PART = 65_536


@torch.inference_mode()
def infer_logits(
    model: EmotionGNN,
    data: HeteroData,
    advance: Callable[[int], object] = lambda posts: None,
    known: npt.NDArray[np.float32] | None = None,
) -> npt.NDArray[np.float32]:
    """Compute the logits of every post of a graph, without the label prior of any data source.

    Args:
        model: a fitted model.
        data: a validated graph with the features that the model expects.
        advance: told how many posts were done; over the run, N times the number of layers plus
            one.
        known: the labels that a model with ``label_inputs`` may hear ``[N, K]``, a distribution a
            row, zero where none is known; by default none are.

    Returns:
        Logits ``[N, K]``.
    """
    model.eval()
    posts = data["post"]
    h = torch.empty(len(posts.x), model.config.hidden_channels)
    for rows in _parts(len(h)):
        h[rows] = model.embed(TEXT, posts.x[rows], posts.present[rows])
    config = model.config
    adjacency = incoming(data, config.relations, config.edge_time) if model.layers else {}
    for number, layer in enumerate(model.layers, start=1):
        heard = adjacency if number == len(model.layers) else passed_on(adjacency)
        following = torch.empty_like(h)
        for rows in _parts(len(h)):
            following[rows] = _infer_part(model, layer, data, heard, h, rows)
            advance(rows.stop - rows.start)
        h = following
    modalities = PostModalities(data, config.modalities)
    spread = Spread(data, config.relations, config.hops) if config.hops else None
    logits = np.empty((len(h), len(model.config.labels)), dtype=np.float32)
    context = label_context(model, data, known)
    for rows in _parts(len(h)):
        carried = modalities.take(np.arange(rows.start, rows.stop))
        content = model.read(
            {TEXT: posts.x[rows]} | {name: x for name, (x, _) in carried.items()},
            {TEXT: posts.present[rows]} | {name: mask for name, (_, mask) in carried.items()},
        )
        at = np.arange(rows.start, rows.stop)
        labels = None if context is None else torch.from_numpy(context.take(at))
        around = {} if spread is None else spread.take(at)
        state = model.add_spread(
            h[rows],
            {name: x for name, (x, _) in around.items()},
            {name: mask for name, (_, mask) in around.items()},
        )
        logits[rows] = model.classify(state, content, labels).logits
        advance(rows.stop - rows.start)
    return logits


def label_context(
    model: EmotionGNN, data: HeteroData, known: npt.NDArray[np.float32] | None
) -> LabelContext | None:
    """Return what posts hear of known labels ``[N, K]``; None for a model that hears none."""
    nothing = np.zeros((len(data["post"].x), len(model.config.labels)), dtype=np.float32)
    return LabelContext.of(data, model.config.label_relations, nothing if known is None else known)


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
    block = cut_block(adjacency, np.arange(rows.start, rows.stop))
    sources: dict[str, Tensor] = {name: torch.from_numpy(at) for name, at in block.sources.items()}
    h_dict = {
        name: h[at] if name == TEXT else model.embed(name, data[name].x[at], data[name].present[at])
        for name, at in sources.items()
    }
    return layer(h_dict, block)


def _parts(count: int) -> list[slice]:
    return [slice(start, min(start + PART, count)) for start in range(0, count, PART)]
