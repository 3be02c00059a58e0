"""Benchmarks run for hours, and rarely: what they import from the package must be there."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
FILES = sorted(BENCHMARKS.rglob("*.py"))


def missing(source: str) -> list[str]:
    """Name what a file imports from the package that is not in it."""
    return [
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("gnn_emotion")
        for alias in node.names
        if not hasattr(importlib.import_module(str(node.module)), alias.name)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_all_that_is_imported_is_there(file):
    assert missing(file.read_text("utf-8")) == []


def test_what_is_not_there_is_named():
    source = "from gnn_emotion.nn.losses import alignment_loss, partial_label_loss"
    assert missing(source) == ["gnn_emotion.nn.losses.alignment_loss"]
