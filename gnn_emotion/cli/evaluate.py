"""``gnn-emotion evaluate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli import options
from gnn_emotion.cli.encoder_options import media_of, media_options
from gnn_emotion.cli.options import (
    dump_arguments,
    existing,
    read_labelled,
    reading,
    written_file,
    written_folder,
)

#: Scores of the first line.
_KEYS = ("macro_f1", "weighted_f1", "accuracy", "kappa", "auc", "ece")


@click.command(name="evaluate")
@dump_arguments
@click.option(
    "--model",
    help="Folder or hub name of a model, 'bundled' or 'bundled-base'; by default the first, with "
    "--device cuda the second.",
)
@options.device
@click.option("--text-encoder", help="Where the model's text encoder lies, if it was moved.")
@click.option(
    "--train",
    "trained_on",
    type=existing,
    multiple=True,
    help="What the model was trained on: scores are then given without posts whose text stands "
    "there, too. May be repeated.",
)
@media_options
@click.option(
    "--figures", type=written_folder, help="Folder for confusion matrix, ROC and reliability."
)
@options.language
@click.option("--output", type=written_file, help="File for all scores, as JSON.")
def command(
    dumps: tuple[Path, ...],
    model: str | None,
    text_encoder: str | None,
    trained_on: tuple[Path, ...],
    figures: Path | None,
    language: str,
    device: str,
    output: Path | None,
    **how: Any,
) -> None:
    """Judge a model on the labels of DUMP..., after a look at what may make scores too good."""
    from gnn_emotion.pipeline import evaluate, read

    dump = read_labelled(dumps, how)
    train = read(list(trained_on), reading=reading(how)) if trained_on else None
    files, media = how["features"], media_of(how)
    judged = evaluate(dump, model, text_encoder, files, media, train, figures, language, device)
    if figures is not None:
        options.tell_font(language)
    found = {name: one.scores() for name, one in judged.items()}
    for name, one in judged.items():
        click.echo("\n".join([f"audit of {name}:", *(f"  {line}" for line in one.audit.lines())]))
        click.echo(_table(name, found[name]))
    if output:
        text = json.dumps(found, ensure_ascii=False, indent=1)
        output.write_text(text + "\n", encoding="utf-8")


def _table(name: str, scores: dict[str, Any]) -> str:
    lines = [f"{name}: {scores['support']:,} posts, {_head(scores)}"]
    intervals = scores["intervals"]
    shown = [f"{key} {_interval(intervals[key])}" for key in _KEYS if key in intervals]
    lines.append(f"  95 % intervals, over threads: {', '.join(shown)}")
    if "without_leaks" in scores:
        rest = scores["without_leaks"]
        scored = _head(rest) if rest["support"] else "nothing to judge"
        lines.append(f"  without leaks: {rest['support']:,} posts, {scored}")
    columns = f"{'precision':>10}{'recall':>8}{'f1':>8}{'95 %':>14}{'auc':>8}{'posts':>9}"
    lines.append(f"  {'':<20}{columns}")
    for label, found in scores["per_class"].items():
        numbers = f"{found['precision']:>10.3f}{found['recall']:>8.3f}{found['f1']:>8.3f}"
        between = f"{_interval(intervals[f'f1_{label}']):>14}"
        more = f"{between}{found['auc']:>8.3f}{found['support']:>9,}"
        lines.append(f"  {label:<20}{numbers}{more}")
    return "\n".join(lines)


def _interval(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.3f}-{ends[1]:.3f}"


def _head(scores: dict[str, Any]) -> str:
    return ", ".join(f"{key} {scores[key]:.3f}" for key in _KEYS)
