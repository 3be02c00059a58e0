"""``gnn-emotion explain`` from end to end."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from gnn_emotion import pipeline
from gnn_emotion.cli.main import cli
from gnn_emotion.schema.errors import ContractError, DumpError

from ..scoring.conftest import frame, save_model


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    frame(60).to_csv(folder / "posts.csv", index=False)
    return folder / "posts.csv", save_model(folder / "model"), frame(60).post_id


def run(*arguments):
    return CliRunner().invoke(cli, ["explain", *map(str, arguments)], catch_exceptions=True)


def test_it_prints_each_post_and_writes_everything(given, tmp_path):
    posts, model, ids = given
    out = tmp_path / "why.json"
    asked = ("--post", ids[37], "--post", ids[0], "--named", 2)
    result = run(posts, "--model", model, *asked, "--output", out)
    assert result.exit_code == 0, result.output
    assert result.output.count("deletion check") == 2 and f"post {ids[37]}" in result.output
    told = json.loads(out.read_text(encoding="utf-8"))
    assert [one["post_id"] for one in told] == [ids[37], ids[0]]
    assert sum(row["named"] for row in told[0]["neighbours"]) <= 2
    assert (
        told[0]["neighbours"][0]["created_at"] is None
        or "T" in told[0]["neighbours"][0]["created_at"]
    )


def test_wrong_usage_is_told(given):
    posts, model, ids = given
    assert run(posts, "--model", model).exit_code == 2
    assert "--post" in run(posts, "--model", model).output
    assert run(posts, "--model", model, "--post", ids[0], "--named", "-1").exit_code == 2
    missing = run(posts, "--model", model, "--post", "12")
    assert isinstance(missing.exception, DumpError)


def test_what_is_missing_is_told_before_the_work(given, monkeypatch):
    posts, model, ids = given
    monkeypatch.setitem(sys.modules, "captum", None)
    monkeypatch.setattr(pipeline, "encode_words", lambda *given: pytest.fail("encoded first"))
    missing = run(posts, "--model", model, "--post", ids[0])
    assert isinstance(missing.exception, ContractError)
    assert "pip install 'gnn-emotion[explain]'" in str(missing.exception)
