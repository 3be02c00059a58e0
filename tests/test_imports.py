"""Who may import whom: data passes through the rooms in one direction."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "gnn_emotion"

_UP_TO_TRAINING = {"schema", "encoders", "graph", "nn", "training"}
_ROOMS = _UP_TO_TRAINING | {"ingest", "kernels", "pretraining", "scoring", "explain", "trends"}
_TOP = {"pipeline", "emotion_model", "training_data", "ablation", "tuning", "topic_clusters"}
MAY_IMPORT = {
    "schema": set(),
    "kernels": set(),
    "ingest": {"schema"},
    "encoders": {"schema"},
    "graph": {"schema"},
    "nn": {"schema", "kernels"},
    "training": {"schema", "graph", "nn"},
    "scoring": _UP_TO_TRAINING,
    "explain": _UP_TO_TRAINING,
    "trends": {"schema"},
    "pretraining": _UP_TO_TRAINING,
    "synthetic": {"schema"},
    "training_data": _ROOMS,
    "ablation": _ROOMS | {"training_data"},
    "tuning": _ROOMS | {"training_data"},
    "topic_clusters": _ROOMS,
    "pipeline": _ROOMS | {"training_data"},
    "emotion_model": _ROOMS | _TOP,
    "distributed": _ROOMS | _TOP,
    "cli": _ROOMS | _TOP | {"distributed", "synthetic", "__init__"},
    "__init__": _ROOMS | _TOP,
}
OWNERS = {
    "ray": {"distributed"},
    "numba": {"kernels"},
    "triton": {"kernels"},
    "transformers": {"encoders"},
    "torchvision": {"encoders"},
    "librosa": {"encoders"},
    "gensim": {"encoders"},
    "rapidocr_onnxruntime": {"encoders"},
    "av": {"encoders", "synthetic"},  # the sample films its own clips
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "process", "handle"}

_MODULE = re.compile(r"gnn_emotion(\.\w+)+")


def _imports(file: Path, package: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports, by statement or by a name kept in a string."""
    parts = ("gnn_emotion", *file.relative_to(package).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = parts[: len(parts) - node.level + 1] if node.level else ()
            origin = ".".join((*above, *filter(None, [node.module])))
            yield from (f"{origin}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and _MODULE.fullmatch(str(node.value)):
            yield node.value


def _fault(room: str, name: str, package: Path) -> str:
    """Say what is wrong with an import; empty if nothing is."""
    top, _, rest = name.partition(".")
    if top in OWNERS and room not in OWNERS[top]:
        return f"only {', '.join(sorted(OWNERS[top]))} may import {top}"
    if top != "gnn_emotion":
        return ""
    target = rest.partition(".")[0]
    if not (package / target).is_dir() and not (package / f"{target}.py").exists():
        target = "__init__"
    return "" if target in {room, *MAY_IMPORT[room]} else f"{room} imports {name}"


def _faults(package: Path) -> list[str]:
    faults = []
    for file in sorted(package.rglob("*.py")):
        where = file.relative_to(package)
        room = where.with_suffix("").parts[0]
        if room not in MAY_IMPORT:
            faults.append(f"{where}: no rule says what {room!r} may import")
            continue
        found = {_fault(room, name, package) for name in _imports(file, package)} - {""}
        faults.extend(f"{where}: {fault}" for fault in sorted(found))
    return faults


def test_rooms_import_only_what_they_may():
    assert _faults(PACKAGE) == []


@pytest.mark.parametrize(
    "room, line",
    [
        ("schema", "import gnn_emotion.ingest"),
        ("graph", "from gnn_emotion.nn import config"),
        ("graph", "from gnn_emotion import nn"),
        ("graph", "from ..nn import config"),
        ("graph", "def late():\n    from gnn_emotion.nn.config import ModelConfig"),
        ("graph", "TABLE = {'x': 'gnn_emotion.nn.config'}"),
        ("graph", "from gnn_emotion import EmotionModel"),
        ("nn", "import numba.core"),
        ("training", "from transformers import AutoModel"),
        ("training", "import av"),
        ("attic", "import os"),
    ],
)
def test_a_breach_is_found(tmp_path, room, line):
    for name in ("ingest", "nn", room):
        (tmp_path / name).mkdir(exist_ok=True)
    (tmp_path / room / "breach.py").write_text(line)
    assert len(_faults(tmp_path)) == 1


def test_no_module_has_a_name_that_says_nothing():
    files = [file.relative_to(PACKAGE).with_suffix("") for file in PACKAGE.rglob("*.py")]
    assert [f for f in files if FORBIDDEN_NAMES & {part.strip("_") for part in f.parts}] == []


@pytest.mark.skipif(not (PACKAGE / "cli" / "main.py").exists(), reason="no command line yet")
def test_help_imports_no_torch():
    command = [sys.executable, "-X", "importtime", "-m", "gnn_emotion.cli.main", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "click" in imported
    assert not {"torch", "numba", "transformers", "torch_geometric"} & imported


def test_importing_everything_says_nothing():
    code = "import gnn_emotion.pipeline, gnn_emotion.ablation, gnn_emotion.emotion_model"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
