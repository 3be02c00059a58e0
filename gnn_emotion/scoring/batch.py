"""Score a whole dump: encode in shards, predict, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tqdm import tqdm

from gnn_emotion.schema.features import Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.feature_shards import encode_in_shards
from gnn_emotion.scoring.predictions import predictions
from gnn_emotion.scoring.predictor import Predictor


@dataclass(frozen=True)
class ScoreOptions:
    """How a dump is scored.

    Attributes:
        label_set: the registered label set to answer in; None for the model's own.
        file_format: parquet, jsonl or csv; None goes by the suffix of the file.
        progress: whether to show bars with posts/s.
    """

    label_set: str | None = None
    file_format: str | None = None
    progress: bool = True


def score_dump(
    dump: Dump, predictor: Predictor, shards: Path, options: ScoreOptions | None = None
) -> pa.Table:
    """Label every post of a dump.

    Args:
        dump: the tables.
        predictor: the model.
        shards: a folder that keeps the features between runs.
        options: how.

    Returns:
        Predictions; see ``predictions`` for the columns.

    Raises:
        LabelError: a label set that the model cannot answer.
    """
    options = options or ScoreOptions()
    posts, probs = score_posts(dump, predictor, shards, options.progress)
    return lay_out(dump, predictor, posts, probs, options)


def lay_out(
    dump: Dump,
    predictor: Predictor,
    posts: Features,
    probs: npt.NDArray[np.float64],
    options: ScoreOptions,
) -> pa.Table:
    """Make the table of predictions from native probabilities; see ``predictions``."""
    checkpoint = predictor.checkpoint
    return predictions(
        dump,
        posts,
        probs,
        native=checkpoint.label_set,
        name=options.label_set or checkpoint.label_set,
        abstain_below=checkpoint.abstain_below,
        model_id=predictor.model_id,
    )


def score_posts(
    dump: Dump, predictor: Predictor, shards: Path, progress: bool = True
) -> tuple[Features, npt.NDArray[np.float64]]:
    """Return the features of all posts and their native probabilities ``[N, K]``."""
    count = dump.rows("posts")
    with _bar("encode", count, progress) as bar:
        posts = encode_in_shards(dump, predictor.encoder, shards, bar.update)
    steps = len(predictor.checkpoint.model.layers) + 1
    with _bar("predict", count, progress) as bar:
        probs = predictor.predict(dump, posts, lambda done: bar.update(done / steps))
    return posts, probs


def _bar(name: str, count: int, progress: bool) -> tqdm:
    # disable=None: no bar where nobody looks (a pipe, a log file).
    return tqdm(
        total=count,
        desc=name,
        unit=" posts",
        unit_scale=True,
        disable=None if progress else True,
    )
