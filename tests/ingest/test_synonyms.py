from __future__ import annotations

import pytest

from gnn_emotion.ingest.records import RAW
from gnn_emotion.ingest.synonyms import FOLLOWS, POSTS, USERS, resolve
from gnn_emotion.schema.errors import DumpError


def columns(names, **given):
    found = resolve(names, given, "a.csv")
    return {raw: names[i] for raw, i in found.columns.items()}


def test_synonyms_name_raw_columns_in_lower_case():
    for table, synonyms in (("posts", POSTS), ("users", USERS), ("follows", FOLLOWS)):
        assert set(synonyms) <= set(RAW[table].names)
        assert all(n == n.casefold() for line in synonyms.values() for n in line)


def test_spelling_of_names():
    assert columns(["User Name", "TEXT", "评论："])["user_name"] == "User Name"


def test_the_better_name_wins():
    found = columns(["date", "time", "content", "post", "id"])
    assert found == {"created_at": "time", "text": "content", "post_id": "id"}


def test_a_word_for_a_count_is_text_only_where_there_is_no_other_text():
    assert columns(["内容", "评论", "点赞"])["comment_count"] == "评论"
    assert columns(["评论"]) == {"text": "评论"}


def test_comments_hang_below_what_they_comment_on():
    names = ["comment_id", "weibo_id", "parent_comment_id", "content"]
    found = resolve(names, {}, "a.csv")
    assert found.comments
    assert {raw: names[i] for raw, i in found.columns.items()} == {
        "text": "content",
        "post_id": "comment_id",
        "root_id": "weibo_id",
        "parent_id": "parent_comment_id",
    }


def test_comments_without_ids_of_their_own_do_not_take_that_of_the_post():
    found = columns(["weibo_id", "评论内容"])
    assert found == {"text": "评论内容", "root_id": "weibo_id"}


def test_a_column_of_comments_beside_the_text_of_posts():
    names = ["id", "content", "comment_text", "likes_count"]
    found = resolve(names, {}, "a.csv")
    assert not found.comments
    assert (names[found.columns["text"]], names[found.columns["post_id"]]) == ("content", "id")


def test_when_a_post_was_published_comes_before_when_its_row_was_made():
    assert columns(["content", "created_at", "publish_time"])["created_at"] == "publish_time"


def test_reposts():
    found = resolve(["id", "text", "retweet_id"], {}, "a.csv")
    assert found.reposts and found.columns["parent_id"] == 2


def test_mapping_comes_first():
    assert columns(["text", "body"], body="text")["text"] == "body"


def test_mapped_column_that_does_not_exist():
    with pytest.raises(DumpError, match=r"a\.csv has no column 'contnet'.*mean 'content'"):
        resolve(["content"], {"contnet": "text"}, "a.csv")


def test_mapped_to_a_raw_column_that_does_not_exist():
    with pytest.raises(DumpError, match=r"mapped to 'txt'.*mean 'text'"):
        resolve(["content"], {"content": "txt"}, "a.csv")


def test_mapped_to_a_column_of_another_table():
    with pytest.raises(DumpError, match=r"table of posts.*no 'gender'"):
        resolve(["text", "g"], {"g": "gender"}, "a.csv")


def test_no_text():
    with pytest.raises(DumpError, match=r"'a', 'b'.*--map column=text"):
        resolve(["a", "b"], {}, "a.csv")


def test_users_and_follows():
    assert resolve(["user", "名称", "粉丝"], {}, "a.csv").table == "users"
    assert resolve(["follower_id", "followed_id"], {}, "a.csv").table == "follows"
    found = resolve(["a", "b"], {"a": "follower_id", "b": "followed_id"}, "a.csv")
    assert found.table == "follows"


def test_profiles_beside_posts_need_an_id():
    assert resolve(["text", "user_id", "followers", "user_name"], {}, "a.csv").profile == {
        "user_id": 1,
        "name": 3,
        "follower_count": 2,
    }
    assert resolve(["text", "user_name", "followers"], {}, "a.csv").profile == {}


def test_two_mapped_columns_make_no_table_of_follows():
    names = ["会话", "说话人", "内容"]
    found = resolve(names, {"会话": "root_id", "说话人": "user_name"}, "a.csv")
    assert found.table == "posts" and found.columns == {"root_id": 0, "user_name": 1, "text": 2}
    given = {"a": "follower_id", "b": "followed_id"}
    assert resolve(["a", "b"], given, "a.csv").table == "follows"
    with pytest.raises(DumpError, match="table of follows, which has no 'user_name'"):
        resolve(["a", "b", "c"], given | {"c": "user_name"}, "a.csv")
