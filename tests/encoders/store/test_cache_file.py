"""A cache file that is damaged, foreign, locked or full: never a crash, never wrong data."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from gnn_emotion.encoders.store import cache_file
from gnn_emotion.encoders.store.cache import FeatureCache
from gnn_emotion.encoders.store.cache_file import VERSION

from .test_cache import check, entries

NAMES = [str(i) for i in range(300)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with FeatureCache(folder) as cache:
        cache.put(entries(*NAMES))
    return folder


@pytest.fixture
def folder(filled, tmp_path) -> Path:
    return shutil.copytree(filled, tmp_path / "cache")


def file_of(folder: Path) -> Path:
    return folder / VERSION / "features.sqlite"


def survives(folder: Path) -> int:
    """Open, read, write and read again; return how many of the old rows were there."""
    with FeatureCache(folder) as cache:
        known = check(cache, NAMES)
        cache.put(entries(*NAMES, "new"))
        cache.put(entries(*NAMES, "new"))  # the first may have found the damage
        assert check(cache, [*NAMES, "new"]) == len(NAMES) + 1
    return known


@pytest.mark.parametrize(
    "content", [b"no database at all" * 500, b"SQLite format 3\0" + b"x" * 9000]
)
def test_a_file_that_is_no_database_is_set_aside(folder, content, caplog):
    file_of(folder).write_bytes(content)
    assert survives(folder) == 0
    assert (folder / f"{VERSION}.damaged" / "features.sqlite").read_bytes() == content
    assert "is damaged" in caplog.text
    assert "set aside" in caplog.text
    caplog.clear()
    assert survives(folder) == len(NAMES)
    assert caplog.records == []


def test_an_empty_file_is_a_new_cache(folder):
    file_of(folder).write_bytes(b"")
    assert survives(folder) == 0


def test_other_tables_are_set_aside(folder, caplog):
    file_of(folder).unlink()
    with sqlite3.connect(file_of(folder)) as other:
        other.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, word TEXT)")
    other.close()
    assert survives(folder) == 0
    assert "set aside" in caplog.text


@pytest.mark.parametrize("seed", range(25))
def test_no_damage_gives_wrong_data(folder, seed):
    draw = random.Random(seed)
    content = bytearray(file_of(folder).read_bytes())
    if draw.random() < 0.3:
        del content[draw.randrange(len(content)) :]
    for _ in range(draw.choice([1, 20, 400])):
        if content:
            content[draw.randrange(len(content))] = draw.randrange(256)
    file_of(folder).write_bytes(content)
    assert 0 <= survives(folder) <= len(NAMES)


def test_a_row_that_was_tampered_with_counts_as_absent(folder, caplog):
    with sqlite3.connect(file_of(folder)) as other:
        other.execute("UPDATE outcomes SET vector = zeroblob(512) WHERE id = 1")
        other.execute("UPDATE outcomes SET status = 2 WHERE id = 2")
        other.execute("UPDATE outcomes SET reason = 'text', vector = 512 WHERE id = 3")
        other.execute("UPDATE outcomes SET vector = substr(vector, 1, 100) WHERE id = 4")
    other.close()
    assert survives(folder) == len(NAMES) - 4
    assert "4 damaged rows count as absent" in caplog.text
    assert survives(folder) == len(NAMES)


def test_damage_that_shows_later_is_set_aside_once(folder, caplog):
    first, second = FeatureCache(folder), FeatureCache(folder)
    assert check(second, NAMES) == len(NAMES)
    for cache in (first, second):  # as if both had come upon it
        cache._file.attempt(_find_damage, None)
    first.put(entries("a"))
    assert check(second, ["a"]) == 1  # both use the new file
    assert caplog.text.count("is damaged") == 2
    first.close()
    second.close()


def test_a_file_that_is_locked_for_long_is_left(folder, monkeypatch, caplog):
    monkeypatch.setattr(cache_file, "_PATIENCE", 0.05)
    with FeatureCache(folder) as cache:
        other = sqlite3.connect(file_of(folder), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        cache.put(entries("a"))
        assert check(cache, NAMES) == len(NAMES)
        other.execute("COMMIT")
        other.close()
        assert "is not used: database is locked" in caplog.text
        assert check(cache, ["a"]) == 0
        cache.put(entries("a"))
        assert check(cache, ["a"]) == 1


def test_a_full_disk_is_said_and_borne(folder, caplog):
    with FeatureCache(folder) as cache:
        pages = cache._file.connection.execute("PRAGMA page_count").fetchone()[0]
        cache._file.connection.execute(f"PRAGMA max_page_count = {pages}")
        cache.put(entries(*(f"new-{i}" for i in range(500))))
        assert "full" in caplog.text
        assert check(cache, NAMES) == len(NAMES)


def test_damage_that_cannot_be_set_aside_ends_the_cache_not_the_run(folder, monkeypatch, caplog):
    def refuse(*_: object) -> None:
        raise PermissionError("in use")

    with FeatureCache(folder) as cache:
        monkeypatch.setattr(Path, "rename", refuse)
        cache._file.attempt(_find_damage, None)
        cache.put(entries("a"))
        assert check(cache, ["a"]) == 0
    assert "this run goes on without a cache" in caplog.text


def _find_damage(connection: sqlite3.Connection) -> None:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    raise error
