"""Every command on the sample and on small files."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from ..scoring.conftest import save_model


@pytest.fixture(scope="module")
def sample(repo: Path) -> Path:
    return repo / "data" / "sample"


def test_score_the_sample(run, sample, tmp_path):
    ran = run("score", sample, "--output", tmp_path / "out.csv")
    assert ran.code == 0, ran.err
    assert "1,616 rows read = 1,612 kept (600 posts, 120 users, 892 follows)" in ran.out
    assert "wrote 600 posts (" in ran.out
    table = pd.read_csv(tmp_path / "out.csv", dtype={"post_id": str})
    assert len(table) == 600 and table.post_id.is_unique


def test_score_with_options(run, posts, tmp_path):
    model = save_model(tmp_path / "model")
    ran = run(
        "score",
        posts,
        "--output",
        tmp_path / "out",
        "--format",
        "jsonl",
        "--model",
        model,
        "--label-set",
        "polarity3",
        "--quiet",
    )
    assert ran.code == 0, ran.err
    rows = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert len(rows) == 200
    assert {"prob_negative", "prob_neutral", "prob_positive"} <= set(rows[0])


@pytest.mark.parametrize("memory", ["-1", "0", "much", "nan", "inf"])
def test_a_wrong_limit_of_memory_is_wrong_usage(run, posts, tmp_path, memory):
    ran = run("score", posts, "--output", tmp_path / "out.csv", "--memory", memory)
    assert ran.code == 2
    assert "Invalid value for '--memory'" in ran.err
    assert not (tmp_path / "out.csv").exists()


def test_the_transformers_model_scores_too(run, tmp_path):
    (tmp_path / "posts.csv").write_text("text\n今天真开心[哈哈]\n气死我了！\n", encoding="utf-8")
    tables = []
    for model in ("bundled", "bundled-base"):
        out = tmp_path / f"{model}.csv"
        ran = run("score", tmp_path / "posts.csv", "--output", out, "--model", model)
        assert ran.code == 0, ran.err
        tables.append(pd.read_csv(out))
        assert tables[-1].emotion.tolist() == ["joy", "anger"]
    assert tables[0].model_id[0] != tables[1].model_id[0]


@pytest.mark.parametrize("command", ["score", "evaluate", "encode", "train"])
def test_a_device_that_is_not_there_is_wrong_usage(run, posts, tmp_path, command):
    output = () if command == "evaluate" else ("--output", tmp_path / "out")
    ran = run(command, posts, *output, "--device", "cuda:99")
    assert ran.code == 2
    assert "this machine has" in ran.err
    assert not (tmp_path / "out").exists()


def test_map_columns(run, tmp_path):
    (tmp_path / "odd.csv").write_text("a,b\n1,今天很开心\n2,很难过\n", encoding="utf-8")
    ran = run(
        "score",
        tmp_path / "odd.csv",
        "--output",
        tmp_path / "o.csv",
        "--map",
        "b=text",
        "--map",
        "a=post_id",
    )
    assert ran.code == 0, ran.err
    assert len(pd.read_csv(tmp_path / "o.csv")) == 2


def test_ingest_then_score_the_dump(run, posts, tmp_path):
    ran = run("ingest", posts, "--output", tmp_path / "dump")
    assert ran.code == 0, ran.err
    assert "200 rows read" in ran.out
    assert pq.read_metadata(tmp_path / "dump" / "posts.parquet").num_rows == 200
    ran = run("score", tmp_path / "dump", "--output", tmp_path / "out.parquet")
    assert ran.code == 0, ran.err
    assert pq.read_metadata(tmp_path / "out.parquet").num_rows == 200


def test_inspect(run, sample):
    ran = run("inspect", sample)
    assert ran.code == 0, ran.err
    for word in ("dates", "kinds", "edges", "orphans", "merged", "quarantine"):
        assert word in ran.out
    ran = run("inspect", sample, "--json")
    found = json.loads(ran.out)
    assert found["rows"]["users"] >= 120 and found["edges"]["follows"] == 892


def test_train_evaluate_score(run, posts, tmp_path):
    model = tmp_path / "model"
    ran = run("train", posts, "--output", model, "--epochs", 8, "--layers", 1)
    assert ran.code == 0, ran.err
    assert "| test | ekman7 |" in ran.out
    assert {path.name for path in model.iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "text_encoder.safetensors",
    }
    ran = run("evaluate", posts, "--model", model, "--output", tmp_path / "scores.json")
    assert ran.code == 0, ran.err
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["ekman7"]["support"] == 200
    assert scores["ekman7"]["accuracy"] > 0.8


def test_train_without_labels(run, tmp_path):
    (tmp_path / "posts.csv").write_text("text\nhello\n")
    ran = run("train", tmp_path / "posts.csv", "--output", tmp_path / "model")
    assert ran.code == 1
    assert "no labels to learn from" in ran.err
    assert not (tmp_path / "model").exists()


def test_evaluate_without_labels(run, tmp_path):
    (tmp_path / "posts.csv").write_text("text\nhello\n")
    ran = run("evaluate", tmp_path / "posts.csv")
    assert ran.code == 1
    assert "no labels to evaluate against" in ran.err


def test_doctor(run):
    ran = run("doctor")
    assert ran.code == 0, ran.out
    for name in ("torch", "gpu", "kernels", "chinese font", "bundled ", "bundled-base"):
        assert name in ran.out


def test_doctor_misses_the_model(run, monkeypatch, tmp_path):
    monkeypatch.setattr("gnn_emotion.scoring.bundled.bundled_model", lambda name: tmp_path / name)
    ran = run("doctor")
    assert ran.code == 1
    assert "MISSING bundled " in ran.out
    assert "MISSING bundled-base" in ran.out
