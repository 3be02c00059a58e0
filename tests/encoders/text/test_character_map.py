"""The compiled map folds what the table folds, and says what is missing to make it."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from tokenizers import normalizers

from gnn_emotion.encoders.text.character_map import character_map
from gnn_emotion.encoders.text.normalise import fold_table
from gnn_emotion.schema.errors import ContractError


def test_every_character_of_the_table(capfd):
    pytest.importorskip("sentencepiece")
    character_map.cache_clear()
    normalizer, table = normalizers.Precompiled(character_map()), fold_table()
    codes = [code for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    differ = [c for c in codes if normalizer.normalize_str(chr(c)) != chr(table[c])]
    assert differ == []
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_a_fold_is_final():
    table = fold_table()
    assert (table[table] == table).all()
    assert not np.isin(np.arange(0xD800, 0xE000), np.delete(table, np.s_[0xD800:0xE000])).any()


def test_without_sentencepiece(monkeypatch):
    character_map.cache_clear()
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(ContractError, match=r"needs sentencepiece.*gnn-emotion\[pretrain\]"):
        character_map()
