"""What is done to features before the model sees them: fitted to the train split, then fixed.

Every feature beside the words and the profiles is standardised; columns are chosen, and reduced to
a few directions, where that is asked for. The chain becomes one ``FixedMap`` of the model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.graph import UNLABELLED
from gnn_emotion.training.feature_selection import (
    FeatureReduction,
    FeatureSelection,
    FittedSelection,
    fit_selection,
)
from gnn_emotion.training.scaling import Standardiser
from gnn_emotion.training.task import TRAIN, Task

Rows = npt.NDArray[np.int64]
#: Features that are on one scale as their encoders make them.
_READY = ("post", "user")


@dataclass(frozen=True)
class PrepareOptions:
    """What is asked for, by node type or modality.

    Attributes:
        select: which columns are kept.
        reduce: to how many directions.
    """

    select: Mapping[str, FeatureSelection] = field(default_factory=dict)
    reduce: Mapping[str, FeatureReduction] = field(default_factory=dict)

    def named(self) -> set[str]:
        """Return the features that something is asked for."""
        return {*self.select, *self.reduce}


def fit_preparations(
    data: HeteroData,
    task: Task,
    names: Collection[str],
    options: PrepareOptions,
    frames: bool = False,
) -> dict[str, dict[str, Tensor]]:
    """Fit the fixed maps of a model.

    Args:
        data: a validated graph.
        task: its labelled posts; only those of the train split, and what they carry, are looked at.
        names: node types and modalities.
        options: what is asked for.
        frames: whether videos hold their frames one after the other.

    Raises:
        ContractError: such videos, or features that there are none of, are to be selected or
            reduced.

    Returns:
        The buffers of a ``FixedMap`` by node type or modality; none for those that stay as they
        are, and for those of which the train split has none.
    """
    for name in options.named() - set(names):
        raise ContractError(f"no features of {name!r} to select or reduce; {closest(name, names)}")
    if frames and "video" in options.named():
        raise ContractError(
            "the frames of videos are pooled by the model, one after the other; their columns "
            "cannot be selected or reduced: leave video out, or pool frames by their mean"
        )
    wanted = [name for name in names if name not in _READY or name in options.named()]
    fitted = {}
    for name in wanted:
        x, present = _features(data, name)
        label, train = _train_rows(data, task, name)
        if not present[train].any():
            continue
        scaler = Standardiser.fit(x, present, train)
        chosen = fit_selection(
            scaler.transform(x, present),
            present,
            label,
            train,
            options.select.get(name, FeatureSelection()),
            options.reduce.get(name, FeatureReduction()),
        )
        fitted[name] = _as_map(scaler, chosen)
    return fitted


def _features(data: HeteroData, name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    if name in data.node_types:
        return data[name].x.numpy(), data[name].present.numpy()
    return data["post"][f"x_{name}"].numpy(), data["post"][f"present_{name}"].numpy()


def _train_rows(data: HeteroData, task: Task, name: str) -> tuple[Rows, Rows]:
    """Return classes by row ``[N]`` and the rows that belong to the train split.

    A picture has the label of a post of the train split that carries it, a user that of a post.
    """
    at = task.at(TRAIN)
    by_post = np.full(len(data["post"].x), UNLABELLED, dtype=np.int64)
    told = at[~task.allowed[at].all(axis=1)]
    by_post[task.rows[told]] = task.allowed[told].argmax(axis=1)
    edge_type = _carried_by(name)
    if edge_type is None:
        return by_post, np.unique(task.rows[at])
    label = np.full(len(data[name].x), UNLABELLED, dtype=np.int64)
    if edge_type in data.edge_types:
        src, dst = data[edge_type].edge_index.numpy()
        known = by_post[dst] != UNLABELLED
        label[src[known]] = by_post[dst[known]]
    return label, np.flatnonzero(label != UNLABELLED)


def _carried_by(name: str) -> tuple[str, str, str] | None:
    if name == "user":
        return ("user", "writes", "post")
    return (name, f"rev_has_{name}", "post") if name in ("image", "video") else None


def _as_map(scaler: Standardiser, chosen: FittedSelection) -> dict[str, Tensor]:
    """Write standardising, choosing and reducing as the buffers of a ``FixedMap``."""
    varied = scaler.std > 0
    picked = np.zeros((chosen.width, len(chosen.columns)), dtype=np.float32)
    picked[chosen.columns, np.arange(len(chosen.columns))] = 1
    reduced = chosen.reduction.method != "none"
    weight = picked @ chosen.components.T if reduced else picked
    offset = chosen.mean @ chosen.components.T if reduced else chosen.mean
    buffers = {
        "shift": scaler.mean,
        "scale": np.divide(1, scaler.std, where=varied, out=np.zeros_like(scaler.std)),
        "weight": weight,
        "offset": offset,
    }
    return {name: torch.from_numpy(values.astype(np.float32)) for name, values in buffers.items()}
