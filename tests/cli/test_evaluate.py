"""``gnn-emotion evaluate``: first the audit, then scores with intervals, figures, and JSON."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from gnn_emotion.trends import fonts

from ..scoring.conftest import frame

NAMES = ["confusion", "reliability", "roc"]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """Posts whose emoticons name most of their labels, some of them twice; synthetic."""
    data = frame(60)
    data["text"] = [f"第{n % 50}句话[哈哈]" if n % 3 else f"第{n % 50}句话" for n in range(60)]
    data["label"] = ["joy" if n % 3 else "anger" for n in range(60)]
    data["label_set"] = "ekman7"
    path = tmp_path_factory.mktemp("labelled") / "posts.csv"
    data.to_csv(path, index=False)
    return path


def test_the_audit_stands_before_any_score(run, labelled, tmp_path):
    ran = run("evaluate", labelled, "--output", tmp_path / "all.json")
    assert ran.code == 0, ran.err
    audit, scores = ran.out.index("audit of ekman7:"), ran.out.index("macro_f1")
    assert audit < ran.out.index("leak: the emoticons of 40 of 60 judged posts") < scores
    assert scores < ran.out.index("without leaks: 20 posts")
    found = json.loads((tmp_path / "all.json").read_text())["ekman7"]
    assert found["support"] == 60 and found["without_leaks"]["support"] == 20
    names = {finding["name"] for finding in found["audit"]}
    assert {"readable_labels", "repeats"} <= names
    low, high = found["intervals"]["f1_joy"]
    assert f"{low:.3f}-{high:.3f}" in ran.out
    assert low <= found["per_class"]["joy"]["f1"] <= high
    assert {"risk_coverage", "confusion", "per_class"} <= set(found)


def test_what_was_trained_on_is_looked_for_in_the_labels(run, labelled, tmp_path):
    half = pd.read_csv(labelled).iloc[:30].drop(columns=["label", "label_set"])
    half.to_csv(tmp_path / "train.csv", index=False)
    ran = run("evaluate", labelled, "--train", tmp_path / "train.csv")
    assert ran.code == 0, ran.err
    # The posts 50 to 59 say what the posts 0 to 9 say.
    assert "40 of 60 judged posts (66.7%) stand word for word in the train split" in ran.out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures(run, labelled, tmp_path, language, monkeypatch):
    monkeypatch.setattr(fonts, "_font_files", lambda: iter(()))
    fonts.chinese_font.cache_clear()
    ran = run("evaluate", labelled, "--figures", tmp_path, "--language", language)
    fonts.chinese_font.cache_clear()
    assert ran.code == 0, ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"ekman7-{n}.png" for n in NAMES]
    assert ("no font with Chinese characters" in ran.err) == (language == "zh")
