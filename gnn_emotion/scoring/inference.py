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
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import incoming, passed_on, pick_run
from gnn_emotion.graph.modalities import PostModalities
from gnn_emotion.graph.spread import Spread
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.post_input import TEXT
from gnn_emotion.nn.task_heads import VALENCE
from gnn_emotion.scoring.memory import MemoryLimit, Rows
from gnn_emotion.training.loading import label_context

#: Pages of files are given back after so many parts: a part reads from everywhere, and would find
#: most pages gone if that were done after each.
_PARTS_A_RELEASE = 64


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
        largest: how many they are at most.
        mapped: whether states lie in files.
        folder: of the files.
    """

    parts: list[slice]
    largest: int
    mapped: bool
    folder: Path | None

    @classmethod
    def of(cls, model: EmotionGNN, data: HeteroData, memory: MemoryLimit) -> _Plan:
        count, width = len(data["post"].x), model.config.hidden_channels
        heard = set(model.config.relations).intersection(data.edge_types)
        edges = sum(data[edge_type].edge_index.shape[1] for edge_type in heard)
        largest = memory.part(count, edges, width)
        nodes = count + sum(len(data[name].x) for name in {t[0] for t in heard} - {TEXT})
        mapped = memory.maps(nodes, width)
        return cls(_equal_parts(count, largest), largest, mapped, memory.folder)

    def rows(self, count: int, width: int) -> Rows:
        return Rows.new(count, width, self.mapped, self.folder)


def _last_states(
    model: EmotionGNN, data: HeteroData, advance: Callable[[int], object], plan: _Plan
) -> Rows:
    """Pass all messages, layer by layer: the last states of all posts ``[N, D]``."""
    config = model.config
    h = _first_states(model, data, TEXT, plan)
    adjacency = incoming(data, config.relations, config.edge_time) if model.layers else {}
    heard = {edge_type[0] for edge_type in adjacency} - {TEXT}
    # Only posts hear: the states of all else are the same in every layer.
    others = {name: _first_states(model, data, name, plan) for name in sorted(heard)}
    for number, layer in enumerate(model.layers, start=1):
        relations = adjacency if number == len(model.layers) else passed_on(adjacency)
        h_dict = {name: states.x for name, states in (others | {TEXT: h}).items()}
        following = plan.rows(*h.x.shape)
        for part, rows in enumerate(plan.parts, start=1):
            edges = {kind: pick_run(e, rows.start, rows.stop) for kind, e in relations.items()}
            following.put(rows, layer(h_dict, h.x[rows], edges))
            if part % _PARTS_A_RELEASE == 0:
                for states in (*others.values(), h):
                    states.release()
            advance(rows.stop - rows.start)
        h = following
    return h


def _first_states(model: EmotionGNN, data: HeteroData, name: str, plan: _Plan) -> Rows:
    """Compute the states ``[N, D]`` of nodes of a type before they hear anything."""
    nodes = data[name]
    states = plan.rows(len(nodes.x), model.config.hidden_channels)
    for rows in plan.parts if name == TEXT else _equal_parts(len(nodes.x), plan.largest):
        states.put(rows, model.embed(name, nodes.x[rows].float(), nodes.present[rows]))
    return states


def _equal_parts(count: int, largest: int) -> list[slice]:
    """Divide rows into parts of a size at most, all about as large.

    Of a few rows alone, a product of matrices may be rounded otherwise.
    """
    number = -(-count // largest)
    ends = [count * i // max(number, 1) for i in range(number + 1)]
    return [slice(*pair) for pair in pairwise(ends)]
