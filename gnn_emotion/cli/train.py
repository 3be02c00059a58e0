"""``gnn-emotion train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gnn_emotion.cli.encoder_options import encoder_options, media_of, media_options
from gnn_emotion.cli.options import dump_arguments, read_labelled, written_folder
from gnn_emotion.cli.train_options import options_of, train_options

if TYPE_CHECKING:
    from gnn_emotion.training.audit.report import AuditReport


@click.command(name="train")
@dump_arguments
@click.option("--output", required=True, type=written_folder, help="Folder of the model.")
@encoder_options
@media_options
@train_options
@click.pass_context
def command(ctx: click.Context, dumps: tuple[Path, ...], output: Path, **how: Any) -> None:
    """Train a model on the labels of DUMP..., and judge it on posts that it has not seen."""
    from gnn_emotion.pipeline import train
    from gnn_emotion.training.model_card import score_table

    options = options_of(ctx)
    dump = read_labelled(dumps, how)
    fitted = train(dump, output, options, how["features"], media_of(how), _show_audit)
    click.echo(score_table(fitted))
    if not fitted.scores["val"]:
        click.echo(
            "no label is in the validation split: the last epoch is kept, nothing is calibrated",
            err=True,
        )
    if not fitted.scores["test"]:
        click.echo("no label is in the test split: the model is not judged", err=True)
    click.echo(f"wrote the model to {output}")


def _show_audit(report: AuditReport) -> None:
    click.echo("\n".join(["audit:", *(f"  {line}" for line in report.lines())]))
