from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.ingest import jsonrows, jsontext
from gnn_emotion.ingest.jsonrows import Broken, first_object, is_json, records, values
from gnn_emotion.ingest.records import Source


@pytest.fixture
def read(tmp_path):
    def run(content: str | bytes, encoding: str = "utf-8"):
        return list(values(source(tmp_path, content, encoding)))

    return run


def source(folder, content: str | bytes, encoding: str = "utf-8") -> Source:
    path = folder / "dump.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return Source(path, "dump.json", folder)


LAYOUTS = {
    "array": lambda rows: json.dumps(rows),
    "compact": lambda rows: json.dumps(rows, separators=(",", ":"), ensure_ascii=False),
    "indented": lambda rows: json.dumps(rows, indent=2, ensure_ascii=False),
    "flat": lambda rows: json.dumps(rows, indent=0),
    "a line each": lambda rows: "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]",
    "lines": lambda rows: "".join(json.dumps(r, ensure_ascii=False) + "\r\n" for r in rows),
    "side by side": lambda rows: "".join(map(json.dumps, rows)),
    "pretty side by side": lambda rows: "\n".join(json.dumps(r, indent=1) for r in rows),
}
ROWS = [
    {"id": "1", "text": "今天[爱你]", "user": {"id": "7"}, "pics": [{"pid": "a"}, {"pid": "b"}]},
    {"id": "2", "text": '"quoted", {"id": 3}\nsecond line', "user": None},
    {"id": "3", "text": ""},
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("block", [3, 64, 1 << 16])
def test_layouts(read, layout, block, monkeypatch):
    monkeypatch.setattr(jsontext, "BLOCK", block)
    assert read(LAYOUTS[layout](ROWS)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings(read, encoding):
    assert read(json.dumps(ROWS, ensure_ascii=False), encoding) == ROWS


def test_nul_and_byte_order_marks(read):
    assert read(b'\xef\xbb\xbf{"a": "x\0y"}\n\xef\xbb\xbf{"a": "z"}\n') == [{"a": "xy"}, {"a": "z"}]


def test_nothing(read):
    assert read("") == read(" \n ") == read("[]") == read("[\n]\n") == []


objects = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(0, 10**18).map(str), "text": st.text()},
        optional={"more": st.lists(st.booleans() | st.none() | st.text(max_size=3))},
    ),
    max_size=6,
)


@settings(deadline=None)
@given(objects, st.sampled_from(list(LAYOUTS)), st.integers(2, 40), st.integers(0, 400))
def test_a_file_cut_anywhere_keeps_its_whole_rows(tmp_path_factory, rows, layout, block, cut):
    text = LAYOUTS[layout](rows)
    whole = text.encode("utf-8", "surrogatepass")[:cut]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsontext, "BLOCK", block)
        patch.setattr(jsonrows, "_line_by_line", lambda head: layout == "lines")
        found = list(values(source(tmp_path_factory.mktemp("cut"), whole)))
    good = [value for value in found if not isinstance(value, Broken)]
    assert good == rows[: len(good)]
    assert len(found) - len(good) <= 1
    if cut >= len(text.encode("utf-8", "surrogatepass")):
        assert len(good) == len(rows)


def test_every_bad_line_is_one_row(read):
    lines = ['{"a": 1}', "garbage", '{"a": "never closed}', "", '{"a": 2}', '{"a": [1, {"b"', "{"]
    found = read("\n".join([*lines, '{"a": 3}', '{"a": 4']))
    assert [value for value in found if isinstance(value, dict)] == [
        {"a": "1"},
        {"a": "2"},
        {"a": "3"},
    ]
    assert [value.raw for value in found if isinstance(value, Broken)] == [
        "garbage",
        '{"a": "never closed}',
        '{"a": [1, {"b"',
        "{",
        '{"a": 4',
    ]


@pytest.mark.parametrize("layout", ["indented", "a line each", "array", "compact"])
def test_damage_in_an_array_costs_one_element(read, layout):
    rows = [{"id": str(i), "pics": [{"pid": "x"}, {"pid": "y"}], "n": "MARK"} for i in range(5)]
    text = LAYOUTS[layout](rows).replace('"MARK"', "MARK", 3).replace("MARK", '"MARK"', 2)
    found = read(text)
    assert [isinstance(value, Broken) for value in found] == [False, False, True, False, False]
    assert [value for value in found if isinstance(value, dict)] == rows[:2] + rows[3:]


def test_a_bracket_left_out_swallows_nothing_that_the_lines_tell(read):
    rows = [{"id": str(i), "pics": ["x"]} for i in range(4)]
    text = LAYOUTS["indented"](rows).replace("]\n  }", "\n  }", 1)
    assert read(text)[1:] == rows[1:]


def test_damage_at_the_end_of_a_pretty_object(read):
    text = '{\n "a": 1\n}\n{\n "a": bad,\n "b": 2\n}\n{\n "a": 3\n}'
    first, broken, last = read(text)
    assert (first, last) == ({"a": "1"}, {"a": "3"})
    assert broken.raw == '{\n "a": bad,\n "b": 2\n}'


def test_raw_is_cut(read):
    assert len(read('{"a": "' + "x" * 10_000)[0].raw) == 500


def test_a_wrapper_too_long_to_hold_comes_in_pieces(read, monkeypatch):
    monkeypatch.setattr(jsontext, "VALUE_LIMIT", 300)
    monkeypatch.setattr(jsontext, "BLOCK", 50)
    posts = [{"id": str(i), "text": "x" * 40} for i in range(50)]
    wrapper = {"user": {"id": "7"}, "n": "1", "data": {"weibo": posts}, "end": True}
    found = read(json.dumps(wrapper))
    assert found[0] == {"user": {"id": "7"}, "n": "1"}
    assert found[1:-1] == [{"data": {"weibo": [post]}} for post in posts]
    assert found[-1] == {"end": True}


def test_a_text_too_long_to_hold_is_one_row(read, monkeypatch):
    monkeypatch.setattr(jsontext, "VALUE_LIMIT", 300)
    monkeypatch.setattr(jsontext, "BLOCK", 50)
    found = read('{"id": 1, "text": "' + "x" * 5000 + '"}\n{"id": 2}\n')
    assert found[0] == {"id": "1"}
    assert found[1].reason == "longer than 300 characters"
    assert found[2:] == [{"id": "2"}]


def test_time_grows_with_the_length_alone(read):
    begin = time.perf_counter()
    found = read('{"id": 1, "text": "' + "x" * 40_000_000 + '"}\n{"id": 2}')
    assert found[-1] == {"id": "2"}
    assert len(found) == 3
    assert time.perf_counter() - begin < 20


def test_patience_ends(read, monkeypatch):
    monkeypatch.setattr(jsonrows, "_PATIENCE", 1000)
    found = read("[" + ('{"b": "' + "x" * 400 + '", bad},') * 100 + "]")
    assert len(found) < 10
    assert "too much is damaged" in found[-1].reason


def test_records_are_numbered_and_what_is_no_object_is_refused(tmp_path):
    def convert(value):
        return [[("posts", {"post_id": value["id"]}), ("users", {"user_id": "7"})]]

    found = list(records(source(tmp_path, '[{"id": 1}, 5, bad, {"id": 2}'), convert))
    assert [(r.row, r.table, r.embedded) for r in found] == [
        (1, "posts", False),
        (1, "users", True),
        (2, "quarantine", False),
        (3, "quarantine", False),
        (4, "posts", False),
        (4, "users", True),
        (5, "quarantine", False),
    ]
    assert found[2].values == {"reason": "not a JSON object", "raw": "5"}


def test_first_object_of_a_cut_head():
    head = json.dumps({"user": {"id": 1}, "weibo": [{"id": 2, "text": "x" * 100}]}).encode()
    assert first_object(head[:60]) == {"user": {"id": "1"}, "weibo": [{"id": "2", "text": None}]}
    assert first_object(b'[[{"a": 1}, {"b": 2') == {"a": "1"}
    assert first_object(b'{"a": {"b": [1, 2], "c": tr') == {"a": {"b": ["1", "2"], "c": None}}


@pytest.mark.parametrize("head", [b"", b"a,b\n1,2", b"[1, 2]", b"SQLite format 3\0{", b"[", b"{"])
def test_no_first_object(head):
    assert first_object(head) == {}


def test_json_is_known_by_its_first_character():
    assert [is_json(head) for head in (b"\xef\xbb\xbf \n{", b"[", b"", b"a,b", b'"x"')] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(("end", "kept"), [('"c"', 2), ("}", 3), ("]", 3)])
def test_a_wrapper_that_is_cut_off_keeps_the_posts_before_the_cut(read, indent, end, kept):
    posts = [{"id": str(i), "text": text} for i, text in enumerate("abc")]
    text = json.dumps({"ok": "1", "data": {"list": posts}}, indent=indent)
    upto = text.index(end, text.index('"c"')) + len(end)
    *pieces, last = read(text[:upto])
    lists = [piece["data"]["list"] for piece in pieces if "data" in piece]
    assert [post for part in lists for post in part] == posts[:kept]
    assert {"ok": "1"} in pieces or pieces[0]["ok"] == "1"
    assert isinstance(last, Broken)


def test_a_post_that_is_cut_off_is_no_post(read):
    text = json.dumps({"id": "1", "text": "a", "pics": ["b", "c"], "user": {"id": "7"}})
    for cut in range(1, len(text)):
        assert [value for value in read(text[:cut]) if not isinstance(value, Broken)] == []
