"""The whole story on one screen: read a dump, train and evaluate a model, score every post.

The command line, the notebooks and the benchmarks call these functions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gnn_emotion.encoders.encoder_set import POST, Names, load_encoders, text_encoder_name
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.encoders.tables.feature_output import write_features
from gnn_emotion.encoders.text.load_text import (
    encode_posts,
    encoder_files,
    fit_text_encoder,
    needs_fitting,
)
from gnn_emotion.graph.build import build_graph, node_ids, post_threads, post_times
from gnn_emotion.graph.splits import split_by_cascade, split_by_time
from gnn_emotion.ingest.read import read_dump
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.features import FROM_FILE, Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.batch import ScoreOptions, encode_words, score_posts
from gnn_emotion.scoring.bundled import find_model
from gnn_emotion.scoring.evaluate import evaluate_probs
from gnn_emotion.scoring.job import Scored, score_to_file
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.labels import emoticon_post_labels, make_task, stated_labels
from gnn_emotion.training.model_card import model_card
from gnn_emotion.training.task import TRAIN, Task
from gnn_emotion.training.train import Fitted, TrainOptions, train_model

Paths = Path | str | Sequence[Path | str]
Files = Mapping[str, Path]


@dataclass(frozen=True)
class Reading:
    """What the user may say about how a dump is read; see ``read_dump``."""

    format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    post_id: str | None = None
    label_set: str | None = None


def read(
    paths: Paths, output: Path | None = None, reading: Reading | None = None, progress: bool = True
) -> Dump:
    """Read files or folders of any supported format into a Dump; see ``read_dump``."""
    return read_dump(_as_paths(paths), output, progress=progress, **vars(reading or Reading()))


def encode(
    dump: Dump,
    output: Path | str,
    names: Names,
    files: Files | None = None,
    media: MediaOptions | None = None,
) -> dict[str, Features]:
    """Encode a dump, and write the features into a folder; see ``write_features``.

    Args:
        dump: the tables.
        output: the folder.
        names: encoders, by node type or modality; see ``encoder_set``.
        files: features from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.

    Returns:
        The features, by node type or modality.
    """
    media = media or MediaOptions()
    encoders = load_encoders(names, find_model(), files=files, cache=media.cache)
    with tempfile.TemporaryDirectory() as shards:
        posts = encode_words(dump, encoders, Path(shards), media.progress)
    features, problems = encoders.encode(dump, posts, media)
    write_features(features, problems, Path(output))
    return features


def score(
    paths: Paths,
    output: Path | str,
    *,
    model: str | Path | None = None,
    text_encoder: str | None = None,
    files: Files | None = None,
    reading: Reading | None = None,
    options: ScoreOptions | None = None,
) -> Scored:
    """Score every post of a dump into a file; killed and called again, it goes on where it was.

    Args:
        paths: files and folders of any supported format, or a Dump.
        output: the file, or an existing folder for ``predictions.<format>``.
        model: see ``find_model``.
        text_encoder: where the text encoder lies, if not where it lay in training.
        files: the features that the model reads from files, by node type or modality.
        reading: how the dump is read.
        options: how it is scored.

    Returns:
        What was written.
    """
    inputs, reading = _as_paths(paths), reading or Reading()
    options = options or ScoreOptions()
    predictor = Predictor.load(find_model(model), text_encoder, files, cache=options.media.cache)

    def read_into(folder: Path) -> Dump:
        return read(inputs, folder, reading, options.progress)

    return score_to_file(inputs, Path(output), read_into, predictor, vars(reading), options)


def train(
    dump: Dump,
    output: Path | str,
    options: TrainOptions | None = None,
    files: Files | None = None,
    media: MediaOptions | None = None,
) -> Fitted:
    """Train a model on a labelled dump, and write it as a checkpoint.

    Args:
        dump: the tables.
        output: folder of the checkpoint.
        options: what is trained.
        files: features from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.

    Returns:
        The fitted model with its scores.

    Raises:
        LabelError: there is nothing to learn from.
    """
    options = options or TrainOptions()
    labels = [emoticon_post_labels(dump)] if options.emoticons else stated_labels(dump)
    task = make_task(labels, _split(dump, options.split))
    with tempfile.TemporaryDirectory() as work:
        folder = _fit_words(dump, task, options, Path(work))
        media = media or MediaOptions()
        encoders = load_encoders(options.encoders, folder, files=files, cache=media.cache)
        posts = (
            encode_posts(dump, encoders.text, emoticons=not options.emoticons)
            if options.encoders[POST] != FROM_FILE and encoders.text is not None
            else encoders.read_file(dump, POST)
        )
        features, _ = encoders.encode(dump, posts, media)
        data = build_graph(dump, features)
        contract = {name: given.spec for name, given in features.items()}
        config = options.model_config(contract, tuple(source.source for source in labels))
        fitted = train_model(data, task, config, options.fit, prepare=options.prepare)
        checkpoint = fitted.checkpoint(options, contract)
        own = [folder / name for name in encoder_files(text_encoder_name(options.encoders))]
        checkpoint.save(Path(output), model_card(checkpoint, fitted), own)
    return fitted


def _split(dump: Dump, by: str) -> npt.NDArray[np.int8]:
    if by == "cascade":
        return split_by_cascade(post_threads(dump), node_ids(dump, "post").to_pylist())
    return split_by_time(post_times(dump))


def _fit_words(dump: Dump, task: Task, options: TrainOptions, work: Path) -> Path:
    """Fit the text encoder on the train split, if it needs that; return where its files lie."""
    name = options.encoders[POST]
    if not needs_fitting(name):
        return find_model()
    at = task.at(TRAIN)
    rows = np.unique(task.rows[at])
    label = np.full(dump.rows("posts"), -1, dtype=np.int64)
    label[task.rows[at]] = task.allowed[at].argmax(axis=1)
    texts = dump.read("posts", ["own_text"])["own_text"].combine_chunks()
    if options.emoticons:
        texts = without_emoticons(texts)
    fit_text_encoder(name, texts.take(pa.array(rows)), label[rows], work)
    return work


def evaluate(
    dump: Dump,
    model: str | Path | None = None,
    text_encoder: str | None = None,
    files: Files | None = None,
    media: MediaOptions | None = None,
) -> dict[str, dict[str, object]]:
    """Judge a model on the labels of a dump; see ``evaluate_probs``."""
    options = ScoreOptions(media=media or MediaOptions())
    predictor = Predictor.load(find_model(model), text_encoder, files, cache=options.media.cache)
    with tempfile.TemporaryDirectory() as shards:
        _, probs = score_posts(dump, predictor, Path(shards), options)
    return evaluate_probs(dump, probs, predictor.checkpoint.label_set)


def _as_paths(paths: Paths) -> list[Path]:
    return [Path(p) for p in ([paths] if isinstance(paths, str | Path) else paths)]
