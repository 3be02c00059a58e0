"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gnn_emotion.schema.emotions import VALENCE_LABELS, label_sets
from gnn_emotion.schema.errors import GnnEmotionError, closest

if TYPE_CHECKING:
    from gnn_emotion.pipeline import Reading
    from gnn_emotion.schema.tables import Dump

Command = TypeVar("Command", bound=Callable[..., Any])

label_set_names = click.Choice(label_sets())
existing = click.Path(exists=True, path_type=Path)
written = click.Path(path_type=Path)


class _WrittenFile(click.Path):
    """A file that will be written: better missed now than once the work is done."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        return path


class _WrittenFolder(click.Path):
    """A folder that will be written, made when it is not there."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path.exists() and not path.is_dir():
            self.fail(f"{path} is a file; expected a folder", param, ctx)
        return path


class _PretrainedFolder(click.ParamType):
    """The folder of a pretrained text encoder, or the name of one that travels with the package."""

    name = "folder"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        from gnn_emotion.encoders.text.bundled_text import BASE, bundled_text

        folder = bundled_text(value) if value == BASE else Path(value)
        if not folder.is_dir():
            self.fail(f"there is no folder {value!r}; expected one, or {BASE!r}", param, ctx)
        return folder


pretrained_folder = _PretrainedFolder()
written_file = _WrittenFile(dir_okay=False, path_type=Path)
written_folder = _WrittenFolder(path_type=Path)


#: ``--language`` of figures.
language = click.option(
    "--language",
    type=click.Choice(["en", "zh"]),
    default="en",
    help="Language of the labels in figures.",
)


def tell_font(language: str) -> None:
    """Say so where figures cannot be in the language that was asked for."""
    from gnn_emotion.trends.fonts import chinese_font

    if language == "zh" and chinese_font() is None:
        click.echo("no font with Chinese characters is installed: figures are in English", err=True)


@contextmanager
def wrong_usage() -> Iterator[None]:
    """Make wrong usage of what options, or the files that they name, cannot be."""
    try:
        yield
    except (GnnEmotionError, ValueError) as error:
        raise click.UsageError(str(error)) from error


def check_outputs(
    predictions: Path, *paths: Path | None, suffixes: Sequence[str] | None = None
) -> None:
    """Refuse files of another format, two that are the same, and the predictions themselves."""
    from gnn_emotion.trends.tables import SUFFIXES, check_suffix

    taken = {predictions.resolve(): "the predictions"}
    for path in filter(None, paths):
        with wrong_usage():
            check_suffix(path, suffixes or SUFFIXES)
        if path.resolve() in taken:
            raise click.UsageError(f"{path} is {taken[path.resolve()]} too; expected another file")
        taken[path.resolve()] = "that of another option"


def _device(context: click.Context, option: click.Parameter, value: str) -> str:
    if value != "cpu":  # torch takes seconds to import
        from gnn_emotion.training.fit_options import check_device

        with wrong_usage():
            check_device(value)
    return value


#: ``--device``, where neural encoders run.
device = click.option(
    "--device",
    default="cpu",
    show_default=True,
    callback=_device,
    help="Where neural encoders run, such as cuda.",
)


def machine_options(command: Command) -> Command:
    """Add ``--precision``, ``--device`` and ``--seed``: where and how a text encoder is trained."""
    for decorate in (
        click.option("--seed", default=0, show_default=True),
        device,
        click.option(
            "--precision",
            type=click.Choice(["auto", "float32", "bfloat16"]),
            default="auto",
            show_default=True,
            help="bfloat16 is faster where the machine has it.",
        ),
    ):
        command = decorate(command)
    return command


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
    return _predictions(_dump_option(command, required=True))


def perhaps_scored_arguments(command: Command) -> Command:
    """Add ``PREDICTIONS`` and a ``--dump`` that may be missing."""
    return _predictions(_dump_option(command, required=False))


def _predictions(command: Command) -> Command:
    return click.argument("predictions", type=existing, metavar="PREDICTIONS")(command)


def _dump_option(command: Command, required: bool) -> Command:
    return click.option(
        "--dump",
        "dumps",
        multiple=True,
        required=required,
        type=existing,
        help="What was scored: the folder that ingest wrote, or files that score took without "
        "further options. May be repeated.",
    )(command)


def bin_options(command: Command) -> Command:
    """Add ``--tz``, ``--from``, ``--to`` and ``--max-per-user``: what bins of a trend hold."""
    for decorate in (
        click.option(
            "--max-per-user",
            type=click.FloatRange(0, min_open=True),
            help="Posts a user counts for in a bin.",
        ),
        click.option("--to", "end", help="End of the last bin, which it does not hold."),
        click.option("--from", "first", help="Begin of the first bin; by default the first post."),
        click.option(
            "--tz", default="Asia/Shanghai", show_default=True, help="Zone of days and times."
        ),
    ):
        command = decorate(command)
    return command


def period_of(first: str | None, end: str | None) -> tuple[str, str] | None:
    """Return the period that ``--from`` and ``--to`` make."""
    if (first is None) != (end is None):
        raise click.UsageError("--from and --to go together")
    return None if first is None or end is None else (first, end)


def reading(how: Mapping[str, Any]) -> Reading:
    """Return what the shared options say about reading."""
    from gnn_emotion.pipeline import Reading

    names = ("input_format", "columns", "post_id", "input_label_set")
    return Reading(*(how[name] for name in names))


def refused_labels(summary: Mapping[str, Any], shown: int = 5) -> str:
    """Say which labels were refused, and how often; empty where none was."""
    refused: dict[str, int] = dict(summary.get("refused_labels") or {})
    if not refused:
        return ""
    often = sorted(refused.items(), key=lambda one: (-one[1], one[0]))
    told = ", ".join(f"{label!r} {count:,}" for label, count in often[:shown])
    more = f" and {len(often) - shown:,} others" if len(often) > shown else ""
    return (
        f"refused labels: {told}{more}; their label set does not have them, or is not known "
        "(--input-label-set)"
    )


def read_labelled(dumps: Sequence[Path], how: Mapping[str, Any]) -> Dump:
    """Read a dump whose labels matter, and say which of them were refused."""
    from gnn_emotion.pipeline import read

    dump = read(list(dumps), reading=reading(how))
    told = refused_labels(dump.summary)
    if told:
        click.echo(told, err=True)
    return dump


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
    refused = refused_labels(summary)
    return "\n".join([line, *skipped, *broken, *([refused] if refused else [])])


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
