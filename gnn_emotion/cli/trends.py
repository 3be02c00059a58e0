"""``gnn-emotion trends``."""

from __future__ import annotations

from pathlib import Path

import click

from gnn_emotion.cli import options
from gnn_emotion.cli.options import scored_arguments, written_file, written_folder


@click.command(name="trends")
@scored_arguments
@click.option("--output", required=True, type=written_file, help="Table, .parquet or .csv.")
@click.option(
    "--by",
    multiple=True,
    help="Column that makes the groups: topic, region, verified, gender, follower_group, kind, "
    "user_name, or cluster (of their words). May be repeated; without it, all posts are one group.",
)
@click.option("--freq", default="1h", show_default=True, help="Width of a bin: 15min, 1D, W-MON.")
@options.bin_options
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Of the intervals.",
)
@click.option(
    "--fewest-users",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Hide what fewer users wrote, and what would give it away.",
)
@click.option("--figures", type=written_folder, help="Folder for shares, valence and groups.")
@options.language
@click.option("--changes", type=written_file, help="Table of the change points.")
@click.option(
    "--coverage", type=written_file, help="Table of what was claimed, captured and scored."
)
def command(
    predictions: Path,
    dumps: tuple[Path, ...],
    output: Path,
    by: tuple[str, ...],
    freq: str,
    tz: str,
    first: str | None,
    end: str | None,
    max_per_user: float | None,
    level: float,
    fewest_users: int,
    figures: Path | None,
    language: str,
    changes: Path | None,
    coverage: Path | None,
) -> None:
    """Estimate shares of emotions over time from PREDICTIONS, with intervals."""
    from gnn_emotion.pipeline import attached, read
    from gnn_emotion.topic_clusters import CLUSTER, topic_clusters
    from gnn_emotion.trends.bins import check_bins, within
    from gnn_emotion.trends.breakdown import breakdown
    from gnn_emotion.trends.changes import change_points, need_ruptures
    from gnn_emotion.trends.coverage import coverage as covered
    from gnn_emotion.trends.emotion_trends import emotion_trends, group_columns
    from gnn_emotion.trends.figures import need_matplotlib
    from gnn_emotion.trends.suppression import suppress
    from gnn_emotion.trends.tables import write_table
    from gnn_emotion.trends.trend_folder import draw_trend

    options.check_outputs(predictions, output, changes, coverage)
    period = options.period_of(first, end)
    with options.wrong_usage():
        check_bins(freq, tz, period)
        by = tuple(group_columns(by))
    if figures:
        need_matplotlib()  # before the work, not after it
    if changes:
        need_ruptures()
    dump = read(list(dumps))
    frame = attached(predictions, dump)
    if CLUSTER in by:
        frame = topic_clusters(frame)
    trend = emotion_trends(
        frame, by, freq, tz=tz, period=period, max_per_user=max_per_user, level=level
    )
    if fewest_users > 1:
        trend = suppress(trend, fewest_users)
    write_table(trend, output)
    if figures:
        options.tell_font(language)
        dated = frame[frame["created_at"].notna()]  # as the bins count
        inside = dated if period is None else dated[within(dated["created_at"], period, tz)]
        groups = breakdown(inside, by, fewest_users, max_per_user, level) if by else None
        for path in draw_trend(trend, figures, language, groups):
            click.echo(f"wrote {path}")
    if changes:
        steps = change_points(trend)
        write_table(steps, changes)
        click.echo(f"{len(steps):,} change points")
    total = covered(frame, dump)
    if coverage:
        write_table(covered(frame, dump, by) if by else total, coverage)
    row = total.iloc[0]
    click.echo(", ".join(f"{name} {value:,.0f}" for name, value in row.items()))
    click.echo(f"wrote {len(trend):,} rows to {output}")
