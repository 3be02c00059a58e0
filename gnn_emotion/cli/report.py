"""``gnn-emotion report``."""

from __future__ import annotations

from pathlib import Path

import click

from gnn_emotion.cli import options
from gnn_emotion.cli.options import written_file


@click.command(name="report")
@options.perhaps_scored_arguments
@click.option("--output", required=True, type=written_file, help="Page, .html.")
@click.option("--title", help="Title of the page.")
@options.language
@click.option(
    "--freq", help="Width of a bin: 15min, 1D, W-MON; by default a hundred bins or fewer."
)
@options.bin_options
@click.option(
    "--topics",
    type=int,
    default=10,
    show_default=True,
    help="Hashtags with charts of their own, those of most posts.",
)
@click.option(
    "--fewest-users",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Leave out what fewer users wrote, and what would give it away.",
)
@click.option(
    "--examples",
    type=int,
    default=2,
    show_default=True,
    help="Posts shown of each emotion, bin and topic; 0 for none.",
)
def command(
    predictions: Path,
    dumps: tuple[Path, ...],
    output: Path,
    title: str | None,
    language: str,
    freq: str | None,
    tz: str,
    first: str | None,
    end: str | None,
    max_per_user: float | None,
    topics: int,
    fewest_users: int,
    examples: int,
) -> None:
    """Write one HTML page of PREDICTIONS that needs no network: trends, change points, posts.

    Users, texts, topics and answers come from --dump; without it the page has less, and says so.
    """
    from gnn_emotion.pipeline import read, report
    from gnn_emotion.trends.report.options import ReportOptions
    from gnn_emotion.trends.report.report import SUFFIXES, need_report

    options.check_outputs(predictions, output, suffixes=SUFFIXES)
    with options.wrong_usage():
        chosen = ReportOptions(
            freq=freq, tz=tz, period=options.period_of(first, end), topics=topics,
            fewest_users=fewest_users, max_per_user=max_per_user, examples=examples,
            language=language, title=title,
        )  # fmt: skip
    need_report()  # before the reading, not after it
    tables = report(predictions, output, read(list(dumps)) if dumps else None, chosen)
    if not tables.known_users:
        click.echo(
            "no user_id: each post counts as a user of its own; --dump tells users", err=True
        )
    named = sum(name is not None for name in tables.names)
    size = output.stat().st_size / 2**20
    click.echo(
        f"{len(tables.posts):,} posts in {len(tables.starts):,} bins of {tables.freq}, "
        f"{named} topics, {len(tables.changes):,} change points"
    )
    click.echo(f"wrote {size:.1f} MB to {output}")
