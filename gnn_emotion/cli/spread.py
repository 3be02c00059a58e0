"""``gnn-emotion spread``."""

from __future__ import annotations

from pathlib import Path

import click

from gnn_emotion.cli.options import check_outputs, scored_arguments, written_file


@click.command(name="spread")
@scored_arguments
@click.option("--output", required=True, type=written_file, help="Table, .parquet or .csv.")
@click.option(
    "--by", type=click.Choice(["depth", "delay", "kind"]), help="Count pairs apart by this."
)
@click.option(
    "--null",
    type=click.Choice(["all", "thread"]),
    default="all",
    show_default=True,
    help="Chance: answers shuffled among all posts, or within their thread.",
)
@click.option("--shuffles", type=click.IntRange(1), default=200, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the shuffles.")
@click.option("--users", type=written_file, help="Table of the influential users of each emotion.")
def command(
    predictions: Path,
    dumps: tuple[Path, ...],
    output: Path,
    by: str | None,
    null: str,
    shuffles: int,
    seed: int,
    users: Path | None,
) -> None:
    """Count in PREDICTIONS which emotions follow which, against chance.

    Ask predictions of a model that reads text alone: others know the parent.
    """
    from gnn_emotion.pipeline import attached, read
    from gnn_emotion.trends.influence import influence
    from gnn_emotion.trends.spread import ShuffleOptions, reproduction, transitions
    from gnn_emotion.trends.tables import write_table

    check_outputs(predictions, output, users)
    frame = attached(predictions, read(list(dumps)))
    options = ShuffleOptions(null, shuffles, seed)
    table = transitions(frame, by, options)
    write_table(table, output)
    if users:
        write_table(influence(frame), users)
    click.echo(f"{'':<20}{'posts':>10}{'children':>10}{'by chance':>11}{'p':>8}")
    for row in reproduction(frame, options).itertuples():
        numbers = f"{row.posts:>10,.0f}{row.reproduction:>10.3f}{row.by_chance:>11.3f}{row.p:>8.3f}"
        click.echo(f"{row.emotion:<20}{numbers}")
    click.echo(f"wrote {len(table):,} rows to {output}")
