"""``gnn-emotion explain``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli.encoder_options import media_of, media_options
from gnn_emotion.cli.options import dump_arguments, reading, written_file


@click.command(name="explain")
@dump_arguments
@click.option(
    "--post", "post_ids", required=True, multiple=True, help="Id of a post. May be repeated."
)
@click.option(
    "--model",
    help="Folder or hub name of a model, 'bundled' or 'bundled-base'; by default the first.",
)
@click.option("--text-encoder", help="Where the model's text encoder lies, if it was moved.")
@click.option("--label", help="Explain this label; by default the one that the post gets.")
@click.option(
    "--named",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="Neighbours that are named, and taken away together for the check.",
)
@media_options
@click.option("--output", type=written_file, help="File for everything, as JSON.")
def command(
    dumps: tuple[Path, ...],
    post_ids: tuple[str, ...],
    model: str | None,
    text_encoder: str | None,
    label: str | None,
    named: int,
    output: Path | None,
    **how: Any,
) -> None:
    """Say which words, parts and neighbours moved the labels of posts of DUMP....

    Neighbours are posts and profiles that the model hears. Those that are marked are then taken
    away, and the probability is told that is left; beside it, what is left without as many others.
    """
    from gnn_emotion.pipeline import explain, read

    dump = read(list(dumps), reading=reading(how))
    found = explain(
        dump, post_ids, model, text_encoder, how["features"], media_of(how), label, named
    )
    click.echo("\n\n".join("\n".join(one.lines()) for one in found))
    if output:
        told = [one.as_json() for one in found]
        output.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
