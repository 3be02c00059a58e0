from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gnn_emotion.ingest.records import Record


def post(post_id, text="早", **values):
    return Record("posts", 1, {"post_id": post_id, "text": text, **values})


@pytest.fixture
def linked(make_dump):
    """Return a function: records -> post_id -> its row in the Dump."""

    def link(*records):
        rows = make_dump(records).read("posts").to_pylist()
        return {row["post_id"]: row for row in rows}

    return link


def links(rows):
    names = ("kind", "parent_id", "root_id", "status")
    return {post_id: tuple(row[name] for name in names) for post_id, row in rows.items()}


def test_a_post_starts_its_own_thread(linked):
    assert links(linked(post("1"))) == {"1": ("original", None, "1", "ok")}


def test_parents_and_roots_that_nobody_read_become_placeholders(linked):
    rows = linked(post("3", parent_id="2", root_id="1", kind="reply"))
    assert links(rows) == {
        "1": ("original", None, "1", "placeholder"),
        "2": ("comment", None, "1", "placeholder"),
        "3": ("reply", "2", "1", "ok"),
    }
    assert rows["2"]["created_at"] is None
    assert rows["2"]["text"] is None
    assert rows["2"]["own_text"] == ""
    assert rows["2"]["topics"] == []


def test_a_deleted_original_keeps_its_edge_and_loses_its_text(linked):
    gone = Record("posts", 1, {"post_id": "1", "text": "抱歉，此微博已被作者删除。"}, embedded=True)
    rows = linked(post("2", parent_id="1", root_id="1", kind="repost"), gone)
    assert links(rows)["1"] == ("original", None, "1", "deleted")
    assert links(rows)["2"] == ("repost", "1", "1", "ok")
    assert rows["1"]["text"] is None


def test_the_chain_names_a_nearer_parent_than_the_root(linked):
    rows = linked(
        post("1", "原文", user_name="甲"),
        post("2", "说得好", user_name="乙", parent_id="1", root_id="1"),
        post("3", "同意//@乙:说得好", user_name="丙", parent_id="1", root_id="1"),
    )
    assert links(rows)["3"] == ("repost", "2", "1", "ok")


def test_the_chain_names_a_parent_where_the_row_names_none(linked):
    rows = linked(
        post("1", "天气真好", user_name="甲"), post("2", "是啊//@甲:天气真好", user_name="乙")
    )
    assert links(rows)["2"] == ("repost", "1", "1", "ok")


@pytest.mark.parametrize(
    "other",
    [
        post("3", "天气真好", user_name="甲"),  # which of the two is meant is not known
        post("1", "天气真坏", user_name="甲", crawl_time="1700000000"),  # other words
    ],
)
def test_a_chain_that_fits_none_or_two_posts_links_to_none_of_them(linked, other):
    rows = linked(post("1", "天气真好", user_name="甲"), post("2", "是啊//@甲:天气真好"), other)
    kind, parent, root, status = links(rows)["2"]
    assert (kind, status) == ("repost", "ok")
    assert parent == root
    assert parent.startswith("quote-")
    assert rows[parent]["status"] == "placeholder"


def test_a_post_of_later_is_no_parent(linked):
    rows = linked(
        post("1", "天气真好", user_name="甲", created_at="2020-01-02 10:00:00"),
        post("2", "是啊//@甲:天气真好", created_at="2020-01-02 09:00:00"),
    )
    assert rows["2"]["parent_id"].startswith("quote-")


def test_a_stated_parent_is_not_replaced_by_the_chain(linked):
    rows = linked(
        post("1", "天气真好", user_name="甲"),
        post("2", "是啊//@甲:天气真好", parent_id="9", root_id="8"),
    )
    assert rows["2"]["parent_id"] == "9"


def test_kinds_that_no_source_states(linked):
    rows = linked(
        post("1", kind="comment"),
        post("2", parent_id="1"),
        post("3", parent_id="4"),
        post("5", "回复@甲:好"),
        post("6", "好//@甲:很好"),
        post("7", kind="original", parent_id="4"),
        post("8", kind="nonsense"),
    )
    quoted = rows.pop(rows["6"]["parent_id"])
    assert (quoted["kind"], quoted["own_text"]) == ("original", "很好")
    kinds = {post_id: row["kind"] for post_id, row in rows.items()}
    assert kinds == {
        "1": "comment",
        "2": "reply",
        "3": "repost",
        "4": "original",
        "5": "reply",
        "6": "repost",
        "7": "repost",
        "8": "original",
    }


def test_cycles_and_own_parents_are_cut_and_counted(make_dump):
    records = [post("1", parent_id="2"), post("2", parent_id="1"), post("3", parent_id="3")]
    dump = make_dump(records)
    assert dump.read("posts")["parent_id"].null_count == 3
    assert dump.summary["damage"] == {"own_parents": 1, "parents_in_cycles": 2}


def test_zero_is_no_parent_unless_it_is_a_post(linked):
    assert linked(post("1", parent_id="0", root_id="-1")).keys() == {"1"}
    rows = linked(post("0"), post("1", parent_id="0"))
    assert links(rows)["1"] == ("repost", "0", "0", "ok")


def test_a_damaged_parent_joins_nothing(make_dump):
    dump = make_dump([post("1", parent_id="4.45E+15", root_id="4454572602912349")])
    rows = {row["post_id"]: row for row in dump.read("posts").to_pylist()}
    assert rows["1"]["parent_id"] == "4454572602912349"
    assert dump.summary["damage"] == {"refused_links": 1}


ids = st.sampled_from(["1", "2", "3", "4", "5", None])
posts = st.lists(
    st.fixed_dictionaries(
        {"post_id": ids, "parent_id": ids, "root_id": ids, "user_name": st.sampled_from("甲乙丙")},
        optional={
            "text": st.sampled_from(["好", "是//@甲:好", "//@乙:", "回复@丙:好", "", "转发微博"]),
            "kind": st.sampled_from(["original", "repost", "reply", "comment"]),
        },
    ),
    max_size=8,
)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(posts)
def test_whatever_posts_state_the_tables_fit_together(make_dump, values):
    dump = make_dump([Record("posts", i + 1, row) for i, row in enumerate(values)])
    rows = {row["post_id"]: row for row in dump.read("posts").to_pylist()}
    assert len(rows) == dump.rows("posts")
    for row in rows.values():
        here, steps = row, 0
        while here["parent_id"] is not None:
            here, steps = rows[here["parent_id"]], steps + 1
            assert steps <= len(rows)
        assert row["root_id"] in rows
        assert row["root_id"] == here["root_id"]
        assert rows[row["root_id"]]["root_id"] == row["root_id"]
    users = set(dump.read("users")["user_id"].to_pylist())
    assert {row["user_id"] for row in rows.values()} - {None} <= users
    assert set(dump.read("mentions")["user_id"].to_pylist()) - {None} <= users
