"""From a crawl with pictures and clips of every kind, sound and broken, to features and labels."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
import torchvision
from safetensors.torch import save_file

from benchmarks.broken_media import IMAGE, OK, VIDEO, Medium, film, write_broken
from gnn_emotion.encoders.image.hf_images import HuggingFaceVisionEncoder
from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder
from gnn_emotion.encoders.video.video import VideoEncoder

from .cli import conftest
from .encoders.image.test_hf_images import save_model as save_clip
from .encoders.text.test_hf_text import save_bert
from .moods import write_moods, write_rows

pytestmark = pytest.mark.usefixtures("one_thread", "own_cache")
run = conftest.run


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def own_cache(cache_folder, monkeypatch) -> None:
    monkeypatch.setenv("GNN_EMOTION_CACHE", str(cache_folder))


def post(i: int, medium: Medium) -> dict[str, object]:
    return {
        "mid": str(5_051_246_142_806_981 + 977 * i),
        "user_id": str(9_900_000_000 + i % 5),
        "created_at": f"2024-07-01 10:{i:02d}:00",
        "text": "今天真好",
        "kind": "original",
        "pics": [medium.name] if medium.kind == IMAGE else [],
        "video_url": medium.name if medium.kind == VIDEO else None,
    }


@pytest.fixture(scope="module")
def crawl(tmp_path_factory) -> tuple[Path, list[Medium]]:
    """A post for each medium."""
    folder = tmp_path_factory.mktemp("crawl") / "dump"
    media = write_broken(folder, endless=2_000)
    return write_rows(folder, [post(i, medium) for i, medium in enumerate(media)]), media


@pytest.fixture(scope="module")
def model(tmp_path_factory, cache_folder) -> Path:
    """A model that reads pictures by the embedded encoder."""
    folder = tmp_path_factory.mktemp("moods")
    return folder / "model", write_moods(folder / "crawl", labelled=60)


def statuses(output: Path, name: str) -> Counter:
    rows = pq.read_table(output / "status.parquet").to_pylist()
    return Counter(row["status"] for row in rows if row["name"] == name)


def expected(media: list[Medium], kind: str) -> Counter:
    return Counter(medium.heard for medium in media if medium.kind == kind)


def test_every_medium_gets_its_status(run, crawl, tmp_path):
    folder, media = crawl
    options = ["--image-encoder", "affect", "--video-encoder", "affect"]
    ran = run(
        "encode", folder, "--output", tmp_path, *options, "--audio-encoder", "acoustic", "--quiet"
    )
    assert ran.code == 0, ran.err
    for kind in (IMAGE, VIDEO):
        counts = expected(media, kind)
        assert statuses(tmp_path, kind) == counts
        assert f"{kind}: " in ran.out and f"{counts['ok']} ok" in ran.out
        assert pq.read_metadata(tmp_path / f"{kind}.parquet").num_rows == counts[OK]
    problems = {row["url"]: row for row in pq.read_table(tmp_path / "problems.parquet").to_pylist()}
    assert {name: row["status"] for name, row in problems.items()} == {
        medium.name: medium.heard for medium in media if medium.heard != OK
    }
    assert all(row["reason"] for row in problems.values())
    assert {name for name, row in problems.items() if not row["error"]} == {
        medium.name for medium in media if "://" in medium.name
    }


def test_too_many_broken_media_stop_the_run_with_one_line(run, crawl, tmp_path):
    folder, _ = crawl
    options = ["--image-encoder", "affect", "--max-error-share", 0.1, "--quiet"]
    ran = run("encode", folder, "--output", tmp_path / "out", *options)
    assert ran.code == 1
    (line,) = ran.err.splitlines()
    assert line.startswith("error: image: ") and "expected at most 10.0%" in line
    assert not (tmp_path / "out").exists()


def test_predictions_say_what_could_be_seen(run, crawl, model, tmp_path):
    (folder, media), (checkpoint, moods) = crawl, model
    options = ["--image-encoder", "affect", "--epochs", 2, "--layers", 1, "--hidden", 8]
    ran = run("train", moods, "--output", checkpoint, *options)
    assert ran.code == 0, ran.err
    ran = run("score", folder, "--output", tmp_path / "out.parquet", "--model", checkpoint)
    assert ran.code == 0, ran.err
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["status_image"] for row in rows] == [
        medium.status if medium.kind == IMAGE else "missing" for medium in media
    ]
    assert {row["status_text"] for row in rows} == {"ok"}
    labels = [name for name in rows[0] if name.startswith("prob_")]
    np.testing.assert_allclose([sum(row[name] for name in labels) for row in rows], 1, atol=1e-5)
    options = ["--model", checkpoint, "--max-error-share", 0.1]
    ran = run("score", folder, "--output", tmp_path / "strict.parquet", *options)
    assert ran.code == 1 and ran.err.startswith("error: image: ")
    assert not (tmp_path / "strict.parquet").exists()


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    """Three posts: one with a picture, one with a clip with sound, one with a silent clip."""
    folder = tmp_path_factory.mktemp("clips") / "dump"
    (folder / "media").mkdir(parents=True)
    (folder / "media" / "loud.mp4").write_bytes(film(1, frames=8))
    (folder / "media" / "silent.mp4").write_bytes(film(2, frames=8, sound=False))
    picture = torchvision.transforms.v2.functional.to_pil_image(torch.rand(3, 40, 60))
    picture.save(folder / "media" / "seen.png")
    names = {"seen.png": IMAGE, "loud.mp4": VIDEO, "silent.mp4": VIDEO}
    media = [Medium(f"media/{name}", kind, OK, OK) for name, kind in names.items()]
    return write_rows(folder, [post(i, medium) for i, medium in enumerate(media)])


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> list[str]:
    """Options that name model folders and files, as hub names would be given."""
    root = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    save_file(torchvision.models.resnet18(weights=None).state_dict(), root / "r.safetensors")
    return [
        f"--image-encoder={save_clip(root / 'tiny-clip', 'clip')}",
        f"--video-encoder=resnet18:{root / 'r.safetensors'}",
        "--audio-encoder=acoustic",
        f"--text-encoder={save_bert(root / 'tiny-bert')}",
    ]


def test_pretrained_models_encode_and_a_second_run_only_looks_up(
    run, clips, models, tmp_path, monkeypatch
):
    ran = run("encode", clips, "--output", tmp_path / "first", *models, "--quiet")
    assert ran.code == 0, ran.err
    specs = json.loads((tmp_path / "first" / "specs.json").read_text())
    assert (specs["image"]["dim"], specs["post"]["dim"]) == (12, 8)
    stated = json.dumps(specs["video"]["options"])
    assert '"encoder": "resnet18"' in stated and '"encoder": "acoustic"' in stated
    for name, count in {"post": 3, "image": 1, "video": 2}.items():
        assert statuses(tmp_path / "first", name) == {OK: count}
    clip = np.stack(pq.read_table(tmp_path / "first" / "video.parquet")["x"].to_pylist())
    loud, silent = sorted(clip, key=lambda row: -row[-1])
    assert (loud[-2:].tolist(), silent[-2:].tolist()) == ([1, 1], [1, 0])
    assert loud[1024:-2].any() and not silent[1024:-2].any()

    def refuse(*arguments):
        raise AssertionError("it was encoded before")

    for encoder, method in (
        (HuggingFaceVisionEncoder, "encode_files"),
        (VideoEncoder, "encode_files"),
        (HuggingFaceEncoder, "encode"),
    ):
        monkeypatch.setattr(encoder, method, refuse)
    ran = run("encode", clips, "--output", tmp_path / "again", *models, "--quiet")
    assert ran.code == 0, ran.err
    for name in ("post", "image", "video"):
        first, again = (pq.read_table(tmp_path / r / f"{name}.parquet") for r in ("first", "again"))
        assert first.equals(again)
