"""``gnn-emotion inspect``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli.options import accounts, dump_arguments, reading


@click.command(name="inspect")
@dump_arguments
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(dumps: tuple[Path, ...], as_json: bool, **how: Any) -> None:
    """Say what is in DUMP...: rows, dates, kinds, media, edges, orphans, duplicates, damage."""
    from gnn_emotion.ingest.inspect import format_inspection, inspect_dump
    from gnn_emotion.pipeline import read

    dump = read(list(dumps), reading=reading(how))
    found = inspect_dump(dump)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        click.echo(accounts(dump.summary))
        click.echo(format_inspection(found))
