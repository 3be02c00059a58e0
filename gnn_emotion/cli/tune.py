"""``gnn-emotion tune``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli.encoder_options import encoder_options, media_of, media_options
from gnn_emotion.cli.options import (
    dump_arguments,
    existing,
    read_labelled,
    written_folder,
    wrong_usage,
)
from gnn_emotion.cli.train_options import options_of, read_toml, train_options


@click.command(name="tune")
@dump_arguments
@click.option("--output", required=True, type=written_folder, help="Folder of the best options.")
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Trainings in all; those that the folder holds already are not done again.",
)
@click.option(
    "--space",
    type=existing,
    help="TOML file with what is tried: a range, as in learning_rate = {low = 1e-4, high = 1e-2, "
    'log = true}, or a list, as in conv = ["gcn", "gat"].',
)
@encoder_options
@media_options
@train_options
@click.pass_context
def command(
    ctx: click.Context,
    dumps: tuple[Path, ...],
    output: Path,
    trials: int,
    space: Path | None,
    **how: Any,
) -> None:
    """Search for the options of train that do best on the validation posts of DUMP...

    The options of train that are given here hold for all trials.
    """
    from gnn_emotion.training.search_space import Space
    from gnn_emotion.tuning import BEST, tune

    options = options_of(ctx)
    with wrong_usage():
        tried = None if space is None else Space.from_table(read_toml(space), options)
    dump = read_labelled(dumps, how)
    tuned = tune(dump, output, options, tried, trials, how["features"], media_of(how))
    click.echo(tuned.markdown())
    click.echo(f"wrote {output / BEST}: gnn-emotion train DUMP... --config {output / BEST}")
