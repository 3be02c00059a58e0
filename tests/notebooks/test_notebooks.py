"""Every notebook runs, alone and offline, and shows what is stored in it."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from . import outputs
from .working_copy import files_below, run, working_copy

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
#: Those that train: the numbers of another version of torch may well be others.
TRAINING = ("03_train", "06_ablation")
MOST_BYTES = 700_000
ids = [path.stem for path in NOTEBOOKS]


@dataclass(frozen=True)
class Case:
    """A notebook as it is stored, and as it has just run in a working copy."""

    path: Path
    stored: nbformat.NotebookNode
    ran: nbformat.NotebookNode
    changed: set[str]


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=ids)
def case(request: pytest.FixtureRequest, repo: Path, tmp_path_factory: pytest.TempPathFactory):
    path, folder = request.param, tmp_path_factory.mktemp("notebook")
    with working_copy(repo, path, folder) as copied:
        before = set(files_below(folder / "copy").items())
        ran = run(copied)
        after = set(files_below(folder / "copy").items())
    if request.config.getoption("--save-notebooks"):
        nbformat.write(ran, path)
    return Case(path, nbformat.read(path, as_version=4), ran, {name for name, _ in before ^ after})


def test_there_are_six():
    assert ids == ["01_dump", "02_graph", "03_train", "04_trends", "05_explain", "06_ablation"]


def test_it_runs_and_leaves_its_folder_as_it_was(case: Case):
    assert not case.changed
    for cell in outputs.code_cells(case.ran):
        assert "Warning" not in outputs.texts(cell), cell.id


def test_what_is_stored_is_what_it_shows(case: Case):
    pairs = zip(outputs.code_cells(case.stored), outputs.code_cells(case.ran), strict=True)
    for stored, ran in pairs:
        assert stored.source == ran.source
        assert [o.output_type for o in stored.outputs] == [o.output_type for o in ran.outputs]
        if case.path.stem not in TRAINING:
            there, here = outputs.texts(stored), outputs.texts(ran)
            assert outputs.same_texts(there, here, 0.02), f"{stored.id}:\n{there}\n---\n{here}"


def test_numbers_in_bold_are_those_that_it_shows(case: Case):
    named = outputs.numbers_named(case.stored)
    shown = outputs.numbers_shown(case.ran)
    assert [number for number in named if number.replace(",", "") not in shown] == []
    if case.path.stem in ("01_dump", "04_trends", "05_explain"):
        assert named


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_it_is_stored_whole_small_and_without_traces_of_a_machine(path: Path):
    text, stored = path.read_text("utf-8"), nbformat.read(path, as_version=4)
    nbformat.validate(stored)
    assert path.stat().st_size < MOST_BYTES
    cells = outputs.code_cells(stored)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", cell.id) for cell in stored.cells)
    assert stored.metadata.keys() == {"kernelspec", "language_info"}
    assert not any(cell.metadata for cell in stored.cells)
    assert not re.search(r"/(?:home|root|tmp|usr|work)/|site-packages|[A-Z]:\\\\", text)
    assert "widget" not in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_it_has_figures_with_something_on_them(path: Path):
    found = list(outputs.figures(nbformat.read(path, as_version=4)))
    assert len(found) >= 2
    for figure in found:
        with Image.open(io.BytesIO(base64.b64decode(figure))) as image:
            assert min(image.size) > 40
            assert len(image.convert("L").getcolors(256) or []) > 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_it_tells_more_than_it_programs(path: Path):
    stored = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in outputs.code_cells(stored))
    prose = [cell for cell in stored.cells if cell.cell_type == "markdown"]
    assert not re.search(r"^\s*(?:def|class) ", code, flags=re.M)
    assert "gnn_emotion" in code
    assert len(prose) >= 0.5 * len(outputs.code_cells(stored))


ATTEMPT = """
import socket, tempfile
try:
    {}
except PermissionError as error:
    print(error)
"""


def test_the_guard_refuses_the_network_and_writing_elsewhere(repo: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    attempts = [
        f"open({str(outside)!r}, 'w')",
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.getaddrinfo('example.org', 80)",
        "tempfile.TemporaryFile().write(b'x')",
    ]
    cells = [nbformat.v4.new_code_cell(ATTEMPT.format(attempt)) for attempt in attempts]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "made.ipynb")
    with working_copy(repo, tmp_path / "made.ipynb", tmp_path / "folder") as copied:
        told = [outputs.texts(cell) for cell in outputs.code_cells(run(copied))]
    wanted = [f"a notebook writes to {outside}", "a notebook asks for 192.0.2.1"]
    assert [text.strip() for text in told] == [*wanted, "a notebook asks for example.org", ""]
    assert not outside.exists()
