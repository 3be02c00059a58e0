"""Reading files to a Dump; all files here are synthetic."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gnn_emotion.ingest import read as module
from gnn_emotion.ingest.formats import generic_table
from gnn_emotion.ingest.read import read_dump
from gnn_emotion.ingest.records import Record
from gnn_emotion.schema.errors import DumpError, LabelError
from gnn_emotion.schema.tables import SCHEMAS, is_dump

POSTS = "post_id,user_id,text,created_at,parent_id\n"
ROWS = [
    "4454572602912349,11,早上好,2020-01-02 10:00:00,",
    "4454572602912350,12,转发微博//@甲:早上好,2020-01-02 11:00:00,4454572602912349",
]


@pytest.fixture
def posts(tmp_path) -> Path:
    path = tmp_path / "in" / "posts.csv"
    path.parent.mkdir()
    path.write_text(POSTS + "\n".join(ROWS) + "\n", encoding="utf-8")
    return path


def quiet(*paths, **options):
    return read_dump(list(paths), progress=False, **options)


def test_a_file_and_its_folder_are_the_same_dump(posts):
    one, all_of_it = quiet(posts), quiet(posts.parent)
    for table in SCHEMAS:
        assert one.path(table).read_bytes() == all_of_it.path(table).read_bytes()
    rows = one.read("posts").to_pylist()
    assert [row["parent_id"] for row in rows] == [None, "4454572602912349"]
    assert {row["source"] for row in rows} == {"posts.csv"}


def test_one_path_may_be_a_string(posts):
    assert read_dump(str(posts), progress=False).rows("posts") == 2


def test_the_same_input_gives_the_same_bytes(posts, tmp_path):
    many = [
        f"{4454572602912349 + i},{i % 97},第{i}条,2020-01-02,{4454572602912349 + i // 3}"
        for i in range(5000)
    ]
    posts.write_text(POSTS + "\n".join(many), encoding="utf-8")
    dumps = [quiet(posts, output=tmp_path / name) for name in ("a", "b", "c")]
    for name in [f"{table}.parquet" for table in SCHEMAS] + ["summary.json"]:
        assert len({(dump.folder / name).read_bytes() for dump in dumps}) == 1, name


def test_a_dump_is_returned_as_it_is(posts, tmp_path):
    dump = quiet(posts, output=tmp_path / "out")
    before = dump.path("posts").stat().st_mtime_ns
    assert quiet(tmp_path / "out").folder == tmp_path / "out"
    assert dump.path("posts").stat().st_mtime_ns == before


def test_a_dump_cannot_be_read_with_other_paths(posts, tmp_path):
    quiet(posts, output=tmp_path / "out")
    with pytest.raises(DumpError, match="is a Dump already"):
        quiet(tmp_path / "out", posts)


def test_a_dump_in_the_way_is_replaced_and_nothing_is_left_beside_it(posts, tmp_path):
    quiet(posts, output=tmp_path / "out")
    posts.write_text(POSTS + ROWS[0], encoding="utf-8")
    assert quiet(posts, output=tmp_path / "out").rows("posts") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_an_empty_folder_and_missing_folders_above_are_no_obstacle(posts, tmp_path):
    (tmp_path / "out").mkdir()
    assert quiet(posts, output=tmp_path / "out").rows("posts") == 2
    assert quiet(posts, output=tmp_path / "a" / "b" / "out").rows("posts") == 2


def test_what_is_no_dump_is_never_replaced(posts, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("...")
    with pytest.raises(DumpError, match="a folder with other files"):
        quiet(posts, output=tmp_path / "out")
    with pytest.raises(DumpError, match="is a file"):
        quiet(posts, output=tmp_path / "out" / "thesis.docx")
    assert (tmp_path / "out" / "thesis.docx").exists()


def test_the_output_may_not_lie_in_the_input(posts):
    with pytest.raises(DumpError, match="lies in the input"):
        quiet(posts.parent, output=posts.parent / "out")


def test_an_error_leaves_the_old_dump_and_no_half_of_a_new_one(posts, tmp_path, monkeypatch):
    old = quiet(posts, output=tmp_path / "out").path("posts").read_bytes()
    monkeypatch.setattr(module, "assemble", lambda *_: 1 / 0)
    for output in (tmp_path / "out", tmp_path / "new"):
        with pytest.raises(ZeroDivisionError):
            quiet(posts, output=output)
    assert (tmp_path / "out" / "posts.parquet").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_a_reader_that_breaks_midway_loses_only_what_it_did_not_reach(posts, monkeypatch):
    real = generic_table.read

    def read(source, options):
        yield from real(source, options)
        if source.name == "posts.csv":
            yield Record("posts", 9, {"post_id": "9", "text": "还在"})
            raise OSError("the disk\nis gone")

    monkeypatch.setattr(generic_table, "read", read)
    (posts.parent / "z.csv").write_text("text\n后来\n", encoding="utf-8")
    dump = quiet(posts.parent)
    assert dump.read("posts")["text"].to_pylist().count("还在") == 1
    assert dump.rows("posts") == 4
    broken, whole = dump.summary["sources"]
    assert broken["broke_off"] == "cannot be read further: OSError: the disk is gone"
    assert "broke_off" not in whole


def test_a_reader_that_gives_nothing_is_skipped_with_its_reason(posts, monkeypatch):
    real = generic_table.read

    def read(source, options):
        if source.name == "b.csv":
            raise DumpError(f"{source.name}: no")
        return real(source, options)

    monkeypatch.setattr(generic_table, "read", read)
    (posts.parent / "b.csv").write_text("text\n早\n", encoding="utf-8")
    dump = quiet(posts.parent)
    assert dump.summary["skipped"] == {"b.csv": "no"}
    assert [source["name"] for source in dump.summary["sources"]] == ["posts.csv"]


def test_nothing_to_read_names_the_reasons(tmp_path):
    for name in "abcde":
        (tmp_path / f"{name}.bin").write_bytes(b"\0\1\2" * 99)
    with pytest.raises(DumpError) as error:
        quiet(tmp_path)
    message = str(error.value)
    assert message.startswith(f"nothing could be read from {tmp_path}: a.bin: not a known format")
    assert message.endswith("and 2 more")
    assert "\n" not in message


def test_no_path_and_a_folder_without_files_are_said(tmp_path):
    with pytest.raises(DumpError, match="no path was given"):
        quiet()
    with pytest.raises(DumpError, match="there are no rows"):
        quiet(tmp_path)


def test_a_wrong_label_set_is_told_before_anything_is_read(posts):
    with pytest.raises(LabelError, match="smp2020"):
        quiet(posts, label_set="smp202")


def test_a_label_set_and_a_map_are_used(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("内文,心情\n好,happy\n坏,unknown\n", encoding="utf-8")
    dump = quiet(path, columns={"内文": "text", "心情": "label"}, label_set="smp2020")
    assert dump.read("labels")["label"].to_pylist() == ["happy"]
    assert dump.summary["refused_labels"] == {"unknown": 1}


def test_the_format_can_be_forced(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,bid,user_id,用户昵称,微博正文,艾特用户\n1,,5,甲,好,乙\n", encoding="utf-8")
    (counts,) = quiet(path, format="generic-table").summary["sources"]
    assert counts["format"] == "generic-table"
    with pytest.raises(DumpError, match="no format is called"):
        quiet(path, format="weibo")


def test_files_of_one_name_in_two_folders_stay_apart(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "posts.csv").write_text(f"text\n{folder}\n", encoding="utf-8")
    dump = quiet(tmp_path / "a", tmp_path / "b")
    assert dump.rows("posts") == 2
    assert len({s["name"] for s in dump.summary["sources"]}) == 2


def test_pictures_beside_a_dump_are_linked(posts):
    (posts.parent / "images").mkdir()
    picture = posts.parent / "images" / "4454572602912349-1.jpg"
    picture.write_bytes(b"jpeg")
    dump = quiet(posts.parent)
    (row,) = dump.read("media").to_pylist()
    assert (row["kind"], row["path"]) == ("image", str(picture))
    assert dump.read("post_media")["post_id"].to_pylist() == ["4454572602912349"]


def test_pictures_in_an_archive_are_kept_with_the_dump(posts, tmp_path):
    archive = tmp_path / "crawl.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(posts, "posts.csv")
        packed.writestr("images/4454572602912349.jpg", b"jpeg")
    dump = quiet(archive, output=tmp_path / "out")
    (row,) = dump.read("media").to_pylist()
    assert Path(row["path"]).read_bytes() == b"jpeg"
    assert Path(row["path"]).is_relative_to(tmp_path / "out")
    left = [path.suffix for path in (tmp_path / "out" / "unpacked").rglob("*") if path.is_file()]
    assert left == [".jpg"]
    assert is_dump(tmp_path / "out")


def test_an_archive_without_pictures_leaves_nothing(posts, tmp_path):
    archive = tmp_path / "crawl.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(posts, "posts.csv")
    dump = quiet(archive, output=tmp_path / "out")
    assert dump.rows("posts") == 2
    assert not (dump.folder / "unpacked").exists()


def test_comments_are_hung_on_the_post_that_the_user_names(tmp_path):
    row = {"_id": 4826279188108038, "created_at": "2022-10-19 13:41:29", "like_counts": 1}
    row |= {"content": "快乐", "comment_user": {"_id": "11"}, "crawl_time": 1666863805}
    path = tmp_path / "comment.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    dump = quiet(path, post_id="Mb2vL5uUH")
    rows = {row["post_id"]: row for row in dump.read("posts").to_pylist()}
    assert rows["4826279188108038"]["parent_id"] == "4826312651310475"
    assert rows["4826312651310475"]["status"] == "placeholder"


def test_the_summary_adds_up(posts):
    posts.write_text(POSTS + "\n".join([*ROWS, ROWS[0], "a,b"]) + "\n", encoding="utf-8")
    totals = quiet(posts).summary["totals"]
    assert totals == {
        "rows_read": 4,
        "posts_new": 2,
        "merged": 1,
        "users": 0,
        "follows": 0,
        "quarantined": 1,
    }


places = st.one_of(st.none(), st.integers(0, 24))
answers = st.lists(st.tuples(places, places, st.sampled_from(["好", "//@甲:好", ""])), max_size=24)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers)
def test_whatever_answers_what_threads_are_whole_and_accounts_add_up(tmp_path_factory, found):
    lines = [{"post_id": "24", "text": "早"}]
    for number, (parent, root, text) in enumerate(found):
        row = {"post_id": number, "parent_id": parent, "root_id": root, "text": text}
        lines.append({name: str(value) for name, value in row.items() if value is not None})
    path = tmp_path_factory.mktemp("any") / "posts.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    dump = quiet(path)
    totals = dump.summary["totals"]
    assert totals["rows_read"] == len(lines)
    assert totals["posts_new"] + totals["quarantined"] == len(lines)
    posts = {row["post_id"]: row for row in dump.read("posts").to_pylist()}
    for row in posts.values():
        seen = {row["post_id"]}
        while row["parent_id"] is not None:
            assert posts[row["parent_id"]]["root_id"] == row["root_id"]
            row = posts[row["parent_id"]]
            assert row["post_id"] not in seen
            seen.add(row["post_id"])
        assert row["root_id"] == row["post_id"] or posts[row["root_id"]]["parent_id"] is None
