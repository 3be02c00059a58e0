"""Options of ``train`` that are fields of ``TrainOptions`` and ``FitOptions`` by the same name.

They may also stand in a TOML file: the fields of ``TrainOptions`` at the top, those of
``FitOptions`` under ``[fit]``. What the command line says beside it wins.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from gnn_emotion.cli.encoder_options import encoders_of, graph_name, reductions, selections
from gnn_emotion.cli.options import Command, existing, label_set_names, wrong_usage

if TYPE_CHECKING:
    from gnn_emotion.training.train_options import TrainOptions

SHARE = click.FloatRange(0, 1, max_open=True)
NOT_NEGATIVE = click.FloatRange(0)


def _option(name: str, *names: str, **how: Any) -> Any:
    shown = {} if how.get("is_flag") or how.get("multiple") else {"show_default": True}
    return click.option(name, *names, **{**shown, **how})


#: What the model is.
_MODEL = (
    _option(
        "--conv",
        type=click.Choice(["as_is", "gat", "gatv2", "gcn", "hgt", "none", "rgcn", "sage", "sign"]),
        default="gat",
        help="Kind of layer; 'none' hears no other post, and 'as_is' learns nothing: it takes the "
        "scores of the text encoders svm, naive_bayes, logistic and lexicon as they are.",
    ),
    _option("--layers", "num_layers", type=click.IntRange(1, 8), default=2),
    _option("--hidden", "hidden_channels", type=click.IntRange(4), default=64),
    _option("--heads", type=click.IntRange(1), default=4, help="Attention heads."),
    _option("--dropout", type=SHARE, default=0.3),
    _option(
        "--edge",
        "edge_types",
        multiple=True,
        callback=lambda ctx, param, value: _edge_types(value),
        help="Relation that posts listen to, such as rev_replies_to (their parent). May be "
        "repeated; by default all that lead from the past.",
    ),
    _option(
        "--text-head",
        type=click.Choice(["", "cnn", "lstm", "transformer"]),
        default="",
        help="What reads the words of posts, trained with the rest; with --text-encoder tokens.",
    ),
    _option("--edge-time", is_flag=True, help="Weigh neighbours by how long before they wrote."),
    _option(
        "--label-inputs",
        is_flag=True,
        help="Hear the known labels of the posts along the edges; a post never hears its own.",
    ),
    _option(
        "--label-masking",
        type=SHARE,
        default=0.3,
        help="Share of those labels that is hidden in training, at random each time.",
    ),
    _option(
        "--correct-and-smooth",
        is_flag=True,
        help="Spread known labels along the edges once the model has answered.",
    ),
    _option(
        "--fusion",
        type=click.Choice(["graph", "early", "mid", "late", "gated", "attention"]),
        default="graph",
        help="How pictures, videos and other features reach their post: along edges, or as tokens.",
    ),
    _option(
        "--modality-dropout",
        type=SHARE,
        default=0.2,
        help="Share of modalities hidden from each post in training.",
    ),
    _option(
        "--frame-pooling",
        type=click.Choice(["mean", "attention", "lstm"]),
        default="attention",
        help="How the frames of a video become one state, where --video-encoder ends in "
        "'?pooling=sequence'.",
    ),
    _option(
        "--select",
        multiple=True,
        metavar="NAME=METHOD:KEEP",
        callback=selections,
        help="Keep some columns of a feature, such as image=mutual_information:100. May be "
        "repeated.",
    ),
    _option(
        "--reduce",
        multiple=True,
        metavar="NAME=METHOD:DIM",
        callback=reductions,
        help="Reduce a feature to some directions, such as image=pca:32. May be repeated.",
    ),
    _option(
        "--abstain-share",
        type=SHARE,
        default=0.1,
        help="The least sure share of validation posts, on which the model abstains.",
    ),
    _option("--members", type=click.IntRange(1), default=1, help="Models of an ensemble."),
    _option(
        "--bagging",
        is_flag=True,
        help="Each member sees a bootstrap sample of the threads.",
    ),
)
#: What it is fitted on.
_LABELS = (
    _option(
        "--label-set",
        type=label_set_names,
        default="ekman7",
        help="Label set that the model answers in; labels of others are partial labels of it.",
    ),
    _option(
        "--emoticons",
        is_flag=True,
        help="Learn from the writers' own emoticons in place of a label column.",
    ),
    _option(
        "--split",
        default="cascade",
        metavar="cascade|time|FILE",
        help="How train, val and test are told apart: by thread, by time, or as a file with the "
        "columns post_id and split says.",
    ),
)
#: How it is fitted.
_FIT = (
    _option("--epochs", type=click.IntRange(1), default=20),
    _option(
        "--patience",
        type=click.IntRange(1),
        default=4,
        help="So many epochs in a row may give no better validation macro-F1.",
    ),
    _option("--batch-size", type=click.IntRange(1), default=1024, help="Labelled posts a step."),
    _option(
        "--num-neighbors",
        type=click.IntRange(0),
        default=0,
        help="Of each relation, a post hears at most so many in training, drawn anew each epoch; "
        "0 for all.",
    ),
    _option("--learning-rate", type=click.FloatRange(0, min_open=True), default=3e-3),
    _option("--optimizer", type=click.Choice(["adam", "adamw", "rmsprop", "sgd"]), default="adamw"),
    _option("--weight-decay", type=NOT_NEGATIVE, default=1e-3, help="L2."),
    _option("--l1", type=NOT_NEGATIVE, default=0.0, help="Weight of the absolute weights."),
    _option("--clip", type=NOT_NEGATIVE, default=0.0, help="Longest gradient; 0 for any."),
    _option(
        "--balance",
        type=click.FloatRange(0, 1),
        default=0.5,
        help="How much rare classes are weighed up: 0 not at all, 1 to the same say.",
    ),
    _option("--label-smoothing", type=SHARE, default=0.0),
    _option("--focal-gamma", type=NOT_NEGATIVE, default=0.0, help="Exponent of the focal loss."),
    _option(
        "--alignment",
        type=NOT_NEGATIVE,
        default=0.0,
        help="Weight of the loss that pulls the words and the pictures of a post together.",
    ),
    _option(
        "--contrastive",
        type=NOT_NEGATIVE,
        default=0.0,
        help="Weight of the loss that pulls posts of one label together.",
    ),
    _option(
        "--polarity",
        type=NOT_NEGATIVE,
        default=0.0,
        help="Weight of the polarity as a task of its own.",
    ),
    _option(
        "--valence",
        type=NOT_NEGATIVE,
        default=0.0,
        help="Weight of the valence (squared error) as a task of its own.",
    ),
    _option(
        "--adversarial",
        type=click.Choice(["none", "fgm", "pgd"]),
        default="none",
        help="Train on features that are moved to where the loss is higher, too.",
    ),
    _option(
        "--adversarial-epsilon",
        type=NOT_NEGATIVE,
        default=0.1,
        help="How far, as a share of the length of a post's features.",
    ),
    _option("--mixed-precision", is_flag=True, help="Compute in bfloat16 what allows it."),
    _option(
        "--device",
        default="cpu",
        help="Where neural encoders run and the model is fitted, such as cuda.",
    ),
    _option("--seed", type=int, default=0),
)


def train_options(command: Command) -> Command:
    """Add the options, and ``--config``."""
    config = click.option(
        "--config",
        type=existing,
        help="TOML file with any of these options, by their long names with underscores; those "
        "of the fitting under [fit].",
    )
    for decorate in (*_FIT[::-1], *_LABELS[::-1], *_MODEL[::-1], config):
        command = decorate(command)
    return command


def options_of(ctx: click.Context) -> TrainOptions:
    """Return what the command line, and the file that it names, ask for."""
    from gnn_emotion.training.fit_options import FitOptions
    from gnn_emotion.training.preparation import PrepareOptions
    from gnn_emotion.training.train_options import FIT, TOP, TrainOptions

    how = ctx.params
    fit = {name: how[name] for name in FIT if name in how}
    top = {name: how[name] for name in TOP if name in how}
    if not top.get("edge_types"):
        top.pop("edge_types", None)
    with wrong_usage():
        options = TrainOptions(
            **top,
            encoders=encoders_of(how),
            prepare=PrepareOptions(how["select"], how["reduce"]),
            fit=FitOptions(**fit),
        )
        if how["config"] is None:
            return options
        source = ctx.get_parameter_source
        said = {name for name in how if source(name) == ParameterSource.COMMANDLINE}
        return _filled(options, read_toml(how["config"]), said, how)


def _filled(
    options: TrainOptions, stored: Mapping[str, Any], said: set[str], how: Mapping[str, Any]
) -> TrainOptions:
    from gnn_emotion.training.train_options import from_table

    table = _without(stored, said)
    if "fit" in table:
        table["fit"] = _without(table["fit"], said)
    if "encoders" in table:
        named = {graph_name(name.removesuffix("_encoder")) for name in said}
        table["encoders"] = _without(table["encoders"], named | set(how["features"]))
    if isinstance(table.get("prepare"), Mapping):
        table["prepare"] = {
            part: _without(features, how.get(part, ()))
            for part, features in table["prepare"].items()
        }
    return from_table(table, options)


def _without(table: Any, names: Collection[str]) -> Any:
    """Leave out what the command line says; what is no table is refused where it is read."""
    if not isinstance(table, Mapping):
        return table
    return {name: value for name, value in table.items() if graph_name(name) not in names}


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; one that is none is wrong usage."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} is no TOML file: {error}") from error


def _edge_types(value: tuple[str, ...]) -> tuple[str, ...]:
    from gnn_emotion.schema.errors import GnnEmotionError
    from gnn_emotion.schema.graph import edge_name

    try:
        return tuple(edge_name(name) for name in value)
    except GnnEmotionError as error:
        raise click.BadParameter(str(error)) from error
