"""PyG's ``HeteroConv``, written the way its examples show: what a user would write in an afternoon.

A convolution an edge type with lazy channels, their outputs summed, two layers and a linear head
over the whole graph at once, Adam. Layers, batches and kernels are all PyG's. What it shares with
the models of this project is what makes the comparison fair: features, labels and their weights,
splits, the relations that are heard, no edges from the future, and the epoch of the best validation
macro-F1.
"""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.nn import GATConv, HeteroConv, Linear, SAGEConv

from gnn_emotion.graph.blocks import incoming
from gnn_emotion.schema.graph import EdgeType
from gnn_emotion.training.ablation.memory import PeakMemory
from gnn_emotion.training.fit import stalled
from gnn_emotion.training.metrics import macro_f1
from gnn_emotion.training.task import TEST, TRAIN, VAL, Task, balanced, single_label

CONVS = ("sage", "gat")
Features = dict[str, Tensor]
Edges = dict[EdgeType, Tensor]


@dataclass(frozen=True)
class HeteroConvOptions:
    """How the baseline is shaped and fitted.

    Attributes:
        conv: ``sage``, or ``gat`` with a linear map of the node itself beside it.
        hidden_channels: states of a layer.
        heads: of attention; their mean is taken.
        num_layers: convolutions.
        dropout: between layers.
        learning_rate, weight_decay: of Adam.
        epochs: at most so many passes, a step each.
        patience: so many passes in a row may give no better validation macro-F1.
        balance: how much rare classes are weighed up; see ``balanced``.
        device: where.
    """

    conv: str = "sage"
    hidden_channels: int = 64
    heads: int = 4
    num_layers: int = 2
    dropout: float = 0.5
    learning_rate: float = 5e-3
    weight_decay: float = 1e-3
    epochs: int = 200
    patience: int = 30
    balance: float = 0.5
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.conv not in CONVS:
            raise ValueError(f"conv is {self.conv!r}; expected one of {', '.join(CONVS)}")


class HeteroGNN(nn.Module):
    """Convolutions over typed edges, and a linear head on posts.

    Args:
        edge_types: relations into posts.
        options: the shape.
        num_classes: K.
    """

    def __init__(
        self, edge_types: Iterable[EdgeType], options: HeteroConvOptions, num_classes: int
    ) -> None:
        super().__init__()
        self.dropout = options.dropout
        relations = list(edge_types)
        with warnings.catch_warnings():
            # Users and pictures are heard and hear nobody: meant, but warned of.
            warnings.filterwarnings("ignore", message="There exist node types")
            self.convs = nn.ModuleList(
                HeteroConv({edge_type: _conv(options) for edge_type in relations}, aggr="sum")
                for _ in range(options.num_layers)
            )
        # Attention hears other nodes alone; the others add the node itself.
        own = options.num_layers if options.conv == "gat" else 0
        self.own = nn.ModuleList(Linear(-1, options.hidden_channels) for _ in range(own))
        self.head = nn.Linear(options.hidden_channels, num_classes)

    def forward(self, x_dict: Features, edge_index_dict: Edges) -> Tensor:
        """Compute the logits of all posts ``[N, K]``.

        Args:
            x_dict: features ``[N, D]`` by node type. No edge leads to other nodes than posts: those
                keep their features from layer to layer.
            edge_index_dict: ``[2, E]`` by edge type.
        """
        for i, conv in enumerate(self.convs):
            h = conv(x_dict, edge_index_dict)["post"]
            if self.own:
                h = h + self.own[i](x_dict["post"])
            x_dict = x_dict | {"post": F.dropout(F.relu(h), self.dropout, self.training)}
        logits: Tensor = self.head(x_dict["post"])
        return logits


def _conv(options: HeteroConvOptions) -> nn.Module:
    channels = options.hidden_channels
    if options.conv == "sage":
        return SAGEConv((-1, -1), channels)
    return GATConv((-1, -1), channels, options.heads, concat=False, add_self_loops=False)


def train_hetero_conv(
    data: HeteroData,
    task: Task,
    edge_types: Iterable[EdgeType],
    options: HeteroConvOptions | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Train the baseline over the whole graph, and let it answer the test split.

    Args:
        data: a validated graph. Further modalities of posts (``x_<name>``) are not read.
        task: its labels, split, each of one class.
        edge_types: relations into posts; those that the graph lacks are left out.
        options: shape and fitting.
        seed: of weights and dropout.

    Returns:
        ``probs`` ``[M_test, K]`` and ``pred`` ``[M_test]`` of the labels of the test split,
        ``val_macro_f1``, ``epochs``, ``parameters``, ``seconds`` of fitting, validation included,
        ``seconds_per_epoch``, and ``peak_memory_mb`` of the process (of the GPU where it runs on
        one).

    Raises:
        ValueError: a label stands for several classes, or no edge leads into posts.
    """
    options = options or HeteroConvOptions()
    if (task.allowed.sum(axis=1) != 1).any():
        raise ValueError("labels that stand for several classes; expected those of one label set")
    device, edges = torch.device(options.device), past_edges(data, edge_types)
    if not edges:
        raise ValueError("no edges lead into posts; expected relations that the graph has")
    names = {"post", *(edge_type[0] for edge_type in edges)}
    x_dict = {name: data[name].x.to(device) for name in names}
    edges = {edge_type: pairs.to(device) for edge_type, pairs in edges.items()}
    torch.manual_seed(seed)
    model = HeteroGNN(edges, options, task.allowed.shape[1]).to(device)
    with torch.no_grad():  # makes the lazy weights
        model(x_dict, edges)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    start = time.perf_counter()
    with PeakMemory() as memory:
        scores = _fit(model, x_dict, edges, task, options)
    seconds = time.perf_counter() - start
    on_gpu = torch.cuda.max_memory_allocated(device) / 2**20 if device.type == "cuda" else None
    probs = _probs(model, x_dict, edges)[task.rows[task.at(TEST)]]
    return {
        "probs": probs,
        "pred": probs.argmax(axis=1),
        "val_macro_f1": max(scores),
        "epochs": len(scores),
        "parameters": sum(p.numel() for p in model.parameters()),
        "seconds": round(seconds, 3),
        "seconds_per_epoch": round(seconds / len(scores), 5),
        "peak_memory_mb": round(memory.peak_mb if on_gpu is None else on_gpu, 1),
    }


def past_edges(data: HeteroData, edge_types: Iterable[EdgeType]) -> Edges:
    """Return the edges ``[2, E]`` into posts that lead from the past, without empty types."""
    return {
        edge_type: torch.from_numpy(np.stack([edges.indices, edges.rows]))
        for edge_type, edges in incoming(data, edge_types).items()
        if len(edges.indices)
    }


def _fit(
    model: HeteroGNN, x_dict: Features, edges: Edges, task: Task, options: HeteroConvOptions
) -> list[float]:
    """Fit in place; return the validation macro-F1 of each epoch."""
    optimizer = torch.optim.Adam(
        model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    at, device = task.at(TRAIN), x_dict["post"].device
    rows, label, weight = (
        torch.from_numpy(values[at]).to(device)
        for values in (task.rows, task.allowed.argmax(axis=1), balanced(task, options.balance))
    )
    scores: list[float] = []
    best = copy.deepcopy(model.state_dict())
    while len(scores) < options.epochs and not stalled(scores, options.patience):
        model.train()
        optimizer.zero_grad()
        losses = F.cross_entropy(model(x_dict, edges)[rows], label, reduction="none")
        ((losses * weight).sum() / weight.sum()).backward()
        optimizer.step()
        score = _validate(_probs(model, x_dict, edges), task)
        # Without validation posts (nan) the last pass is kept.
        if not score <= max(scores, default=-1.0):
            best = copy.deepcopy(model.state_dict())
        scores.append(score)
    model.load_state_dict(best)
    return scores


def _validate(probs: npt.NDArray[np.float32], task: Task) -> float:
    at = task.at(VAL)
    pred = probs[task.rows[at]].argmax(axis=1)
    return macro_f1(single_label(task.allowed[at], pred), pred, probs.shape[1])


def _probs(model: HeteroGNN, x_dict: Features, edges: Edges) -> npt.NDArray[np.float32]:
    model.eval()
    with torch.no_grad():
        probs: npt.NDArray[np.float32] = model(x_dict, edges).softmax(dim=1).cpu().numpy()
    return probs
