from __future__ import annotations

import hashlib

import pytest

from gnn_emotion.ingest.records import Record


def post(post_id, **values):
    return Record("posts", 1, {"post_id": post_id, "text": "早", **values})


def user(row=1, embedded=False, **values):
    return Record("users", row, values, embedded=embedded)


def follow(row, follower, followed):
    return Record("follows", row, {"follower_id": follower, "followed_id": followed})


@pytest.fixture
def users(make_dump):
    """Return a function: records -> user_id -> row of ``users``."""

    def read(*records):
        rows = make_dump(records).read("users").to_pylist()
        assert len({row["user_id"] for row in rows}) == len(rows)
        return {row["user_id"]: row for row in rows}

    return read


def test_everyone_who_is_referred_to_has_a_row(make_dump):
    dump = make_dump(
        [
            post("1", user_id="11", user_name="甲"),
            post("2", user_name="乙"),
            follow(3, "12", "13"),
            user(4, user_id="14", name="丙"),
            post("5", user_id="11", text="@乙 @丙"),
        ]
    )
    ids = set(dump.read("users")["user_id"].to_pylist())
    named = set(dump.read("mentions")["user_id"].to_pylist())
    assert {"11", "12", "13", "14"} <= ids
    assert named <= ids
    assert len(ids) == 5


def test_a_profile_is_cleaned(users):
    row = users(
        user(
            user_id="https://weibo.com/u/2000000001",
            name=" 甲 ",
            gender="女",
            location="IP属地：北京",
            description="",
            verified="黄V",
            follower_count="71万",
            following_count="244.0",
            post_count="1,234",
            registered_at="2010-07-02",
        )
    )["2000000001"]
    row.pop("registered_at")
    assert row == {
        "user_id": "2000000001",
        "name": "甲",
        "gender": "f",
        "location": "北京",
        "description": None,
        "verified": True,
        "follower_count": 710_000,
        "following_count": 244,
        "post_count": 1234,
        "source": "s0",
    }


def test_the_latest_profile_wins_and_keeps_what_only_an_older_one_says(users):
    row = users(
        user(1, user_id="1", name="新", follower_count="9", crawl_time="1700000000"),
        user(2, user_id="1", name="旧", follower_count="8", gender="m", crawl_time="1600000000"),
        user(3, user_id="1", name="无日期"),
    )["1"]
    assert (row["name"], row["follower_count"], row["gender"]) == ("新", 9, "m")


def test_accounts_of_profiles_and_follows_read_twice(make_dump):
    dump = make_dump(
        [user(1, user_id="1"), user(2, user_id="1"), follow(3, "1", "2"), follow(4, "1", "2")]
    )
    (counts,) = dump.summary["sources"]
    assert (counts["rows_read"], counts["users"], counts["follows"], counts["merged"]) == (
        4,
        1,
        1,
        2,
    )
    assert dump.rows("follows") == 1


def test_a_name_that_one_account_has_is_that_account(make_dump):
    dump = make_dump([post("1", user_name="甲"), user(2, user_id="11", name="甲")])
    assert dump.read("posts")["user_id"].to_pylist() == ["11"]
    assert dump.rows("users") == 1


def test_a_name_that_two_accounts_have_is_nobodys(make_dump):
    two = [user(2, user_id="11", name="甲"), user(3, user_id="12", name="甲")]
    dump = make_dump([post("1", user_name="甲"), *two])
    assert dump.read("posts")["user_id"].to_pylist() == [None]
    assert dump.summary["damage"] == {"shared_names": 1}


def test_authors_known_by_name_alone_are_one_account_a_name(make_dump):
    dump = make_dump(
        [post("1", user_name="甲"), post("2", user_name="甲"), post("3", user_name="张***三")]
    )
    one, two, masked = dump.read("posts")["user_id"].to_pylist()
    assert one == two
    assert one.startswith("name-")
    assert masked is None
    (row,) = dump.read("users").to_pylist()
    assert (row["user_id"], row["name"]) == (one, "甲")


def test_a_profile_without_a_number_is_still_an_account(make_dump):
    dump = make_dump([user(1, name="张***三", follower_count="5"), user(2, name="甲", gender="f")])
    assert dump.rows("users") == 2
    assert dump.summary["totals"]["users"] == 2


def test_hashed_accounts_are_those_of_the_numbers(make_dump):
    number = "2000000001"
    digest = hashlib.sha256(number.encode()).hexdigest()[:16]
    other = "0123456789abcdef"
    dump = make_dump(
        [
            post("1", user_id=digest, user_name="张***三"),
            post("2", user_id=other),
            user(3, user_id=number, name="张小三"),
            follow(4, digest, other),
        ]
    )
    assert dump.read("posts")["user_id"].to_pylist() == [number, other]
    assert dump.read("follows").to_pylist() == [{"follower_id": number, "followed_id": other}]
    assert set(dump.read("users")["user_id"].to_pylist()) == {number, other}


@pytest.mark.parametrize(
    "nobody", ["0", "-1", "", "nan", "d41d8cd98f00b204e9800998ecf8427e", "1.6E+09"]
)
def test_ids_that_are_nobodys(users, nobody):
    assert users(post("1", user_id=nobody)) == {}
