from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnn_emotion.ingest.formats import ced as reader
from gnn_emotion.ingest.records import ReadOptions, Source
from gnn_emotion.schema.errors import DumpError

NAME = "9_zAbCdEfGh_7.json"
ORIGINAL = {"text": "原文", "source": "手机", "time": 1347334462, "likes": 1, "comments": 2}
ORIGINAL |= {"reposts": 3, "pics": 1, "has_url": False}
USER = {"verified": True, "description": False, "gender": "f", "messages": 4, "followers": 5}
USER |= {"location": "上海", "time": 1312112304, "friends": 6, "verified_type": -1}


def test_synthetic_original(read_json):
    post, user = read_json(reader, ORIGINAL | {"user": USER}, f"original-microblog/{NAME}")
    values = post.values
    assert (values["post_id"], values["user_id"], values["kind"]) == ("zAbCdEfGh", "7", "original")
    assert (values["created_at"], values["repost_count"]) == ("1347334462", "3")
    assert user.embedded
    assert (user.values["user_id"], user.values["verified"]) == ("7", "true")
    assert (user.values["follower_count"], user.values["registered_at"]) == ("5", "1312112304")


def test_synthetic_original_without_a_profile(read_json):
    (post,) = read_json(reader, ORIGINAL | {"user": "empty"}, f"original-microblog/{NAME}")
    assert post.values["user_id"] == "7"


def test_synthetic_reposts(read_json):
    rows = [
        {"mid": "zB", "uid": "8", "parent": "", "kids": ["zC"], "text": "", "date": "2012-09-16"},
        {"mid": "zC", "uid": "9", "parent": "zB", "kids": [], "text": "好", "date": "2012-09-17"},
        {"kids": []},
        {"mid": "zD"},
        5,
    ]
    found = read_json(reader, rows, f"rumor-repost/{NAME}")
    assert [r.table for r in found] == ["posts"] * 3 + ["quarantine"] * 2
    links = [(r.values["parent_id"], r.values["root_id"]) for r in found[:2]]
    assert links == [("zAbCdEfGh", "zAbCdEfGh"), ("zB", "zAbCdEfGh")]
    assert "kind" not in found[0].values  # reposts and comments are not told apart


def test_a_file_whose_name_says_nothing(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"text": "x"}')
    assert reader.sniff(Source(path, "x.json", tmp_path), path.read_bytes()) == 0
    with pytest.raises(DumpError, match=r"^x\.json is not named like a cascade; expected `"):
        list(reader.read(Source(path, "x.json", tmp_path), ReadOptions()))


@pytest.fixture
def write_tables(tmp_path):
    def write(with_roots=True):
        reposts = {"cascade": [5, 6], "mid": ["zB", "zC"], "uid": ["8", "9"]}
        reposts |= {"parent": ["", "zB"], "date": ["2012-09-16"] * 2, "text": ["", "好"]}
        pq.write_table(pa.table(reposts), tmp_path / "reposts.parquet")
        roots = {"cascade": [5], "mid": ["zA"], "uid": ["7"], "text": ["原文"], "time": ["1347"]}
        if with_roots:
            roots |= {"followers": [5.0], "user_created": [1312.0], "verified": [True]}
            pq.write_table(pa.table(roots), tmp_path / "roots.parquet")
        return Source(tmp_path / "reposts.parquet", "reposts.parquet", tmp_path)

    return write


def test_synthetic_tables(write_tables, read_path, tmp_path):
    first, second = read_path(reader, write_tables())
    assert (first.values["parent_id"], first.values["root_id"]) == ("zA", "zA")
    assert (second.values["parent_id"], second.values["root_id"]) == ("zB", "ced-cascade-6")
    assert (first.row, first.values["text"], second.values["text"]) == (1, None, "好")
    roots = Source(tmp_path / "roots.parquet", "roots.parquet", tmp_path)
    post, user = read_path(reader, roots)
    assert (post.values["post_id"], post.values["kind"]) == ("zA", "original")
    assert (user.embedded, user.values["follower_count"]) == (True, "5")
    assert (user.values["registered_at"], user.values["verified"]) == ("1312", "true")


def test_synthetic_reposts_without_their_roots(write_tables, read_path):
    found = read_path(reader, write_tables(with_roots=False))
    assert [r.values["root_id"] for r in found] == ["ced-cascade-5", "ced-cascade-6"]


@pytest.mark.real_data
def test_real_files(sample, read_path):
    root = sample("ced_raw").path
    counts, ids, roots = Counter(), set(), set()
    for path in sorted(root.rglob("*.json")):
        for record in read_path(reader, Source(path, path.name, root)):
            counts[path.parent.name, record.table] += 1
            if record.table == "posts":
                ids.add(record.values["post_id"])
                roots.add(record.values.get("root_id") or record.values["post_id"])
    assert counts == {
        ("original-microblog", "posts"): 61,
        ("original-microblog", "users"): 59,
        ("non-rumor-repost", "posts"): 8830,
        ("rumor-repost", "posts"): 5008,
        ("rumor-repost", "quarantine"): 1,  # one file was cut off
    }
    assert (len(roots), roots <= ids) == (61, True)


@pytest.mark.real_data
def test_real_tables(real_data):
    root = real_data("ced")

    def read(name):
        found = list(reader.read(Source(root / name, name, root), ReadOptions()))
        return pa.concat_tables([c.data for c in found if c.table == "posts"])

    roots, reposts = read("roots.parquet"), read("reposts.parquet")
    assert (roots.num_rows, reposts.num_rows) == (2689, 1_019_263)
    starts = set(roots["post_id"].to_pylist())
    assert len(starts) == 2689
    assert set(reposts["root_id"].unique().to_pylist()) <= starts
    parents = set(reposts["parent_id"].unique().to_pylist())
    assert parents <= starts | set(reposts["post_id"].unique().to_pylist())
    direct = pa.compute.equal(reposts["parent_id"], reposts["root_id"])
    assert pa.compute.sum(direct).as_py() == 629_871
