"""Topics and mentions; all samples are synthetic."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.marks import mentions, topics

TEXTS = st.lists(st.none() | st.text() | st.text(alphabet="#@/:回复ab.好 \n_-", max_size=30))


def column(*values):
    return pa.array(values, pa.string())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#早安#你好#晚安#", ["早安", "晚安"]),
        ("#a##b#x#c#", ["a", "b", "c"]),
        ("#a#b#a#", ["a"]),
        ("# 早安 #", ["早安"]),
        ("#世界 你好#", ["世界 你好"]),
        ("#早安[超话]#", ["早安[超话]"]),
        ("181#文件", []),
        ("#一\n二#", []),
        ("##", []),
        ("# #", []),
        (f"#{'长' * 64}#", ["长" * 64]),
        (f"#{'长' * 65}#", []),
        ("", []),
        (None, []),
    ],
)
def test_topics(text, found):
    assert topics(column(text)).to_pylist() == [found]
    assert topics(column("#一#", text, "二")).to_pylist() == [["一"], found, []]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@甲 @乙-b_c·d，@丙：好", ["甲", "乙-b_c·d", "丙"]),
        ("@甲@乙 @甲", ["甲", "乙"]),
        ("好@甲", ["甲"]),
        ("ok@甲", ["甲"]),
        ("ok@abc 好", ["abc"]),
        ("12@example.com", []),
        ("@abc.好", ["abc"]),
        ("好//@甲:不错@乙//@丙：@丁", ["乙", "丁"]),
        ("好//@甲", []),
        ("回复@甲:好@乙", ["乙"]),
        ("回复 @甲：好//@乙:回复@丙:x", []),
        ("回复@甲 好", ["甲"]),
        ("@ 甲", []),
        ("@", []),
        ("", []),
        (None, []),
    ],
)
def test_mentions(text, found):
    assert mentions(column(text)).to_pylist() == [found]
    assert mentions(column("@一", text, "二")).to_pylist() == [["一"], found, []]


@pytest.mark.parametrize("find", [topics, mentions])
@given(values=TEXTS)
def test_any_text_has_marks_or_none(find, values):
    found = find(column(*values))
    assert found.type == pa.list_(pa.string())
    assert found.null_count == 0
    rows = found.to_pylist()
    assert len(rows) == len(values)
    for text, names in zip(values, rows, strict=True):
        assert len(set(names)) == len(names)
        assert all(name and name in text for name in names)
    assert find(column("#一#@二", *values).slice(1)).to_pylist() == rows
