"""How much memory a piece of work takes."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

#: Seconds between two looks.
_PAUSE = 0.05
_STATUS = Path("/proc/self/status")


class PeakMemory:
    """The most memory that this process held while a block ran, MiB.

    It looks every ``_PAUSE`` seconds, so a shorter peak may be missed; nan where the system has no
    ``/proc``.

    Attributes:
        peak_mb: known once the block has ended.
    """

    def __enter__(self) -> PeakMemory:
        self.peak_mb = _resident_mb()
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._watch.join()
        self.peak_mb = max(self.peak_mb, _resident_mb())

    def _look(self) -> None:
        while not self._done.wait(_PAUSE):
            self.peak_mb = max(self.peak_mb, _resident_mb())


def _resident_mb() -> float:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return float("nan")
    (size,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(size) / 1024
