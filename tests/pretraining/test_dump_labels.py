"""Labels of a dump, split by thread: whose they are, and what their texts look like."""

from __future__ import annotations

import pytest

from gnn_emotion.pretraining.dump_labels import dump_labels
from gnn_emotion.schema.errors import LabelError

from ..dumps import write_dump


@pytest.fixture
def dump(tmp_path):
    """Threads of two posts, the second labelled by its emoticon alone; synthetic."""
    posts, labels = [], []
    for i in range(60):
        first, second = f"a{i}", f"b{i}"
        words = " " if i == 0 else f"第{i}个消息"
        posts.append({"post_id": first, "own_text": words, "text": words})
        own = {"own_text": f"好{i}[哈哈]", "text": f"好{i}[哈哈]"}
        posts.append(
            {"post_id": second, "parent_id": first, "root_id": first, "kind": "reply", **own}
        )
        names = ("smp2020", "happy") if i % 2 else ("ekman7", "fear")
        labels.append({"post_id": first, "label_set": names[0], "label": names[1]})
    return write_dump(tmp_path / "dump", posts=posts, labels=labels)


def test_each_label_set_is_a_source(dump):
    train, val = dump_labels(dump)
    assert train.sources == val.sources == ("ekman7", "smp2020")
    # One text has no words.
    assert len(train.texts) + len(val.texts) == 59
    assert len(train.texts) > len(val.texts) > 0
    assert train.of("smp2020").allowed.sum() == len(train.of("smp2020").texts)


def test_emoticons_are_taken_out_of_the_texts_that_they_label(dump):
    train, val = dump_labels(dump, emoticons=True)
    assert train.sources == ("ekman7", "smp2020", "emoticon")
    told = [*train.of("emoticon").texts.to_pylist(), *val.of("emoticon").texts.to_pylist()]
    assert sorted(told) == sorted(f"好{i}" for i in range(60))
    assert (train.of("emoticon").weight < train.of("ekman7").weight.min()).all()


def test_a_thread_is_on_one_side(dump):
    train, val = dump_labels(dump, emoticons=True)

    def threads(texts):
        return {"".join(c for c in t if c.isdigit()) for t in texts.texts.to_pylist()}

    assert not threads(train) & threads(val)


def test_a_dump_without_labels_is_refused(tmp_path):
    dump = write_dump(tmp_path / "bare", posts=[{"post_id": "1", "own_text": "好", "text": "好"}])
    with pytest.raises(LabelError, match="no text of the train part has a label"):
        dump_labels(dump)
