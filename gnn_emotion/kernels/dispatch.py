"""Choose a backend, and remember which one ran.

``auto`` depends on the device and on what is installed, never on the size of the input, so that
the result of a row does not depend on the batch it came in.
"""

from __future__ import annotations

import difflib
import logging
import os
from functools import cache
from importlib import import_module
from types import ModuleType

import torch

BACKENDS = {
    "reference": "gnn_emotion.kernels.reference",
    "cpu": "gnn_emotion.kernels.autograd",
    "triton": "gnn_emotion.kernels.triton_autograd",
}
_log = logging.getLogger(__name__)
_last: str | None = None


def last_backend() -> str | None:
    """Return the name of the backend that the last operator ran on, for tests."""
    return _last


def available_backends() -> tuple[str, ...]:
    """Return the names of the backends that can run here."""
    devices = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
    return tuple(name for name in BACKENDS if not all(_fault(name, d) for d in devices))


def choose_backend(backend: str = "auto", device: str = "cpu") -> str:
    """Name the backend that runs.

    Args:
        backend: ``"auto"``, or a name, which is never replaced by another.
        device: type of the device that the tensors are on.

    Raises:
        ValueError: there is no such backend.
        RuntimeError: it cannot run on this device or this installation.
    """
    if backend == "auto":
        return _auto(device)
    if backend not in BACKENDS:
        match = difflib.get_close_matches(backend, BACKENDS, n=1)
        hint = f"did you mean {match[0]!r}? " if match else ""
        known = ", ".join(map(repr, ("auto", *BACKENDS)))
        raise ValueError(f"unknown backend {backend!r}: {hint}Known: {known}")
    if fault := _fault(backend, device):
        raise RuntimeError(f"backend {backend!r} cannot run: {fault}; choose 'auto' or 'reference'")
    return backend


def load(backend: str, device: torch.device) -> ModuleType:
    """Return the module of a backend, and remember its name."""
    global _last
    name = choose_backend(backend, device.type)
    module = import_module(BACKENDS[name])
    _last = name
    return module


@cache
def _auto(device: str) -> str:
    fastest = "triton" if device == "cuda" else "cpu"
    fault = _fault(fastest, device)
    name = "reference" if fault else fastest
    _log.debug("kernels on %s: %s%s", device, name, f", because {fault}" if fault else "")
    return name


@cache
def _fault(backend: str, device: str) -> str:
    """Say why a backend cannot run; empty if it can."""
    if backend == "reference":
        return ""
    if fault := _misplaced(backend, device):
        return fault
    needs = "triton" if backend == "triton" else "numba"
    try:
        import_module(needs)
    except ImportError as error:  # it is missing, or does not fit this Python or NumPy
        return f"{needs} cannot be imported ({error})"
    return ""


def _misplaced(backend: str, device: str) -> str:
    """Say why a backend cannot run on a device; empty if it can."""
    if backend == "cpu" and device != "cpu":
        return f"it needs tensors on the CPU, not on {device}"
    if backend == "triton" and device not in ("cpu", "cuda"):
        return f"it needs tensors on a GPU (cuda), not on {device}"
    if backend == "triton" and device == "cpu" and os.environ.get("TRITON_INTERPRET") != "1":
        return (
            "it needs tensors on a GPU (cuda); on the CPU it runs in Triton's interpreter alone, "
            "slowly, for tests: set TRITON_INTERPRET=1 before Python starts"
        )
    return ""
