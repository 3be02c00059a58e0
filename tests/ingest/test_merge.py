from __future__ import annotations

import pytest

from gnn_emotion.ingest.records import Record


def post(row=1, embedded=False, **values):
    return Record("posts", row, {"post_id": "4454572602912349", **values}, embedded=embedded)


@pytest.fixture
def merged(make_dump):
    """Return a function: records of one post -> its row in the Dump."""

    def merge(*records):
        (row,) = make_dump(records).read("posts").to_pylist()
        return row

    return merge


def test_the_text_of_the_latest_crawl_wins(merged):
    old = post(1, text="早上好", crawl_time="1600000000")
    new = post(2, text="早上好！", crawl_time="1600009999")
    assert merged(old, new)["text"] == "早上好！"
    assert merged(new, old)["text"] == "早上好！"


def test_without_crawl_times_the_later_row_wins(merged):
    assert merged(post(1, text="一"), post(2, text="二"))["text"] == "二"


@pytest.mark.parametrize("worse", ["", "早上...全文", "抱歉，此微博已被作者删除。"])
def test_a_whole_text_is_not_replaced_by_less(merged, worse):
    row = merged(
        post(1, text="早上好", crawl_time="1"), post(2, text=worse, crawl_time="1700000000")
    )
    assert (row["text"], row["status"], row["truncated"]) == ("早上好", "ok", False)


def test_columns_of_the_text_come_from_its_row(merged):
    row = merged(post(1, text="回复@甲: 好", kind="reply"), post(2, text="全新"))
    assert (row["text"], row["own_text"], row["kind"]) == ("全新", "全新", "reply")


def test_counts_only_grow(merged):
    row = merged(
        post(1, text="a", like_count="1.2万", repost_count="3"), post(2, text="a", like_count="9")
    )
    assert (row["like_count"], row["repost_count"], row["comment_count"]) == (12_000, 3, None)


def test_the_earliest_time_of_the_best_precision_is_kept(merged):
    row = merged(
        post(1, text="a", created_at="2020-01-02"),
        post(2, text="a", created_at="2020-01-02 10:00:05"),
        post(3, text="a", created_at="2020-01-02 10:00:04"),
        post(4, text="a"),
    )
    assert row["created_at"].isoformat() == "2020-01-02T02:00:04+00:00"
    assert row["time_precision"] == "second"


def test_a_time_before_1970_cannot_shift_the_precision(merged):
    assert merged(post(1, text="a"), post(2, text="b"))["time_precision"] is None


def test_the_longest_lists_are_kept(merged, make_dump):
    row = merged(post(1, text="a", topics=["一", "二"]), post(2, text="b", topics=["三"]))
    assert row["topics"] == ["一", "二"]


def test_what_is_known_anywhere_is_known(merged):
    row = merged(
        post(1, text="a", user_id="7", location="来自河南"), post(2, text="b", device="手机")
    )
    assert (row["user_id"], row["location"], row["device"]) == ("7", "河南", "手机")


def test_a_bid_and_its_mid_are_one_post(make_dump):
    records = [
        Record("posts", 1, {"post_id": "4454572602912349", "text": "a"}),
        Record("posts", 2, {"bid": "ImTGkcdDn", "text": "b"}),
        Record("posts", 3, {"post_id": "ImTGkcdDn", "text": "c"}),
    ]
    (row,) = make_dump(records).read("posts").to_pylist()
    assert (row["post_id"], row["bid"], row["text"]) == ("4454572602912349", "ImTGkcdDn", "c")


def test_an_own_row_names_the_source_of_a_post_that_another_carries(make_dump):
    carried = [post(1, embedded=True, text="a")]
    dump = make_dump(carried, [post(1, text="a")])
    assert dump.read("posts")["source"].to_pylist() == ["s1"]
    assert [s["posts_new"] for s in dump.summary["sources"]] == [0, 1]


def test_accounts_of_posts_read_twice(make_dump):
    dump = make_dump([post(1, text="a"), post(2, text="a")], [post(1, text="a")])
    assert [(s["posts_new"], s["merged"]) for s in dump.summary["sources"]] == [(1, 1), (0, 1)]
    assert dump.summary["totals"]["rows_read"] == 3


def test_a_post_that_is_only_carried_counts_as_no_row(make_dump):
    own = Record("posts", 1, {"post_id": "9", "text": "a", "parent_id": "8"})
    inside = Record("posts", 1, {"post_id": "8", "text": "b"}, embedded=True)
    dump = make_dump([own, inside])
    assert dump.rows("posts") == 2
    assert dump.summary["totals"]["rows_read"] == 1
