"""Token numbers: the same for the same text, padded at the end, known from training texts alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text.segment import SegmentOptions
from gnn_emotion.encoders.text.token_ids import PADDING, UNKNOWN, TokenOptions, TokenVocabulary
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING, OK

TEXTS = pa.array(["好好好", "好的的", "ＡＢ[泪]", "ab", None, " "], pa.string())


def ids(vocabulary: TokenVocabulary, texts: list[str | None]) -> list[list[int]]:
    return vocabulary.ids(pa.array(texts, pa.string())).tolist()


def test_the_most_frequent_first_then_by_spelling():
    vocabulary = TokenVocabulary.fit(TEXTS, TokenOptions(min_count=2))
    assert vocabulary.tokens == ["好", "a", "b", "的"]
    assert len(vocabulary) == 6
    assert ids(vocabulary, ["的好谁", "A", None]) == [[5, 2, UNKNOWN], [3, 0, 0], [0, 0, 0]]
    few = TokenVocabulary.fit(TEXTS, TokenOptions(min_count=2, max_tokens=2))
    assert few.tokens == ["好", "a"]


def test_words_stay_whole():
    vocabulary = TokenVocabulary.fit(TEXTS, TokenOptions(units="words", min_count=1))
    assert "[泪]" in vocabulary.tokens
    assert len(ids(vocabulary, ["ab[泪]ab"])[0]) == 3
    stop = TokenOptions(units="words", min_count=1, segment=SegmentOptions(stop_words=("ab",)))
    assert len(ids(TokenVocabulary.fit(TEXTS, stop), ["ab[泪]ab"])[0]) == 1


def test_long_texts_are_cut_and_nothing_is_one_column():
    vocabulary = TokenVocabulary.fit(TEXTS, TokenOptions(max_length=4))
    assert vocabulary.ids(pa.array(["好" * 9, "好"])).shape == (2, 4)
    assert vocabulary.ids(pa.array(["", None])).tolist() == [[PADDING], [PADDING]]
    assert vocabulary.ids(pa.array([], pa.string())).shape == (0, 1)
    assert vocabulary.ids(TEXTS).dtype == np.int64


@given(st.lists(st.none() | st.text(max_size=8), min_size=1, max_size=5), st.integers(0, 4))
def test_padding_is_all_that_company_changes(texts, at):
    at %= len(texts)
    together, alone = ids(_VOCABULARY, texts)[at], ids(_VOCABULARY, [texts[at]])[0]
    assert together[: len(alone)] == alone
    assert not any(together[len(alone) :])
    assert max(together) < len(_VOCABULARY)
    assert PADDING not in [i for i in alone if i][:-1] or len(alone) == 1


_VOCABULARY = TokenVocabulary.fit(TEXTS)


def test_as_an_encoder_it_gives_the_numbers_in_rows_of_one_width():
    vocabulary = TokenVocabulary.fit(TEXTS, TokenOptions(max_length=5))
    found = vocabulary.encode(pa.array([str(i) for i in range(len(TEXTS))]), TEXTS)
    assert found.x.shape == (6, 5) and found.x.dtype == np.float32
    assert found.status.tolist() == [OK] * 4 + [MISSING] * 2
    numbers = vocabulary.ids(TEXTS)
    np.testing.assert_array_equal(found.x[:, : numbers.shape[1]], numbers)
    assert not found.x[:, numbers.shape[1] :].any()
    assert found.spec.options["num_tokens"] == len(vocabulary)
    assert (
        found.spec.revision != TokenVocabulary.fit(TEXTS, TokenOptions(min_count=1)).spec.revision
    )


@pytest.mark.parametrize("units", ["chars", "words"])
def test_saved_and_loaded_it_gives_the_same_numbers(tmp_path, units):
    options = TokenOptions(units=units, min_count=1, segment=SegmentOptions(user_words=("好的的",)))
    vocabulary = TokenVocabulary.fit(TEXTS, options)
    vocabulary.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == list(TokenVocabulary.FILES)
    loaded = TokenVocabulary.load(tmp_path)
    assert loaded.options == options
    assert loaded.spec == vocabulary.spec
    np.testing.assert_array_equal(loaded.ids(TEXTS), vocabulary.ids(TEXTS))


def test_a_missing_or_damaged_file_is_refused(tmp_path):
    with pytest.raises(ContractError, match=r"tokens\.json cannot be read: No such file"):
        TokenVocabulary.load(tmp_path)
    for damage in ("{", "[]", "{}", '{"options": {"units": "chars"}, "tokens": []}'):
        (tmp_path / "tokens.json").write_text(damage)
        with pytest.raises(ContractError, match=r"tokens\.json is damaged"):
            TokenVocabulary.load(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"units": "bytes"}, "unknown units 'bytes'"), ({"max_length": 0}, "max_length is 0")],
)
def test_options_check_themselves(options, message):
    with pytest.raises(ContractError, match=message):
        TokenOptions(**options)
