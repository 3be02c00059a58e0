from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from gnn_emotion.ingest.mapped import tables
from gnn_emotion.ingest.records import ReadOptions, Source
from gnn_emotion.ingest.synonyms import resolve

SOURCE = Source(Path("a.csv"), "a.csv", Path())


def read(columns: dict[str, list], options=None, first_row=5):
    options = options or ReadOptions()
    found = resolve(list(columns), options.columns, SOURCE.name)
    arrays = {i: pa.array(values) for i, values in enumerate(columns.values())}
    return list(tables(SOURCE, options, found, first_row, arrays))


def test_any_type_becomes_strings():
    (found,) = read({"text": ["x"], "mid": [4123456789012345], "likes": [2.0], "images": [["a"]]})
    assert (found.table, found.first_row, found.embedded) == ("posts", 5, False)
    assert found.data.to_pylist() == [
        {"text": "x", "post_id": "4123456789012345", "like_count": "2", "images": ["a"]}
    ]


def test_short_ids_are_good_within_the_file_alone():
    (found,) = read({"text": ["x", "y"], "id": ["7", "123456789"]})
    assert found.data["post_id"].to_pylist() == ["a.csv:7", "123456789"]
    (found,) = read({"text": ["x"], "id": ["7"]}, ReadOptions(columns={"id": "post_id"}))
    assert found.data["post_id"].to_pylist() == ["7"]


def test_rows_without_ids_are_named_by_their_number():
    (found,) = read({"text": ["x", "y"]})
    assert found.data["post_id"].to_pylist() == ["a.csv:5", "a.csv:6"]


def test_comments_hang_on_their_parent_or_else_on_the_post():
    table = {"comment_id": ["123456789", "123456780"], "comment_content": ["x", "y"]}
    table |= {"parent_id": ["0", "123456789"]}
    (found,) = read(table, ReadOptions(post_id="p"))
    assert found.data["kind"].to_pylist() == ["comment", "reply"]
    assert found.data["parent_id"].to_pylist() == ["p", "123456789"]
    assert found.data["root_id"].to_pylist() == ["p", "p"]


def test_profiles_beside_posts_are_embedded():
    posts, users = read({"text": ["x"], "user_id": ["7"], "followers": [3]})
    assert (users.table, users.embedded) == ("users", True)
    assert users.data.to_pylist() == [{"user_id": "7", "follower_count": "3"}]
    assert posts.data["user_id"].to_pylist() == ["7"]


def test_label_set_of_the_user():
    (found,) = read({"text": ["x"], "label": [1]}, ReadOptions(label_set="ekman7"))
    assert found.data["label_set"].to_pylist() == ["ekman7"]
