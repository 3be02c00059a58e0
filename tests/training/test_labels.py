"""The labels that a dump states, and those that its writers' emoticons give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.training.labels import (
    EMOTICON,
    PostLabels,
    emoticon_post_labels,
    make_task,
    stated_labels,
)

NATIVE = label_set(CANONICAL).labels


def allowed_names(labels: PostLabels) -> list[set[str]]:
    return [{NATIVE[k] for k in np.flatnonzero(row)} for row in labels.allowed]


def said(post: str, name: str, label: str) -> dict:
    return {"post_id": post, "label_set": name, "label": label}


def posts(*own_text: str) -> list[dict]:
    return [{"post_id": f"p{row}", "own_text": text} for row, text in enumerate(own_text)]


def test_a_source_for_each_label_set(make_dump):
    labels = [
        said("p2", "smp2020", "angry"),
        said("p0", "ekman7", "joy"),
        said("p1", "smp2020", "sad"),
        said("p2", "ekman7", "anger"),
    ]
    ekman, smp = stated_labels(make_dump(posts=posts("", "", ""), labels=labels))
    assert (ekman.source, ekman.rows.tolist()) == ("ekman7", [0, 2])
    assert allowed_names(ekman) == [{"joy"}, {"anger"}]
    assert (smp.source, smp.rows.tolist(), smp.weight) == ("smp2020", [2, 1], 1.0)
    assert allowed_names(smp) == [{"anger", "disgust"}, {"sadness"}]


def test_labels_of_posts_that_are_not_there_are_left_out(make_dump):
    labels = [said("p9", "ekman7", "fear"), said("p1", "ekman7", "joy")]
    (found,) = stated_labels(make_dump(posts=posts("", ""), labels=labels))
    assert found.rows.tolist() == [1]
    assert allowed_names(found) == [{"joy"}]


def test_unknown_labels_are_refused(make_dump):
    dump = make_dump(posts=posts(""), labels=[said("p0", "ekman7", "joi")])
    with pytest.raises(LabelError, match="joi"):
        stated_labels(dump)


def test_a_dump_without_labels(make_dump):
    assert stated_labels(make_dump(posts=posts("[泪]"))) == []


def test_emoticons_label_the_posts_of_their_writers(make_dump):
    dump = make_dump(posts=posts("好[哈哈]", "无", "[泪]", "[蜡烛]", "[泪][哈哈]"))
    found = emoticon_post_labels(dump)
    assert found.source == EMOTICON
    assert found.rows.tolist() == [0, 2, 3]
    assert allowed_names(found) == [{"joy"}, {"sadness"}, {"sadness"}]
    assert emoticon_post_labels(dump, frozenset({"蜡烛"})).rows.tolist() == [0, 2]


def test_only_a_posts_own_words_are_read(make_dump):
    row = {"post_id": "p0", "text": "转发//@乙:[泪]", "own_text": "转发"}
    assert emoticon_post_labels(make_dump(posts=[row])).rows.tolist() == []


def one(source: str, rows: list[int], weight: float = 1.0) -> PostLabels:
    """Label each post with the label of its own number."""
    at = np.array(rows, dtype=np.int64)
    return PostLabels(source, at, np.eye(len(NATIVE), dtype=bool)[at], weight)


def test_a_task_joins_its_sources():
    split = np.array([0, 2, 1, 0], dtype=np.int8)
    task = make_task([one("a", [3, 1]), one("none", []), one("b", [2, 3, 0], 0.25)], split)
    assert task.rows.tolist() == [3, 1, 2, 3, 0]
    assert task.source.tolist() == [0, 0, 2, 2, 2]
    assert task.weight.tolist() == [1, 1, 0.25, 0.25, 0.25]
    assert task.split.tolist() == [0, 2, 1, 0, 0]
    assert task.allowed.argmax(axis=1).tolist() == task.rows.tolist()


@pytest.mark.parametrize("sources", [[], [one("a", [])]])
def test_a_task_needs_labels(sources):
    with pytest.raises(LabelError, match="the dump has no labels to learn from; expected"):
        make_task(sources, np.zeros(3, dtype=np.int8))


def test_what_stands_in_the_text_is_heard_everywhere_and_what_is_stated_only_in_train():
    split = np.array([0, 1, 2, -1], dtype=np.int8)
    written = replace(one("emoticon", [0, 1, 2, 3]), written=True)
    task = make_task([one("stated", [0, 1, 2, 3]), written], split)
    assert task.heard.tolist() == [True, False, False, False] + [True] * 4


def test_emoticons_stand_in_the_text(make_dump):
    dump = make_dump(posts=posts("好[哈哈]"), labels=[said("p0", "ekman7", "joy")])
    assert emoticon_post_labels(dump).written
    assert not stated_labels(dump)[0].written


def test_polarity_and_valence_are_those_of_the_labels():
    names = list(NATIVE)
    allowed = np.zeros((4, len(NATIVE)), dtype=bool)
    allowed[0, names.index("joy")] = True
    allowed[1, [names.index("anger"), names.index("sadness")]] = True
    allowed[2, [names.index("joy"), names.index("sadness")]] = True
    allowed[3] = True
    task = make_task([PostLabels("a", np.arange(4), allowed)], np.zeros(4, dtype=np.int8))
    assert task.polarity.tolist() == [
        [False, False, True],
        [True, False, False],
        [True, False, True],
        [True, True, True],
    ]
    assert task.valence[0] > 0
    assert np.isnan(task.valence[[2, 3]]).all()


def test_numbers_are_valences_and_say_nothing_of_the_emotion(make_dump):
    labels = [said("p1", "valence", "-0.5"), said("p0", "ekman7", "joy")]
    found = {
        one.source: one for one in stated_labels(make_dump(posts=posts("", ""), labels=labels))
    }
    numbers = found["valence"]
    assert numbers.rows.tolist() == [1]
    assert numbers.allowed.all()
    assert numbers.valence.tolist() == [-0.5]
    task = make_task(list(found.values()), np.zeros(2, dtype=np.int8))
    assert np.unique(task.valence[task.rows == 1]).tolist() == [-0.5]


def test_another_label_set_is_answered_in(make_dump):
    labels = [said("p0", "ekman7", "joy"), said("p1", "ekman7", "anger")]
    (found,) = stated_labels(make_dump(posts=posts("", ""), labels=labels), "polarity3")
    names = label_set("polarity3").labels
    assert [[names[k] for k in np.flatnonzero(row)] for row in found.allowed] == [
        ["positive"],
        ["negative"],
    ]
    task = make_task([found], np.zeros(2, dtype=np.int8), "polarity3")
    assert task.polarity is None
    dump = make_dump(posts=posts("[泪]", "[哈哈]"))
    distant = emoticon_post_labels(dump, native="polarity3")
    assert distant.allowed.argmax(axis=1).tolist() == [
        names.index("negative"),
        names.index("positive"),
    ]
