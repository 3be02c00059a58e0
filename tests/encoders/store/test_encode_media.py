"""Encoding the media of a dump: aligned with the table, with a status each, within the limit."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.encoders.store.cache import FeatureCache, rounded
from gnn_emotion.encoders.store.encode_media import MediaOptions, encode_media
from gnn_emotion.graph.build import node_ids
from gnn_emotion.schema.errors import ContractError, DumpError
from gnn_emotion.schema.features import CORRUPT, MISSING, OK, SKIPPED

from ..counting import CountingEncoder, vector_of


@pytest.fixture
def dump(make_dump, tmp_path):
    """Seven pictures, two of them the same, and a clip in between."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, content in {"a": b"1", "b": b"2", "c": b"1", "bad": b"bad", "v": b"clip"}.items():
        (folder / name).write_bytes(content)
    (folder / "link").symlink_to("../secret")
    (tmp_path / "secret").write_bytes(b"secret")
    media = [
        ("i3", "image", folder / "a", None),
        ("i1", "image", folder / "b", None),
        ("v1", "video", folder / "v", None),
        ("i2", "image", None, "https://wx1.sinaimg.cn/large/i2.jpg"),
        ("i9", "image", folder / "bad", None),
        ("i4", "image", folder / "c", None),
        ("i5", "image", folder / "gone", None),
        ("i6", "image", folder / "link", None),
    ]
    rows = [
        {"media_id": i, "kind": kind, "path": path and str(path), "url": url}
        for i, kind, path, url in media
    ]
    return make_dump(media=rows)


def test_features_are_aligned_with_the_table(dump):
    encoder = CountingEncoder()
    found, problems = encode_media(dump, "image", encoder)
    assert found.ids.to_pylist() == node_ids(dump, "image").to_pylist()
    assert found.ids.to_pylist() == ["i3", "i1", "i2", "i9", "i4", "i5", "i6"]
    assert found.status.tolist() == [OK, OK, MISSING, CORRUPT, OK, MISSING, SKIPPED]
    assert (found.present == (found.status == OK)).all()
    assert found.spec == encoder.spec
    for row, content in enumerate([b"1", b"2", None, None, b"1", None, None]):
        expected = 0 if content is None else rounded(vector_of(content))
        np.testing.assert_array_equal(found.x[row], expected)
    assert encoder.seen == [b"1", b"2", b"bad"]
    assert problems["media_id"].to_pylist() == ["i2", "i9", "i5", "i6"]
    assert problems["status"].to_pylist() == ["missing", "corrupt", "missing", "skipped"]
    assert problems["error"].to_pylist() == [False, True, True, True]
    assert found.present.sum() + problems.num_rows == len(found)


def test_a_second_run_encodes_nothing_and_gives_the_same(dump, tmp_path):
    with FeatureCache(tmp_path / "cache") as cache:
        first, _ = encode_media(dump, "image", CountingEncoder(), MediaOptions(cache))
    encoder = CountingEncoder()
    with FeatureCache(tmp_path / "cache") as cache:
        second, problems = encode_media(dump, "image", encoder, MediaOptions(cache))
    assert encoder.seen == []
    np.testing.assert_array_equal(second.x, first.x)
    np.testing.assert_array_equal(second.status, first.status)
    assert "no picture 坏" in problems["reason"].to_pylist()


def test_clips_are_apart(dump):
    found, problems = encode_media(dump, "video", CountingEncoder())
    assert found.ids.to_pylist() == ["v1"]
    assert found.present.all()
    assert problems.num_rows == 0


def test_a_dump_without_media(make_dump):
    options = MediaOptions(max_error_share=0)
    found, problems = encode_media(make_dump(), "image", CountingEncoder(), options)
    assert found.x.shape == (0, 6)
    assert problems.num_rows == 0


def test_too_many_errors_stop_the_run(dump):
    encode_media(dump, "image", CountingEncoder(), MediaOptions(max_error_share=0.5))
    with pytest.raises(DumpError, match=r"image: 3 of 6 files .*1 missing, 1 corrupt, 1 skipped"):
        encode_media(dump, "image", CountingEncoder(), MediaOptions(max_error_share=0.49))


def test_files_that_are_not_there_are_known_before_the_work(dump):
    encoder = CountingEncoder()
    with pytest.raises(DumpError, match=r"2 of 6 files .*1 missing, 1 skipped"):
        encode_media(dump, "image", encoder, MediaOptions(max_error_share=0.2))
    assert encoder.seen == []


def test_the_size_limit_is_that_of_the_kind(dump):
    options = MediaOptions(max_image_bytes=2, max_video_bytes=3)
    image, _ = encode_media(dump, "image", CountingEncoder(), options)
    assert image.status.tolist() == [OK, OK, MISSING, SKIPPED, OK, MISSING, SKIPPED]
    video, _ = encode_media(dump, "video", CountingEncoder(), options)
    assert video.status.tolist() == [SKIPPED]


def test_an_unknown_kind_is_refused(dump):
    with pytest.raises(ContractError, match="did you mean 'image'"):
        encode_media(dump, "images", CountingEncoder())


@pytest.mark.parametrize(
    "wrong", [{"max_error_share": 1.5}, {"max_error_share": -0.1}, {"max_image_bytes": 0}]
)
def test_options_are_checked(wrong):
    with pytest.raises(ValueError, match="expected"):
        MediaOptions(**wrong)
