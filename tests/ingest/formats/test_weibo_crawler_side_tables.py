"""Synthetic: users.csv and the comment CSV of weibo-crawler."""

from __future__ import annotations

from gnn_emotion.ingest.formats import weibo_crawler_comments, weibo_crawler_csv
from gnn_emotion.ingest.formats import weibo_crawler_users as users
from gnn_emotion.ingest.records import Source

HEADER = [
    *["用户id", "昵称", "性别", "生日", "所在地", "IP属地", "学习经历", "公司", "注册时间"],
    *["阳光信用", "微博数", "粉丝数", "关注数", "简介", "主页", "头像", "高清头像"],
    *["微博等级", "会员等级", "是否认证", "认证类型", "认证信息", "上次记录微博信息"],
]
ROW = [
    *["1", "某人", "m", "", "北京", "", "", "", "2010-01-01", "好", "10", "1.2万", "30"],
    *["爱好", "https://m.example/u/1", "a", "b", "1", "2", "True", "0", "", ""],
]


def test_users(read_table):
    (user,) = read_table(users, [HEADER, ROW], "users.csv")
    assert user.table == "users"
    assert user.values["follower_count"] == "1.2万"
    assert user.values["verified"] == "True"
    assert user.values["description"] == "爱好"


def test_older_header_without_ip(read_table):
    at = HEADER.index("IP属地")
    table = [[*row[:at], *row[at + 1 :]] for row in (HEADER, ROW)]
    assert read_table(users, table)[0].values["location"] == "北京"


def test_description_torn_at_its_commas_is_mended(read_table):
    at = HEADER.index("简介")
    torn = [*ROW[:at], "爱好", "读书", "旅行", *ROW[at + 1 :]]
    (user,) = read_table(users, [HEADER, torn])
    assert user.values["description"] == "爱好,读书,旅行"


def test_rows_that_cannot_be_mended_are_quarantined(read_table):
    found = read_table(users, [HEADER, [*ROW[:1], "x", *ROW[1:]], ROW[:9]])
    assert [r.table for r in found] == ["quarantine", "quarantine"]


def test_comments(read_table):
    header = ["id", "weibo_id", "created_at", "user_screen_name", "text", "pic_url", "like_count"]
    row = ["11", "4454572602912349", "Tue May 31 17:46:55 +0800 2011", "某人", "好", "", "3"]
    good, bad = read_table(weibo_crawler_comments, [header, row, row[:3]], "x_comments.csv")
    assert good.values["kind"] == "comment"
    assert good.values["parent_id"] == good.values["root_id"] == "4454572602912349"
    assert bad.table == "quarantine"


def test_sniff_tells_them_apart(tmp_path):
    source = Source(tmp_path / "users.csv", "users.csv", tmp_path)
    head = ",".join(HEADER).encode("utf-8-sig")
    assert users.sniff(source, head) == 1.0
    assert weibo_crawler_csv.sniff(source, head) == 0.0
    assert weibo_crawler_comments.sniff(source, head) == 0.0
