from __future__ import annotations

import io
import re

import pytest

from gnn_emotion.ingest import jsontext
from gnn_emotion.ingest.jsontext import BrokenValueError, JsonText, LongValueError


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(jsontext, "BLOCK", 7)


def value(text):
    return JsonText(io.StringIO(text)).value()


def test_numbers_stay_as_they_were_written():
    assert value("[4123456789012345, 4.75E+15, 12.0, -0.5, 1e2]") == [
        "4123456789012345",
        "4.75E+15",
        "12",
        "-0.5",
        "1e2",
    ]
    assert value("9" * 5000) == "9" * 5000  # more digits than int() takes


def test_what_json_does_not_have():
    assert value('{"a": NaN, "b": -Infinity, "c": true}') == {"a": None, "b": None, "c": True}


def test_a_number_at_the_end_of_a_block():
    text = JsonText(io.StringIO("1234567890 12"))
    assert [text.value(), text.value(), text.peek()] == ["1234567890", "12", ""]


def test_control_characters_in_strings():
    assert value('"a line\nand\ta tab, longer than a block"') == (
        "a line\nand\ta tab, longer than a block"
    )


@pytest.mark.parametrize("text", ['{"a": 1', '"abc', '[1, "x', '{"a', "tru", '"\\u12', "-"])
def test_cut_off(text):
    with pytest.raises(BrokenValueError, match="ends in the middle of a value"):
        value(text)


@pytest.mark.parametrize("text", ['{"a": bad, "b": "longer than a block"}', "} and so on and on"])
def test_broken_leaves_the_cursor(text):
    json_text = JsonText(io.StringIO(text))
    with pytest.raises(BrokenValueError, match="broken JSON: expecting value"):
        json_text.value()
    assert json_text.waiting() == text[: len(json_text.waiting())]
    assert json_text.peek() == text[0]


def test_nested_too_deeply():
    with pytest.raises(BrokenValueError, match="nested too deeply"):
        value("[" * 100_000)


def test_too_long(monkeypatch):
    monkeypatch.setattr(jsontext, "VALUE_LIMIT", 50)
    json_text = JsonText(io.StringIO(f'"{"x" * 200}" 5'))
    with pytest.raises(LongValueError, match="longer than 50 characters"):
        json_text.value()
    assert json_text.skip_to(re.compile(r" (?=\d)")).startswith('"xxx')
    assert json_text.value() == "5"


def test_a_long_value_is_tried_a_few_times_only(monkeypatch):
    tries = 0

    class Counting:
        def raw_decode(self, *args):
            nonlocal tries
            tries += 1
            return strict.raw_decode(*args)

    strict = jsontext._STRICT
    monkeypatch.setattr(jsontext, "_STRICT", Counting())
    value('["' + "x" * 100_000 + '"]')
    assert tries < 20  # 100,000 / 7 blocks, if the text did not double


def test_skip_to_finds_a_match_across_blocks():
    json_text = JsonText(io.StringIO("x" * 1000 + ',   {"a": 1}'))
    skipped = json_text.skip_to(re.compile(r",\s{0,9}(?=\{)"))
    assert skipped == "x" * 500
    assert json_text.value() == {"a": "1"}


def test_skip_to_nothing():
    json_text = JsonText(io.StringIO("abc" * 10))
    assert json_text.skip_to(re.compile("z")) == "abc" * 10
    assert json_text.peek() == ""
    assert not json_text.more()


def test_text_behind_a_long_broken_value_is_read_once():
    broken = '["' + "x" * 1000 + '" bad]'
    json_text = JsonText(io.StringIO(broken + "\n[1]"))
    with pytest.raises(BrokenValueError):
        json_text.value()
    assert json_text.wasted >= 1000
    json_text.skip_to(re.compile("\n"))
    assert json_text.value() == ["1"]
    assert json_text.peek() == ""
