"""From a dump to what a model is trained on: a graph with features, labels and a split."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from torch_geometric.data import HeteroData

from gnn_emotion.encoders.encoder_set import POST, load_encoders, text_encoder_name
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.encoders.text.load_text import (
    encode_posts,
    encoder_files,
    fit_text_encoder,
    needs_fitting,
)
from gnn_emotion.graph.build import build_graph, node_ids, post_threads, post_times
from gnn_emotion.graph.splits import split_by_cascade, split_by_time
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.schema.features import FROM_FILE, EncoderSpec
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.bundled import find_model
from gnn_emotion.training.labels import emoticon_post_labels, make_task, stated_labels
from gnn_emotion.training.task import TRAIN, Task
from gnn_emotion.training.train_options import SPLITTERS, TrainOptions


@dataclass(frozen=True)
class TrainingData:
    """What models of the same features, labels and split are trained on.

    Attributes:
        data: the graph.
        task: its labels, split.
        sources: names of the data sources of the task.
        contract: what made the features, by node type or modality.
        encoder_files: what fitted encoders need to be loaded again.
    """

    data: HeteroData
    task: Task
    sources: tuple[str, ...]
    contract: dict[str, EncoderSpec]
    encoder_files: list[Path]


@contextmanager
def training_data(
    dump: Dump,
    options: TrainOptions,
    files: Mapping[str, Path] | None = None,
    media: MediaOptions | None = None,
) -> Iterator[TrainingData]:
    """Prepare a labelled dump for training; what encoders were fitted lies there meanwhile.

    Args:
        dump: the tables.
        options: which features, labels and split.
        files: features from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.

    Raises:
        LabelError: there is nothing to learn from.
    """
    labels = (
        [emoticon_post_labels(dump, native=options.label_set)]
        if options.emoticons
        else stated_labels(dump, options.label_set)
    )
    task = make_task(labels, split_posts(dump, options.split), options.label_set)
    media = media or MediaOptions()
    with tempfile.TemporaryDirectory() as work:
        folder = _fit_words(dump, task, options, Path(work))
        encoders = load_encoders(options.encoders, folder, files=files, cache=media.cache)
        posts = (
            encode_posts(dump, encoders.text, emoticons=not options.emoticons)
            if options.encoders[POST] != FROM_FILE and encoders.text is not None
            else encoders.read_file(dump, POST)
        )
        features, _ = encoders.encode(dump, posts, media)
        yield TrainingData(
            data=build_graph(dump, features),
            task=task,
            sources=tuple(source.source for source in labels),
            contract={name: given.spec for name, given in features.items()},
            encoder_files=[
                folder / name for name in encoder_files(text_encoder_name(options.encoders))
            ],
        )


def split_posts(dump: Dump, by: str) -> npt.NDArray[np.int8]:
    """Tell train, val and test apart; see ``TrainOptions.split``."""
    if by == "cascade":
        return split_by_cascade(post_threads(dump), node_ids(dump, "post").to_pylist())
    if by == "time":
        return split_by_time(post_times(dump))
    raise GnnEmotionError(f"unknown split {by!r}; {closest(by, SPLITTERS)}")


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
