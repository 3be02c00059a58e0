"""The audit: everything that was put there is found, and nothing else."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch

from gnn_emotion.schema.errors import LabelError
from gnn_emotion.training.audit.audit import audit, audit_task
from gnn_emotion.training.audit.copies import bare_texts
from gnn_emotion.training.audit.report import AuditInput, AuditReport

LABELS = ("neutral", "joy", "anger", "disgust", "fear", "sadness", "surprise")
LONG = "今天的会议从早上九点一直开到下午五点，大家都很累但是也很开心"


def made(
    texts: list[str | None],
    split: list[int],
    label: list[int] | None = None,
    thread: list[int] | None = None,
    user: list[int] | None = None,
) -> AuditInput:
    count = len(texts)
    rng = np.random.default_rng(0)
    return AuditInput(
        texts=pa.array(texts, pa.string()),
        label=rng.integers(0, 2, count) if label is None else np.array(label),
        labels=LABELS,
        split=np.array(split, dtype=np.int8),
        row=np.arange(count),
        thread=np.arange(count) if thread is None else np.array(thread),
        user=np.full(count, -1) if user is None else np.array(user),
    )


def found(report: AuditReport) -> dict[str, list[int]]:
    return {finding.name: finding.at.tolist() for finding in report.findings}


def test_texts_are_compared_without_what_says_nothing():
    assert bare_texts(pa.array(["A b[泪] http://t.cn/x C", None, ""])) == ["abc", "", ""]


def test_copies_are_found_across_splits_only():
    texts = ["好 的", "好的[哈哈]", "不行", "不行", "", "", None, None]
    report = audit(made(texts, [0, 2, 2, 2, 0, 2, 0, 1]))
    assert found(report)["copies"] == [1]
    assert report.leaking().tolist() == [False, True] + [False] * 6
    assert "1 of 5 judged posts (20.0%) stand word for word" in report.lines()[0]


def test_near_copies_are_compared_themselves():
    near, far = LONG.replace("九点", "十点"), LONG[:15] + "于是我决定再也不去那里上班了吧"
    report = audit(made([LONG, near, far, LONG, "好"], [0, 1, 2, 2, 2]))
    assert found(report)["near_copies"] == [1]
    assert found(report)["copies"] == [3]


def test_every_near_copy_of_many_is_found():
    rng = np.random.default_rng(1)
    letters = [chr(0x4E00 + i) for i in range(400)]
    texts = ["".join(rng.choice(letters, 40)) for _ in range(300)]
    changed = [text[:20] + "改" + text[21:] for text in texts[:100]]
    report = audit(made(texts + changed, [0] * 300 + [2] * 100))
    assert found(report)["near_copies"] == list(range(300, 400))


def test_labels_that_emoticons_name():
    texts = ["唉[泪]", "唉[泪]", "哦", "哈[哈哈]", "[泪]"]
    report = audit(made(texts, [2, 1, 2, 2, 0], label=[5, 1, 5, 1, 5]))
    assert found(report)["readable_labels"] == [0, 3]


def test_contradictions_are_a_note():
    report = audit(made(["同一句", "同一句", "另一句"], [0, 0, 0], label=[1, 2, 1]))
    assert found(report)["label_conflicts"] == [0, 1]
    assert not report.leaking().any()
    assert audit(made(["一样", "一样"], [0, 0], label=[1, 1])).findings == []


def test_an_order_by_label_is_seen_and_threads_are_not_held_against_it():
    label = [0] * 50 + [1] * 50
    texts = [f"第{i}句话" for i in range(100)]
    assert "order" in found(audit(made(texts, [0] * 100, label)))
    mixed = np.random.default_rng(2).permutation(label).tolist()
    assert "order" not in found(audit(made(texts, [0] * 100, mixed)))
    threads = np.repeat(np.arange(10), 10).tolist()
    of_thread = np.repeat(np.random.default_rng(3).integers(0, 2, 10), 10).tolist()
    assert "order" not in found(audit(made(texts, [0] * 100, of_thread, thread=threads)))


def test_threads_and_authors_on_both_sides():
    texts = ["一", "二", "三", "四"]
    report = audit(made(texts, [0, 2, 0, -1], thread=[0, 0, 2, 2], user=[7, -1, 7, 7]))
    assert found(report)["shared_threads"] == [0, 1]
    assert "shared_authors" not in found(report)
    report = audit(made(texts, [0, 2, 1, 0], user=[7, 7, 8, 8]))
    assert found(report)["shared_authors"] == [0, 1, 2, 3]


def test_a_clean_set_has_nothing_to_say():
    report = audit(made(["一", "二", "三"], [0, 1, 2]))
    assert report.lines() == ["nothing found in 3 labels"]
    assert report.as_json() == []
    assert audit(made([], [])).lines() == ["nothing found in 0 labels"]


def test_json_has_the_first_rows():
    (finding,) = audit(made(["好的", "好的"], [0, 2], label=[1, 1])).as_json()
    assert (finding["name"], finding["count"], finding["first"]) == ("copies", 1, [1])


def test_columns_of_other_lengths_are_refused():
    with pytest.raises(LabelError, match="3 of label for 2 texts"):
        AuditInput(pa.array(["a", "b"]), np.zeros(3), LABELS, *(np.zeros(2, dtype=np.int64),) * 4)


def test_edges_from_the_future_are_counted(toy_graph, toy_task):
    count = len(toy_graph["post"].x)
    texts = pa.array([f"第{i}句" for i in range(count)])
    nobody = np.full(count, -1)
    clean = audit_task(toy_graph, toy_task, texts, LABELS, nobody)
    assert "future_edges" not in found(clean)
    late = toy_graph.clone()
    late["post"].time = torch.from_numpy(-toy_graph["post"].time.numpy())
    report = audit_task(late, toy_task, texts, LABELS, nobody)
    assert any("edges rev_replies_to (100.0%) come from later posts" in m for m in report.lines())
