"""The feature cache: what comes out is what went in, whatever happens to the file or the runs."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.cache import (
    FeatureCache,
    default_cache_folder,
    feature_key,
    rounded,
)
from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED, EncoderSpec

from ..counting import vector_of

SPEC = EncoderSpec("counting", "1", 256)
#: Few rows of it fill a cache.
WIDE = EncoderSpec("wide", "1", 2048)

#: Writes rows of its own and rows of everybody's, and says how far it is.
_WRITER = """
import sys
from pathlib import Path
from gnn_emotion.encoders.store.cache import FeatureCache
from tests.encoders.store.test_cache import key, vector_of
me, rounds = sys.argv[2], int(sys.argv[3])
cache = FeatureCache(Path(sys.argv[1]))
for i in range(rounds):
    names = [f"{me}-{i}-{j}" for j in range(20)] + [f"all-{i}-{j}" for j in range(20)]
    cache.put({key(name): vector_of(name.encode(), 256) for name in names})
    found = cache.get(map(key, names))
    assert len(found) == 40, len(found)
    print(i, flush=True)
"""


def key(name: str, spec: EncoderSpec = SPEC) -> bytes:
    return feature_key(hashlib.sha256(name.encode()).digest(), spec)


def entries(*names: str, spec: EncoderSpec = SPEC) -> dict:
    return {key(name, spec): vector_of(name.encode(), spec.dim) for name in names}


def check(cache: FeatureCache, names: list[str], spec: EncoderSpec = SPEC) -> int:
    """Return how many are known; all of those have to be right to the bit."""
    keys = {name: key(name, spec) for name in names}
    found = cache.get(keys.values())
    for name in names:
        if keys[name] in found:
            expected = rounded(vector_of(name.encode(), spec.dim))
            np.testing.assert_array_equal(found[keys[name]], expected)
    return len(found)


def writer(repo: Path, folder: Path, name: str, rounds: int) -> subprocess.Popen:
    command = [sys.executable, "-c", _WRITER, str(folder), name, str(rounds)]
    return subprocess.Popen(command, cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@pytest.fixture
def cache(tmp_path, caplog):
    with FeatureCache(tmp_path) as opened:
        yield opened
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_what_comes_out_is_what_went_in_to_float16(cache):
    cache.put(entries("a", "b"))
    found = cache.get([key("b"), key("c"), key("a"), key("b")])
    assert set(found) == {key("a"), key("b")}
    given_vector = vector_of(b"a", 256)
    assert found[key("a")].dtype == np.float32
    assert (found[key("a")] != given_vector).any()
    np.testing.assert_array_equal(found[key("a")], rounded(given_vector))
    np.testing.assert_array_equal(rounded(found[key("a")]), found[key("a")])
    assert cache.get([]) == {}


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=20))
def test_rounding_twice_is_rounding_once(values):
    once = rounded(np.array(values, dtype=np.float32))
    np.testing.assert_array_equal(rounded(once), once)
    np.testing.assert_allclose(once, np.float32(values), rtol=2**-11, atol=6e-8)


def test_a_reason_is_kept_as_a_vector_is(cache, tmp_path):
    refused = [Unreadable(CORRUPT, "坏了"), Unreadable(SKIPPED, ""), Unreadable(MISSING, "no\0ne")]
    keys = [key(str(i)) for i in range(3)]
    cache.put(dict(zip(keys, refused, strict=True)))
    with FeatureCache(tmp_path) as other:
        found = other.get(keys)
    assert [(found[k].status, found[k].reason) for k in keys] == [
        (why.status, why.reason) for why in refused
    ]


def test_what_is_put_again_replaces(cache):
    cache.put({key("a"): Unreadable(CORRUPT, "torn")})
    cache.put(entries("a"))
    assert check(cache, ["a"]) == 1
    cache.put({key("a"): Unreadable(CORRUPT, "torn")})
    assert isinstance(cache.get([key("a")])[key("a")], Unreadable)


def test_another_spec_is_another_key(cache):
    cache.put(entries("a"))
    others = [EncoderSpec("counting", "2", 256), EncoderSpec("counting", "1", 256, {"size": 8})]
    assert cache.get([key("a", spec) for spec in others]) == {}


def test_many_keys_in_seconds(cache):
    names = [str(i) for i in range(20_000)]
    keys = [key(name) for name in names]
    x = np.random.default_rng(0).normal(size=(len(keys), 256)).astype(np.float32)
    cache.put(dict(zip(keys, x, strict=True)))
    statements = []
    cache._file.connection.set_trace_callback(statements.append)
    found = cache.get(reversed(keys))
    assert len(statements) < len(keys) / 200
    np.testing.assert_array_equal(np.stack([found[k] for k in keys]), rounded(x))


def test_two_processes_write_the_same_and_other_rows(repo, tmp_path):
    writers = [writer(repo, tmp_path, name, 30) for name in ("one", "two")]
    for running in writers:
        _, errors = running.communicate(timeout=120)
        assert running.returncode == 0, errors.decode()
        assert b"cache" not in errors  # no warning
    names = [
        f"{who}-{i}-{j}" for who in ("one", "two", "all") for i in range(30) for j in range(20)
    ]
    with FeatureCache(tmp_path) as cache:
        assert check(cache, names) == len(names)


def test_a_writer_that_is_killed_leaves_whole_rows(repo, tmp_path, caplog):
    running = writer(repo, tmp_path, "one", 100_000)
    rounds = [int(running.stdout.readline()) for _ in range(5)]
    time.sleep(0.05)  # into a later round, anywhere
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=60)
    written = [f"{who}-{i}-{j}" for who in ("one", "all") for i in rounds for j in range(20)]
    perhaps = [f"one-{i}-{j}" for i in range(5, 2000) for j in range(20)]
    with FeatureCache(tmp_path) as cache:
        assert check(cache, written) == len(written)
        assert check(cache, perhaps) % 20 == 0
        cache.put(entries("after"))
        assert check(cache, ["after"]) == 1
    assert caplog.records == []


def test_the_oldest_make_room(tmp_path):
    bound = 10_000_000
    with FeatureCache(tmp_path, max_bytes=bound) as cache:
        cache.put(entries(*(f"first-{i}" for i in range(40)), spec=WIDE))
        for part in range(12):
            cache.put(entries(*(f"{part}-{i}" for i in range(300)), spec=WIDE))
            assert check(cache, [f"first-{i}" for i in range(20)], WIDE) == 20  # still in use
            assert cache.path.stat().st_size <= bound
        assert check(cache, [f"first-{i}" for i in range(20, 40)], WIDE) == 0
        assert check(cache, [f"0-{i}" for i in range(300)], WIDE) == 0
        assert check(cache, [f"11-{i}" for i in range(300)], WIDE) == 300
        kept = check(cache, [f"{part}-{i}" for part in range(12) for i in range(300)], WIDE)
        assert kept * 2 * WIDE.dim > bound / 3
    assert size(tmp_path) <= bound


def test_more_than_fits_at_once(tmp_path):
    names = [str(i) for i in range(5000)]
    with FeatureCache(tmp_path, max_bytes=10_000_000) as cache:
        cache.put(entries(*names, spec=WIDE))
        assert 800 < check(cache, names, WIDE) < 2500
        assert check(cache, names[-500:], WIDE) == 500
    assert size(tmp_path) <= 10_000_000


def test_a_smaller_bound_shrinks_the_file(tmp_path):
    names = [str(i) for i in range(3000)]
    with FeatureCache(tmp_path) as cache:
        cache.put(entries(*names, spec=WIDE))
    assert size(tmp_path) > 12_000_000
    with FeatureCache(tmp_path, max_bytes=10_000_000) as cache:
        assert check(cache, names, WIDE) > 800
    assert size(tmp_path) <= 10_000_000


def test_a_bound_that_holds_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="max_bytes is 10, expected 10000000 or more"):
        FeatureCache(tmp_path, max_bytes=10)


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GnnEmotionError, match=r"cannot be written: .*GNN_EMOTION_CACHE"):
        FeatureCache(tmp_path / "file" / "cache")


def test_where_the_cache_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("GNN_EMOTION_CACHE", raising=False)
    assert default_cache_folder() == tmp_path / ".cache" / "gnn_emotion"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache_folder() == tmp_path / "xdg" / "gnn_emotion"
    monkeypatch.setenv("GNN_EMOTION_CACHE", f"~{os.sep}mine")
    assert default_cache_folder() == tmp_path / "mine"
    assert not list(tmp_path.iterdir())
