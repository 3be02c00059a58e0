"""The whole story on one screen: read a dump, train and evaluate a model, score posts, ask on.

The command line, the notebooks and the benchmarks call these functions.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from gnn_emotion.encoders.encoder_set import POST, Names, load_encoders
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.encoders.tables.feature_output import write_features
from gnn_emotion.encoders.text.bundled_text import FAST, bundled_text
from gnn_emotion.explain.explainer import NAMED, Explainer
from gnn_emotion.explain.explanation import Explanation
from gnn_emotion.explain.words import need_captum
from gnn_emotion.ingest.read import read_dump
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.batch import ScoreOptions, encode_words, score_posts
from gnn_emotion.scoring.bundled import find_model
from gnn_emotion.scoring.evaluate import Judged, judge_dump
from gnn_emotion.scoring.job import Scored, score_to_file
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.audit.report import AuditReport
from gnn_emotion.training.checkpoint import CARD, CONFIG, is_checkpoint
from gnn_emotion.training.curves import confusion_frame, reliability_frame, roc_frame
from gnn_emotion.training.fitted import Fitted
from gnn_emotion.training.model_card import model_card
from gnn_emotion.training.train import train_as
from gnn_emotion.training.train_options import TrainOptions
from gnn_emotion.training_data import training_data
from gnn_emotion.trends.attach import attach, read_predictions
from gnn_emotion.trends.figures import need_matplotlib, save_figure
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.report import write_report
from gnn_emotion.trends.report.tables import ReportTables
from gnn_emotion.trends.score_figures import plot_confusion, plot_reliability, plot_roc

#: Where, in the folder of a model, a training that is not done keeps its state.
UNFINISHED = "unfinished"

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
    device: str = "cpu",
) -> dict[str, Features]:
    """Encode a dump, and write the features into a folder; see ``write_features``.

    Args:
        dump: the tables.
        output: the folder.
        names: encoders, by node type or modality; see ``encoder_set``.
        files: features from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.
        device: where neural encoders run.

    Returns:
        The features, by node type or modality.
    """
    media = media or MediaOptions()
    encoders = load_encoders(names, bundled_text(FAST), device, files, media.cache)
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
    device: str = "cpu",
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
        device: where neural encoders run.

    Returns:
        What was written.
    """
    inputs, reading = _as_paths(paths), reading or Reading()
    options = options or ScoreOptions()
    folder = find_model(model, device)
    predictor = Predictor.load(folder, text_encoder, files, device, options.media.cache)

    def read_into(folder: Path) -> Dump:
        return read(inputs, folder, reading, options.progress)

    return score_to_file(inputs, Path(output), read_into, predictor, vars(reading), options)


def train(
    dump: Dump,
    output: Path | str,
    options: TrainOptions | None = None,
    files: Files | None = None,
    media: MediaOptions | None = None,
    tell: Callable[[AuditReport], object] = lambda report: None,
) -> Fitted:
    """Train a model on a labelled dump, and write it as a checkpoint.

    Killed and called again with the same arguments, it goes on after the last whole epoch, to the
    same numbers.

    Args:
        dump: the tables.
        output: folder of the checkpoint.
        options: what is trained.
        files: features from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.
        tell: told, before any training, what may make the scores too good.

    Returns:
        The fitted model with its scores.

    Raises:
        LabelError: there is nothing to learn from.
        ContractError: the folder holds files of something else.
    """
    options, output = options or TrainOptions(), Path(output)
    _check_output(output)
    with training_data(dump, options, files, media) as ready:
        tell(ready.audit(options.label_set))
        fitted = train_as(
            options,
            ready.data,
            ready.task,
            ready.sources,
            ready.contract,
            work=output / UNFINISHED,
        )
        checkpoint = fitted.checkpoint(options, ready.contract)
        checkpoint.save(output, model_card(checkpoint, fitted), ready.encoder_files)
    shutil.rmtree(output / UNFINISHED, ignore_errors=True)
    return fitted


def _check_output(output: Path) -> None:
    """Refuse a folder for a model that holds files of others which the model would replace.

    Raises:
        ContractError: there is a ``config.json`` or ``README.md`` of no model of this program.
    """
    taken = [name for name in (CONFIG, CARD) if (output / name).exists()]
    if taken and not is_checkpoint(output):
        raise ContractError(
            f"{output} holds {' and '.join(taken)} of something else, which the model would "
            "replace; expected a new folder, or that of an earlier model"
        )


def evaluate(
    dump: Dump,
    model: str | Path | None = None,
    text_encoder: str | None = None,
    files: Files | None = None,
    media: MediaOptions | None = None,
    train: Dump | None = None,
    figures: Path | None = None,
    language: str = "en",
    device: str = "cpu",
) -> dict[str, Judged]:
    """Judge a model on the labels of a dump; it hears none of them.

    Args:
        dump: the tables, with labels.
        model: see ``find_model``.
        text_encoder: where the text encoder lies, if not where it lay in training.
        files: the features that the model reads from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.
        train: what the model was trained on, to tell posts that it has seen.
        figures: folder for figures of the scores; None for none.
        language: ``en``, or ``zh`` for Chinese names of labels in figures, where there is a font.
        device: where neural encoders run.

    Returns:
        By label set of the labels; see ``judge_dump``.
    """
    if figures is not None:
        need_matplotlib()  # before an hour of scoring, not after it
    options = ScoreOptions(media=media or MediaOptions())
    folder = find_model(model, device)
    predictor = Predictor.load(folder, text_encoder, files, device, options.media.cache)
    with tempfile.TemporaryDirectory() as shards:
        _, found = score_posts(dump, predictor, Path(shards), options, hear_labels=False)
    judged = judge_dump(dump, found.probs, predictor.checkpoint.label_set, train)
    if figures is not None:
        for name, one in judged.items():
            draw_scores(one, Path(figures), name, language)
    return judged


def explain(
    dump: Dump,
    post_ids: Sequence[str],
    model: str | Path | None = None,
    text_encoder: str | None = None,
    files: Files | None = None,
    media: MediaOptions | None = None,
    label: str | None = None,
    named: int = NAMED,
) -> list[Explanation]:
    """Explain the labels of posts: which words, which parts, which neighbours, with a check.

    Args:
        dump: the tables.
        post_ids: of the posts.
        model: see ``find_model``.
        text_encoder: where the text encoder lies, if not where it lay in training.
        files: the features that the model reads from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.
        label: what is explained; None for the label that each post gets.
        named: neighbours that are named at most.

    Returns:
        One a post, in their order. What Correct & Smooth adds to a model is not explained.

    Raises:
        DumpError: the dump lacks one of the posts.
    """
    media = media or MediaOptions()
    predictor = Predictor.load(find_model(model), text_encoder, files, cache=media.cache)
    encoder = predictor.encoders.text if POST not in predictor.encoders.files else None
    need_captum(encoder)  # before an hour of encoding, not after it
    with tempfile.TemporaryDirectory() as shards:
        posts = encode_words(dump, predictor.encoders, Path(shards), media.progress)
    data = predictor.graph(dump, predictor.encode(dump, posts, media))
    explainer = Explainer(predictor.checkpoint, encoder, dump, data, predictor.known(dump))
    return [explainer.explain(post_id, label, named) for post_id in post_ids]


def draw_scores(judged: Judged, folder: Path, name: str, language: str = "en") -> None:
    """Write ``<name>-confusion.png``, ``-roc.png`` and ``-reliability.png`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    probs, label, labels = judged.probs, judged.label, judged.labels
    chinese_of = judged.label_set if language == "zh" else None
    axes = {
        "confusion": plot_confusion(confusion_frame(probs, label, labels), chinese_of=chinese_of),
        "roc": plot_roc(roc_frame(probs, label, labels), chinese_of=chinese_of),
        "reliability": plot_reliability(reliability_frame(probs, label)),
    }
    for kind, ax in axes.items():
        save_figure(ax, folder / f"{name}-{kind}.png")


def attached(predictions: Path | str, dump: Dump) -> pd.DataFrame:
    """Read predictions, with what the dump knows of each post beside them.

    This is the table that ``trends`` works on: ``emotion_trends``, ``breakdown``, ``compare``,
    ``coverage``, ``transitions``, ``influence``, ``post_network``.

    Args:
        predictions: the file that ``score`` wrote.
        dump: what was scored.

    Returns:
        See ``trends.attach.attach``.
    """
    return attach(read_predictions(predictions), dump)


def report(
    predictions: Path | str,
    output: Path | str,
    dump: Dump | None = None,
    options: ReportOptions | None = None,
) -> ReportTables:
    """Write one interactive HTML file of the trends in predictions, which needs no network.

    Args:
        predictions: the file that ``score`` wrote.
        output: the file, ``.html``.
        dump: what was scored; users, texts, topics and answers come from it.
        options: how; see ``ReportOptions``.

    Returns:
        The tables that the page shows; see ``trends.report.report.write_report``.
    """
    frame = read_predictions(predictions) if dump is None else attached(predictions, dump)
    return write_report(frame, output, dump, options)


def _as_paths(paths: Paths) -> list[Path]:
    return [Path(p) for p in ([paths] if isinstance(paths, str | Path) else paths)]
