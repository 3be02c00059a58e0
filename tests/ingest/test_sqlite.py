from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from gnn_emotion.ingest.records import Source
from gnn_emotion.ingest.sqlite import MAGIC, open_database, records, tables_of
from gnn_emotion.schema.errors import DumpError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a dump?.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute('CREATE TABLE "odd ""name" (id, text)')
        database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, mid TEXT UNIQUE, a, b)")
        database.execute("CREATE UNIQUE INDEX pair ON users (a, b)")
        rows = [(4123456789012345, "好"), (1.0, ""), (None, b"\xe5\xa5\xbd"), (0.5, "x\0y")]
        database.executemany('INSERT INTO "odd ""name" VALUES (?, ?)', rows)
        database.execute("INSERT INTO \"odd \"\"name\" VALUES ('7', CAST(x'c3ff' AS TEXT))")
        database.commit()
    return path


def test_tables_and_rows(path):
    with open_database(path, "dump.db") as database:
        assert database.tables() == {'odd "name': ["id", "text"], "users": ["id", "mid", "a", "b"]}
        assert list(database.rows('odd "name', ["text", "id"])) == [
            ["好", "4123456789012345"],
            [None, "1"],
            ["好", None],
            ["xy", "0.5"],
            ["\ufffd\ufffd", "7"],
        ]
        assert database.unique("users") == {"mid"}


def test_nothing_is_written_beside_the_file(path):
    path.chmod(0o400)
    before = path.read_bytes()
    with open_database(path, "dump.db") as database:
        database.tables()
        assert sorted(p.name for p in path.parent.iterdir()) == [path.name]
    assert path.read_bytes() == before


def test_rows_that_are_still_in_the_journal(path):
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("INSERT INTO users VALUES (1, 'm', 2, 3)")
        writer.commit()
        with open_database(path, "dump.db") as database:
            assert list(database.rows("users", ["mid"])) == [["m"]]


def test_records_number_all_tables_together(path):
    def convert(row):
        yield [("posts", {"text": row["text"]})]

    source = Source(path, "dump.db", path.parent)
    found = list(records(source, {"missing": convert, 'odd "name': convert}))
    assert [record.row for record in found] == [1, 2, 3, 4, 5]
    assert found[0].values == {"text": "好"}


def test_a_damaged_table_keeps_the_rows_before_the_damage(tmp_path):
    path = tmp_path / "dump.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (text)")
        database.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 200)
        database.commit()
    data = bytearray(path.read_bytes())
    data[-4096 * 4 :] = b"\xff" * (4096 * 4)
    path.write_bytes(data)
    source = Source(path, "dump.db", tmp_path)
    found = list(records(source, {"t": lambda row: [[("posts", row)]]}))
    assert found[-1].table == "quarantine"
    assert found[-1].values["reason"].startswith("table 't' of dump.db is damaged: ")
    assert 50 < sum(r.table == "posts" for r in found) < 200


def test_no_database(tmp_path):
    path = tmp_path / "dump.db"
    path.write_bytes(MAGIC + b"\xff" * 5000)
    with (
        pytest.raises(DumpError, match=r"^dump\.db cannot be read as an SQLite file: .*$"),
        open_database(path, "dump.db") as database,
    ):
        database.tables()
    assert tables_of(path, path.read_bytes()) == {}
    assert tables_of(path, b"text") == {}
