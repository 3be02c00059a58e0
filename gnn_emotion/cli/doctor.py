"""``gnn-emotion doctor``: what this machine has and what is missing, before work starts."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import click

OK, NOTE, MISSING = "ok", "note", "MISSING"

#: Package -> what it is needed for; the first are dependencies, the others extras.
_CORE = ("torch", "torchvision", "torch-geometric", "transformers", "pandas", "pyarrow", "duckdb")
_EXTRAS = {
    "av": "videos and sound (pip install 'gnn-emotion[video]')",
    "librosa": "sound (pip install 'gnn-emotion[video]')",
    "gensim": "word2vec (pip install 'gnn-emotion[words]')",
    "rapidocr-onnxruntime": "the words in pictures (pip install 'gnn-emotion[ocr]')",
    "matplotlib": "figures (pip install 'gnn-emotion[plot]')",
    "optuna": "a search for options (pip install 'gnn-emotion[tune]')",
    "captum": "explaining words (pip install 'gnn-emotion[explain]')",
    "sentencepiece": "a new tokenizer (pip install 'gnn-emotion[pretrain]')",
    "protobuf": "a new tokenizer (pip install 'gnn-emotion[pretrain]')",
    "ruptures": "change points (pip install 'gnn-emotion[trends]')",
    "plotly": "reports (pip install 'gnn-emotion[report]')",
    "snownlp": "the baseline of the throughput benchmark (pip install 'gnn-emotion[benchmark]')",
}


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        state: ``ok``, ``note`` (something optional is not there) or ``MISSING``.
        name: what was looked for.
        found: what there is, or what to do.
    """

    state: str
    name: str
    found: str


@click.command(name="doctor")
def command() -> None:
    """Say what this machine has: torch, GPU, kernels, fonts, extras, the bundled models."""
    states = []
    for check in checks():
        states.append(check.state)
        click.echo(f"{check.state:<8}{check.name:<22}{check.found}")
    if MISSING in states:
        click.echo("something that scoring needs is missing", err=True)
        sys.exit(1)


def checks() -> Iterator[Check]:
    """Yield every check, in the order of the report."""
    yield Check(OK, "python", f"{platform.python_version()} on {platform.platform(terse=True)}")
    yield Check(OK, "processors", f"{os.cpu_count()}")
    yield from (_package(name) for name in _CORE)
    yield _gpu()
    yield from _kernels()
    yield from (_extra(name, use) for name, use in _EXTRAS.items())
    yield _fonts()
    yield _free_space()
    yield from _models()


def _package(name: str) -> Check:
    try:
        return Check(OK, name, version(name))
    except PackageNotFoundError:
        return Check(MISSING, name, "not installed; install gnn-emotion again")


def _extra(name: str, use: str) -> Check:
    # Asked by the name that pip knows: that of the module may be another (google.protobuf).
    try:
        return Check(OK, name, version(name))
    except PackageNotFoundError:
        return Check(NOTE, name, f"not installed; needed for {use}")


def _gpu() -> Check:
    import torch

    if not torch.cuda.is_available():
        return Check(NOTE, "gpu", "none; scoring runs on the CPU")
    properties = torch.cuda.get_device_properties(0)
    return Check(OK, "gpu", f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB")


def _kernels() -> Iterator[Check]:
    import torch

    from gnn_emotion.kernels.dispatch import available_backends, choose_backend

    device = "cuda" if torch.cuda.is_available() else "cpu"
    auto = f"auto takes {choose_backend('auto', device)} on {device}"
    yield Check(OK, "kernels", f"{', '.join(available_backends())}; {auto}")


def _fonts() -> Check:
    from gnn_emotion.trends.fonts import font_files

    files = font_files()
    if files:
        return Check(OK, "chinese font", files[0].name)
    return Check(NOTE, "chinese font", "none found; figures are in English")


def _free_space() -> Check:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free / 2**30
    return Check(OK if free > 5 else NOTE, "free space", f"{free:.0f} GiB in {folder}")


def _models() -> Iterator[Check]:
    """Load the bundled models as scoring does: checksums and feature contracts are checked."""
    from gnn_emotion.schema.errors import GnnEmotionError
    from gnn_emotion.scoring.bundled import BUNDLED, BUNDLED_BASE, bundled_model
    from gnn_emotion.scoring.predictor import Predictor
    from gnn_emotion.training.checkpoint import WEIGHTS
    from gnn_emotion.training.checksums import checksum

    for name in (BUNDLED, BUNDLED_BASE):
        folder = bundled_model(name)
        try:
            predictor = Predictor.load(folder)
        except GnnEmotionError as error:
            yield Check(MISSING, name, str(error))
            continue
        digest = checksum(folder / WEIGHTS)
        found = f"{predictor.model_id}, weights sha256 {digest[:16]} as in its config; {folder}"
        yield Check(OK, name, found)
