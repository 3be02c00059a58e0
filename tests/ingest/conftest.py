"""Shared by the tests of ingest: from raw records straight to a Dump."""

from __future__ import annotations

import pytest

from gnn_emotion.ingest.assemble import assemble
from gnn_emotion.ingest.batches import batches
from gnn_emotion.ingest.staged import Spill
from gnn_emotion.ingest.staging import Staging
from gnn_emotion.ingest.summary import SourceCounts, Summary
from gnn_emotion.schema.tables import Dump


@pytest.fixture
def make_dump(tmp_path_factory):
    """Return a function: the records of one source or several -> the Dump they make."""

    def make(*sources, label_set=None, rows=50_000) -> Dump:
        work, folder = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("dump")
        summary = Summary(sources=[SourceCounts(f"s{i}") for i in range(len(sources))])
        with Spill(work) as spill, Staging(spill, summary) as staging:
            for i, records in enumerate(sources):
                found = batches(records, rows)
                counts = summary.sources[i]
                counts.rows_read = staging.stage(i, counts.name, found, label_set=label_set)
        assemble(spill, summary, work, folder)
        return Dump(folder)

    return make
