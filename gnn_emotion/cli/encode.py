"""``gnn-emotion encode``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from gnn_emotion.cli import options
from gnn_emotion.cli.encoder_options import encoder_options, encoders_of, media_of, media_options
from gnn_emotion.cli.options import accounts, dump_arguments, reading, written


@click.command(name="encode")
@dump_arguments
@click.option("--output", required=True, type=written, help="Folder of the features.")
@encoder_options
@media_options
@options.device
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(dumps: tuple[Path, ...], output: Path, device: str, quiet: bool, **how: Any) -> None:
    """Turn the words, pictures, videos and users of DUMP... into features.

    Writes a Parquet file for each, which --features takes in place of an encoder, the status of
    every row, and the media that could not be read, with the reason.
    """
    from gnn_emotion.pipeline import encode, read
    from gnn_emotion.schema.features import STATUSES

    names, media = encoders_of(how), media_of(how, progress=not quiet)
    dump = read(list(dumps), reading=reading(how), progress=not quiet)
    start = time.perf_counter()
    features = encode(dump, output, names, how["features"], media, device)
    seconds = time.perf_counter() - start
    click.echo(accounts(dump.summary))
    for name, given in features.items():
        counts = np.bincount(given.status, minlength=len(STATUSES))
        shown = ", ".join(
            f"{n:,} {status}" for status, n in zip(STATUSES, counts, strict=True) if n
        )
        click.echo(f"{name}: {given.spec.dim} columns by {given.spec.encoder}; {shown or 'none'}")
    rows = sum(len(given) for given in features.values())
    click.echo(f"wrote {rows:,} rows to {output} ({rows / max(seconds, 1e-9):,.0f} rows/s)")
