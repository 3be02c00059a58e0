"""What a model in training says of labelled posts, and how good that is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch

from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.training.metrics import macro_f1
from gnn_emotion.training.task import VAL, Task, single_label


def predict_logits(
    model: EmotionGNN,
    loader: BlockLoader,
    rows: npt.NDArray[np.int64],
    source: npt.NDArray[np.int64],
    batch_size: int = 16_384,
) -> npt.NDArray[np.float32]:
    """Compute the logits of posts.

    Args:
        model: fitted.
        loader: batches of the graph.
        rows: the posts ``[M]``, repeats allowed.
        source: whose label prior to answer with ``[M]``.
        batch_size: posts a pass.

    Returns:
        Logits ``[M, K]``.
    """
    model.eval()
    device = next(model.parameters()).device
    logits = np.empty((len(rows), len(model.config.labels)), dtype=np.float32)
    with torch.inference_mode():
        for at in slices(np.arange(len(rows)), batch_size):
            seeds, back = np.unique(rows[at], return_inverse=True)
            batch = loader.batch(seeds).to(device)
            out = model(batch.x_dict, batch.present_dict, batch.blocks)
            prior = model.source_prior(torch.from_numpy(source[at]).to(device))
            logits[at] = (out[torch.from_numpy(back).to(device)] + prior).float().cpu()
    return logits


def validate(model: EmotionGNN, loader: BlockLoader, task: Task) -> float:
    """Return the macro-F1 of the validation split, the mean over its data sources."""
    at = task.judged(VAL)
    pred = predict_logits(model, loader, task.rows[at], task.source[at]).argmax(axis=1)
    label = single_label(task.allowed[at], pred)
    source, classes = task.source[at], len(model.config.labels)
    scores = [
        macro_f1(label[source == one], pred[source == one], classes) for one in np.unique(source)
    ]
    return float(np.mean(scores)) if scores else float("nan")


def slices(rows: npt.NDArray[np.int64], size: int) -> Iterator[npt.NDArray[np.int64]]:
    """Cut rows into parts of a size, the last may be shorter."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
