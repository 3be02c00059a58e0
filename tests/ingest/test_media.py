"""Identity of pictures and videos; addresses and ids are made up."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.media import media_items, owner_of
from gnn_emotion.ingest.staged import MEDIA

PID = "499602d2ly1gaaaaaaaaaj20u00u0abc"
LISTS = pa.list_(pa.string())
URLS = st.lists(
    st.none()
    | st.text()
    | st.sampled_from([PID, "无", f"https://wx1.sinaimg.cn/large/{PID}.jpg", "a/b.jpg"])
    | st.text(alphabet=":/.?#&htps姓ab0", max_size=30)
)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def items(images=None, videos=None):
    found = media_items(pa.array([images], LISTS), pa.array([videos], LISTS))
    assert found.type == MEDIA
    return found.to_pylist()[0]


def image_id(url):
    return [item["media_id"] for item in items([url])]


@pytest.mark.parametrize(
    "url",
    [
        f"https://wx3.sinaimg.cn/large/{PID}.jpg",
        f"http://ww1.sinaimg.cn/thumb150/{PID}.jpg",
        f"https://wx1.sinaimg.cn/orj960/{PID}",
        f"//tva1.sinaimg.cn/mw690/{PID}.gif",
        f"https://tvax4.sinaimg.cn/crop.0.0.100.100.50/{PID}.jpg?KID=a&Expires=1",
        f"http://s1.sinaimg.cn/middle/{PID}&690",
        f"HTTPS://WX1.SINAIMG.CN/large/{PID}.jpg#x",
        f" https://wx3.sinaimg.cn/large/{PID}.jpg\n",
        PID,
    ],
)
def test_a_picture_is_its_pid(url):
    assert image_id(url) == [PID]
    plain = f"https://wx2.sinaimg.cn/bmiddle/{PID[::-1]}.jpg"
    assert [item["media_id"] for item in items([plain, url, "a.jpg"])][:2] == [PID[::-1], PID]


def test_pictures_from_elsewhere():
    assert image_id("http://example.com/a.jpg?b=1#c") == [
        "url-" + digest("http://example.com/a.jpg?b=1")
    ]
    assert image_id("https://h5.sinaimg.cn/upload/icon_1.png") == [
        "url-" + digest("https://h5.sinaimg.cn/upload/icon_1.png")
    ]
    assert image_id("img/a.jpg") == image_id("./img//a.jpg") == ["file-" + digest("img/a.jpg")]


@pytest.mark.parametrize(
    ("url", "media_id"),
    [
        ("http://f.video.weibocdn.com/o0/AbCd1.mp4?label=mp4_720p&Expires=1", "AbCd1.mp4"),
        ("https://us.sinaimg.cn/002ab.mp4?ssig=x", "002ab.mp4"),
        ("https://fus.cdn.krcom.cn/002ab.mp4?label=mp4_ld", "002ab.mp4"),
        ("https://notweibo.com/002ab.mp4", "url-" + digest("https://notweibo.com/002ab.mp4")),
        ("https://example.com/v/a.mp4?token=1", "url-" + digest("https://example.com/v/a.mp4")),
        (
            "https://video.weibo.com/show?fid=1034:4",
            "url-" + digest("https://video.weibo.com/show?fid=1034:4"),
        ),
        ("video/a.mp4", "file-" + digest("video/a.mp4")),
    ],
)
def test_a_video_is_its_file(url, media_id):
    assert items(None, [url]) == [{"media_id": media_id, "kind": "video", "path": None, "url": url}]


def test_pages_that_show_videos_are_told_apart():
    for page in (
        "https://video.weibo.com/show?fid=1034:",
        "https://api.weibo.com/redirect.json?v=",
    ):
        assert len(items(None, [f"{page}{i}" for i in range(2)])) == 2


def test_the_media_of_a_post_in_order_and_once():
    first = f"https://wx3.sinaimg.cn/large/{PID}.jpg"
    images = ["b.jpg", first, "", "无", None, f"http://ww1.sinaimg.cn/thumb150/{PID}.jpg", "a.jpg"]
    found = items(images, ["v.mp4"])
    assert [(item["kind"], item["url"]) for item in found] == [
        ("image", "b.jpg"),
        ("image", first),
        ("image", "a.jpg"),
        ("video", "v.mp4"),
    ]


def test_a_pid_has_no_address():
    assert items([PID]) == [{"media_id": PID, "kind": "image", "path": None, "url": None}]


def test_the_same_picture_in_two_posts_is_one():
    images = pa.array([[f"https://wx1.sinaimg.cn/large/{PID}.jpg"], None, [PID]], LISTS)
    found = media_items(images, pa.nulls(3, LISTS)).to_pylist()
    assert [[item["media_id"] for item in post] for post in found] == [[PID], [], [PID]]


@given(st.lists(st.tuples(st.none() | URLS, st.none() | URLS)))
def test_any_lists_are_named(posts):
    images, videos = (pa.array([post[i] for post in posts], LISTS) for i in (0, 1))
    found = media_items(images, videos)
    assert found.type == MEDIA
    assert found.null_count == 0
    rows = found.to_pylist()
    assert len(rows) == len(posts)
    assert rows == [items(*post) for post in posts]
    for row in rows:
        ids = [item["media_id"] for item in row]
        assert all(ids) and len(set(ids)) == len(ids)
    if posts:
        assert media_items(images.slice(1), videos.slice(1)).to_pylist() == rows[1:]


@pytest.mark.parametrize(
    ("pid", "owner"),
    [
        (PID, "1234567890"),
        ("001ly7vkly1gaaaaaaaaaj20u00u0abc", "1234567890"),
        ("zzzzzzzzly1gaaaaaaaaaj20u00u0abc", None),
        ("499602d2", None),
        ("", None),
        ("url-499602d2499602d2", None),
    ],
)
def test_owner_of(pid, owner):
    assert owner_of(pid) == owner


@pytest.mark.real_data
def test_owners_of_real_pictures(real_data):
    folder = real_data("crawler_samples")
    crawled = json.loads((folder / "dataabc_weibo-crawler/1669879400.json").read_text("utf-8"))
    posts = [(post["pics"].split(","), str(post["user_id"])) for post in crawled["weibo"]]
    for file in (folder / "nghuyong_WeiboSpider").glob("tweet*.jsonl"):
        for line in file.read_text("utf-8").splitlines():
            post = json.loads(line)
            posts.append((post["pic_urls"], str(post.get("user", {}).get("_id"))))
    pairs = {
        (owner_of(pid), user)
        for urls, user in posts
        for url in urls
        if url
        for pid in image_id(url)
    }
    assert len(pairs) >= 2
    assert all(owner == user for owner, user in pairs)
