"""Words in pictures: to the post that carries them, in its order, by the text encoder."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.encoders.image import ocr
from gnn_emotion.encoders.image.picture_words import encode_picture_words, picture_words_spec
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.schema.features import CORRUPT, MISSING, OK

from ..counting import DIM, CountingTextEncoder, vector_of


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    """Read the bytes of a file as its words; what begins with ``bad`` is no picture."""
    asked: list[str] = []

    def read_words(paths, limits=None):
        asked.extend(path.name for path in paths)
        words = [path.read_bytes().decode() for path in paths]
        return [Unreadable(CORRUPT, "坏") if w.startswith("bad") else w for w in words]

    monkeypatch.setattr(ocr, "read_words", read_words)
    return asked


@pytest.fixture
def dump(make_dump, tmp_path):
    """p0 has two pictures, stored the other way round; p1 shares one; p5 has a clip."""
    files = {"a": "大", "b": "家好", "blank": "", "bad": "bad", "clip": "片"}
    for name, words in files.items():
        (tmp_path / name).write_text(words, encoding="utf-8")
    carried = ["p0:b:1", "p0:a:0", "p1:b:0", "p2:blank:0", "p3:bad:0", "p4:gone:0", "p4:url:1"]
    links = [link.split(":") for link in [*carried, "p5:clip:0"]]
    media = dict.fromkeys(name for _, name, _ in links)
    return make_dump(
        posts=[{"post_id": f"p{i}"} for i in range(7)],
        media=[
            {
                "media_id": name,
                "kind": "video" if name == "clip" else "image",
                "path": None if name == "url" else str(tmp_path / name),
                "url": "https://wx1.sinaimg.cn/large/x.jpg" if name == "url" else None,
            }
            for name in media
        ],
        post_media=[{"post_id": p, "media_id": m, "position": int(at)} for p, m, at in links],
    )


def test_each_post_gets_the_words_of_its_pictures_in_their_order(dump):
    text = CountingTextEncoder()
    found = encode_picture_words(dump, text, MediaOptions())
    assert text.seen == ["大\n家好", "家好", None, None, None, None, None]
    assert found.ids.to_pylist() == [f"p{i}" for i in range(7)]
    assert found.status.tolist() == [OK, OK] + [MISSING] * 5
    np.testing.assert_array_equal(found.present, found.status == OK)
    np.testing.assert_array_equal(found.x[0], vector_of("大\n家好".encode()))
    np.testing.assert_array_equal(found.x[1], vector_of("家好".encode()))
    assert not found.x[2:].any()


def test_each_picture_is_read_once_and_no_clip(dump, reader):
    encode_picture_words(dump, CountingTextEncoder(), MediaOptions())
    assert sorted(reader) == ["a", "b", "bad", "blank"]


def test_pictures_above_the_limit_are_not_read(dump, reader):
    encode_picture_words(dump, CountingTextEncoder(), MediaOptions(max_image_bytes=3))
    assert sorted(reader) == ["a", "bad", "blank"]


def test_the_spec_names_the_text_encoder(dump):
    text = CountingTextEncoder()
    found = encode_picture_words(dump, text, MediaOptions())
    assert found.spec == picture_words_spec(text.spec)
    assert (found.spec.encoder, found.spec.dim) == ("ocr", DIM)
    other = picture_words_spec(CountingTextEncoder("other").spec)
    assert found.spec.key != other.key


def test_a_dump_without_pictures(make_dump, reader):
    dump = make_dump(posts=[{"post_id": "p0"}])
    found = encode_picture_words(dump, CountingTextEncoder(), MediaOptions())
    assert found.x.shape == (1, DIM) and not found.present.any()
    assert reader == []
