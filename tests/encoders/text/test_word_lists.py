"""Word lists from files that people really have: a byte order mark, blank lines, GBK."""

from __future__ import annotations

import pytest

from gnn_emotion.encoders.text.word_lists import read_word_list
from gnn_emotion.schema.errors import ContractError


def test_one_entry_a_line(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeff绝绝子 5 a\r\n\r\n  云哭 \n的".encode())
    assert read_word_list(path) == ("绝绝子 5 a", "云哭", "的")


def test_what_is_no_utf8_is_refused(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes("的\n了".encode("gb18030"))
    with pytest.raises(ContractError, match=r"words\.txt' is not UTF-8 \(byte 0\)"):
        read_word_list(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(ContractError, match=r"nowhere' cannot be read: No such file"):
        read_word_list(tmp_path / "nowhere")
