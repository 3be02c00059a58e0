"""The lines of a text file as the csv reader takes them, remembered until their row is whole.

The csv reader swallows the rest of a file behind a quote that is never closed. Because the lines
of the unfinished row are kept, the reader of rows can give up the first of them alone and read
the others again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TextIO

#: Characters. A longer cell or line is damage: the longest posts have some 20,000.
CELL_LIMIT = 1 << 24
_SHOWN = 500


class Lines:
    """Iterate over lines; a new iteration goes on where the last one stopped.

    Args:
        stream: text with its line ends as they are.

    Attributes:
        broken: the row at hand is no row: the end of the file was reached inside it, or it holds
            a line beyond ``CELL_LIMIT``, of which only the start was kept.
    """

    def __init__(self, stream: TextIO) -> None:
        self._readline = stream.readline
        self._pending: deque[str] = deque()
        self._too_long = False
        self._row: list[str] = []
        self.broken = False

    def __iter__(self) -> Iterator[str]:
        readline, pending, keep = self._readline, self._pending, self._row.append
        while line := pending.popleft() if pending else readline(CELL_LIMIT):
            if len(line) == CELL_LIMIT and line[-1] not in "\r\n":
                line = self._skip(line)
            keep(line)
            yield line
        self.broken = True

    def peek(self) -> str:
        """Return the first line that is not blank, without taking it; empty if there is none."""
        while line := self._readline(CELL_LIMIT):
            self._pending.append(line)
            if line.strip():
                return line
        return ""

    def forget(self) -> None:
        """Say that the row at hand is whole."""
        self._row.clear()

    def give_up(self) -> tuple[str, str]:
        """Drop the row at hand, or its first line alone if a quote in it was never closed.

        Returns:
            The reason, and the line that is lost.
        """
        first, *others = self._row or [""]
        reason = f"a line of the row is longer than {CELL_LIMIT:,} characters"
        if not self._too_long:
            reason = "a quote in this row is never closed"
            self._pending.extendleft(reversed(others))
        self.broken = self._too_long = False
        self._row.clear()
        return reason, first.rstrip("\r\n")

    def _skip(self, line: str) -> str:
        """Read to the end of an overlong line; keep its start, and whether it opens a quote."""
        self.broken = self._too_long = True
        quotes, start, piece = line.count('"'), line[:_SHOWN].replace('"', "'"), line
        while piece and piece[-1] not in "\r\n":
            piece = self._readline(CELL_LIMIT)
            quotes += piece.count('"')
        return '"' * (quotes % 2) + start + "\n"
