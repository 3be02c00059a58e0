"""A Dump is checked when it is opened."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnn_emotion.schema.errors import DumpError
from gnn_emotion.schema.tables import KEYS, SCHEMAS, Dump, is_dump


@pytest.fixture
def dump(make_dump):
    return make_dump(posts=[{"post_id": "p1", "text": "好"}, {"post_id": "p2"}])


def test_rows_and_columns(dump):
    assert (dump.rows("posts"), dump.rows("users")) == (2, 0)
    assert dump.read("posts", ["text", "post_id"]).to_pydict() == {
        "text": ["好", None],
        "post_id": ["p1", "p2"],
    }
    for name, schema in SCHEMAS.items():
        assert dump.read(name).schema.equals(schema)
    assert dump.summary == {"sources": []}


def test_keys_are_columns():
    assert all(set(key) <= set(SCHEMAS[name].names) for name, key in KEYS.items())


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_missing_table_is_named(dump, name):
    assert is_dump(dump.folder)
    dump.path(name).unlink()
    assert not is_dump(dump.folder)
    with pytest.raises(DumpError, match=rf"is not a Dump: missing {name}\.parquet; expected"):
        Dump(dump.folder)


def test_other_folders_and_files_are_none(tmp_path):
    (tmp_path / "file").touch()
    assert not is_dump(tmp_path)
    assert not is_dump(tmp_path / "file")
    assert not is_dump(tmp_path / "nothing")
    with pytest.raises(DumpError, match=re.escape(", ".join(f"{n}.parquet" for n in SCHEMAS))):
        Dump(tmp_path)


def test_a_dump_of_another_version_is_refused(dump):
    pq.write_table(pa.table({"follower_id": ["u1"]}), dump.path("follows"))
    with pytest.raises(DumpError, match="run `gnn-emotion ingest` again"):
        Dump(dump.folder)
