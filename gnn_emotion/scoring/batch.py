"""Score a whole dump: encode in shards, predict, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from tqdm import tqdm

from gnn_emotion.encoders.encoder_set import POST, EncoderSet
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.schema.features import FROM_FILE, Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.feature_shards import encode_in_shards
from gnn_emotion.scoring.memory import MemoryLimit
from gnn_emotion.scoring.predictions import predictions
from gnn_emotion.scoring.predictor import Predicted, Predictor
from gnn_emotion.scoring.statuses import post_statuses


@dataclass(frozen=True)
class ScoreOptions:
    """How a dump is scored.

    Attributes:
        label_set: the registered label set to answer in; None for the model's own.
        file_format: parquet, jsonl or csv; None goes by the suffix of the file.
        progress: whether to show bars with posts/s.
        media: how pictures and videos are found, cached and judged.
        memory: GB for features of words and states beside the graph; see ``MemoryLimit``.
    """

    label_set: str | None = None
    file_format: str | None = None
    progress: bool = True
    media: MediaOptions = field(default_factory=MediaOptions)
    memory: float | None = None

    def __post_init__(self) -> None:
        MemoryLimit(self.memory)  # refuses one that is not positive, before any work


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
    features, predicted = score_posts(dump, predictor, shards, options)
    return lay_out(dump, predictor, features, predicted, options)


def lay_out(
    dump: Dump,
    predictor: Predictor,
    features: Mapping[str, Features],
    predicted: Predicted,
    options: ScoreOptions,
) -> pa.Table:
    """Make the table of predictions from native answers; see ``predictions``."""
    checkpoint = predictor.checkpoint
    return predictions(
        dump,
        post_statuses(dump, features),
        predicted.probs,
        native=checkpoint.label_set,
        name=options.label_set or checkpoint.label_set,
        abstain_below=checkpoint.abstain_below,
        model_id=predictor.model_id,
        told_valence=predicted.valence,
    )


def score_posts(
    dump: Dump,
    predictor: Predictor,
    shards: Path,
    options: ScoreOptions,
    hear_labels: bool = True,
) -> tuple[dict[str, Features], Predicted]:
    """Return all features and the native answers of all posts.

    Args:
        dump: the tables.
        predictor: the model.
        shards: a folder that keeps the features between runs.
        options: how.
        hear_labels: see ``Predictor.predict``.
    """
    count, progress = dump.rows("posts"), options.progress
    memory = MemoryLimit(options.memory, shards)
    words = encode_words(dump, predictor.encoders, shards, progress, memory)
    features = predictor.encode(dump, words, options.media)
    checkpoint = predictor.checkpoint
    steps = (len(checkpoint.model.layers) + 1) * len(checkpoint.members)
    with _bar("predict", count, progress) as bar:
        predicted = predictor.predict(
            dump, features, lambda done: bar.update(done / steps), hear_labels, memory
        )
    return features, predicted


def encode_words(
    dump: Dump,
    encoders: EncoderSet,
    shards: Path,
    progress: bool = True,
    memory: MemoryLimit | None = None,
) -> Features:
    """Encode the words of all posts in shards, or read their features from a file."""
    if encoders.names[POST] == FROM_FILE:
        return encoders.read_file(dump, POST)
    assert encoders.text is not None
    with _bar("encode", dump.rows("posts"), progress) as bar:
        return encode_in_shards(dump, encoders.text, shards, bar.update, memory)


def _bar(name: str, count: int, progress: bool) -> tqdm:
    # disable=None: no bar where nobody looks (a pipe, a log file).
    return tqdm(
        total=count,
        desc=name,
        unit=" posts",
        unit_scale=True,
        disable=None if progress else True,
    )
