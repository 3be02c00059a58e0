"""``gnn-emotion score``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click
import pyarrow.compute as pc

from gnn_emotion.cli import options
from gnn_emotion.cli.encoder_options import media_of, media_options
from gnn_emotion.cli.options import accounts, dump_arguments, label_set_names, reading, written


def _finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is no amount; expected a number above 0")
    return value


@click.command(name="score")
@dump_arguments
@click.option("--output", required=True, type=written, help="File of the predictions.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "jsonl", "csv"]),
    help="Format of the output; by default its suffix says it, else parquet.",
)
@click.option(
    "--model",
    help="Folder or hub name of a model, 'bundled' or 'bundled-base'; by default the first, with "
    "--device cuda the second.",
)
@options.device
@click.option("--label-set", type=label_set_names, help="Answer in this label set.")
@click.option("--text-encoder", help="Where the model's text encoder lies, if it was moved.")
@media_options
@click.option(
    "--memory",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
    metavar="GB",
    help="Map features and states from files where they do not fit; by default all is in memory.",
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(
    dumps: tuple[Path, ...],
    output: Path,
    file_format: str | None,
    model: str | None,
    label_set: str | None,
    text_encoder: str | None,
    memory: float | None,
    device: str,
    quiet: bool,
    **how: Any,
) -> None:
    """Label every post of DUMP... (files or folders of any supported format, or zips).

    Killed at any moment and started again with the same arguments, it goes on where it was.
    """
    from gnn_emotion.pipeline import score
    from gnn_emotion.scoring.batch import ScoreOptions

    scored = score(
        dumps,
        output,
        model=model,
        text_encoder=text_encoder,
        files=how["features"],
        reading=reading(how),
        options=ScoreOptions(label_set, file_format, not quiet, media_of(how, not quiet), memory),
        device=device,
    )
    click.echo(accounts(scored.summary))
    shares = pc.value_counts(scored.table["emotion"]).to_pylist()
    counts = sorted(((row["counts"], row["values"]) for row in shares), reverse=True)
    click.echo("labelled " + (", ".join(f"{name} {n:,}" for n, name in counts) or "no posts"))
    abstained = pc.sum(scored.table["abstained"]).as_py() or 0
    click.echo(f"wrote {scored.table.num_rows:,} posts ({abstained:,} unsure) to {scored.path}")
