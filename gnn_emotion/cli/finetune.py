"""``gnn-emotion finetune``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli.options import (
    dump_arguments,
    machine_options,
    pretrained_folder,
    read_labelled,
    written_folder,
    wrong_usage,
)


@click.command(name="finetune")
@dump_arguments
@click.option("--output", required=True, type=written_folder, help="Folder of the encoder.")
@click.option(
    "--start",
    type=pretrained_folder,
    default="weibo-base",
    show_default=True,
    help="Folder that pretrain wrote, or weibo-base.",
)
@click.option(
    "--emoticons", is_flag=True, help="Learn from the emoticons of the writers too, hidden."
)
@click.option("--epochs", default=3, show_default=True, help="Passes over the labelled texts.")
@click.option("--tokens-per-batch", default=2048, show_default=True, help="Tokens of a step.")
@click.option("--learning-rate", default=3e-4, show_default=True, help="The highest.")
@click.option("--dropout", default=0.1, show_default=True)
@machine_options
def command(dumps: tuple[Path, ...], output: Path, **how: Any) -> None:
    """Fine-tune a pretrained text encoder on the labels of DUMP..., of one label set or several.

    Writes a Hugging Face folder, which --text-encoder takes. A tenth of the threads calibrates.
    """
    from gnn_emotion.pretraining.dump_labels import dump_labels
    from gnn_emotion.pretraining.emotion_encoder import check_fine_tuning, fit_emotion_encoder
    from gnn_emotion.pretraining.fine_tuning import FineTuneOptions

    named = ("epochs", "tokens_per_batch", "learning_rate", "dropout", "precision", "seed")
    with wrong_usage():
        options = FineTuneOptions(**{name: how[name] for name in named})
    check_fine_tuning(output, how["start"])
    train, val = dump_labels(read_labelled(dumps, how), how["emoticons"])
    scores = fit_emotion_encoder(how["start"], train, val, options, output, how["device"])
    for name in train.sources:
        click.echo(
            f"{name}: {len(train.of(name).texts):,} texts to learn from, "
            f"{len(val.of(name).texts):,} to calibrate; macro-F1 of these {scores[name]:.3f}"
        )
    click.echo(f"wrote the encoder to {output}")
