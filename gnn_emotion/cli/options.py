"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gnn_emotion.schema.emotions import VALENCE_LABELS, label_sets
from gnn_emotion.schema.errors import closest

if TYPE_CHECKING:
    from gnn_emotion.pipeline import Reading

Command = TypeVar("Command", bound=Callable[..., Any])

label_set_names = click.Choice(label_sets())
existing = click.Path(exists=True, path_type=Path)
written = click.Path(path_type=Path)


def dump_arguments(command: Command) -> Command:
    """Add ``DUMP...`` and the options that say how it is read."""
    for decorate in (
        click.option(
            "--input-label-set",
            type=click.Choice([*label_sets(), VALENCE_LABELS]),
            help="Label set of the label column, where the format does not say it; 'valence' for "
            "numbers from -1 to 1.",
        ),
        click.option(
            "--post-id", help="Post that the comments belong to, where the format does not say it."
        ),
        click.option(
            "--map",
            "columns",
            multiple=True,
            metavar="COLUMN=FIELD",
            callback=_columns,
            help="Read a column of a table of no known crawler as a field, such as 内容=text; "
            "a column without a name goes by its number, from 1. May be repeated.",
        ),
        click.option(
            "--input-format",
            callback=_format,
            help="Read every file as this format in place of recognising it.",
        ),
        click.argument("dumps", nargs=-1, required=True, type=existing, metavar="DUMP..."),
    ):
        command = decorate(command)
    return command


def scored_arguments(command: Command) -> Command:
    """Add ``PREDICTIONS`` and ``--dump``: a file that ``score`` wrote, and what was scored."""
    for decorate in (
        click.option(
            "--dump",
            "dumps",
            multiple=True,
            required=True,
            type=existing,
            help="What was scored: the folder that ingest wrote, or files that score took without "
            "further options. May be repeated.",
        ),
        click.argument("predictions", type=existing, metavar="PREDICTIONS"),
    ):
        command = decorate(command)
    return command


def reading(how: Mapping[str, Any]) -> Reading:
    """Return what the shared options say about reading."""
    from gnn_emotion.pipeline import Reading

    names = ("input_format", "columns", "post_id", "input_label_set")
    return Reading(*(how[name] for name in names))


def accounts(summary: dict[str, Any]) -> str:
    """Say in one line what became of the rows that were read."""
    totals = summary["totals"]
    kept = totals["posts_new"] + totals["users"] + totals["follows"]
    line = (
        f"{totals['rows_read']:,} rows read = {kept:,} kept ({totals['posts_new']:,} posts, "
        f"{totals['users']:,} users, {totals['follows']:,} follows) + {totals['merged']:,} merged "
        f"+ {totals['quarantined']:,} quarantined"
    )
    skipped = [f"skipped {name}: {why}" for name, why in summary["skipped"].items()]
    broken = [f"{s['name']}: {s['broke_off']}" for s in summary["sources"] if s.get("broke_off")]
    return "\n".join([line, *skipped, *broken])


def _format(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        from gnn_emotion.ingest.sniff import FORMATS

        if value not in FORMATS:
            raise click.BadParameter(f"unknown format {value!r}; {closest(value, FORMATS)}")
    return value


def _columns(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    from gnn_emotion.ingest.records import RAW

    known = [*RAW["posts"].names, *RAW["users"].names]
    columns = {}
    for pair in value:
        column, equals, field = pair.rpartition("=")
        if not equals or not column:
            raise click.BadParameter(f"{pair!r} is not COLUMN=FIELD")
        if field not in known:
            raise click.BadParameter(
                f"unknown field {field!r} in {pair!r}; {closest(field, known)}"
            )
        columns[column] = field
    return columns
