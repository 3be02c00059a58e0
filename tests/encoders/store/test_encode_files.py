"""Encoding files by content: each once, in order, the same with and without a cache."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store import encode_files as module
from gnn_emotion.encoders.store.cache import FeatureCache, rounded
from gnn_emotion.encoders.store.encode_files import encode_files
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, MISSING

from ..counting import DIM, CountingEncoder, vector_of

GONE = Unreadable(MISSING, "no such file")


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """Return a function: contents -> files of their own, None -> a file that is not there."""

    def files(contents):
        folder = tmp_path_factory.mktemp("files")
        found = []
        for i, content in enumerate(contents):
            if content is None:
                found.append(GONE)
                continue
            found.append(folder / f"{i}.jpg")
            found[-1].write_bytes(content)
        return found

    return files


def check(contents, x, refused):
    for content, row, why in zip(contents, x, refused, strict=True):
        if content is None:
            assert why is GONE
        elif content.startswith(b"bad"):
            assert (why.status, why.reason) == (CORRUPT, "no picture 坏")
        else:
            assert why is None
            np.testing.assert_array_equal(row, rounded(vector_of(content)))
            continue
        assert not row.any()


CONTENTS = st.lists(
    st.one_of(st.none(), st.sampled_from([b"", b"a", b"b", b"bad", b"bad 2", b"c" * 70_000])),
    max_size=12,
)


@settings(max_examples=30)
@given(CONTENTS, CONTENTS, st.integers(1, 5), st.integers(1, 5))
def test_each_content_is_encoded_once_ever(write, tmp_path_factory, first, second, part, look_up):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PART", part)
        patch.setattr(module, "_LOOK_UP", look_up)
        with FeatureCache(tmp_path_factory.mktemp("cache")) as cache:
            seen: set[bytes] = set()
            for contents in (first, second, first):
                encoder = CountingEncoder()
                check(contents, *encode_files(write(contents), encoder, cache))
                new = list(dict.fromkeys(c for c in contents if c is not None and c not in seen))
                assert encoder.seen == new
                seen |= set(new)


def test_without_a_cache_too_the_same_file_is_encoded_once(write):
    contents = [b"a", b"b", b"a", None, b"a"]
    encoder = CountingEncoder()
    check(contents, *encode_files(write(contents), encoder))
    assert encoder.seen == [b"a", b"b"]


def test_a_cache_does_not_change_a_bit(write, tmp_path):
    files = write([str(i).encode() for i in range(50)])
    with FeatureCache(tmp_path) as cache:
        runs = [encode_files(files, CountingEncoder(), c)[0] for c in (None, cache, cache)]
    assert runs[0].dtype == np.float32
    for run in runs[1:]:
        np.testing.assert_array_equal(run, runs[0])


def test_encoders_do_not_share(write, tmp_path):
    files = write([b"a"])
    with FeatureCache(tmp_path) as cache:
        encode_files(files, CountingEncoder("one"), cache)
        other = CountingEncoder("two")
        encode_files(files, other, cache)
        wide = CountingEncoder("one", dim=9)
        assert encode_files(files, wide, cache)[0].shape == (1, 9)
    assert other.seen == wide.seen == [b"a"]


def test_a_run_that_stops_keeps_what_it_has_done(write, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_PART", 4)
    files = write([str(i).encode() for i in range(10)])

    class Stopped(CountingEncoder):
        def encode_files(self, paths):
            if len(self.seen) == 8:
                raise KeyboardInterrupt
            return super().encode_files(paths)

    with FeatureCache(tmp_path) as cache:
        with pytest.raises(KeyboardInterrupt):
            encode_files(files, Stopped(), cache)
        encoder = CountingEncoder()
        encode_files(files, encoder, cache)
    assert encoder.seen == [b"8", b"9"]


def test_a_file_that_is_written_to_meanwhile_is_not_kept(write, tmp_path):
    files = write([b"a", b"b"])

    class Overwritten(CountingEncoder):
        def encode_files(self, paths):
            files[0].write_bytes(b"another picture")
            files[1].unlink()
            return [vector_of(b"wrong") for _ in paths]

    with FeatureCache(tmp_path) as cache:
        x, refused = encode_files(files, Overwritten(), cache)
        assert [why.status for why in refused] == [CORRUPT, CORRUPT]
        assert not x.any()
        check([b"a", b"b"], *encode_files(write([b"a", b"b"]), CountingEncoder(), cache))


def test_a_file_that_vanishes_or_cannot_be_read_is_corrupt(write, tmp_path):
    x, refused = encode_files([tmp_path / "gone", *write([b"a"]), tmp_path], CountingEncoder())
    assert [why and why.status for why in refused] == [CORRUPT, None, CORRUPT]
    assert refused[0].reason == "it cannot be read: No such file or directory"
    assert x[1].any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e5])
def test_features_that_are_no_numbers_are_refused(write, value):
    class Broken(CountingEncoder):
        def encode_files(self, paths):
            vector = vector_of(b"a")
            vector[2] = value
            return [vector, vector_of(b"b")]

    x, refused = encode_files(write([b"a", b"b"]), Broken())
    assert refused[0].status == CORRUPT
    assert "65504" in refused[0].reason
    assert not x[0].any()
    assert refused[1] is None


@pytest.mark.parametrize(
    ("given_rows", "message"),
    [([np.zeros(DIM + 1)], r"shape \(7,\), expected \(6,\)"), ([], "0 outcomes for 1 files")],
)
def test_an_encoder_that_breaks_its_contract_stops_the_run(write, given_rows, message):
    class Broken(CountingEncoder):
        def encode_files(self, paths):
            return given_rows

    with pytest.raises(ContractError, match=f"'counting' gave .*{message}"):
        encode_files(write([b"a"]), Broken())
