"""``gnn-emotion ablate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli.encoder_options import media_of, media_options
from gnn_emotion.cli.options import (
    dump_arguments,
    existing,
    read_labelled,
    written_folder,
    wrong_usage,
)
from gnn_emotion.cli.train_options import read_toml


@click.command(name="ablate")
@click.argument("config", type=existing)
@dump_arguments
@click.option(
    "--output", required=True, type=written_folder, help="Folder of the table and the records."
)
@media_options
def command(config: Path, dumps: tuple[Path, ...], output: Path, **how: Any) -> None:
    """Train every model of the grid in CONFIG (TOML) on the labels of DUMP..., with controls.

    Each model that hears other posts is compared with the same model without a graph, with
    shuffled edges, and with each post in place of its neighbours.
    """
    from gnn_emotion.ablation import PAGE, ablate_dump
    from gnn_emotion.training.ablation.grid import Ablation
    from gnn_emotion.training.ablation.table import markdown, verdicts

    with wrong_usage():
        ablation = Ablation.from_table(read_toml(config))
    dump = read_labelled(dumps, how)
    table = ablate_dump(dump, ablation, output, how["features"], media_of(how))
    click.echo(markdown(table))
    for line in verdicts(table):
        click.echo(line)
    click.echo(f"wrote {output / PAGE} and the table beside it")
