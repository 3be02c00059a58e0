"""``gnn-emotion train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli.encoder_options import (
    encoder_options,
    encoders_of,
    media_of,
    media_options,
    reductions,
    selections,
)
from gnn_emotion.cli.options import dump_arguments, reading, written


@click.command(name="train")
@dump_arguments
@click.option("--output", required=True, type=written, help="Folder of the model.")
@encoder_options
@media_options
@click.option(
    "--conv",
    type=click.Choice(["gat", "gatv2", "gcn", "none"]),
    default="gat",
    show_default=True,
    help="Kind of layer; 'none' reads the text alone.",
)
@click.option("--layers", "num_layers", type=click.IntRange(1, 8), default=2, show_default=True)
@click.option("--hidden", "hidden_channels", type=click.IntRange(4), default=64, show_default=True)
@click.option(
    "--emoticons",
    is_flag=True,
    help="Learn from the writers' own emoticons in place of a label column.",
)
@click.option(
    "--fusion",
    type=click.Choice(["graph", "early", "mid", "late", "gated", "attention"]),
    default="graph",
    show_default=True,
    help="How pictures, videos and other features reach their post: along edges, or as tokens.",
)
@click.option(
    "--modality-dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of modalities hidden from each post in training.",
)
@click.option(
    "--frame-pooling",
    type=click.Choice(["mean", "attention", "lstm"]),
    default="attention",
    show_default=True,
    help="How the frames of a video become one state, where --video-encoder ends in "
    "'?pooling=sequence'.",
)
@click.option(
    "--alignment",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Weight of the loss that pulls the words and the pictures of a post together.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="NAME=METHOD:KEEP",
    callback=selections,
    help="Keep some columns of a feature, such as image=mutual_information:100. May be repeated.",
)
@click.option(
    "--reduce",
    multiple=True,
    metavar="NAME=METHOD:DIM",
    callback=reductions,
    help="Reduce a feature to some directions, such as image=pca:32. May be repeated.",
)
@click.option(
    "--split", type=click.Choice(["cascade", "time"]), default="cascade", show_default=True
)
@click.option("--epochs", type=click.IntRange(1), default=20, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def command(
    dumps: tuple[Path, ...],
    output: Path,
    conv: str,
    num_layers: int,
    hidden_channels: int,
    emoticons: bool,
    fusion: str,
    modality_dropout: float,
    frame_pooling: str,
    alignment: float,
    select: dict[str, Any],
    reduce: dict[str, Any],
    split: str,
    epochs: int,
    seed: int,
    **how: Any,
) -> None:
    """Train a model on the labels of DUMP..., and judge it on posts that it has not seen."""
    from gnn_emotion.pipeline import read, train
    from gnn_emotion.training.fit import FitOptions
    from gnn_emotion.training.model_card import score_table
    from gnn_emotion.training.preparation import PrepareOptions
    from gnn_emotion.training.train import TrainOptions

    names, files, media = encoders_of(how), how["features"], media_of(how)
    options = TrainOptions(
        encoders=names,
        conv=conv,
        hidden_channels=hidden_channels,
        num_layers=num_layers,
        split=split,
        emoticons=emoticons,
        fusion=fusion,
        modality_dropout=modality_dropout,
        frame_pooling=frame_pooling,
        prepare=PrepareOptions(select, reduce),
        fit=FitOptions(epochs=epochs, seed=seed, alignment=alignment),
    )
    dump = read(list(dumps), reading=reading(how))
    fitted = train(dump, output, options, files, media)
    click.echo(score_table(fitted))
    click.echo(f"wrote the model to {output}")
