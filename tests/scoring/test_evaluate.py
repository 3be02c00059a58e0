"""Judging on the labels of a dump: the right rows, the audit, and what the training said."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.scoring import evaluate
from gnn_emotion.scoring.evaluate import judge_dump

K = label_set("ekman7").K
JOY, ANGER = (label_set("ekman7").index(name) for name in ("joy", "anger"))


def _post(number: int, root: int, text: str) -> dict:
    more = {} if root == number else {"kind": "reply", "parent_id": f"p{root}"}
    return {"post_id": f"p{number}", "root_id": f"p{root}", "own_text": text, **more}


@pytest.fixture
def dump(make_dump):
    """Three labelled answers to a root that stands behind them and has no label."""
    texts = ["第一句话说完了", "第二句话说完了", "第三句话说完了"]
    posts = [_post(n, 3, text) for n, text in enumerate(texts)] + [_post(3, 3, "开头")]
    labels = [
        {"post_id": f"p{n}", "label_set": "ekman7", "label": label}
        for n, label in enumerate(["joy", "joy", "anger"])
    ]
    return make_dump(posts=posts, labels=labels)


@pytest.fixture
def seen(make_dump):
    """What a model was trained on: the second answer, in threads of their own."""
    texts = ["另一句", "第二句话说完了[哈哈]", "又一句", "再一句"]
    return make_dump(posts=[_post(n, n, text) for n, text in enumerate(texts)])


def _probs(*labels: int) -> np.ndarray:
    return np.eye(K)[list(labels)] * 0.9 + 0.1 / K


def test_scores_with_and_without_what_was_seen(dump, seen):
    judged = judge_dump(dump, _probs(JOY, ANGER, ANGER, JOY), "ekman7", seen)["ekman7"]
    assert judged.leaks.tolist() == [False, True, False]
    scores = judged.scores()
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["without_leaks"]["support"] == 2
    assert scores["without_leaks"]["accuracy"] == 1
    assert [finding["name"] for finding in scores["audit"]] == ["copies"]


def test_threads_of_two_dumps_are_never_the_same(dump, seen):
    report = judge_dump(dump, _probs(JOY, JOY, JOY, JOY), "ekman7", seen)["ekman7"].audit
    assert not [finding for finding in report.findings if finding.name.startswith("shared")]


def test_nothing_leaks_without_the_training(dump):
    judged = judge_dump(dump, _probs(JOY, JOY, ANGER, JOY), "ekman7")["ekman7"]
    assert not judged.leaks.any()
    scores = judged.scores()
    assert "without_leaks" not in scores and scores["audit"] == []
    assert scores["accuracy"] == 1
    assert scores["intervals"]["accuracy"] == (1, 1)
    assert scores["risk_coverage"]["coverage"][-1] == 1


def test_the_posts_are_looked_up_once_for_all_label_sets(make_dump, seen, monkeypatch):
    posts = [_post(n, n, text) for n, text in enumerate(["高兴的一天", "生气的一天"])]
    labels = [
        {"post_id": f"p{n}", "label_set": name, "label": label}
        for name, pair in {
            "ekman7": ("joy", "anger"),
            "polarity3": ("positive", "negative"),
        }.items()
        for n, label in enumerate(pair)
    ]
    read, looked_up = evaluate.post_threads, []
    monkeypatch.setattr(
        evaluate, "post_threads", lambda dump: looked_up.append(dump.folder) or read(dump)
    )
    dump = make_dump(posts=posts, labels=labels)
    judged = judge_dump(dump, _probs(JOY, ANGER), "ekman7", seen)
    assert [one.scores()["accuracy"] for one in judged.values()] == [1, 1]
    assert looked_up == [dump.folder, seen.folder]


@pytest.mark.parametrize(
    ("post_id", "name", "label"), [("p0", "valence", "0.5"), ("elsewhere", "ekman7", "joy")]
)
def test_labels_that_judge_no_post_are_refused(make_dump, post_id, name, label):
    labels = [{"post_id": post_id, "label_set": name, "label": label}]
    dump = make_dump(posts=[_post(0, 0, "一句话")], labels=labels)
    with pytest.raises(LabelError, match=f"none of the 1 labels .*{name}.* expected emotions"):
        judge_dump(dump, _probs(JOY), "ekman7")


def test_a_dump_without_labels_is_refused(seen):
    with pytest.raises(LabelError, match="no labels to evaluate against"):
        judge_dump(seen, _probs(0, 0, 0, 0), "ekman7")
