from __future__ import annotations

import gzip
import json
import os
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.ingest import sniff
from gnn_emotion.ingest.records import RAW, Columns, ReadOptions, Source
from gnn_emotion.schema.errors import DumpError

#: What the files of the crawler samples are: path -> format, own rows by table. A format alone
#: stands for a file whose columns have to be mapped by the user.
SAMPLES = {
    "2yd_mweibo_json/7089246227.csv": ("generic-table", None),
    "2yd_mweibo_json/7454177482.csv": ("generic-table", None),
    "2yd_mweibo_json/data_7089246227.json": ("generic-json", None),
    "2yd_mweibo_json/data_7454177482.json": ("generic-json", None),
    "alicecheng_covid/results.csv": ("generic-table", None),
    "alicecheng_covid/results_cleaned.csv": ("generic-table", {"posts": 380}),
    "dataabc_weibo-crawler/1669879400.json": ("weibo-crawler-json", {"users": 1, "posts": 2}),
    "datafountain_ncov_gbk/nCov_10k_test.csv": ("datafountain", {"posts": 10_000}),
    "gongshukai_hotnews/Jiangping_test.csv": ("generic-table", {"posts": 9381}),
    "gongshukai_hotnews/Jiangping_train.csv": ("generic-table", {"posts": 3286}),
    "mayiku/sample_comments.csv": ("generic-table", {"posts": 12}),
    "nghuyong_WeiboSpider/comment_20221027.jsonl": ("nghuyong", {"posts": 1}),
    "nghuyong_WeiboSpider/fan_20221027.jsonl": ("nghuyong", {"follows": 1}),
    "nghuyong_WeiboSpider/follow_20221027.jsonl": ("nghuyong", {"follows": 1}),
    "nghuyong_WeiboSpider/repost_20221027.jsonl": ("nghuyong", {"posts": 1}),
    "nghuyong_WeiboSpider/tweet_by_keyword_20221027.jsonl": ("nghuyong", {"posts": 1}),
    "nghuyong_WeiboSpider/tweet_by_tweet_id_20221027.jsonl": ("nghuyong", {"posts": 1}),
    "nghuyong_WeiboSpider/tweet_by_user_id_20221027.jsonl": ("nghuyong", {"posts": 1}),
    "nghuyong_WeiboSpider/user_20221027.jsonl": ("nghuyong", {"users": 1}),
    "old_weibospider_scrapy_mongo/random_3000_with_label.csv": (
        "old-weibo-spider",
        {"posts": 3000},
    ),
    "old_weibospider_scrapy_mongo/user_all.csv": ("old-weibo-spider", {"users": 1993}),
    "platform3190/weibo_sentiment.db": ("generic-sqlite", {"posts": 76}),
    "sora_emotion/model_label_data.csv": ("generic-table", {"posts": 2579}),
    "sora_emotion/users.csv": ("generic-table", {"users": 2579}),
    "valeriehuang_hot/hot_with_live_time.csv": ("generic-table", {"posts": 5806}),
    "valeriehuang_hot/processed_data2020-01-24.csv": ("generic-table", {"posts": 766}),
    "zk112211/weibo_results.txt": ("generic-table", {"posts": 28}),
    "zk112211/春晚.txt": ("generic-table", None),
}
#: The same for folders and archives of many files: files, format, own rows of all of them.
MANY = {
    "ced_raw/non-rumor-repost/": (34, "ced", {"posts": 8830}),
    "ced_raw/original-microblog/": (61, "ced", {"posts": 61}),
    "ced_raw/rumor-repost/": (27, "ced", {"posts": 5008, "quarantine": 1}),
    "zachgu_weibo_gat/comments_google.zip/": (1000, "comment-tree", {"posts": 17_482}),
}


@pytest.fixture
def find(tmp_path):
    """Write files below a folder and find the sources in it."""

    def run(files: dict[str, bytes], *paths, **options):
        folder = tmp_path / "in"
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        named = [folder / path for path in paths] or [folder]
        return sniff.find_sources(named, tmp_path / "unpacked", **options)

    return run


def names(found: sniff.Found) -> dict[str, str]:
    return {source.name: reader.NAME for source, reader in found.sources}


CSV = "评论内容,点赞\n好,1\n".encode()
TWEET = b'{"_id": "1", "mblogid": "IabcDEfgh", "content": "x"}\n'


def test_formats_by_name():
    assert sniff.by_name("nghuyong").NAME == "nghuyong"
    assert all(name == reader.NAME for name, reader in sniff.FORMATS.items())
    with pytest.raises(DumpError, match=r"called 'nguhyong'; did you mean 'nghuyong'\?"):
        sniff.by_name("nguhyong")


def test_every_reader_is_a_format():
    modules = {path.stem for path in Path(sniff.ced.__file__).parent.glob("*.py")}
    readers = {reader.__name__.rsplit(".", 1)[-1] for reader in sniff.FORMATS.values()}
    assert modules - readers == {"__init__", "weibo_api_post"}


def test_the_surest_format_reads_a_file(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(TWEET)
    assert sniff.sniff(Source(path, "a.jsonl", tmp_path)).NAME == "nghuyong"
    path.write_bytes(b"nothing of the kind")
    assert sniff.sniff(Source(path, "a.jsonl", tmp_path)) is None


def test_a_folder_in_sorted_order(find):
    found = find({"b.csv": CSV, "a/z.jsonl": TWEET, "a.csv": CSV, "a b.csv": CSV})
    assert names(found) == {
        "a/z.jsonl": "nghuyong",
        "a b.csv": "generic-table",
        "a.csv": "generic-table",
        "b.csv": "generic-table",
    }
    assert list(names(found)) == ["a/z.jsonl", "a b.csv", "a.csv", "b.csv"]
    assert found.skipped == {}


def test_what_is_skipped(find, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/linked").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "in/gone.csv").symlink_to(tmp_path / "missing")
    os.mkfifo(tmp_path / "in/pipe.csv")
    found = find(
        {
            ".hidden/a.csv": CSV,
            ".DS_Store": b"\0",
            "a.jpg": b"\xff\xd8",
            "clip.mp4": b"\0",
            "empty.csv": b"",
            "tool.exe": b"MZ\0\0",
            "notes.md": b"# notes",
            "sheet.xlsx": b"PK\3\4\0",
            "a.csv": CSV,
        }
    )
    assert list(names(found)) == ["a.csv"]
    assert found.skipped == {
        "empty.csv": "empty file",
        "gone.csv": "cannot be opened: No such file or directory",
        "linked": "a link to a folder; name the folder itself",
        "notes.md": "not a known format",
        "pipe.csv": "not a plain file",
        "sheet.xlsx": "an Excel workbook; save its sheets as CSV (UTF-8)",
        "tool.exe": "not a known format; looks binary",
    }


def test_a_folder_that_cannot_be_opened(find, monkeypatch):
    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    real = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)
    found = find({"closed/a.csv": CSV, "b.csv": CSV})
    assert names(found) == {"b.csv": "generic-table"}
    assert found.skipped == {"closed": "a folder that cannot be opened"}


def test_a_path_that_does_not_exist(find):
    with pytest.raises(DumpError, match=r"missing\.csv does not exist"):
        find({"a.csv": CSV}, "missing.csv")


def test_a_media_file_named_by_the_user(find):
    found = find({"a.jpg": b"\xff\xd8"}, "a.jpg")
    assert list(found.skipped) == ["a.jpg"]
    assert found.skipped["a.jpg"].startswith("a picture or video; name the folder")


def test_files_named_by_the_user(find, tmp_path):
    found = find({"x/a.csv": CSV, "x/b.csv": CSV}, "x/b.csv", "x/a.csv")
    assert list(names(found)) == ["b.csv", "a.csv"]
    assert {source.root for source, _ in found.sources} == {tmp_path / "in/x"}


def test_a_file_reached_twice_is_read_once(find):
    found = find({"x/a.csv": CSV, "x/b.csv": CSV}, "x/a.csv", "x")
    assert list(names(found)) == ["a.csv", "b.csv"]


def test_names_are_unique_over_folders(find):
    files = {"x/a.csv": CSV, "y/a.csv": CSV, "y/only.csv": CSV, "z/other.csv": CSV}
    found = find(files, "x", "y", "z")
    assert list(names(found)) == ["x/a.csv", "y/a.csv", "y/only.csv", "other.csv"]
    found = find({"p/q/a.csv": CSV, "r/q/a.csv": CSV}, "p/q", "r/q")
    assert list(names(found)) == ["p/q/a.csv", "r/q/a.csv"]


def test_a_forced_format_reads_everything_but_media(find):
    files = {"notes.md": b"# notes", "a.csv": CSV, "a.jpg": b"\xff\xd8", "empty.csv": b""}
    found = find(files, format="generic-json")
    assert names(found) == {"a.csv": "generic-json", "notes.md": "generic-json"}
    assert found.skipped == {"empty.csv": "empty file"}
    with pytest.raises(DumpError, match="no format is called 'json'"):
        find({}, format="json")


def make_zip(members: dict[str, bytes], path) -> bytes:
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path.read_bytes()


def test_archives(find, tmp_path):
    inner = make_zip({"x.csv": CSV}, tmp_path / "made.zip")
    members = {"in/b.csv": CSV, "a.jsonl": TWEET, "e.csv": b"", "x.zip": inner, "../q.csv": CSV}
    files = {
        "posts.zip": make_zip(members, tmp_path / "made.zip"),
        "7.csv.gz": gzip.compress(CSV),
        "bad.zip": b"PK",
    }
    found = find(files)
    assert names(found) == {
        "7.csv.gz": "generic-table",
        "posts.zip/a.jsonl": "nghuyong",
        "posts.zip/in/b.csv": "generic-table",
    }
    assert found.skipped == {
        "bad.zip": "damaged archive: File is not a zip file",
        "posts.zip/../q.csv": "its path leads out of the archive",
        "posts.zip/e.csv": "empty file",
        "posts.zip/x.zip": "an archive in an archive; unpack the outer one",
    }
    assert found.sources[0][0].path.name == "7.csv"
    assert all(source.path.read_bytes() in (CSV, TWEET) for source, _ in found.sources)
    assert {source.root for source, _ in found.sources} == {tmp_path / "in"}


def test_an_archive_with_media_is_the_folder_of_its_media(find, tmp_path):
    members = {"a.jsonl": TWEET, "img/1.jpg": b"\xff\xd8"}
    found = find({"posts.zip": make_zip(members, tmp_path / "made.zip")})
    ((source, _),) = found.sources
    assert (source.root / "img/1.jpg").exists()
    assert found.skipped == {}


def test_names_that_are_not_unicode(find, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/\xce\xa2.csv", "wb") as file:  # noqa: PTH123
        file.write(CSV)
    (name,) = names(find({}))
    name.encode("utf-8")


def test_a_damaged_database(find, tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE weibo (id, text)")
    content = path.read_bytes()
    found = find({"a.db": content[:100] + b"\xff" * 5000})
    assert names(found) == {"a.db": "generic-sqlite"}


@pytest.mark.real_data
def test_samples(real_data, tmp_path):
    found = sniff.find_sources([real_data("crawler_samples")], tmp_path)
    assert found.skipped == {}
    formats, rows = {}, {}
    files: Counter[tuple[str, str]] = Counter()
    for source, reader in found.sources:
        if key := next((key for key in MANY if source.name.startswith(key)), None):
            files[key, reader.NAME] += 1
        else:
            key = source.name
            formats[key] = reader.NAME
        rows.setdefault(key, Counter()).update(count(source, reader))
    assert formats == {name: sample[0] for name, sample in SAMPLES.items()}
    assert files == {(key, name): number for key, (number, name, _) in MANY.items()}
    expected = {key: sample[1] or {} for key, sample in SAMPLES.items()}
    assert rows == expected | {key: many[2] for key, many in MANY.items()}


def count(source, reader) -> Counter[str]:
    """Count the rows of a source that are its own, by table; none if it has to be mapped."""
    rows: Counter[str] = Counter()
    try:
        for item in reader.read(source, ReadOptions()):
            if not item.embedded:
                rows[item.table] += item.data.num_rows if isinstance(item, Columns) else 1
    except DumpError as error:
        assert "--map" in str(error) and not rows
    return rows


KEYS = [
    *["id", "idstr", "mid", "bid", "_id", "mblogid", "text", "text_raw", "content", "user"],
    *["user_id", "retweet", "retweeted_status", "weibo", "comments", "reposts"],
    *["status", "reply_comment", "comment_user", "fan_info", "follower_info"],
    *["fan_id", "pics", "pic_ids", "pic_infos", "pic_urls", "page_info", "media_info"],
    *["mix_media_info", "items", "data", "cards", "mblog", "deleted", "rootid", "note_id"],
    *["comment_id", "fans", "nickname", "screen_name", "followers_count"],
    *["nick_name", "parent", "kids", "geo", "detail", "comment_num", "repost_num", "date"],
    *["created_at", "publish_time", "video_url", "url", "type"],
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=25,
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), max_size=3))
def test_no_object_breaks_a_reader_and_none_is_lost(tmp_path_factory, objects):
    folder = tmp_path_factory.mktemp("any")
    path = folder / "9_zAbCdEfGh_7.json"
    path.write_text(json.dumps(objects), encoding="utf-8")
    source = Source(path, path.name, folder)
    sniff.sniff(source)
    for name in READERS_OF_OBJECTS:
        found = list(sniff.by_name(name).read(source, ReadOptions(post_id="1")))
        rows = [record.row for record in found if not record.embedded]
        assert rows == list(range(1, len(rows) + 1))
        for record in found:
            pa.table({k: [v] for k, v in record.values.items()}).cast(
                pa.schema([RAW[record.table].field(k) for k in record.values])
            )
        if name in ("nghuyong", "media-crawler", "ced", "weibo-api"):
            assert len(rows) >= len(objects)


READERS_OF_OBJECTS = [
    *["weibo-crawler-json", "weibo-spider-json", "nghuyong", "media-crawler"],
    *["weibo-api", "checked", "ced"],
]
