"""``gnn-emotion evaluate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gnn_emotion.cli.encoder_options import media_of, media_options
from gnn_emotion.cli.options import dump_arguments, reading, written


@click.command(name="evaluate")
@dump_arguments
@click.option("--model", help="Folder or hub name of a model; by default the bundled one.")
@click.option("--text-encoder", help="Where the model's text encoder lies, if it was moved.")
@media_options
@click.option("--output", type=written, help="File for all scores, as JSON.")
def command(
    dumps: tuple[Path, ...],
    model: str | None,
    text_encoder: str | None,
    output: Path | None,
    **how: Any,
) -> None:
    """Judge a model on the labels of DUMP...: macro-F1, accuracy, kappa, AUC, calibration."""
    from gnn_emotion.pipeline import evaluate, read

    dump = read(list(dumps), reading=reading(how))
    found = evaluate(dump, model, text_encoder, how["features"], media_of(how))
    for name, scores in found.items():
        click.echo(_table(name, scores))
    if output:
        output.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _table(name: str, scores: dict[str, Any]) -> str:
    head = ", ".join(
        f"{key} {scores[key]:.3f}" for key in ("macro_f1", "accuracy", "kappa", "auc", "ece")
    )
    lines = [f"{name}: {scores['support']:,} posts, {head}"]
    lines.append(f"  {'':<14}{'precision':>10}{'recall':>8}{'f1':>8}{'posts':>9}")
    for label, found in scores["per_class"].items():
        lines.append(
            f"  {label:<14}{found['precision']:>10.3f}{found['recall']:>8.3f}{found['f1']:>8.3f}"
            f"{found['support']:>9,}"
        )
    return "\n".join(lines)
