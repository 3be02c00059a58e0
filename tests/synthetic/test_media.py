"""Pictures and clips are compared by what they show, not by their bytes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gnn_emotion.synthetic.pictures import SCENES, draw_pictures, list_pictures


def pixels(picture: bytes | Path) -> np.ndarray:
    stream = io.BytesIO(picture) if isinstance(picture, bytes) else picture
    with Image.open(stream) as image:
        assert image.format == "JPEG" and image.size == (240, 180)
        return np.asarray(image.convert("RGB"), dtype=float)


@pytest.fixture(scope="module")
def drawn() -> dict[str, bytes]:
    return draw_pictures(seed=0)


def test_drawn_pictures_look_like_the_bundled_ones(drawn: dict[str, bytes], repo: Path):
    assert list(drawn) == [m.path for m in list_pictures()]
    for path, content in drawn.items():
        bundled = pixels(repo / "data" / "sample" / path)
        assert np.abs(bundled - pixels(content)).mean() < 3, path
        assert len(content) < 12_000


def test_no_two_pictures_are_the_same(drawn: dict[str, bytes]):
    assert len(set(drawn.values())) == len(drawn) == 60


def test_moods_have_their_colours(drawn: dict[str, bytes]):
    def mean(name: str) -> np.ndarray:
        return np.mean([pixels(b) for p, b in drawn.items() if f"/{name}_" in p], axis=(0, 1, 2))

    assert mean("street").mean() < 60 < 150 < mean("sunrise").mean()
    red, green, _ = mean("drain")
    assert red > 1.5 * green
    assert {s.emotion for s in SCENES} == {
        "fear", "sadness", "joy", "anger", "disgust", "neutral", "surprise",
    }  # fmt: skip


def test_bundled_clips_have_pictures_and_sound(repo: Path):
    av = pytest.importorskip("av")
    clips = sorted((repo / "data" / "sample" / "media").glob("*.mp4"))
    assert len(clips) == 8
    for path in clips:
        with av.open(str(path)) as container:
            frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
        with av.open(str(path)) as container:
            sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
            rate = container.streams.audio[0].rate
        assert len(frames) == 20 and frames[0].shape == (180, 240, 3)
        assert sound.shape[1] / rate == pytest.approx(2.0, abs=0.2)
        assert np.abs(sound).max() > 0.02, path.name
        assert np.abs(frames[0].astype(float) - frames[-1]).mean() > 0.5, path.name
        assert path.stat().st_size < 60_000


def test_filming_gives_the_same_clips_twice():
    pytest.importorskip("av")
    from gnn_emotion.synthetic.clips import CLIPS, film_clips

    first = film_clips(seed=3)
    assert list(first) == [f"media/{c.name}.mp4" for c in CLIPS]
    assert first == film_clips(seed=3) != film_clips(seed=4)
