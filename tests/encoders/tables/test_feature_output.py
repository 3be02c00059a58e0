"""Features on disk are what ``--features`` reads, and nothing that was lost is left out."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.cache import rounded
from gnn_emotion.encoders.store.media_problems import PROBLEMS, media_problems
from gnn_emotion.encoders.tables.feature_files import read_feature_file
from gnn_emotion.encoders.tables.feature_output import write_features
from gnn_emotion.schema.features import CORRUPT, MISSING, OK, SKIPPED, EncoderSpec, Features

SPECS = {
    "image": EncoderSpec("affect", "1", 3, {"side": 256}),
    "post": EncoderSpec("模型", "2", 2),
}
STATUS = np.array([OK, CORRUPT, OK, SKIPPED, MISSING], dtype=np.uint8)
IDS = ["i0", "i1", "4454572602912349", "图", "i4"]


def features(name: str = "image", status: np.ndarray = STATUS) -> Features:
    spec, present = SPECS[name], status == OK
    x = np.zeros((len(status), spec.dim), dtype=np.float32)
    rng = np.random.default_rng(spec.dim)
    x[present] = rounded(rng.standard_normal((int(present.sum()), spec.dim)))
    ids = pa.array(IDS[: len(status)], pa.string())
    return Features(ids, x, present, status, spec)


@pytest.fixture
def folder(tmp_path):
    media = pa.table({name: ["i1", None] for name in ("media_id", "path", "url")})
    lost = media_problems(media, [Unreadable(CORRUPT, "坏了"), None])
    texts = features("post", np.array([OK, MISSING], dtype=np.uint8))
    write_features({"image": features(), "post": texts}, lost, tmp_path / "new" / "out")
    return tmp_path / "new" / "out"


def test_the_files(folder):
    assert {path.name for path in folder.iterdir()} == {
        "image.parquet",
        "post.parquet",
        "problems.parquet",
        "specs.json",
        "status.parquet",
    }


def test_what_is_read_back_is_what_was_written(folder):
    made = features()
    read = read_feature_file("image", folder / "image.parquet", made.ids)
    np.testing.assert_array_equal(read.x, made.x)
    np.testing.assert_array_equal(read.present, made.present)
    assert read.spec.dim == made.spec.dim


def test_only_rows_that_are_there_are_written(folder):
    table = pq.read_table(folder / "image.parquet")
    assert table["id"].to_pylist() == ["i0", "4454572602912349"]
    assert table.schema.field("x").type == pa.list_(pa.float32(), 3)


def test_every_row_has_its_status(folder):
    rows = pq.read_table(folder / "status.parquet").to_pylist()
    words = ["ok", "corrupt", "ok", "skipped", "missing"]
    assert rows[:5] == [
        {"name": "image", "id": i, "status": status} for i, status in zip(IDS, words, strict=True)
    ]
    assert [(row["name"], row["status"]) for row in rows[5:]] == [
        ("post", "ok"),
        ("post", "missing"),
    ]


def test_specs_say_what_made_them(folder):
    stored = json.loads((folder / "specs.json").read_text(encoding="utf-8"))
    assert {name: EncoderSpec.from_json(spec) for name, spec in stored.items()} == SPECS


def test_problems_are_kept(folder):
    (row,) = pq.read_table(folder / "problems.parquet").to_pylist()
    assert (row["media_id"], row["status"], row["reason"]) == ("i1", "corrupt", "坏了")


def test_a_second_run_replaces_the_first(folder):
    now = features(status=np.array([CORRUPT, OK, OK], dtype=np.uint8))
    write_features({"image": now}, PROBLEMS.empty_table(), folder)
    read = read_feature_file("image", folder / "image.parquet", now.ids)
    np.testing.assert_array_equal(read.x, now.x)
    assert pq.read_table(folder / "status.parquet").num_rows == 3
    assert pq.read_table(folder / "problems.parquet").num_rows == 0


@pytest.mark.parametrize("count", [0, 3])
def test_features_without_a_row(tmp_path, count):
    """No media at all, or none that could be read."""
    none = features(status=np.full(count, CORRUPT, dtype=np.uint8))
    write_features({"image": none}, PROBLEMS.empty_table(), tmp_path)
    assert pq.read_metadata(tmp_path / "image.parquet").num_rows == 0
    assert pq.read_metadata(tmp_path / "status.parquet").num_rows == count
    assert pq.read_schema(tmp_path / "image.parquet").field("x").type.list_size == 3
