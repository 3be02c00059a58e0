"""All encoders of a model by name: what is loaded, what is encoded, and what is refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnn_emotion.encoders import encoder_set
from gnn_emotion.encoders.encoder_set import EncoderSet, load_encoders, text_encoder_name
from gnn_emotion.encoders.image import load_image, picture_words
from gnn_emotion.encoders.store.cache import FeatureCache
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.encoders.text.cached_text import CachedTextEncoder
from gnn_emotion.encoders.text.load_text import encode_posts
from gnn_emotion.encoders.users import SPEC as USER_SPEC
from gnn_emotion.encoders.video import load_video
from gnn_emotion.encoders.video.frames import FrameOptions
from gnn_emotion.encoders.video.video import VideoOptions
from gnn_emotion.schema.errors import ContractError, DumpError
from gnn_emotion.schema.features import FROM_FILE, MISSING, OK

from .counting import DIM, CountingEncoder, CountingTextEncoder, vector_of

NAMES = {"post": "words", "user": "profile", "image": "seen", "video": "filmed"}


@pytest.fixture
def dump(make_dump, tmp_path):
    """Two posts of one user; a picture, a broken one, a clip."""
    for name in ("bad", "clip", "picture"):
        (tmp_path / name).write_bytes(name.encode())
    kinds = {"picture": "image", "bad": "image", "clip": "video"}
    return make_dump(
        posts=[
            {"post_id": "p0", "user_id": "u0", "created_at": 100, "own_text": "好"},
            {"post_id": "p1", "user_id": "u0", "created_at": 200, "own_text": None},
        ],
        users=[{"user_id": "u0", "verified": True}],
        media=[
            {"media_id": name, "kind": kind, "path": str(tmp_path / name)}
            for name, kind in kinds.items()
        ],
        post_media=[{"post_id": "p0", "media_id": name, "position": 0} for name in kinds],
    )


@pytest.fixture
def asked(monkeypatch) -> list[tuple]:
    """Put fakes in the place of all that would be loaded; note what was asked for."""
    calls: list[tuple] = []

    def text(name, folder, device):
        calls.append(("text", name, folder, device))
        return CountingTextEncoder(name)

    def image(name, device):
        calls.append(("image", name, device))
        return CountingEncoder(name)

    def video(frames, audio, device, options):
        calls.append(("video", frames.spec.encoder, audio, device, options))
        return CountingEncoder(f"{frames.spec.encoder}+{audio}", DIM + 1)

    monkeypatch.setattr(encoder_set, "load_text_encoder", text)
    monkeypatch.setattr(load_image, "load_image_encoder", image)
    monkeypatch.setattr(load_video, "load_video_encoder", video)
    return calls


def save_rows(path, ids: list[str], dim: int = 4):
    x = np.arange(len(ids) * dim, dtype=np.float32).reshape(len(ids), dim)
    columns = {f"c{k}": x[:, k] for k in range(dim)}
    pq.write_table(pa.table({"id": ids, **columns}), path)
    return path, x


def test_each_is_loaded_by_its_name(asked, tmp_path):
    found = load_encoders({**NAMES, "audio": "heard"}, tmp_path, "cuda:1")
    assert asked == [
        ("text", "words", tmp_path, "cuda:1"),
        ("image", "seen", "cuda:1"),
        ("image", "filmed", "cuda:1"),
        ("video", "filmed", "heard", "cuda:1", VideoOptions()),
    ]
    assert {kind: e.spec.encoder for kind, e in found.media.items()} == {
        "image": "seen",
        "video": "filmed+heard",
    }


def test_how_a_clip_becomes_a_row_stands_behind_its_name(asked, tmp_path):
    names = {"post": FROM_FILE, "video": "filmed?frames=4&sampling=scene&pooling=sequence"}
    files = {"post": tmp_path / "x.parquet"}
    load_encoders(names, tmp_path, files=files)
    options = VideoOptions(FrameOptions(frames=4, sampling="scene"), pooling="sequence")
    assert asked == [("image", "filmed", "cpu"), ("video", "filmed", None, "cpu", options)]
    with pytest.raises(ContractError, match=r"unknown option 'frame'; did you mean 'frames'"):
        load_encoders(names | {"video": "filmed?frame=4"}, tmp_path, files=files)


def test_what_is_not_named_is_not_loaded(asked, tmp_path):
    found = load_encoders({"post": "words", "user": "profile"}, tmp_path)
    assert asked == [("text", "words", tmp_path, "cpu")]
    assert found.media == {}


def test_what_comes_from_a_file_is_not_loaded(asked, tmp_path):
    path, _ = save_rows(tmp_path / "x.parquet", ["p0"])
    names = {**NAMES, "image": FROM_FILE, "post": FROM_FILE, "audio": FROM_FILE}
    found = load_encoders(names, tmp_path, files=dict.fromkeys(("image", "post", "audio"), path))
    assert found.text is None
    assert asked == [("image", "filmed", "cpu"), ("video", "filmed", None, "cpu", VideoOptions())]


def test_words_in_pictures_need_an_encoder_even_where_those_of_posts_come_from_a_file(
    asked, tmp_path
):
    path, _ = save_rows(tmp_path / "x.parquet", ["p0"])
    load_encoders({"post": FROM_FILE, "ocr": "ocr"}, tmp_path, files={"post": path})
    assert asked == [("text", "embedded", tmp_path, "cpu")]


def test_costly_text_encoders_are_cached(asked, tmp_path):
    with FeatureCache(tmp_path / "cache") as cache:
        costly = load_encoders({"post": "some/hub-name"}, tmp_path, cache=cache).text
        cheap = load_encoders({"post": "embedded"}, tmp_path, cache=cache).text
    assert isinstance(costly, CachedTextEncoder)
    assert isinstance(cheap, CountingTextEncoder)


def test_everything_is_encoded(dump, monkeypatch):
    image, video, text = (
        CountingEncoder("seen"),
        CountingEncoder("filmed", 3),
        CountingTextEncoder(),
    )
    names = {**NAMES, "history": "history", "ocr": "ocr"}
    monkeypatch.setattr(
        "gnn_emotion.encoders.image.ocr.read_words", lambda paths: ["字"] * len(paths)
    )
    encoders = EncoderSet(names, text, {"image": image, "video": video})
    posts = encode_posts(dump, text)
    found, problems = encoders.encode(dump, posts, MediaOptions())
    assert set(found) == set(names)
    assert found["post"] is posts
    np.testing.assert_allclose(found["image"].x[0], vector_of(b"picture"), atol=1e-3)
    assert found["image"].present.tolist() == [True, False]
    assert found["video"].x.shape == (1, 3)
    assert found["user"].spec == USER_SPEC and found["user"].present.tolist() == [True]
    assert found["history"].status.tolist() == [MISSING, OK]
    np.testing.assert_array_equal(found["history"].x[1, :DIM], posts.x[0])
    assert found["ocr"].status.tolist() == [OK, MISSING]
    assert problems["media_id"].to_pylist() == ["bad"]
    assert {name: given.spec for name, given in found.items()} == encoders.specs()


def test_only_what_is_named_is_encoded(dump):
    text = CountingTextEncoder()
    encoders = EncoderSet({"post": "words"}, text)
    found, problems = encoders.encode(dump, encode_posts(dump, text))
    assert list(found) == ["post"] and list(encoders.specs()) == ["post"]
    assert problems.num_rows == 0


def test_features_from_files(dump, tmp_path):
    rows = {
        "post": ["p1", "p0"],
        "sound": ["p0", "p1"],
        "user": ["u0"],
        "image": ["bad", "picture"],
        "video": ["clip"],
    }
    saved = {name: save_rows(tmp_path / f"{name}.parquet", ids) for name, ids in rows.items()}
    files = {name: path for name, (path, _) in saved.items()}
    encoders = load_encoders(dict.fromkeys(rows, FROM_FILE), tmp_path, files=files)
    assert encoders.specs() == {}
    posts = encoders.read_file(dump, "post")
    found, _ = encoders.encode(dump, posts)
    assert set(found) == set(rows)
    assert found["post"] is posts
    np.testing.assert_array_equal(posts.x, saved["post"][1][::-1])
    np.testing.assert_array_equal(found["image"].x, saved["image"][1][::-1])
    np.testing.assert_array_equal(found["sound"].x, saved["sound"][1])
    assert found["user"].ids.to_pylist() == ["u0"]
    assert found["video"].ids.to_pylist() == ["clip"]


def test_what_is_made_of_the_words_can_come_from_a_file_as_well(dump, tmp_path):
    text = CountingTextEncoder()
    names = {"post": "words", "history": FROM_FILE, "ocr": FROM_FILE}
    path, x = save_rows(tmp_path / "x.parquet", ["p0", "p1"])
    encoders = EncoderSet(names, text, files={"history": path, "ocr": path})
    assert list(encoders.specs()) == ["post"]
    found, _ = encoders.encode(dump, encode_posts(dump, text))
    for name in ("history", "ocr"):
        assert found[name].spec.encoder == FROM_FILE
        np.testing.assert_array_equal(found[name].x, x)


def test_the_limit_on_errors_reaches_the_media(dump):
    text = CountingTextEncoder()
    encoders = EncoderSet(NAMES, text, {"image": CountingEncoder()})
    with pytest.raises(DumpError, match="image: 1 of 2 files"):
        encoders.encode(dump, encode_posts(dump, text), MediaOptions(max_error_share=0.4))


def test_a_file_that_is_expected_is_asked_for(asked, tmp_path):
    names = {"post": FROM_FILE, "audio": FROM_FILE}
    with pytest.raises(ContractError, match="--features audio=FILE --features text=FILE"):
        load_encoders(names, tmp_path)
    with pytest.raises(
        ContractError, match=r"of audio from files; expected --features audio=FILE$"
    ):
        load_encoders(names, tmp_path, files={"post": tmp_path / "x.parquet"})


def test_a_file_that_is_not_expected_is_refused(asked, tmp_path):
    files = {"adio": tmp_path / "x.parquet", "audio": tmp_path / "x.parquet"}
    with pytest.raises(ContractError, match=r"'adio' were given.*did you mean 'audio'"):
        load_encoders({"post": "words", "audio": FROM_FILE}, tmp_path, files=files)
    with pytest.raises(ContractError, match="'text' were given, but the model reads none"):
        load_encoders({"post": "words"}, tmp_path, files={"post": tmp_path / "x.parquet"})


def test_picture_words_of_another_encoder_are_other_features():
    specs = [
        EncoderSet({"post": "w", "ocr": "ocr"}, CountingTextEncoder(name)).specs()["ocr"]
        for name in ("one", "other")
    ]
    assert specs[0] == picture_words.picture_words_spec(CountingTextEncoder("one").spec)
    assert not specs[0].accepts(specs[1])


@pytest.mark.parametrize("name", ["history", "ocr"])
def test_what_is_made_of_the_words_cannot_be_made_of_token_numbers(asked, tmp_path, name):
    with pytest.raises(ContractError, match=f"features of {name} are made by the text encoder"):
        load_encoders({"post": "tokens?max_length=9", name: name}, tmp_path)
    save_rows(tmp_path / "x.parquet", ["a"])
    files = {name: tmp_path / "x.parquet"}
    load_encoders({"post": "tokens", name: FROM_FILE}, tmp_path, files=files)
    assert asked == [("text", "tokens", tmp_path, "cpu")]


def test_words_in_pictures_need_an_encoder_of_their_own():
    assert text_encoder_name({"post": "file", "ocr": "ocr"}) == "embedded"
    assert text_encoder_name({"post": "file", "ocr": "file"}) == "file"
    assert text_encoder_name({"post": "file"}) == "file"
    assert text_encoder_name({"post": "tfidf", "ocr": "ocr"}) == "tfidf"
