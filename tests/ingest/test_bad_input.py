"""What is wrong with a file costs one clear line, and the rest of the dump is still read.

All files here are synthetic.
"""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gnn_emotion.ingest.read import read_dump
from gnn_emotion.schema.errors import DumpError

GOOD = "post_id,text\n4454572602912349,早上好\n"


@pytest.fixture
def folder(tmp_path):
    """Make a folder with a good file that must be read whatever lies beside it."""
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    return tmp_path


def read(folder, **options):
    """Read a folder; check what holds for every dump, and that the good file is in it."""
    dump = read_dump(folder, progress=False, **options)
    totals = dump.summary["totals"]
    kept = totals["posts_new"] + totals["users"] + totals["follows"]
    assert totals["rows_read"] == kept + totals["merged"] + totals["quarantined"]
    rows = {row["post_id"]: row for row in dump.read("posts").to_pylist()}
    assert rows["4454572602912349"]["text"] == "早上好"
    for line in [*dump.summary["skipped"].values(), *dump.read("quarantine")["reason"].to_pylist()]:
        assert line
        assert "\n" not in line
    return dump


def counts(dump, name):
    """Return what became of the rows of one source, zeros left out."""
    (found,) = (source for source in dump.summary["sources"] if source["name"] == name)
    names = ("posts_new", "merged", "users", "follows", "quarantined")
    return {key: found[key] for key in names if found[key]}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.csv", b"", "empty file"),
        ("empty.json", b"", "empty file"),
        ("binary.csv", bytes(range(256)) * 64, "not a known format; looks binary"),
        ("binary.dat", b"\0\1\2\3" * 999, "not a known format; looks binary"),
        ("book.xlsx", b"PK\3\4" + bytes(99), "an Excel workbook; save its sheets as CSV (UTF-8)"),
        ("numbers.csv", b"a,b\n1,2\n", "no column looks like the text of a post"),
        ("broken.zip", b"PK\3\4 no archive", "damaged archive"),
        ("cut.parquet", b"PAR1" + b"\0" * 99, "cannot be read"),
        ("torn.db", b"SQLite format 3\0" + b"\x10\0" + b"\xff" * 5000, ""),
    ],
)
def test_a_file_that_is_no_dump_is_skipped_with_the_reason(folder, name, content, reason):
    (folder / name).write_bytes(content)
    dump = read(folder)
    (said,) = dump.summary["skipped"].values()
    assert said.startswith(reason)
    assert dump.rows("posts") == 1


def test_a_path_that_does_not_exist(folder):
    with pytest.raises(DumpError, match=r"gone\.csv does not exist"):
        read_dump([folder / "gone.csv"], progress=False)


def test_a_wrong_encoding(folder):
    text = "post_id,text\n1,今天天气很好，我们去公园\n2,好\n".encode("gb18030")
    (folder / "gbk.csv").write_bytes(text.replace("去".encode("gb18030"), b"\xff\xff"))
    (folder / "wide.csv").write_bytes("post_id,text\n3,哈哈\n".encode("utf-16"))
    dump = read(folder)
    texts = dump.read("posts")["text"].to_pylist()
    assert {"好", "哈哈"} <= set(texts)
    assert any(t.startswith("今天天气很好，我们\ufffd") for t in texts)
    assert dump.summary["damage"]["texts_with_lost_characters"] == 1


@pytest.mark.parametrize(("left_out", "posts"), [("]}", 2), ('甲"}}]}', 1)])
def test_truncated_json_keeps_what_came_before(folder, left_out, posts):
    user = {"id": 7, "screen_name": "甲"}
    rows = [{"mid": f"445457260291234{i}", "text": "今天", "user": user} for i in (1, 2)]
    text = json.dumps({"statuses": rows}, ensure_ascii=False)
    assert text.endswith(left_out)
    (folder / "cut.json").write_text(text.removesuffix(left_out), encoding="utf-8")
    dump = read(folder)
    assert counts(dump, "cut.json") == {"posts_new": posts, "quarantined": 1}
    assert dump.read("quarantine")["reason"].to_pylist()[0].startswith("the JSON ends in")


def test_lines_of_jsonl_that_are_no_json(folder):
    good = json.dumps({"id": "5", "text": "好"}, ensure_ascii=False)
    lines = [good, "{broken", "null", "7", good.replace("5", "6"), good[:-4]]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    dump = read(folder)
    assert counts(dump, "a.jsonl") == {"posts_new": 2, "quarantined": 4}
    assert dump.read("quarantine")["row"].to_pylist() == [2, 3, 4, 6]


def test_ragged_rows(folder):
    lines = ["post_id,text,user_id", "1,早", "2,午,5", "3,早,5,6", '4,"早\n,', "5,晚,7"]
    (folder / "ragged.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    dump = read(folder)
    rows = dump.read("quarantine").to_pylist()
    assert [row["row"] for row in rows][:2] == [2, 4]
    assert [rows[0]["reason"], rows[0]["raw"]] == ["2 cells, expected 3", "1,早"]
    assert {"午", "晚"} <= set(dump.read("posts")["text"].to_pylist())


def test_a_line_of_a_hundred_megabytes(folder):
    long = "哈" * 33_000_000
    (folder / "long.csv").write_text(f"post_id,text\n1,{long}\n2,短\n", encoding="utf-8")
    dump = read(folder)
    assert "短" in dump.read("posts")["text"].to_pylist()
    (row,) = dump.read("quarantine").to_pylist()
    assert "longer than 16,777,216 characters" in row["reason"]
    assert len(row["raw"]) <= 500


def test_a_json_line_of_a_hundred_megabytes(folder):
    long = json.dumps({"id": "1", "text": "x" * 100_000_000})
    short = json.dumps({"id": "2", "text": "短"}, ensure_ascii=False)
    (folder / "long.jsonl").write_text(f"{short}\n{long}\n{short}\n", encoding="utf-8")
    dump = read(folder)
    assert "短" in dump.read("posts")["text"].to_pylist()
    (row,) = dump.read("quarantine").to_pylist()
    assert row["reason"] == "longer than 16,777,216 characters"


def test_a_file_that_is_one_line_of_a_hundred_megabytes(folder):
    (folder / "line.csv").write_bytes(b"x" * 100_000_000)
    (folder / "line.json").write_bytes(b'{"text": "' + b"x" * 100_000_000)
    (folder / "line.jsonl").write_bytes(b"[" * 100_000_000)
    assert read(folder).rows("posts") == 1


def test_a_map_of_an_unknown_column(folder):
    with pytest.raises(
        DumpError, match=r"good\.csv.* has no column 'txt' to map; did you mean 'te"
    ):
        read_dump(folder, progress=False, columns={"txt": "text"})


def test_a_map_to_an_unknown_field(folder):
    with pytest.raises(DumpError, match="did you mean 'user_id'"):
        read_dump(folder, progress=False, columns={"post_id": "userid"})


def test_cycles_own_parents_and_duplicates(folder):
    lines = ["post_id,text,parent_id", "11,a,12", "12,b,13", "13,c,11", "14,d,14", "15,e,", "15,f,"]
    (folder / "odd.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    dump = read(folder)
    assert dump.summary["damage"] == {"own_parents": 1, "parents_in_cycles": 3}
    assert dump.summary["totals"]["merged"] == 1
    rows = [r for r in dump.read("posts").to_pylist() if r["source"] == "odd.csv"]
    assert len(rows) == 5
    assert all(row["parent_id"] is None for row in rows)


@pytest.mark.parametrize(
    "date",
    [
        "0000-00-00 00:00:00",
        "0001-01-01",
        "9999-12-31 23:59:59",
        "2020-02-30",
        "昨天-2020",
        "1e308",
    ],
)
def test_dates_that_are_none(folder, date):
    (folder / "dates.csv").write_text(f"post_id,text,created_at\n1,a,{date}\n", encoding="utf-8")
    dump = read(folder)
    assert dump.read("posts")["created_at"].null_count == 2
    assert dump.summary["damage"] == {"unread_times": 1}


def test_nul_bytes_and_lone_surrogates(folder):
    (folder / "nul.csv").write_bytes(b"post_id,text\n1,a\0b\n")
    (folder / "half.jsonl").write_bytes(rb'{"id": "2", "text": "x\ud83d"}' + b"\n")
    (folder / "pair.jsonl").write_bytes(rb'{"id": "3", "text": "\ud83d\ude02\u0000"}' + b"\n")
    raw = "post_id,text\n4,今天天气很好，我们去公园".encode() + b"\xed\xa0\xbd\n"
    (folder / "raw.csv").write_bytes(raw)
    texts = set(read(folder).read("posts")["text"].to_pylist())
    assert {"ab", "😂"} <= texts
    assert any(text.startswith("x\ufffd") for text in texts)
    assert any(text.startswith("今天天气很好，我们去公园\ufffd") for text in texts)


def test_deeply_nested_json(folder):
    (folder / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    read(folder)


def test_a_folder_named_like_a_file_and_a_link_to_nothing(folder):
    (folder / "dir.csv").mkdir()
    (folder / "link.csv").symlink_to(folder / "nowhere.csv")
    assert list(read(folder).summary["skipped"]) == ["link.csv"]


cells = st.one_of(
    st.none(),
    st.sampled_from(
        ["", "0", "1", "2", "3", "4454572602912349", "ImTGkcdDn", "4.45E+15", "2020-01-01", "1.2万"]
    ),
    st.sampled_from(["转发微博", "//@甲:好", "回复@乙:", "[泪]#a#@b", "抱歉，此微博已被作者删除"]),
    st.text(max_size=12),
)
NAMES = ("post_id", "parent_id", "root_id", "text", "user_id", "user_name", "created_at", "label")


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(*[cells] * len(NAMES)), max_size=8), st.booleans())
def test_whatever_the_cells_hold_the_dump_is_sound(tmp_path_factory, rows, as_json):
    folder = tmp_path_factory.mktemp("any")
    (folder / "good.csv").write_text(GOOD, encoding="utf-8")
    if as_json:
        lines = [json.dumps(dict(zip(NAMES, row, strict=True))) for row in rows]
        (folder / "any.jsonl").write_text("\n".join(lines), encoding="utf-8")
    else:
        written = io.StringIO(newline="")
        csv.writer(written).writerows([NAMES, *rows])
        text = written.getvalue().encode("utf-8", "surrogatepass")
        (folder / "any.csv").write_bytes(text)
    dump = read_dump(folder, progress=False)
    posts = {row["post_id"]: row for row in dump.read("posts").to_pylist()}
    assert len(posts) == dump.rows("posts")
    for row in posts.values():
        here, steps = row, 0
        while here["parent_id"] is not None:
            here, steps = posts[here["parent_id"]], steps + 1
            assert steps <= len(posts)
        assert row["root_id"] == here["root_id"]
    users = set(dump.read("users")["user_id"].to_pylist())
    assert {row["user_id"] for row in posts.values()} - {None} <= users
    assert set(dump.read("mentions")["user_id"].to_pylist()) - {None} <= users
