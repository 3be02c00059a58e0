"""Posts that nobody read and others quote; all posts here are synthetic."""

from __future__ import annotations

import re

import pytest

from gnn_emotion.ingest.records import Record

ROOT = "4454572602912349"


def post(post_id, text="早", **values):
    return Record("posts", 1, {"post_id": post_id, "text": text, **values})


def answer(post_id, text, user_name="丙", **values):
    return post(
        post_id, text, **{"user_name": user_name, "parent_id": ROOT, "root_id": ROOT} | values
    )


@pytest.fixture
def linked(make_dump):
    """Return a function: records -> post_id -> its row in the Dump."""

    def link(*records):
        rows = make_dump(records).read("posts").to_pylist()
        return {row["post_id"]: row for row in rows}

    return link


def quotes(rows):
    return {post_id: row for post_id, row in rows.items() if post_id.startswith("quote-")}


def test_a_quoted_post_that_nobody_read_becomes_a_placeholder_with_its_words(linked):
    rows = linked(post(ROOT, "原文", user_name="甲"), answer("2", "同意//@乙:说得[泪]好//@丁:好"))
    (made,) = quotes(rows).values()
    assert re.fullmatch(r"quote-[0-9a-f]{16}", made["post_id"])
    assert rows["2"]["parent_id"] == made["post_id"]
    assert (made["status"], made["kind"], made["parent_id"]) == ("placeholder", "repost", None)
    assert made["root_id"] == rows["2"]["root_id"] == ROOT
    assert made["own_text"] == "说得[泪]好"
    assert (made["text"], made["created_at"], made["user_id"]) == (None, None, None)


def test_the_same_words_of_the_same_author_in_the_same_thread_are_one_post(linked):
    rows = linked(
        post(ROOT, "原文", user_name="甲"),
        answer("2", "同意//@乙:说得好"),
        answer("3", "是啊//@乙:说得好", "丁"),
    )
    assert len(quotes(rows)) == 1
    assert rows["2"]["parent_id"] == rows["3"]["parent_id"]


@pytest.mark.parametrize(
    "other",
    [
        answer("3", "是啊//@乙:说得不好", "丁"),
        answer("3", "是啊//@戊:说得好", "丁"),
        answer("3", "是啊//@乙:说得好", "丁", parent_id="9", root_id="9"),
    ],
)
def test_other_words_authors_or_threads_are_other_posts(linked, other):
    rows = linked(post(ROOT, "原文", user_name="甲"), answer("2", "同意//@乙:说得好"), other)
    assert len(quotes(rows)) == 2
    assert rows["2"]["parent_id"] != rows["3"]["parent_id"]


def test_a_stated_parent_that_nobody_read_gets_the_words(linked):
    rows = linked(
        post(ROOT, "原文", user_name="甲"), answer("3", "同意//@乙:说得好", parent_id="2")
    )
    assert not quotes(rows)
    assert rows["3"]["parent_id"] == "2"
    assert (rows["2"]["status"], rows["2"]["own_text"]) == ("placeholder", "说得好")
    assert rows["2"]["root_id"] == ROOT


def test_a_stated_parent_that_was_read_keeps_its_own_words(linked):
    rows = linked(
        post(ROOT, "原文", user_name="甲"),
        answer("2", "改过了", "乙"),
        answer("3", "同意//@乙:说得好", parent_id="2"),
    )
    assert rows.keys() == {ROOT, "2", "3"}
    assert rows["2"]["own_text"] == "改过了"


def test_quoters_that_differ_about_a_stated_parent_are_settled_in_any_order(linked):
    records = [
        answer("3", "同意//@乙:说得好", parent_id="2"),
        answer("4", "同意//@乙:说得", "丁", parent_id="2"),
    ]
    words = {linked(*order)["2"]["own_text"] for order in (records, records[::-1])}
    assert words == {"说得"}


def test_the_author_of_the_root_is_not_quoted(linked):
    rows = linked(post(ROOT, "原文（已编辑）", user_name="甲"), answer("2", "同意//@甲:原文"))
    assert rows.keys() == {ROOT, "2"}
    assert rows["2"]["parent_id"] == ROOT


@pytest.mark.parametrize("chain", ["//@乙:", "//@乙", "//@乙:转发微博", "//@乙:Repost//@丁:好"])
def test_a_chain_without_words_quotes_nothing(linked, chain):
    rows = linked(post(ROOT, "原文", user_name="甲"), answer("2", f"同意{chain}"))
    assert rows.keys() == {ROOT, "2"}


def test_the_author_of_a_quote_is_found_by_name(linked):
    rows = linked(
        answer("2", "同意//@乙:说得好"), post("7", "无关", user_name="乙", user_id="5678901234")
    )
    (made,) = quotes(rows).values()
    assert made["user_id"] == "5678901234"


def test_a_post_without_a_thread_starts_none_but_joins_its_quote(linked):
    rows = linked(post("2", "同意//@乙:说得好"), post("3", "是//@乙:说得好"))
    ((post_id, made),) = quotes(rows).items()
    assert (made["kind"], made["root_id"]) == ("original", post_id)
    assert {rows["2"]["root_id"], rows["3"]["root_id"]} == {post_id}


def test_ids_depend_on_thread_author_and_words_alone(linked):
    record = answer("2", "同意//@乙:说得好")
    root = post(ROOT, "原文", user_name="甲")
    more = [post(str(i), f"第{i}条", user_name="乙") for i in range(50, 90)]
    found = [quotes(linked(*rows)) for rows in ([root, record], [*more, record, root], [record])]
    assert len({tuple(made) for made in found}) == 1
