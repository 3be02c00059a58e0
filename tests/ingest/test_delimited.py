from __future__ import annotations

import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest import lines
from gnn_emotion.ingest.delimited import delimiter_of, header_of, records, rows
from gnn_emotion.ingest.records import Record, Source


@pytest.fixture
def read(tmp_path):
    """Write text (or bytes) to a file and return its good rows and its quarantined ones."""

    def run(text, **options):
        path = tmp_path / "a.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = list(rows(Source(path, path.name, tmp_path), **options))
        good = [item for item in found if not isinstance(item, Record)]
        bad = [(r.row, r.values["reason"], r.values["raw"]) for r in found if isinstance(r, Record)]
        return good, bad

    return run


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(read, delimiter):
    text = delimiter.join("ab") + "\n" + delimiter.join("12") + "\n"
    assert read(text) == ([(1, ["a", "b"]), (2, ["1", "2"])], [])


def test_delimiter_of_ignores_what_is_quoted():
    assert delimiter_of('"a,b,c";d') == ";"


def test_one_column_keeps_its_commas(read):
    assert read("评论内容\n好,真好;a\tb\n")[0][1] == (2, ["好,真好;a\tb"])


def test_quoted_newlines_and_blank_lines(read):
    good, bad = read('a,b\r\n1,"x\n\ny"\r\n\r\n2,z')
    assert good == [(1, ["a", "b"]), (2, ["1", "x\n\ny"]), (4, ["2", "z"])]
    assert bad == []


def test_repeated_headers_are_counted_also_behind_a_byte_order_mark(read):
    good, bad = read("\ufeffa,b\n1,2\n\ufeffa,b\n3,4\na,b\n")
    assert good == [(1, ["a", "b"]), (2, ["1", "2"]), (4, ["3", "4"])]
    assert bad == [(3, "repeated header", "a,b"), (5, "repeated header", "a,b")]


def test_quoted_header_behind_a_byte_order_mark(read):
    assert read('a,b\n1,2\n\ufeff"a","b"\n')[1] == [(3, "repeated header", "a,b")]


def test_header_of_another_version_binds_anew(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,x\n1,2,3\na,b,y,z\n4,5,6,7\n", encoding="utf-8")

    def bind(header):
        return lambda row, cells: [Record("posts", row, dict(zip(header, cells, strict=True)))]

    found = list(records(Source(path, "a", tmp_path), bind))
    assert [(r.table, r.row) for r in found] == [("posts", 2), ("quarantine", 3), ("posts", 4)]
    assert found[2].values == {"a": "4", "b": "5", "y": "6", "z": "7"}


def test_file_without_header(read):
    good, bad = read("1,x\n1,x\n", header=False)
    assert (len(good), bad) == (2, [])


def test_rows_of_delimiters_alone_are_counted(read):
    assert read("a,b\n,\n1,2\n")[1] == [(2, "empty row", ",")]


def test_quote_never_closed_costs_one_row(read):
    good, bad = read('a,b\n1,2\n3,"oops\n4,5\n6,7\n')
    assert [cells for _, cells in good[1:]] == [["1", "2"], ["4", "5"], ["6", "7"]]
    assert bad == [(3, "a quote in this row is never closed", '3,"oops')]
    assert good[-1][0] == 5


def test_file_cut_inside_the_last_row(read):
    good, bad = read('a,b\n1,2\n3,"cut he')
    assert (len(good), [row for row, *_ in bad]) == (2, [3])


def test_last_row_without_newline_is_whole(read):
    assert read('a,b\n3,"x"') == ([(1, ["a", "b"]), (2, ["3", "x"])], [])


def test_cell_beyond_the_limit(read, monkeypatch):
    monkeypatch.setattr(lines, "CELL_LIMIT", 1000)
    monkeypatch.setattr("gnn_emotion.ingest.delimited.CELL_LIMIT", 1000)
    filler = "".join(f"{i},text\n" for i in range(500))
    good, bad = read('a,b\n1,"oops\n' + filler + '8,"fine"\n')
    assert [row for row, *_ in bad] == [2]
    assert len(good) == 502


@pytest.mark.parametrize("quote", ["", '"'])
def test_line_beyond_the_limit_is_one_row(read, monkeypatch, quote):
    monkeypatch.setattr(lines, "CELL_LIMIT", 1000)
    good, bad = read(f"a,b\n1,{quote}{'x' * 5000}{quote}\n2,y\n")
    assert good == [(1, ["a", "b"]), (3, ["2", "y"])]
    assert bad[0][1] == "a line of the row is longer than 1,000 characters"
    assert len(bad) == 1 and len(bad[0][2]) <= 500


def test_line_beyond_the_limit_that_opens_a_quote(read, monkeypatch):
    monkeypatch.setattr(lines, "CELL_LIMIT", 1000)
    good, bad = read('a,b\n1,"' + "x" * 5000 + '\nsecond line",z\n2,y\n')
    assert good == [(1, ["a", "b"]), (3, ["2", "y"])]
    assert len(bad) == 1


def test_a_huge_line_takes_little_memory(read):
    data = b"a,b\n1," + b"x" * 40_000_000 + b"\n2,y\n"
    tracemalloc.start()
    good, bad = read(data)
    peak = tracemalloc.get_traced_memory()[1] - len(data)
    tracemalloc.stop()
    assert (len(good), len(bad)) == (2, 1)
    assert peak < 150e6


def test_empty_file(read):
    assert read("") == ([], [])
    assert read("\n\r\n") == ([], [])


_CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=8)


@given(st.lists(st.lists(_CELL, min_size=3, max_size=3), max_size=8))
def test_what_csv_wrote_comes_back(tmp_path_factory, table):
    path = tmp_path_factory.getbasetemp() / "round.csv"
    text = io.StringIO()
    csv.writer(text).writerows([["h1", "h2", "h3"], *table])
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    found = list(rows(Source(path, path.name, path.parent)))
    assert len(found) == len(table) + 1  # nothing is lost silently
    good = [item[1] for item in found[1:] if not isinstance(item, Record)]
    assert good == [row for row in table if any(row)]


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_in_order(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"a,b\n" + data)
    found = list(rows(Source(path, path.name, path.parent)))
    numbers = [item.row if isinstance(item, Record) else item[0] for item in found]
    assert numbers == sorted(numbers)


def test_header_for_sniffing():
    assert header_of("\ufeff id ,正文\r\n1,2".encode()) == ["id", "正文"]
    assert header_of("微博id,正文\n".encode("gb18030")) == ["微博id", "正文"]
    assert header_of(b"\n\na\tb\n") == ["a", "b"]
    assert header_of(b"PK\x03\x04\0\0") == []
    assert header_of(b"") == []
