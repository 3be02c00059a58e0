"""``gnn-emotion report`` on the predictions of the sample, and what comes back for wrong words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.synthetic.crowd import Crowd

pytest.importorskip("plotly")
pytest.importorskip("ruptures")


@pytest.fixture(scope="module")
def predictions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return invented predictions, as a file that ``score`` could have written."""
    frame = Crowd(posts=60, bins=24).draw(0, 0.3, 12)
    anger = frame.prob_anger.to_numpy()
    frame = frame.assign(
        emotion=np.where(anger > 0.5, "anger", "joy"), confidence=np.maximum(anger, 1 - anger),
        abstained=False, own_text="今天真开心",
    )  # fmt: skip
    path = tmp_path_factory.mktemp("predictions") / "predictions.parquet"
    frame.to_parquet(path)
    return path


@pytest.fixture(scope="module")
def sample(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return predictions of the sample that chance made, and its tables."""
    from gnn_emotion import pipeline

    folder = tmp_path_factory.mktemp("sample")
    dump = pipeline.read(repo / "data" / "sample", folder / "dump", progress=False)
    posts = dump.read("posts", ["post_id", "created_at"]).to_pandas()
    joy = np.random.default_rng(0).random(len(posts))
    posts = posts.assign(
        emotion=np.where(joy > 0.5, "joy", "anger"), confidence=np.maximum(joy, 1 - joy),
        abstained=joy > 0.9, prob_joy=joy, prob_anger=1 - joy, valence=2 * joy - 1,
    )  # fmt: skip
    posts.to_csv(folder / "predictions.csv", index=False)
    return folder / "predictions.csv", folder / "dump"


def test_a_report_of_the_sample(run, sample, tmp_path):
    predictions, dump = sample
    output = tmp_path / "report.html"
    ran = run(
        "report", predictions, "--dump", dump, "--output", output, "--language", "zh", "--freq",
        "12h", "--topics", 3, "--max-per-user", 3, "--title", "南屿 <b>水灾</b>",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "598 posts in 21 bins of 12h, 3 topics" in ran.out and f"MB to {output}" in ran.out
    page = output.read_text(encoding="utf-8")
    assert "<title>南屿 &lt;b&gt;水灾&lt;/b&gt;</title>" in page
    assert "2,778" in page and "汽水星球沧城站" in page  # coverage, and a topic
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_predictions_alone(run, predictions, tmp_path):
    ran = run("report", predictions, "--output", tmp_path / "r.html", "--tz", "UTC")
    assert ran.code == 0, ran.err
    assert "0 topics" in ran.out and "change points" in ran.out
    again = run("report", predictions, "--output", tmp_path / "again.html", "--tz", "UTC")
    assert again.code == 0
    assert (tmp_path / "r.html").read_bytes() == (tmp_path / "again.html").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--output", "r.pdf"], 2, "r.pdf ends in none of .html, .htm"),
        (["--output", "nowhere/r.html"], 2, "there is no folder nowhere"),
        ([], 2, "Missing option '--output'"),
        (["--output", "r.html", "--topics", "99"], 2, "topics is 99; expected 0 to 30"),
        (["--output", "r.html", "--examples", "-1"], 2, "examples is -1; expected 0 to 20"),
        (["--output", "r.html", "--fewest-users", "0"], 2, "0 is not in the range"),
        (["--output", "r.html", "--language", "fr"], 2, "'fr' is not one of"),
        (["--output", "r.html", "--freq", "hourly"], 2, "freq is 'hourly'"),
        (["--output", "r.html", "--freq", ""], 2, "freq is ''"),
        (["--output", "r.html", "--freq", "1min"], 1, "a report shows up to 400"),
        (["--output", "r.html", "--tz", "Shanghai"], 2, "unknown time zone 'Shanghai'"),
        (["--output", "r.html", "--from", "2024-03-01"], 2, "--from and --to go together"),
        (["--output", "r.html", "--from", "x", "--to", "y"], 2, "'x' is no time"),
        (
            ["--output", "r.html", "--from", "2030-01-01", "--to", "2030-01-02"],
            1,
            "no post is in the period",
        ),
        (["--output", "r.html", "--fewest-users", "5000"], 1, "fewer than 5000 users"),
        (["--output", "r.html", "--dump", "gone"], 2, "'gone' does not exist"),
        (["--output", "r.html", "--titel", "x"], 2, "No such option"),
    ],
)
def test_what_cannot_be(run, predictions, monkeypatch, tmp_path, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    ran = run("report", predictions, *arguments)
    assert ran.code == code and said in ran.err, ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.csv", "post_id,text\n1,a\n", "no columns created_at"),
        ("p.csv", "", "p.csv"),
        ("p.parquet", "not a table", "p.parquet"),
        ("p.jsonl", "{", "p.jsonl"),
        ("p.csv", "post_id,created_at,emotion,confidence,prob_joy\n1,yesterday,joy,1,1\n", "p.csv"),
    ],
)
def test_what_is_no_table_of_predictions(run, tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    ran = run("report", tmp_path / name, "--output", tmp_path / "r.html")
    assert ran.code == 1 and said in ran.err and "Traceback" not in ran.err
    assert not (tmp_path / "r.html").exists()


def test_predictions_of_another_dump(run, predictions, sample, tmp_path):
    ran = run("report", predictions, "--dump", sample[1], "--output", tmp_path / "r.html")
    assert ran.code == 1 and "give the dump that was scored" in ran.err


def test_predictions_without_users(run, predictions, tmp_path):
    bare = pd.read_parquet(predictions).drop(columns=["user_id", "own_text"])
    bare.to_parquet(tmp_path / "bare.parquet")
    ran = run("report", tmp_path / "bare.parquet", "--output", tmp_path / "r.html")
    assert ran.code == 0 and "each post counts as a user of its own" in ran.err


def test_predictions_that_are_empty(run, predictions, tmp_path):
    pd.read_parquet(predictions).head(0).to_parquet(tmp_path / "none.parquet")
    ran = run("report", tmp_path / "none.parquet", "--output", tmp_path / "r.html")
    assert ran.code == 1 and "hold no posts" in ran.err
