"""Files of predictions, and the shards they are made from."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.scoring.batch import ScoreOptions, score_dump
from gnn_emotion.scoring.feature_shards import encode_in_shards
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.scoring.write import output_format, write_predictions


@pytest.fixture(scope="module")
def table(dump, model_folder, tmp_path_factory):
    shards = tmp_path_factory.mktemp("shards")
    return score_dump(dump, Predictor.load(model_folder), shards, ScoreOptions(progress=False))


def test_parquet(table, tmp_path):
    write_predictions(table, tmp_path / "p.parquet", "parquet")
    assert pq.read_table(tmp_path / "p.parquet").equals(table)
    assert [p.name for p in tmp_path.iterdir()] == ["p.parquet"]


def test_csv_opens_in_excel(table, tmp_path):
    write_predictions(table, tmp_path / "p.csv", "csv")
    assert (tmp_path / "p.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(tmp_path / "p.csv", dtype={"post_id": str}, encoding="utf-8-sig")
    assert read.post_id.tolist() == table["post_id"].to_pylist()
    assert list(read.columns) == table.column_names
    np.testing.assert_allclose(read.prob_joy, table["prob_joy"].to_numpy(), atol=1e-6)
    assert read.created_at[0] == "2019-12-31T16:00:00Z"


def test_jsonl(table, tmp_path):
    write_predictions(table, tmp_path / "p.jsonl", "jsonl")
    rows = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert [row["post_id"] for row in rows] == table["post_id"].to_pylist()
    assert rows[0]["created_at"] == "2019-12-31T16:00:00Z"
    assert rows[0]["abstained"] in (True, False)


@pytest.mark.parametrize(
    ("name", "chosen", "expected"),
    [
        ("a.csv", None, "csv"),
        ("a.JSONL", None, "jsonl"),
        ("a", None, "parquet"),
        ("a.csv", "parquet", "parquet"),
        ("a.txt", None, "parquet"),
    ],
)
def test_format_by_suffix_or_choice(tmp_path, name, chosen, expected):
    assert output_format(tmp_path / name, chosen) == expected


def test_unknown_format_names_the_known(tmp_path):
    with pytest.raises(GnnEmotionError, match="did you mean 'parquet'"):
        output_format(tmp_path / "a", "parket")


def test_shards_are_kept_and_damaged_ones_made_again(dump, model_folder, tmp_path):
    encoder = Predictor.load(model_folder).encoders.text
    first = encode_in_shards(dump, encoder, tmp_path)
    (shard,) = tmp_path.iterdir()
    stamp = shard.stat().st_mtime_ns
    again = encode_in_shards(dump, encoder, tmp_path)
    assert shard.stat().st_mtime_ns == stamp
    shard.write_bytes(shard.read_bytes()[:100])
    mended = encode_in_shards(dump, encoder, tmp_path)
    for other in (again, mended):
        np.testing.assert_array_equal(first.x, other.x)
        np.testing.assert_array_equal(first.status, other.status)
