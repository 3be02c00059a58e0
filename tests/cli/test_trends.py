"""``gnn-emotion trends``, ``spread`` and ``export`` on the predictions of the sample."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from gnn_emotion import pipeline
from gnn_emotion.scoring.batch import ScoreOptions


@pytest.fixture(scope="module")
def scored(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the predictions of the sample, and its tables."""
    folder = tmp_path_factory.mktemp("scored")
    pipeline.read(repo / "data" / "sample", folder / "dump", progress=False)
    options = ScoreOptions(progress=False)
    pipeline.score(folder / "dump", folder / "predictions.parquet", options=options)
    return folder / "predictions.parquet", folder / "dump"


def test_trends_with_changes_and_coverage(run, scored, tmp_path):
    predictions, dump = scored
    names = ("trend.parquet", "changes.csv", "coverage.csv")
    trend, changes, coverage = (tmp_path / name for name in names)
    ran = run(
        "trends", predictions, "--dump", dump, "--by", "region", "--freq", "1D", "--output", trend,
        "--changes", changes, "--coverage", coverage, "--max-per-user", 3,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "captured 600" in ran.out and "scored 600" in ran.out and "undated 2" in ran.out
    table = pd.read_parquet(trend)
    assert table.columns.tolist()[:6] == ["region", "start", "emotion", "share", "low", "high"]
    assert table[table.emotion == "joy"].volume.sum() == 598
    assert set(table.region) >= {"南屿", "沧城"}
    assert pd.read_csv(changes).columns.tolist()[:3] == ["region", "emotion", "time"]
    assert pd.read_csv(coverage).captured.sum() == 600


def test_trends_of_all_posts_by_topic_and_hidden(run, scored, tmp_path):
    predictions, dump = scored
    common = ["trends", predictions, "--dump", dump, "--output", tmp_path / "t.csv"]
    assert run(*common, "--freq", "1D").code == 0
    assert pd.read_csv(tmp_path / "t.csv").columns[0] == "start"
    ran = run(*common, "--by", "topic", "--from", "2024-07-01", "--to", "2024-07-02",
              "--freq", "1D", "--fewest-users", 5, "--figures", tmp_path / "figures")  # fmt: skip
    assert ran.code == 0, ran.err
    drawn = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert {"valence-heat", "joy-heat", "groups", "groups-valence"} <= drawn
    table = pd.read_csv(tmp_path / "t.csv")
    assert set(table.start) == {"2024-07-01T00:00:00+08:00"}
    assert table[table.users > 0].users.min() >= 5 and not table.shown.all()


def test_trends_of_clusters_of_words(run, scored, tmp_path):
    predictions, dump = scored
    output, coverage = tmp_path / "t.csv", tmp_path / "c.csv"
    ran = run("trends", predictions, "--dump", dump, "--by", "cluster", "--freq", "1D",
              "--output", output, "--coverage", coverage)  # fmt: skip
    assert ran.code == 0, ran.err
    table = pd.read_csv(output)
    assert 5 <= table.cluster.nunique() <= 51 and "(none)" in set(table.cluster)
    assert table[table.emotion == "joy"].volume.sum() == 598
    assert pd.read_csv(coverage).scored.sum() == 600


def test_spread_and_influence(run, scored, tmp_path):
    predictions, dump = scored
    output, users = tmp_path / "s.csv", tmp_path / "u.csv"
    ran = run("spread", predictions, "--dump", dump, "--output", output, "--by", "depth",
              "--shuffles", 20, "--users", users)  # fmt: skip
    assert ran.code == 0, ran.err
    table = pd.read_csv(output)
    assert (
        table.edges[0] == 350 and (table.groupby(["depth", "parent"]).share.sum() - 1 < 1e-9).all()
    )
    assert "anger" in ran.out and "by chance" in ran.out
    assert pd.read_csv(users).groupby("emotion").size().max() == 20


@pytest.mark.parametrize(("nodes", "suffix"), [("posts", "gexf"), ("users", "graphml")])
def test_export(run, scored, tmp_path, nodes, suffix):
    predictions, dump = scored
    path = tmp_path / f"net.{suffix}"
    ran = run("export", predictions, "--dump", dump, "--output", path, "--nodes", nodes)
    assert ran.code == 0, ran.err
    graph = nx.read_gexf(path) if suffix == "gexf" else nx.read_graphml(path)
    assert f"wrote {len(graph)} {nodes} and {graph.number_of_edges()} edges" in ran.out
    assert {"emotion", "label"} <= set(next(iter(graph.nodes(data=True)))[1])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["trends", "--output", "t.xlsx"], 2, "t.xlsx ends in none of .parquet, .csv"),
        (["trends", "--output", "t.csv", "--by", "regoin"], 1, "did you mean 'region'?"),
        (["trends", "--output", "t.csv", "--freq", "hourly"], 2, "freq is 'hourly'"),
        (["trends", "--output", "t.csv", "--freq", "0h"], 2, "bins of 0h have no width"),
        (["trends", "--output", "t.csv", "--tz", "Mars"], 2, "unknown time zone 'Mars'"),
        (["trends", "--output", "t.csv", "--by", "kind", "--by", "kind"], 2, "is there twice"),
        (["trends", "--output", "t.csv", "--by", "emotion"], 2, "no groups by 'emotion'"),
        (["trends", "--output", "t.csv", "--changes", "./t.csv"], 2, "t.csv is that of another"),
        (["spread", "--output", "t.csv", "--users", "t.csv"], 2, "t.csv is that of another"),
        (["trends", "--output", "t.csv", "--from", "2024-07-01"], 2, "--from and --to go together"),
        (["trends", "--output", "t.csv", "--level", "95"], 2, "95"),
        (["spread", "--output", "t.xml"], 2, "t.xml ends in none of .parquet, .csv"),
        (["export", "--output", "t.csv"], 2, "t.csv ends in none of .gexf, .graphml"),
    ],
)
def test_what_cannot_be(run, scored, monkeypatch, tmp_path, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    name, *rest = arguments
    ran = run(name, scored[0], "--dump", scored[1], *rest)
    assert ran.code == code and said in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["trends", "spread"])
def test_the_predictions_are_not_overwritten(run, scored, command):
    predictions, dump = scored
    before = predictions.read_bytes()
    ran = run(command, predictions, "--dump", dump, "--output", predictions)
    assert ran.code == 2 and "is the predictions too; expected another file" in ran.err
    assert predictions.read_bytes() == before


def test_the_notebook_of_the_readme(repo, scored, monkeypatch):
    text = (repo / "README.md").read_text(encoding="utf-8").partition("### Trends\n")[2]
    code = text.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(repo)
    names: dict[str, object] = {}
    exec(code.replace("predictions.parquet", str(scored[0])), names)
    assert len(names["posts"]) == 600 and len(names["trend"]) > 100


def test_predictions_of_another_dump(run, scored, tmp_path):
    (tmp_path / "other.csv").write_text("post_id,text\n1,好\n", encoding="utf-8")
    ran = run("trends", scored[0], "--dump", tmp_path / "other.csv", "--output", tmp_path / "t.csv")
    assert ran.code == 1 and "600 of 600 predictions are of posts that" in ran.err
