"""Conversations: who answers whom is told by the turns, and a speaker is one of a session."""

from __future__ import annotations

import pytest

from gnn_emotion.ingest.read import read_dump
from gnn_emotion.ingest.records import Record

MAPPED = {"会话": "session", "轮次": "turn", "说话人": "user_name", "内容": "text"}
ROWS = """会话,说话人,轮次,内容
7,客服,2,您好
7,客户,1,快递呢
8,客户,1,在吗
7,客户,10,谢谢
8,客服,,在的
,客户,3,没有会话
"""


def row(number, session, turn=None, **values):
    found = {"post_id": str(number), "text": "早", "session": session, "turn": turn, **values}
    return Record("posts", number, found)


@pytest.fixture
def linked(make_dump):
    """Return a function: records -> post_id -> (kind, parent, root)."""

    def link(*records):
        rows = make_dump(records).read("posts").to_pylist()
        return {r["post_id"]: (r["kind"], r["parent_id"], r["root_id"]) for r in rows}

    return link


def test_turns_answer_the_one_before_whatever_the_order_of_the_rows(linked):
    found = linked(row(1, "a", "10"), row(2, "b", "1"), row(3, "a", "2"), row(4, "a", "1"))
    assert found == {
        "4": ("original", None, "4"),
        "3": ("reply", "4", "4"),
        "1": ("reply", "3", "4"),  # 10 comes after 2, though not as text
        "2": ("original", None, "2"),
    }


def test_without_turns_time_decides_and_then_the_order_of_the_rows(linked):
    times = ("2024-07-01 10:00", "2024-07-01 09:00", "2024-07-01 09:30")
    found = linked(*(row(i, "a", created_at=time) for i, time in enumerate(times, 1)))
    assert [found[i][1] for i in "231"] == [None, "2", "3"]
    found = linked(row(1, "a"), row(2, "a"), row(3, "a"))
    assert [found[i][1] for i in "123"] == [None, "1", "2"]


def test_what_a_row_says_of_its_parent_comes_first(linked):
    found = linked(row(1, "a", "1"), row(2, "a", "2"), row(3, "a", "3", parent_id="1"))
    assert found["3"][1:] == ("1", "1") and found["2"] == ("reply", "1", "1")


def test_sessions_of_two_files_are_two(make_dump):
    dump = make_dump([row(1, "1", "1"), row(2, "1", "2")], [row(3, "1", "1"), row(4, "1", "2")])
    assert {row["post_id"]: row["root_id"] for row in dump.read("posts").to_pylist()} == {
        "1": "1",
        "2": "1",
        "3": "3",
        "4": "3",
    }


def test_a_turn_that_is_no_number_is_counted_and_comes_last(make_dump):
    dump = make_dump([row(1, "a", "第一轮"), row(2, "a", "1")])
    assert dump.summary["damage"]["unread_turns"] == 1
    assert dump.read("posts")["parent_id"].to_pylist() == ["2", None]


def test_a_table_of_dialogues(tmp_path):
    (tmp_path / "chat.csv").write_text(ROWS, encoding="utf-8")
    dump = read_dump(tmp_path / "chat.csv", columns=MAPPED, progress=False)
    posts = {row["text"]: row for row in dump.read("posts").to_pylist()}
    parents = {text: row["parent_id"] for text, row in posts.items()}
    assert parents == {
        "快递呢": None, "您好": posts["快递呢"]["post_id"], "谢谢": posts["您好"]["post_id"],
        "在吗": None, "在的": posts["在吗"]["post_id"], "没有会话": None,
    }  # fmt: skip
    # The customer of one session is not the customer of another, and no name is said to be shared.
    assert posts["快递呢"]["user_id"] == posts["谢谢"]["user_id"] == "7:客户"
    assert posts["在吗"]["user_id"] == "8:客户"
    users = dump.read("users").to_pylist()
    assert {row["user_id"]: row["name"] for row in users if ":" in row["user_id"]} == {
        "7:客户": "客户", "7:客服": "客服", "8:客户": "客户", "8:客服": "客服",
    }  # fmt: skip
    assert not dump.summary["damage"].get("shared_names")


def test_blanks_beside_a_session_or_a_name_make_no_other_speaker(tmp_path):
    rows = "会话,说话人,轮次,内容\n7,客户,1,快递呢\n 7 ,客户 ,2,还没到\n"
    (tmp_path / "chat.csv").write_text(rows, encoding="utf-8")
    posts = read_dump(tmp_path / "chat.csv", columns=MAPPED, progress=False).read("posts")
    assert posts["user_id"].to_pylist() == ["7:客户"] * 2
    assert posts["parent_id"].null_count == 1


def test_speakers_of_two_files_are_not_one(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS, encoding="utf-8")
    dump = read_dump(tmp_path, columns=MAPPED, progress=False)
    users = dump.read("posts")["user_id"].to_pylist()
    assert {"a.csv:7:客户", "b.csv:7:客户"} <= set(users)
