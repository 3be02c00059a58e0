"""``gnn-emotion ingest``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli.options import accounts, dump_arguments, reading, written


@click.command(name="ingest")
@dump_arguments
@click.option("--output", required=True, type=written, help="Folder of the Parquet tables.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(dumps: tuple[Path, ...], output: Path, quiet: bool, **how: Any) -> None:
    """Read DUMP... into a folder of Parquet tables, which every other command takes too."""
    from gnn_emotion.pipeline import read

    dump = read(list(dumps), output, reading(how), progress=not quiet)
    click.echo(accounts(dump.summary))
    click.echo(f"wrote {dump.rows('posts'):,} posts to {dump.folder}")
