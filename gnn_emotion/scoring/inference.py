"""Layer-wise inference: every layer once for every post, whatever the size of the graph.

Training cuts the whole neighbourhood of a batch; doing so for every post would compute the first
layer many times over. Here each layer is finished for all posts before the next begins (Hamilton
et al. 2017; the ``inference`` of PyTorch Geometric's examples), in parts of fixed size, so that
the cost grows with the graph and the result does not depend on which posts are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import Incoming, cut_block, incoming, passed_on
from gnn_emotion.graph.modalities import PostModalities
from gnn_emotion.graph.spread import Spread
from gnn_emotion.nn.emotion_gnn import ContextLayer, EmotionGNN
from gnn_emotion.nn.post_input import TEXT
from gnn_emotion.nn.task_heads import VALENCE
from gnn_emotion.training.loading import label_context

#: Posts a pass.
PART = 65_536


@dataclass(frozen=True)
class Inferred:
    """What a model says of every post of a graph.

    Attributes:
        logits: of the emotions ``[N, K]``, without the label prior of any data source.
        valence: -1 to 1 ``[N]``, of a model that was trained to tell it; None of others.
    """

    logits: npt.NDArray[np.float32]
    valence: npt.NDArray[np.float32] | None


def infer_logits(
    model: EmotionGNN,
    data: HeteroData,
    advance: Callable[[int], object] = lambda posts: None,
    known: npt.NDArray[np.float32] | None = None,
) -> npt.NDArray[np.float32]:
    """Return the logits that ``infer`` gives; arguments are the same."""
    return infer(model, data, advance, known).logits


@torch.inference_mode()
def infer(
    model: EmotionGNN,
    data: HeteroData,
    advance: Callable[[int], object] = lambda posts: None,
    known: npt.NDArray[np.float32] | None = None,
) -> Inferred:
    """Answer for every post of a graph.

    Args:
        model: a fitted model.
        data: a validated graph with the features that the model expects.
        advance: told how many posts were done; over the run, N times the number of layers plus
            one.
        known: the labels that a model with ``label_inputs`` may hear ``[N, K]``, a distribution a
            row, zero where none is known; by default none are.
    """
    model.eval()
    config, posts, h = model.config, data["post"], _last_states(model, data, advance)
    modalities = PostModalities(data, config.modalities)
    spread = Spread(data, config.relations, config.hops) if config.hops else None
    context = label_context(data, config, known)
    logits = np.empty((len(h), len(config.labels)), dtype=np.float32)
    valence = np.empty(len(h), dtype=np.float32) if VALENCE in config.tasks else None
    for rows in _parts(len(h)):
        at = np.arange(rows.start, rows.stop)
        carried = modalities.take(at)
        content = model.read(
            {TEXT: posts.x[rows]} | {name: x for name, (x, _) in carried.items()},
            {TEXT: posts.present[rows]} | {name: mask for name, (_, mask) in carried.items()},
        )
        around = {} if spread is None else spread.take(at)
        state = model.add_spread(
            h[rows],
            {name: x for name, (x, _) in around.items()},
            {name: mask for name, (_, mask) in around.items()},
        )
        labels = None if context is None else torch.from_numpy(context.take(at))
        answer = model.classify(state, content, labels)
        logits[rows] = answer.logits
        if valence is not None:
            valence[rows] = model.tasks(answer.state)[VALENCE]
        advance(rows.stop - rows.start)
    return Inferred(logits, valence)


def _last_states(model: EmotionGNN, data: HeteroData, advance: Callable[[int], object]) -> Tensor:
    """Pass all messages, layer by layer: the last states of all posts ``[N, D]``."""
    config, posts = model.config, data["post"]
    h = torch.empty(len(posts.x), config.hidden_channels)
    for rows in _parts(len(h)):
        h[rows] = model.embed(TEXT, posts.x[rows], posts.present[rows])
    adjacency = incoming(data, config.relations, config.edge_time) if model.layers else {}
    for number, layer in enumerate(model.layers, start=1):
        heard = adjacency if number == len(model.layers) else passed_on(adjacency)
        following = torch.empty_like(h)
        for rows in _parts(len(h)):
            following[rows] = _infer_part(model, layer, data, heard, h, rows)
            advance(rows.stop - rows.start)
        h = following
    return h


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
