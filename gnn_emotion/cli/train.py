"""``gnn-emotion train``."""

from __future__ import annotations

from pathlib import Path

import click

from gnn_emotion.cli.options import dump_arguments, reading, written


@click.command(name="train")
@dump_arguments
@click.option("--output", required=True, type=written, help="Folder of the model.")
@click.option(
    "--text-encoder",
    default="embedded",
    show_default=True,
    help="'embedded', or the hub name or folder of a Hugging Face model.",
)
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
    "--split", type=click.Choice(["cascade", "time"]), default="cascade", show_default=True
)
@click.option("--epochs", type=click.IntRange(1), default=20, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def command(
    dumps: tuple[Path, ...],
    output: Path,
    text_encoder: str,
    conv: str,
    num_layers: int,
    hidden_channels: int,
    emoticons: bool,
    split: str,
    epochs: int,
    seed: int,
    **how: object,
) -> None:
    """Train a model on the labels of DUMP..., and judge it on posts that it has not seen."""
    from gnn_emotion.pipeline import read, train
    from gnn_emotion.training.fit import FitOptions
    from gnn_emotion.training.model_card import score_table
    from gnn_emotion.training.train import TrainOptions

    options = TrainOptions(
        text_encoder=text_encoder,
        conv=conv,
        hidden_channels=hidden_channels,
        num_layers=num_layers,
        split=split,
        emoticons=emoticons,
        fit=FitOptions(epochs=epochs, seed=seed),
    )
    dump = read(list(dumps), reading=reading(**how))  # type: ignore[arg-type]
    fitted = train(dump, output, options)
    click.echo(score_table(fitted))
    click.echo(f"wrote the model to {output}")
