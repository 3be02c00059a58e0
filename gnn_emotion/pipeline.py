"""The whole story on one screen: read a dump, train and evaluate a model, score every post.

The command line, the notebooks and the benchmarks call these functions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gnn_emotion.encoders.ngram_text import FILE as ENCODER_FILE
from gnn_emotion.encoders.text import EMBEDDED, encode_posts, load_text_encoder
from gnn_emotion.encoders.users import encode_users
from gnn_emotion.graph.build import build_graph, node_ids
from gnn_emotion.graph.splits import split_by_cascade, split_by_time
from gnn_emotion.ingest.read import read_dump
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.batch import ScoreOptions, score_posts
from gnn_emotion.scoring.bundled import find_model
from gnn_emotion.scoring.evaluate import evaluate_probs
from gnn_emotion.scoring.job import Scored, score_to_file
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.labels import emoticon_post_labels, make_task, stated_labels
from gnn_emotion.training.model_card import model_card
from gnn_emotion.training.train import Fitted, TrainOptions, train_model

Paths = Path | str | Sequence[Path | str]


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


def score(
    paths: Paths,
    output: Path | str,
    *,
    model: str | Path | None = None,
    text_encoder: str | None = None,
    reading: Reading | None = None,
    options: ScoreOptions | None = None,
) -> Scored:
    """Score every post of a dump into a file; killed and called again, it goes on where it was.

    Args:
        paths: files and folders of any supported format, or a Dump.
        output: the file, or an existing folder for ``predictions.<format>``.
        model: see ``find_model``.
        text_encoder: where the text encoder lies, if not where it lay in training.
        reading: how the dump is read.
        options: how it is scored.

    Returns:
        What was written.
    """
    inputs, reading = _as_paths(paths), reading or Reading()
    options = options or ScoreOptions()
    predictor = Predictor.load(find_model(model), text_encoder)

    def read_into(folder: Path) -> Dump:
        return read(inputs, folder, reading, options.progress)

    return score_to_file(inputs, Path(output), read_into, predictor, vars(reading), options)


def train(dump: Dump, output: Path | str, options: TrainOptions | None = None) -> Fitted:
    """Train a model on a labelled dump, and write it as a checkpoint.

    Args:
        dump: the tables.
        output: folder of the checkpoint.
        options: what is trained.

    Returns:
        The fitted model with its scores.

    Raises:
        LabelError: there is nothing to learn from.
    """
    options = options or TrainOptions()
    labels = [emoticon_post_labels(dump)] if options.emoticons else stated_labels(dump)
    encoder = load_text_encoder(options.text_encoder, find_model())
    features = {
        "post": encode_posts(dump, encoder, emoticons=not options.emoticons),
        "user": encode_users(dump),
    }
    data = build_graph(dump, features)
    if options.split == "cascade":
        thread = data["post"].thread.numpy()
        split = split_by_cascade(thread, node_ids(dump, "post").to_pylist())
    else:
        split = split_by_time(data["post"].time.numpy())
    task = make_task(labels, split)
    widths = {name: given.spec.dim for name, given in features.items()}
    config = options.model_config(widths, tuple(source.source for source in labels))
    fitted = train_model(data, task, config, options.fit)
    contract = {name: given.spec for name, given in features.items()}
    checkpoint = fitted.checkpoint(options, contract)
    encoder_file = find_model() / ENCODER_FILE if options.text_encoder == EMBEDDED else None
    checkpoint.save(Path(output), model_card(checkpoint, fitted), encoder_file)
    return fitted


def evaluate(
    dump: Dump, model: str | Path | None = None, text_encoder: str | None = None
) -> dict[str, dict[str, object]]:
    """Judge a model on the labels of a dump; see ``evaluate_probs``."""
    predictor = Predictor.load(find_model(model), text_encoder)
    with tempfile.TemporaryDirectory() as shards:
        _, probs = score_posts(dump, predictor, Path(shards))
    return evaluate_probs(dump, probs, predictor.checkpoint.label_set)


def _as_paths(paths: Paths) -> list[Path]:
    return [Path(p) for p in ([paths] if isinstance(paths, str | Path) else paths)]
