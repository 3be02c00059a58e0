"""The tokenizer reads what ``normalise_text`` gives, from its file alone, and keeps emotion."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given
from transformers import AutoTokenizer

from gnn_emotion.encoders.text.normalise import NAME, NUMBER, URL, normalise_text
from gnn_emotion.encoders.text.weibo_tokenizer import (
    SPECIAL,
    TokenizerOptions,
    emoticon_tokens,
    frequent_emoticons,
    plain_reader,
    special_tokens,
    train_tokenizer,
)
from gnn_emotion.schema.errors import ContractError

from ...weibo_texts import OPTIONS, SMILES, TEARS, dirty, tiny_tokenizer


@pytest.fixture(scope="module")
def loaded(tokenizer, tmp_path_factory):
    """Return what AutoTokenizer makes of the folder, which knows nothing of this package."""
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def normalised(text: str) -> str:
    return normalise_text(pa.array([text]))[0].as_py()


def has_loose_mark(text: str) -> bool:
    """Tell whether a mark belongs to the folded letter before it: there the two differ."""
    return (
        re.search(r"[A-Z\uff01-\uff5e\u4e00-\u9fff][^\x00-\u02ff\u3000-\uffff]", text) is not None
    )


@given(dirty)
@example("開心！！！！\n\nＯＫ https://t.cn/x１２３@張三：哈哈哈哈哈//@李四:[泪][泪]…… #話題#😂")
@example("\u3000\x1f ")
@example("a\nb")
@example("薴")
def test_it_folds_what_normalise_text_folds(loaded, text):
    if not has_loose_mark(text):
        assert loaded.backend_tokenizer.normalizer.normalize_str(text) == normalised(text)


def test_folded_letters_lose_accents_that_are_characters_of_their_own(loaded):
    # The known exception: tokenizers folds what looks like one letter as a whole.
    assert loaded.backend_tokenizer.normalizer.normalize_str("E\u0301e\u0301") == "ee\u0301"
    assert normalised("E\u0301e\u0301") == "e\u0301e\u0301"


@given(dirty)
def test_what_is_folded_already_gives_the_same_tokens(loaded, text):
    if not has_loose_mark(text):
        assert loaded.tokenize(normalised(text)) == loaded.tokenize(text)


def test_a_frequent_emoticon_is_one_token_wherever_it_stands(loaded):
    for name in ("[哈哈]", "[太开心]", "[泪]", "[怒骂]"):
        for text in (name, f"好{name}", f"{name}好", f"a{name}1", f"@张三{name}", f"//{name}//"):
            assert loaded.tokenize(text).count(name) == 1, text
        assert loaded.tokenize(name * 3) == [name] * 3
    numbers = emoticon_tokens(loaded)
    names = loaded.convert_ids_to_tokens(numbers)
    assert set(names) == {"[哈哈]", "[太开心]", "[泪]", "[怒骂]"}
    assert not set(numbers) & set(special_tokens(loaded))


def test_a_rare_emoticon_is_not(loaded):
    assert "[ok]" not in loaded.tokenize("[OK]")
    assert frequent_emoticons(pa.array(["[Ok] [ＯＫ]", "[ok]", None, "[a b]"]), 2) == ["[ok]"]
    assert frequent_emoticons(pa.array(["[ok][ok]"]), 2) == []


@pytest.mark.parametrize(
    "text, sign",
    [
        ("http://t.cn/A6abc", URL),
        ("HTTPS://t.cn/x?y=1&z=2", URL),
        ("@张三", NAME),
        ("＠a-b·c_d", NAME),
        ("1,000.5%", NUMBER),
        ("２０２０", NUMBER),
    ],
)
def test_what_carries_little_is_one_known_sign(loaded, text, sign):
    assert loaded.tokenize(text) == [sign]
    assert loaded.tokenize(f"今天{text} ！").count(sign) == 1
    assert loaded.convert_tokens_to_ids(sign) != loaded.unk_token_id


@pytest.mark.parametrize("sign", [*SMILES, *TEARS, "!", "!!", "!!!", "…", "~~", "?"])
def test_what_carries_emotion_is_known(loaded, texts, sign):
    if sign == "?":  # not in the texts: unknown, yet not lost
        assert loaded.tokenize("好?") == ["好", "[UNK]"]
        return
    found = loaded.tokenize(f"好{sign}")
    assert "".join(found) == f"好{sign}"


@given(dirty)
def test_nothing_but_white_space_is_lost(loaded, text):
    """Each character is part of a token, or an unknown one."""
    if not has_loose_mark(text):
        unknown, found = loaded.unk_token, loaded.tokenize(text)
        read = sum(1 if token == unknown else len(token) for token in found)
        assert read == len(normalised(text).replace(" ", ""))


def test_texts_have_marks_at_their_ends_and_are_cut(loaded):
    ids = loaded("好" * 100, truncation=True)["input_ids"]
    assert len(ids) == OPTIONS.max_length
    assert loaded.convert_ids_to_tokens([ids[0], ids[-1]]) == ["[CLS]", "[SEP]"]
    assert loaded.convert_ids_to_tokens(special_tokens(loaded)) == list(SPECIAL)
    assert loaded.convert_ids_to_tokens(loaded("")["input_ids"]) == ["[CLS]", "[SEP]"]


def test_the_plain_reader_gives_the_same_numbers(loaded, texts):
    rows = [*texts, "", "好" * 100, "[MASK]"]
    plain = [one.ids for one in plain_reader(loaded).encode_batch_fast(rows)]
    assert plain == loaded(rows, truncation=True)["input_ids"]
    # Nor does it change the tokenizer, which is written with the model.
    assert len(loaded("好" * 40)["input_ids"]) == 42


def test_the_same_texts_give_the_same_file(tokenizer, texts, tmp_path):
    for name, made in (("a", tokenizer), ("b", tiny_tokenizer(texts))):
        made.save_pretrained(tmp_path / name)
    files = [Path(tmp_path / name / "tokenizer.json").read_bytes() for name in "ab"]
    assert files[0] == files[1]


def test_nothing_to_learn_from():
    pytest.importorskip("sentencepiece")
    for nothing in (pa.array([], pa.string()), pa.array([None, " \n"])):
        with pytest.raises(ContractError, match="no words"):
            train_tokenizer(nothing, OPTIONS)


@pytest.mark.parametrize(
    "options, told",
    [
        ({"vocabulary": 6_005}, "6005 tokens has no room for words beside 6000"),
        ({"max_length": 3}, "max_length is 3"),
        ({"max_length": 513}, "max_length is 513"),
    ],
)
def test_sizes_that_do_not_fit(options, told):
    with pytest.raises(ContractError, match=told):
        TokenizerOptions(**options)
