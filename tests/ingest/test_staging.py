from __future__ import annotations

import pytest

from gnn_emotion.ingest.records import Columns, Record


def post(row=1, embedded=False, **values):
    return Record("posts", row, values, embedded=embedded)


@pytest.fixture
def staged(make_dump):
    """Return a function: raw values of a post -> its row in the Dump."""

    def stage(**values):
        rows = make_dump([post(post_id="77", **values)]).read("posts").to_pylist()
        (row,) = [row for row in rows if row["post_id"] == "77"]
        return row

    return stage


def test_a_post_is_cleaned(staged):
    row = staged(
        user_id="https://weibo.com/u/1669879400",
        text='回复<a href="/n/甲">@甲</a>: 好<img alt="[泪]">&gt; #春晚# @乙',
        created_at="Tue May 31 17:46:55 +0800 2011",
        like_count="1.2万",
        repost_count="转发",
        location="发布于 云南",
        device='<a href="http://weibo.com">iPhone</a>',
        topics=["#跨年#"],
    )
    assert row["user_id"] == "1669879400"
    assert row["text"] == "回复@甲: 好[泪]> #春晚# @乙"
    assert row["own_text"] == "好[泪]> #春晚# @乙"
    assert row["created_at"].isoformat() == "2011-05-31T09:46:55+00:00"
    assert (row["like_count"], row["repost_count"], row["comment_count"]) == (12_000, 0, None)
    assert (row["location"], row["device"], row["topics"]) == ("云南", "iPhone", ["跨年", "春晚"])
    assert (row["kind"], row["status"], row["source"]) == ("reply", "ok", "s0")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("转发微博", ""),
        ("//@甲:好", ""),
        ("好//@甲:坏//@乙:早", "好"),
        ("回复@甲:是//@甲:好", "是"),
        ("早上好 http://t.cn/abc", "早上好 http://t.cn/abc"),
        (None, ""),
    ],
)
def test_own_words(staged, text, own):
    assert staged(text=text, images=["a.jpg"])["own_text"] == own


def test_mentions_are_in_the_own_words_or_the_list_and_who_is_answered(make_dump):
    text = "回复@丙: 看@丁 //@甲:好@乙"
    dump = make_dump([post(post_id="1", text=text, mentions=["@戊", "丁"])])
    assert dump.read("mentions")["name"].to_pylist() == ["丁", "丙", "戊"]


def test_mentions_find_the_accounts_of_their_names(make_dump):
    dump = make_dump(
        [
            post(post_id="1", text="@甲 @乙 @丙", user_id="5"),
            Record("users", 2, {"user_id": "11", "name": "甲"}),
            Record("users", 3, {"user_id": "21", "name": "乙"}),
            Record("users", 4, {"user_id": "22", "name": "乙"}),
        ]
    )
    rows = {row["name"]: row["user_id"] for row in dump.read("mentions").to_pylist()}
    assert rows == {"甲": "11", "乙": None, "丙": None}
    assert dump.summary["damage"] == {"shared_names": 1}


@pytest.mark.parametrize(
    ("values", "time", "precision"),
    [
        ({"created_at": "2022-04-27 10:20"}, "2022-04-27T02:20:00+00:00", "minute"),
        (
            {"created_at": "刚刚", "crawl_time": "1651026000"},
            "2022-04-27T02:20:00+00:00",
            "relative",
        ),
        (
            {"created_at": "04-27", "crawl_time": "1651199999000"},
            "2022-04-26T16:00:00+00:00",
            "day",
        ),
        ({"created_at": "刚刚"}, None, None),
        ({"created_at": "0000-01-01 00:00:00"}, None, None),
        ({"created_at": "9999-12-31 23:59:59"}, None, None),
        ({}, None, None),
    ],
)
def test_times(staged, values, time, precision):
    row = staged(text="a", **values)
    assert (row["created_at"].isoformat() if row["created_at"] else None) == time
    assert row["time_precision"] == precision


def test_a_time_without_a_year_is_that_of_the_mid(make_dump):
    raw = {"post_id": "4762810834227120", "text": "a", "created_at": "04-27 10:20"}
    dump = make_dump([post(**raw), post(2, post_id="8", text="b", created_at="04-27")])
    by_mid, none = (row for row in dump.read("posts").to_pylist())
    assert by_mid["created_at"].isoformat()[:16] == "2022-04-27T02:20"
    assert (by_mid["time_precision"], none["created_at"]) == ("relative", None)
    assert dump.summary["damage"] == {"unread_times": 1}


def test_damaged_ids_name_the_row_or_are_rebuilt_from_the_bid(make_dump):
    dump = make_dump(
        [
            post(1, post_id="4.45E+15", text="a"),
            post(2, post_id="4.45E+15", text="b", bid="ImTGkcdDn"),
            post(3, text="c"),
            post(3, text="d", embedded=True),
            post(3, text="e", embedded=True),
        ]
    )
    texts = {row["post_id"]: row["text"] for row in dump.read("posts").to_pylist()}
    assert texts == {
        "s0:1": "a",
        "4454572602912349": "b",
        "s0:3": "c",
        "s0:3.3": "d",
        "s0:3.4": "e",
    }
    assert dump.summary["damage"] == {"refused_ids": 1, "repaired_ids": 1}


def test_rows_that_say_nothing_are_quarantined(make_dump):
    dump = make_dump(
        [
            post(1, user_id="5", text=""),
            post(2, user_id="6", embedded=True),
            Record("users", 3, {"gender": "f"}),
            Record("follows", 4, {"follower_id": "1", "followed_id": "1"}),
            Record("follows", 5, {"follower_id": "1"}),
            Record("quarantine", 6, {"reason": "3 cells, expected 2", "raw": "a,b,c"}),
        ]
    )
    rows = dump.read("quarantine").to_pylist()
    assert [row["row"] for row in rows] == [1, 3, 4, 5, 6]
    assert rows[0]["reason"] == "no id, no text and no media; expected one of them"
    assert rows[0]["raw"] == '{"user_id": "5"}'
    assert rows[4]["reason"] == "3 cells, expected 2"
    assert {row["source"] for row in rows} == {"s0"}
    assert dump.summary["totals"]["quarantined"] == 5
    assert dump.summary["totals"]["rows_read"] == 5


def test_labels_are_spelled_as_their_set_does_or_refused_and_the_post_is_kept(make_dump):
    records = [
        post(1, post_id="1", text="a", label="Happy", label_set="smp2020"),
        post(2, post_id="2", text="b", label="6", label_set="smp2020"),
        post(3, post_id="3", text="c", label="sad"),
        post(4, post_id="4", text="d"),
        post(5, post_id="5", text="e", label=" "),
        post(6, post_id="6", text="f", label="joy", label_set="no-such-set"),
    ]
    dump = make_dump(records, label_set="smp2020")
    rows = [tuple(row.values()) for row in dump.read("labels").to_pylist()]
    assert rows == [("1", "smp2020", "happy", "s0"), ("3", "smp2020", "sad", "s0")]
    assert dump.summary["refused_labels"] == {"6": 1, "joy": 1}
    assert dump.rows("posts") == 6
    assert make_dump(records[2:3]).summary["refused_labels"] == {"sad": 1}


def test_media_are_one_row_each_and_link_to_their_posts(make_dump):
    url = "https://wx{}.sinaimg.cn/{}/63885668ly1gacppdn1nmj21yi2qp7wk.jpg"
    dump = make_dump(
        [
            post(1, post_id="1", images=[url.format(1, "large")], videos=["http://v/a.mp4?x=1"]),
            post(2, post_id="2", images=[url.format(4, "thumb180")], text="b"),
        ]
    )
    media = dump.read("media").to_pylist()
    assert {row["kind"] for row in media} == {"image", "video"}
    assert dump.rows("media") == 2
    links = [tuple(row.values()) for row in dump.read("post_media").to_pylist()]
    assert [(post_id, place) for post_id, _, place in links] == [("1", 0), ("1", 1), ("2", 0)]
    assert {media_id for _, media_id, _ in links} == {row["media_id"] for row in media}


def test_a_deleted_post_keeps_neither_text_nor_media(make_dump):
    dump = make_dump([post(1, post_id="1", text="好", deleted=True, images=["a.jpg"])])
    (row,) = dump.read("posts").to_pylist()
    assert (row["status"], row["text"], row["own_text"]) == ("deleted", None, "")
    assert dump.rows("media") == 0


def test_lost_characters_are_counted_by_text(make_dump):
    dump = make_dump([post(1, text="锟\ufffd\ufffd"), post(2, text="好\ud800")])
    assert dump.summary["damage"] == {"texts_with_lost_characters": 2}


def test_the_size_of_batches_changes_nothing(make_dump):
    records = [
        post(
            i + 1,
            post_id=str(i % 7),
            text=f"好{i}//@甲:早",
            user_id=str(i % 3),
            parent_id=str(i % 5),
        )
        for i in range(40)
    ]
    dumps = [make_dump(records, rows=rows) for rows in (1, 3, 1000)]
    for name in ("posts", "users", "mentions"):
        assert len({dump.path(name).read_bytes() for dump in dumps}) == 1


def test_columns_and_records_are_staged_alike(make_dump):
    import pyarrow as pa

    values = {"post_id": ["1", "2"], "text": ["好", "坏"]}
    columns = make_dump([Columns("posts", 1, pa.table(values))])
    records = make_dump([post(1, post_id="1", text="好"), post(2, post_id="2", text="坏")])
    assert columns.path("posts").read_bytes() == records.path("posts").read_bytes()
