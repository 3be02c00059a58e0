"""Reading a lexicon as it is published, with its dirt."""

from __future__ import annotations

import pytest

from gnn_emotion.encoders.text.classifiers.lexicon_files import (
    DEGREES,
    NEGATIONS,
    WORDS,
    read_lexicon,
)
from gnn_emotion.schema.errors import ContractError

from .conftest import write_lexicon


def test_words_negations_degrees(lexicon_folder):
    lexicon = read_lexicon(lexicon_folder)
    assert lexicon.words["开心"] == {"PA": 1.0}
    # Anger is NA, and no missing value.
    assert lexicon.words["愤怒"] == {"NA": 7 / 9}
    assert lexicon.words["讨厌"] == {"ND": 5 / 9, "NE": 3 / 9}
    assert "眉头一皱,计上心头" in lexicon.words
    assert lexicon.negations == {"不", "没有"}
    assert lexicon.degrees == {"非常": 2.0, "无比": 2.0, "太": 2.0, "有点": 0.5}


def test_a_table_with_english_names_is_the_same_lexicon(lexicon_folder, tmp_path):
    folder = write_lexicon(tmp_path)
    (folder / WORDS[0]).unlink()
    rows = [
        "word,emotion,intensity,polarity",
        "开心,PA,9.0,1.0",
        "开心,PB,5,1.0",
        "愤怒,NA,7.0,2.0",
    ]
    (folder / WORDS[1]).write_text("\n".join(rows), encoding="utf-8")
    assert read_lexicon(folder).words == {"开心": {"PA": 1.0, "PB": 5 / 9}, "愤怒": {"NA": 7 / 9}}


def test_another_word_is_another_checksum(lexicon_folder, tmp_path):
    before = read_lexicon(lexicon_folder).checksum
    folder = write_lexicon(tmp_path)
    assert read_lexicon(folder).checksum == before
    (folder / NEGATIONS).write_text("不\n", encoding="utf-8")
    assert read_lexicon(folder).checksum != before


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(
        ContractError, match=r"has no 情感词汇\.csv or .*, no 否定词\.txt, no 程度副词\.txt; exp"
    ):
        read_lexicon(tmp_path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("好, adj, 1, 1, XX, 5.0, 1.0", "line 2: class code 'XX' with strength '5.0'; expected"),
        ("好, adj, 1, 1, PH, lots, 1.0", "line 2: class code 'PH' with strength 'lots'"),
        ("好, adj, 1, 1, PH, 11, 1.0", "a number from 0 to 9"),
    ],
)
def test_a_row_that_is_none_is_named(tmp_path, row, message):
    with pytest.raises(ContractError, match=message):
        read_lexicon(write_lexicon(tmp_path, [row]))


def test_a_second_code_that_is_none_is_left_out(tmp_path):
    """The published file has a few numbers and remarks there."""
    rows = [
        "好, adj, 1, 1, PH, 5.0, 1.0, 2.0, 1.0, , , , ",
        "美, adj, 1, 1, PA, 5, 1, PH, , , , , ",
    ]
    assert read_lexicon(write_lexicon(tmp_path, rows)).words == {
        "好": {"PH": 5 / 9},
        "美": {"PA": 5 / 9},
    }


@pytest.mark.parametrize("line", ["非常", "非常,much", ",2", "非常,-1"])
def test_a_degree_that_is_none_is_named(tmp_path, line):
    folder = write_lexicon(tmp_path)
    (folder / DEGREES).write_text(f"很,2\n{line}\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"entry 2: .*expected 'word,factor'"):
        read_lexicon(folder)


def test_columns_that_are_not_there(tmp_path):
    folder = write_lexicon(tmp_path)
    (folder / WORDS[0]).write_text("word,feeling\n好,PH\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"expected one of '情感分类', 'emotion' for the code"):
        read_lexicon(folder)


def test_the_published_lexicon(real_data):
    lexicon = read_lexicon(real_data("lexicons"))
    assert len(lexicon.words) > 27_000
    assert sum("NA" in codes for codes in lexicon.words.values()) > 380
    assert "不" in lexicon.negations and lexicon.degrees["非常"] == 2.0
