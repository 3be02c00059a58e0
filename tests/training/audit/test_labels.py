"""Labels that emoticons name, and labels that contradict."""

from __future__ import annotations

import pytest

from gnn_emotion.schema.emoticons import EMOTICON_LABELS
from gnn_emotion.schema.emotions import label_set, label_sets
from gnn_emotion.training.audit.audit import audit
from gnn_emotion.training.audit.labels import named_by_emoticons

from .made import found, made


def test_labels_that_emoticons_name():
    texts = ["唉[泪]", "唉呀[泪]", "哦", "哈[哈哈]", "[泪]", None, "", "呀[泪]", "啊[泪][哈哈]"]
    split = [2, 1, 2, 1, 0, 2, 2, -1, 2]
    report = audit(made(texts, split, label=[5, 1, 5, 1, 5, 5, 5, 5, 5]))
    assert found(report) == {"readable_labels": [0, 3]}
    assert report.leaking().tolist() == [True, False, False, True] + [False] * 5
    assert "2 of 7 judged posts (28.6%) name their label" in report.lines()[0]


def test_a_label_that_may_be_several_is_not_looked_at():
    assert found(audit(made(["唉[泪]"], [2], label=[-1]))) == {}


@pytest.mark.parametrize(
    ("labels", "emoticon", "named"),
    [
        (label_set("smp2020").labels, "disgust", {"angry"}),
        (label_set("polarity3").labels, "fear", {"negative"}),
        (("neutral", "positive", "negative"), "joy", {"positive"}),
        (label_set("polarity3").labels, "surprise", set()),
        (label_set("cped13").labels, "sadness", {"sadness", "depress"}),
        (("fear", "something"), "fear", {"fear"}),
        (("fear", "something"), "joy", set()),
        ((), "joy", set()),
    ],
)
def test_labels_are_named_through_their_set(labels, emoticon, named):
    row = named_by_emoticons(labels)[EMOTICON_LABELS.index(emoticon)]
    assert {label for label, hit in zip(labels, row, strict=True) if hit} == named


@pytest.mark.parametrize("name", label_sets())
def test_no_emoticon_names_neutral_or_every_label(name):
    labels = label_set(name).labels
    named = named_by_emoticons(labels)
    assert not named.all(axis=1).any()
    assert not named[:, [label in ("neutral", "none") for label in labels]].any()


def test_contradictions_are_a_note():
    texts = ["同一句", "同一 句[怒]", "另一句", "", "", None, "同一句"]
    report = audit(made(texts, [0] * 7, label=[1, 2, 1, 1, 2, 3, -1]))
    assert found(report) == {"label_conflicts": [0, 1]}
    assert not report.leaking().any()
    assert report.lines() == ["note: 1 texts have different labels in different posts (2 posts)"]
    assert audit(made(["一样", "一样"], [0, 0], label=[1, 1])).findings == []
