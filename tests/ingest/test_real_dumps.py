"""Every real dump at hand, its counts pinned and, where the raw files are plain, counted again."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from gnn_emotion.ingest.inspect import inspect_dump
from gnn_emotion.ingest.read import read_dump
from gnn_emotion.schema.errors import DumpError

#: Sample -> rows_read, posts_new, merged, users, follows, quarantined of all its sources; status
#: of its posts, embedded ones and placeholders included.
COUNTS = {
    "alicecheng_covid": ((380, 380, 0, 0, 0, 0), {"ok": 380}),
    "ced_raw": ((13_900, 13_890, 9, 0, 0, 1), {"ok": 13_890, "placeholder": 7}),
    "dataabc_weibo-crawler": ((3, 2, 0, 1, 0, 0), {"ok": 3}),
    "datafountain_ncov_gbk": ((10_000, 10_000, 0, 0, 0, 0), {"ok": 10_000, "placeholder": 1520}),
    "gongshukai_hotnews": ((12_667, 12_667, 0, 0, 0, 0), {"ok": 12_667, "placeholder": 22}),
    "mayiku": ((12, 12, 0, 0, 0, 0), {"ok": 12}),
    "nghuyong_WeiboSpider": ((8, 4, 1, 1, 2, 0), {"ok": 4, "placeholder": 1}),
    "old_weibospider_scrapy_mongo": (
        (4993, 3000, 12, 1981, 0, 0),
        {"ok": 3000, "placeholder": 274},
    ),
    "platform3190": ((76, 76, 0, 0, 0, 0), {"ok": 76}),
    "sora_emotion": ((5158, 2579, 11, 2568, 0, 0), {"ok": 2579, "placeholder": 10}),
    "valeriehuang_hot": ((6572, 6572, 0, 0, 0, 0), {"ok": 6572}),
    "zachgu_weibo_gat": ((17_482, 17_482, 0, 0, 0, 0), {"ok": 17_512}),
    "zk112211": ((28, 28, 0, 0, 0, 0), {"ok": 28}),
    "checked_raw": ((80_613, 80_271, 342, 0, 0, 0), {"ok": 80_271, "placeholder": 1229}),
}
#: Sample -> distinct users and media, pairs of a post and a medium, posts with a date. Counted in
#: the raw files; the hash of no name (CHECKED) is no user.
TABLES = {
    "alicecheng_covid": (0, 0, 0, 380),
    "ced_raw": (13_306, 0, 0, 13_890),
    "dataabc_weibo-crawler": (2, 5, 5, 3),
    "datafountain_ncov_gbk": (9591, 14_188, 16_030, 0),
    "gongshukai_hotnews": (0, 0, 0, 12_667),
    "mayiku": (0, 0, 0, 0),
    "nghuyong_WeiboSpider": (7, 10, 10, 4),
    "old_weibospider_scrapy_mongo": (4396, 0, 0, 3000),
    "platform3190": (67, 0, 0, 76),
    "sora_emotion": (2568, 0, 0, 7),
    "valeriehuang_hot": (0, 0, 0, 766),
    "zachgu_weibo_gat": (13_119, 0, 0, 17_512),
    "zk112211": (0, 0, 0, 0),
    "checked_raw": (34_114, 175, 204, 80_271),
}
#: Labels in no set that the files name.
REFUSED_LABELS = {
    "gongshukai_hotnews": {"0": 1770, "1": 1516},
    "sora_emotion": {
        **{"black": 2497, "blue": 1, "green": 4},
        **{"purple": 21, "red": 51, "yellow": 5},
    },
    "valeriehuang_hot": {"-1": 766},
}
TOTALS = ("rows_read", "posts_new", "merged", "users", "follows", "quarantined")
#: Rows of each file; the readers behind the pinned counts must not have moved rows between them.
FILES = {
    "results_cleaned.csv": 380,
    "1669879400.json": 3,
    "nCov_10k_test.csv": 10_000,
    "Jiangping_train.csv": 3286,
    "Jiangping_test.csv": 9381,
    "sample_comments.csv": 12,
    "random_3000_with_label.csv": 3000,
    "user_all.csv": 1993,
    "weibo_sentiment.db": 76,
    "model_label_data.csv": 2579,
    "users.csv": 2579,
    "hot_with_live_time.csv": 5806,
    "processed_data2020-01-24.csv": 766,
    "weibo_results.txt": 28,
}
#: Files that start with a row: columns by number, rows, and the row that the first line is.
HEADERLESS = {
    "alicecheng_covid/results.csv": ({"2": "created_at", "3": "text"}, 4180),
    "2yd_mweibo_json/7089246227.csv": ({"1": "created_at", "2": "text"}, 127),
    "2yd_mweibo_json/7454177482.csv": ({"1": "created_at", "2": "text"}, 76),
    "zk112211/春晚.txt": ({"1": "text"}, 22),
}


@pytest.fixture(scope="module")
def real(real_data, tmp_path_factory):
    """Return a function: sample -> its folder and its Dump, read once."""
    dumps = {}

    def read(name):
        folder = real_data(name if name == "checked_raw" else f"crawler_samples/{name}")
        if name not in dumps:
            output = tmp_path_factory.mktemp("real") / name
            dumps[name] = read_dump(folder, output, progress=False)
        return folder, dumps[name]

    return read


@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_each_sample(real, name):
    _, dump = real(name)
    totals, statuses = COUNTS[name]
    assert tuple(dump.summary["totals"][count] for count in TOTALS) == totals
    assert Counter(dump.read("posts")["status"].to_pylist()) == statuses


@pytest.mark.parametrize("name", COUNTS)
def test_authors_dates_and_media_of_each_sample(real, name):
    _, dump = real(name)
    posts = dump.read("posts", ["created_at"])["created_at"]
    rows = [dump.rows(table) for table in ("users", "media", "post_media")]
    assert (*rows, len(posts) - posts.null_count) == TABLES[name]


def test_labels_are_checked_against_their_sets(real):
    _, dump = real("old_weibospider_scrapy_mongo")
    labels = Counter(dump.read("labels")["label"].to_pylist())
    assert labels == {"negative": 803, "neutral": 1289, "positive": 908}
    for name, refused in REFUSED_LABELS.items():
        assert real(name)[1].summary["refused_labels"] == refused
        assert real(name)[1].rows("labels") == 0


@pytest.mark.parametrize("name", COUNTS)
def test_accounts_of_each_sample_add_up(real, name):
    _, dump = real(name)
    for source in dump.summary["sources"]:
        kept = source["posts_new"] + source["users"] + source["follows"]
        assert source["rows_read"] == kept + source["merged"] + source["quarantined"]
        assert "broke_off" not in source
        assert source["rows_read"] == FILES.get(source["name"], source["rows_read"])
    totals = dump.summary["totals"]
    assert sum(source["rows_read"] for source in dump.summary["sources"]) == totals["rows_read"]
    assert dump.rows("quarantine") == totals["quarantined"]
    found = inspect_dump(dump)
    assert found["rows"] == dump.summary["tables"]
    assert sum(found["kinds"].values()) == dump.rows("posts") >= totals["posts_new"]


@pytest.mark.parametrize("name", COUNTS)
def test_threads_of_each_sample_are_whole(real, name):
    _, dump = real(name)
    rows = dump.read("posts", ["post_id", "parent_id", "root_id", "user_id"]).to_pydict()
    roots = dict(zip(rows["post_id"], rows["root_id"], strict=True))
    assert len(roots) == dump.rows("posts")
    for post, parent, root in zip(rows["post_id"], rows["parent_id"], rows["root_id"], strict=True):
        assert roots[root] == root
        assert (
            (root == post) if parent is None and root == post else roots.get(parent, root) == root
        )
    users = set(dump.read("users", ["user_id"])["user_id"].to_pylist())
    assert set(rows["user_id"]) - {None} <= users


def test_every_sample_at_hand_is_tested(real_data):
    known = {*COUNTS, *(name.split("/")[0] for name in HEADERLESS)}
    assert {path.name for path in real_data("crawler_samples").iterdir()} <= known


@pytest.mark.parametrize("name", HEADERLESS)
def test_a_file_without_header_is_refused_and_read_with_a_map(real_data, name):
    columns, rows = HEADERLESS[name]
    path = real_data(f"crawler_samples/{name}")
    with pytest.raises(DumpError, match=r"no column looks like the text of a post.*`--map"):
        read_dump(path, progress=False)
    dump = read_dump(path, progress=False, columns=columns)
    assert dump.summary["totals"]["rows_read"] == dump.rows("posts") == rows
    dated = dump.read("posts")["created_at"]
    assert dated.null_count == (0 if "created_at" in columns.values() else rows)


@pytest.mark.parametrize("name", ["data_7089246227.json", "data_7454177482.json"])
def test_a_table_of_scores_is_no_dump(real_data, name):
    with pytest.raises(DumpError, match=rf"{name}: no column looks like the text of a post"):
        read_dump(real_data(f"crawler_samples/2yd_mweibo_json/{name}"), progress=False)


def csv_rows(path: Path, encoding: str) -> list[dict[str, str]]:
    text = path.read_bytes().decode(encoding, "replace")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("name", "encoding", "text"),
    [
        ("gongshukai_hotnews", "gb18030", "tweet"),
        ("datafountain_ncov_gbk", "gb18030", "微博中文内容"),
        ("valeriehuang_hot", "utf-8-sig", None),
    ],
)
def test_tables_have_a_post_a_row(real, name, encoding, text):
    folder, dump = real(name)
    raw = [row for path in folder.glob("*.csv") for row in csv_rows(path, encoding)]
    assert len(raw) == dump.summary["totals"]["posts_new"]
    if text:
        empty = sum(not (row[text] or "").strip() for row in raw)
        texts = dump.read("posts", ["text", "status"]).to_pylist()
        assert sum(not row["text"] for row in texts if row["status"] == "ok") == empty


def test_rounded_ids_and_times_without_a_year_are_refused_and_counted(real):
    _, dump = real("datafountain_ncov_gbk")
    assert dump.summary["damage"] == {
        "refused_ids": 10_000,
        "texts_with_lost_characters": 1,
        "unread_times": 10_000,
    }
    assert dump.read("posts")["created_at"].null_count == dump.rows("posts")


def test_ced_holds_every_post_of_its_files_and_those_before_the_damage(real):
    folder, dump = real("ced_raw")
    ids, broken = [], []
    for path in folder.rglob("*.json"):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            broken.append(path.read_text(encoding="utf-8").count('"uid"'))
        else:
            one = isinstance(found, dict)
            ids += [path.name.split("_")[1]] if one else [row["mid"] for row in found]
    assert len(broken) == 1
    totals = dump.summary["totals"]
    assert totals["rows_read"] == len(ids) + broken[0]
    assert totals["merged"] == len(ids) - len(set(ids))
    bids = set(dump.read("posts")["bid"].to_pylist())
    assert set(ids) <= bids | set(dump.read("posts")["post_id"].to_pylist())
    (row,) = dump.read("quarantine").to_pylist()
    assert row["reason"] == "the JSON ends in the middle of a value"


def test_checked_holds_every_post_comment_and_repost_once(real):
    folder, dump = real("checked_raw")
    rows = []
    for path in folder.glob("*.json"):
        post = json.loads(path.read_text(encoding="utf-8"))
        rows += [post, *post["comments"], *post["reposts"]]
    read = dump.read("posts", ["post_id", "status"]).to_pylist()
    assert dump.summary["totals"]["rows_read"] == len(rows)
    assert {r["post_id"] for r in read if r["status"] == "ok"} == {row["id"] for row in rows}


def test_trees_of_comments_keep_their_parents(real):
    folder, dump = real("zachgu_weibo_gat")
    raw = []
    with zipfile.ZipFile(next(folder.glob("*.zip"))) as packed:
        for name in packed.namelist():
            if name.endswith(".csv"):
                text = packed.read(name).decode("utf-8-sig")
                raw += csv.DictReader(io.StringIO(text, newline=""))
    assert dump.summary["totals"]["posts_new"] == len({row["评论ID"] for row in raw}) == len(raw)
    posts = {row["post_id"]: row for row in dump.read("posts").to_pylist()}
    videos = {row["视频BV号"] for row in raw}
    assert len(posts) == len(raw) + len(videos)
    answers = sum(row["上级评论ID"] != "0" for row in raw)
    assert sum(row["kind"] == "reply" for row in posts.values()) == answers


def test_sqlite_has_a_post_a_row(real):
    folder, dump = real("platform3190")
    with sqlite3.connect(folder / "weibo_sentiment.db") as database:
        rows = database.execute("SELECT weibo_id FROM weibo_posts").fetchall()
    assert dump.summary["totals"]["rows_read"] == len(rows) == dump.rows("posts")


def test_follows_of_nghuyong_point_from_the_fan(real):
    folder, dump = real("nghuyong_WeiboSpider")
    fan = json.loads((folder / "fan_20221027.jsonl").read_text(encoding="utf-8"))
    pairs = {(row["follower_id"], row["followed_id"]) for row in dump.read("follows").to_pylist()}
    assert (fan["fan_info"]["_id"], fan["follower_id"]) in pairs
    assert len(pairs) == 2
