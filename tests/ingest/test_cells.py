from __future__ import annotations

from pathlib import Path

import pytest

from gnn_emotion.ingest.cells import file_author, literal_list, pad, plan, split
from gnn_emotion.ingest.records import Source


def test_plan_takes_the_first_name_that_is_there():
    pick = plan(["a", "date", "b"], {"time": ("full", "date"), "text": "b", "bid": "bid"})
    assert pick(["x", "2020", ""]) == {"time": "2020", "text": None}


def test_plan_of_a_header_with_a_name_twice_takes_the_first():
    assert plan(["a", "a"], {"text": "a"})(["1", "2"]) == {"text": "1"}


def test_pad():
    assert pad(["1"], 3) == ["1", "", ""]
    assert pad(["1", "2"], 1) == ["1", "2"]


@pytest.mark.parametrize(
    ("cell", "parts"), [("a,b", ["a", "b"]), (",a,", ["a"]), ("", None), (None, None), (",", None)]
)
def test_split(cell, parts):
    assert split(cell) == parts


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("['a', 'b']", ["a", "b"]),
        ("[]", None),
        ("['a', 'b", ["a", "b"]),
        ('["a"]', ["a"]),
        ("7", None),
        (None, None),
    ],
)
def test_literal_list(cell, parts):
    assert literal_list(cell) == parts


@pytest.mark.parametrize(
    ("path", "author"),
    [
        ("dump/张三/1669879400.csv", ("1669879400", "张三")),
        ("dump/1669879400/1669879400.csv", ("1669879400", None)),
        ("dump/1669879400.csv", ("1669879400", None)),
        ("dump/张三/posts.csv", (None, None)),
    ],
)
def test_file_author(path, author):
    assert file_author(Source(Path(path), path, Path("dump"))) == author
