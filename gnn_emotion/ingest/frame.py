"""A pandas frame as a dump, through the same cleaning as any file."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.arrays import to_strings
from gnn_emotion.ingest.assemble import assemble
from gnn_emotion.ingest.batches import batches, strings
from gnn_emotion.ingest.output import check_output, temporary_output, whole_folder
from gnn_emotion.ingest.records import Columns
from gnn_emotion.ingest.staged import Spill
from gnn_emotion.ingest.staging import Staging
from gnn_emotion.ingest.staging_ids import post_ids
from gnn_emotion.ingest.summary import SourceCounts, Summary
from gnn_emotion.schema.errors import DumpError, closest
from gnn_emotion.schema.tables import Dump

NAME = "frame"
_USED = ("user_id", "parent_id", "root_id", "created_at", "label", "label_set")


def dump_from_frame(df: pd.DataFrame, output: Path | None = None) -> Dump:
    """Make a Dump of a frame.

    Args:
        df: a row a post. ``text`` is needed; what is no string there is a missing text. Used where
            they are there: ``post_id``, ``user_id``, ``parent_id``, ``root_id``, ``created_at``
            (strings, times, or seconds or milliseconds since 1970; without a zone, China's), and
            ``label`` together with ``label_set``.
        output: see ``read_dump``.

    Returns:
        The Dump; ``frame_ids`` says which of its posts a row is.

    Raises:
        DumpError: there is no column ``text``, or the output is in use.
    """
    data = _columns(df)
    target = output if output is not None else temporary_output()
    check_output(target)
    with whole_folder(target) as folder, tempfile.TemporaryDirectory(dir=folder.parent) as work:
        summary = Summary(sources=[SourceCounts(NAME, NAME)])
        with Spill(Path(work)) as spill, Staging(spill, summary) as staging:
            # One batch: ids are judged to be damaged by the look of the column as a whole.
            whole = batches([Columns("posts", 1, data)], rows=max(len(df), 1))
            summary.sources[0].rows_read = staging.stage(0, NAME, whole)
        assemble(spill, summary, Path(work), folder)
    return Dump(target)


def frame_ids(df: pd.DataFrame) -> list[str]:
    """Return the ``post_id`` that each row of a frame has in ``dump_from_frame(df)``.

    A row without an id that can be believed is ``row-<its position>``; rows that share an id are
    one post.
    """
    return _ids(df).to_pylist()


def _ids(df: pd.DataFrame) -> pa.Array:
    given = _strings(df, "post_id")
    ids = post_ids(given, pa.nulls(len(df), pa.string()), Counter()).post_id
    places = pa.array([f"row-{position:012d}" for position in range(len(df))], pa.string())
    return pc.coalesce(ids, places)


def _columns(df: pd.DataFrame) -> pa.Table:
    names = [str(name) for name in df.columns]
    if "text" not in names:
        raise DumpError(f"the frame has no column 'text'; {closest('text', names)}")
    if twice := [name for name in ("text", "post_id", *_USED) if names.count(name) > 1]:
        raise DumpError(f"the frame has more than one column {twice[0]!r}; expected one")
    texts = [value if isinstance(value, str) else None for value in df["text"].tolist()]
    columns = {name: _strings(df, name) for name in _USED if name in names}
    if "user_id" in columns:  # a coded column has a user 0; in a dump of Weibo, 0 is nobody
        users = columns["user_id"]
        columns["user_id"] = pc.if_else(pc.equal(users, "0"), "user-0", users)
    return pa.table({"post_id": _ids(df), "text": strings(texts), **columns})


def _strings(df: pd.DataFrame, name: str) -> pa.Array:
    """Write a column as strings, whatever it holds; nulls if there is none of that name."""
    if name not in df.columns:
        return pa.nulls(len(df), pa.string())
    try:
        return to_strings(pa.chunked_array([df[name]]).combine_chunks()).cast(pa.string())
    except (pa.ArrowException, UnicodeEncodeError, TypeError):
        return strings([_written(value) for value in df[name].tolist()])


def _written(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    missing = pd.isna(value)
    return None if isinstance(missing, bool) and missing else str(value)
