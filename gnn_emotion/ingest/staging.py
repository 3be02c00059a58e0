"""All batches of all sources to staged rows, in order.

Batches are cleaned in threads, for Arrow works outside Python's lock, and written in their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np
import pyarrow as pa

from gnn_emotion.ingest.batches import Batch
from gnn_emotion.ingest.media_files import MediaFiles
from gnn_emotion.ingest.staged import Spill
from gnn_emotion.ingest.staging_batch import Cleaned, Origin, Rows, clean_batch
from gnn_emotion.ingest.summary import Summary

THREADS = 2


class Staging:
    """Stages the batches of one source after the other; a context that ends its threads.

    Args:
        spill: where the staged rows go.
        summary: its ``damage`` and ``refused_labels`` are counted up.

    Attributes:
        staged: how many rows came in so far, those inside other rows included.
    """

    def __init__(self, spill: Spill, summary: Summary) -> None:
        self._spill = spill
        self._summary = summary
        self._threads = ThreadPoolExecutor(THREADS)
        self.staged = 0

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def stage(
        self,
        number: int,
        name: str,
        batches: Iterable[Batch],
        files: MediaFiles | None = None,
        label_set: str | None = None,
    ) -> int:
        """Stage all rows of a source.

        Args:
            number: of the source, from 0, one after the other.
            name: of the source.
            batches: its raw rows.
            files: the media files beside it, if any.
            label_set: the set of labels that do not say theirs.

        Returns:
            How many rows the source had; those inside other rows not counted.
        """
        origin = Origin(number, name, self.staged, files or None, label_set)
        waiting: deque[Future[Cleaned]] = deque()
        own_rows = 0
        for batch in batches:
            own_rows += batch.own_rows
            rows = self._rows(batch, origin)
            waiting.append(self._threads.submit(clean_batch, batch.table, rows))
            if len(waiting) > THREADS:
                self._write(waiting.popleft().result())
        for cleaned in waiting:
            self._write(cleaned.result())
        return own_rows

    def _rows(self, batch: Batch, origin: Origin) -> Rows:
        seq = pa.array(np.arange(self.staged, self.staged + len(batch.row)))
        self.staged += len(batch.row)
        return Rows(origin, batch.data, batch.row, batch.embedded, seq)

    def _write(self, cleaned: Cleaned) -> None:
        for table, rows in cleaned.tables.items():
            self._spill.write(table, rows)
        self._summary.damage.update(cleaned.damage)
        self._summary.refused_labels.update(cleaned.refused_labels)
