"""Layer-wise inference: every layer once for every post, whatever the size of the graph.

Training cuts the whole neighbourhood of a batch; doing so for every post would compute the first
layer many times over. Here each layer is finished for all posts before the next begins (Hamilton
et al. 2017; the ``inference`` of PyTorch Geometric's examples), part by part, so that the cost
grows with the graph and the result does not depend on which posts are asked for. With a limit of
memory the parts are smaller, and the states of all posts lie in mapped files; see ``memory``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

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
from gnn_emotion.scoring.memory import MemoryLimit, Rows
from gnn_emotion.training.loading import label_context


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
    memory: MemoryLimit | None = None,
) -> npt.NDArray[np.float32]:
    """Return the logits that ``infer`` gives; arguments are the same."""
    return infer(model, data, advance, known, memory).logits


@torch.inference_mode()
def infer(
    model: EmotionGNN,
    data: HeteroData,
    advance: Callable[[int], object] = lambda posts: None,
    known: npt.NDArray[np.float32] | None = None,
    memory: MemoryLimit | None = None,
) -> Inferred:
    """Answer for every post of a graph.

    Args:
        model: a fitted model.
        data: a validated graph with the features that the model expects.
        advance: told how many posts were done; over the run, N times the number of layers plus
            one.
        known: the labels that a model with ``label_inputs`` may hear ``[N, K]``, a distribution a
            row, zero where none is known; by default none are.
        memory: how much may be taken; the answers are the same.
    """
    model.eval()
    config, posts = model.config, data["post"]
    plan = _Plan.of(model, data, memory or MemoryLimit())
    states = _last_states(model, data, advance, plan)
    h = states.x
    modalities = PostModalities(data, config.modalities)
    spread = Spread(data, config.relations, config.hops) if config.hops else None
    context = label_context(data, config, known)
    logits = np.empty((len(h), len(config.labels)), dtype=np.float32)
    valence = np.empty(len(h), dtype=np.float32) if VALENCE in config.tasks else None
    for rows in plan.parts:
        at = np.arange(rows.start, rows.stop)
        carried = modalities.take(at)
        content = model.read(
            {TEXT: posts.x[rows].float()} | {name: x for name, (x, _) in carried.items()},
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
        states.release()
        advance(rows.stop - rows.start)
    return Inferred(logits, valence)


@dataclass(frozen=True)
class _Plan:
    """How a graph is passed over.

    Attributes:
        parts: the posts of each pass; together all.
        mapped: whether states lie in files.
        folder: of the files.
    """

    parts: list[slice]
    mapped: bool
    folder: Path | None

    @classmethod
    def of(cls, model: EmotionGNN, data: HeteroData, memory: MemoryLimit) -> _Plan:
        count, width = len(data["post"].x), model.config.hidden_channels
        heard = set(model.config.relations).intersection(data.edge_types)
        edges = sum(data[edge_type].edge_index.shape[1] for edge_type in heard)
        # All about as large: of a few rows alone, a product of matrices may be rounded otherwise.
        number = -(-count // memory.part(count, edges, width))
        ends = [count * i // max(number, 1) for i in range(number + 1)]
        parts = [slice(*pair) for pair in pairwise(ends)]
        return cls(parts, memory.maps(count, width), memory.folder)

    def rows(self, count: int, width: int) -> Rows:
        return Rows.new(count, width, self.mapped, self.folder)


def _last_states(
    model: EmotionGNN, data: HeteroData, advance: Callable[[int], object], plan: _Plan
) -> Rows:
    """Pass all messages, layer by layer: the last states of all posts ``[N, D]``."""
    config, posts = model.config, data["post"]
    shape = (len(posts.x), config.hidden_channels)
    h = plan.rows(*shape)
    for rows in plan.parts:
        h.x[rows] = model.embed(TEXT, posts.x[rows].float(), posts.present[rows])
        h.release()
    adjacency = incoming(data, config.relations, config.edge_time) if model.layers else {}
    for number, layer in enumerate(model.layers, start=1):
        heard = adjacency if number == len(model.layers) else passed_on(adjacency)
        following = plan.rows(*shape)
        for rows in plan.parts:
            following.x[rows] = _infer_part(model, layer, data, heard, h.x, rows)
            h.release()
            following.release()
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
        name: h[at]
        if name == TEXT
        else model.embed(name, data[name].x[at].float(), data[name].present[at])
        for name, at in sources.items()
    }
    return layer(h_dict, block)
