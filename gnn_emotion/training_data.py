"""From a dump to what a model is trained on: a graph with features, labels and a split."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv
from torch_geometric.data import HeteroData

from gnn_emotion.encoders.encoder_set import POST, load_encoders, text_encoder_name
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.encoders.text.bundled_text import FAST, bundled_text
from gnn_emotion.encoders.text.classifiers.cross_fit import out_of_fold
from gnn_emotion.encoders.text.joined import part_names
from gnn_emotion.encoders.text.load_text import (
    EMBEDDED,
    TextEncoder,
    encode_posts,
    encoder_files,
    fit_text_encoder,
    learned_columns,
    needs_fitting,
)
from gnn_emotion.graph.build import (
    build_graph,
    node_ids,
    post_threads,
    post_times,
    post_users,
)
from gnn_emotion.graph.splits import split_by_cascade, split_by_time, split_from_table
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.schema.features import FROM_FILE, EncoderSpec, Features
from gnn_emotion.schema.graph import EDGE_NAMES, OWN_MEDIA, EdgeType, edge_name
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.audit.audit import audit_task
from gnn_emotion.training.audit.report import AuditReport
from gnn_emotion.training.checksums import fingerprint
from gnn_emotion.training.labels import emoticon_post_labels, make_task, stated_labels
from gnn_emotion.training.task import TRAIN, Task
from gnn_emotion.training.train_options import TrainOptions


@dataclass(frozen=True)
class TrainingData:
    """What models of the same features, labels and split are trained on.

    Attributes:
        data: the graph.
        task: its labels, split.
        sources: names of the data sources of the task.
        contract: what made the features, by node type or modality.
        encoder_files: what fitted encoders need to be loaded again.
        texts: the words of all posts, as encoders get to read them ``[N]``.
        user: number of the author of each post ``[N]``; -1 where unknown.
        ids: of the posts ``[N]``.
    """

    data: HeteroData
    task: Task
    sources: tuple[str, ...]
    contract: dict[str, EncoderSpec]
    encoder_files: list[Path]
    texts: pa.Array
    user: npt.NDArray[np.int64]
    ids: pa.Array

    def audit(self, label_set_name: str) -> AuditReport:
        """Look at what may make scores too good; see ``audit``."""
        labels = label_set(label_set_name).labels
        return audit_task(self.data, self.task, self.texts, labels, self.user, self.ids)

    @property
    def key(self) -> str:
        """Hash of the features, edges and labels."""
        parts: list[object] = [self.sources, *vars(self.task).values()]
        for name in (*self.data.node_types, *self.data.edge_types):
            parts += [name, *(values.numpy() for _, values in sorted(self.data[name].items()))]
        return fingerprint(*parts)


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
    none = np.empty(0, dtype=np.int64)
    labelled = np.unique(np.concatenate([none, *(source.rows for source in labels)]))
    task = make_task(labels, split_posts(dump, options.split, labelled), options.label_set)
    media = media or MediaOptions()
    with tempfile.TemporaryDirectory() as work:
        texts, name = _texts(dump, options), options.encoders[POST]
        seen = _TrainTexts.of(dump, task, texts) if needs_fitting(name) else None
        folder = bundled_text(FAST) if seen is None else _fit_words(seen, options, Path(work))
        encoders = load_encoders(options.encoders, folder, options.fit.device, files, media.cache)
        if name == FROM_FILE or encoders.text is None:
            posts = encoders.read_file(dump, POST)
        else:
            posts = encode_posts(dump, encoders.text, texts)
            if seen is not None:
                posts = _cross_fitted(posts, encoders.text, seen, options)
        features, _ = encoders.encode(dump, posts, media)
        yield TrainingData(
            data=build_graph(dump, features, edge_types=_edge_types(options)),
            task=task,
            sources=tuple(source.source for source in labels),
            contract={name: given.spec for name, given in features.items()},
            encoder_files=[
                folder / name for name in encoder_files(text_encoder_name(options.encoders))
            ],
            texts=texts,
            user=post_users(dump),
            ids=node_ids(dump, POST).combine_chunks(),
        )


def _texts(dump: Dump, options: TrainOptions) -> pa.Array:
    """Return the words of all posts; without emoticons, where these are the labels."""
    texts = dump.read("posts", ["own_text"])["own_text"].combine_chunks()
    return without_emoticons(texts) if options.emoticons else texts


def _edge_types(options: TrainOptions) -> list[EdgeType]:
    """Return the edges that posts may listen to, and those to what they carry themselves."""
    named = [EDGE_NAMES[edge_name(name)] for name in options.edge_types]
    return list(dict.fromkeys([*named, *OWN_MEDIA]))


def split_posts(
    dump: Dump, by: str, labelled: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.int8]:
    """Tell train, val and test apart.

    Args:
        dump: the tables.
        by: see ``TrainOptions.split``.
        labelled: rows of the posts that a file must name.

    Raises:
        GnnEmotionError: a file that does not say where each labelled post belongs.
    """
    if by == "cascade":
        return split_by_cascade(post_threads(dump), node_ids(dump, "post").to_pylist())
    if by == "time":
        return split_by_time(post_times(dump))
    none = np.empty(0, dtype=np.int64)
    table = read_split_table(Path(by))
    return split_from_table(node_ids(dump, "post"), table, none if labelled is None else labelled)


def read_split_table(path: Path) -> pa.Table:
    """Read which post is in which split: the columns ``post_id`` and ``split`` of CSV or Parquet.

    Raises:
        GnnEmotionError: no such file, or one without those columns.
    """
    columns = ["post_id", "split"]
    if not path.is_file():
        raise GnnEmotionError(f"there is no file {path} that says how posts are split")
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path, columns=columns)
        # Ids are text: as numbers, long ones would lose digits.
        types = csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), include_columns=columns
        )
        return csv.read_csv(path, convert_options=types)
    except (pa.ArrowException, KeyError, OSError) as error:
        raise GnnEmotionError(
            f"{path}: {error}; expected a CSV or Parquet file with the columns post_id and split"
        ) from error


@dataclass(frozen=True)
class _TrainTexts:
    """The labelled posts of the train split.

    Attributes:
        rows: which posts ``[M]``, each once.
        texts: what they say, as the encoder gets to read it.
        label: position of their label in the label set ``[M]``.
        thread: row of their root ``[M]``.
    """

    rows: npt.NDArray[np.int64]
    texts: pa.Array
    label: npt.NDArray[np.int64]
    thread: npt.NDArray[np.int64]

    @classmethod
    def of(cls, dump: Dump, task: Task, texts: pa.Array) -> _TrainTexts:
        at = task.at(TRAIN)
        rows = np.unique(task.rows[at])
        # A label that may be any says nothing: such posts count as unlabelled.
        at = at[~task.allowed[at].all(axis=1)]
        label = np.full(dump.rows("posts"), -1, dtype=np.int64)
        label[task.rows[at]] = task.allowed[at].argmax(axis=1)
        return cls(rows, texts.take(pa.array(rows)), label[rows], post_threads(dump)[rows])


def _fit_words(texts: _TrainTexts, options: TrainOptions, work: Path) -> Path:
    """Fit the text encoder on the train split; return where its files lie."""
    name = options.encoders[POST]
    if EMBEDDED in part_names(name):
        for file in encoder_files(EMBEDDED):
            shutil.copyfile(bundled_text(FAST) / file, work / file)
    fit_text_encoder(name, texts.texts, texts.label, work, options.label_set)
    return work


def _cross_fitted(
    posts: Features, encoder: TextEncoder, texts: _TrainTexts, options: TrainOptions
) -> Features:
    """Replace scores that an encoder gives to its own training texts by those of others.

    A model that learned from scores of texts known by heart would trust them too much.
    """
    learned = learned_columns(options.encoders[POST], encoder)
    if not learned or options.conv == "as_is":  # which learns nothing from them
        return posts
    x = posts.x.copy()
    for name, columns in learned.items():
        x[texts.rows, columns] = out_of_fold(
            name, texts.texts, texts.label, texts.thread, options.label_set
        )
    return replace(posts, x=x)
