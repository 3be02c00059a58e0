"""A tokenizer for Weibo: it folds what ``normalise_text`` folds, and emoticons are tokens.

It is an ordinary ``tokenizer.json``: whoever loads it with ``AutoTokenizer`` gets the same folding,
with nothing of this package. Pieces are byte-pair merges (Sennrich et al. 2016) of characters
within runs of letters, so that frequent words are one token and a text is short.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from gnn_emotion.encoders.text.character_map import character_map
from gnn_emotion.encoders.text.normalise import NAME, NUMBER, RULES, URL, normalise_text
from gnn_emotion.schema.emoticons import EMOTICON_PATTERN
from gnn_emotion.schema.errors import ContractError

#: Any fast tokenizer; those that are trained here are of this class.
WeiboTokenizer = PreTrainedTokenizerFast
PAD, UNKNOWN, FIRST, LAST, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
SPECIAL = (PAD, UNKNOWN, FIRST, LAST, MASK)
EMOTICON = re.compile(EMOTICON_PATTERN)
#: Letters of one script, numbers, or a sign that stands for something; anything else is alone.
_PIECES = rf"\p{{Han}}+|[{URL}{NAME}{NUMBER}]|[\p{{L}}\p{{M}}\p{{N}}]+|[^\s]"
#: Characters of a piece, at most: longer ones are the hashtags of one day, learned by heart.
_LONGEST = 4


@dataclass(frozen=True)
class TokenizerOptions:
    """What the vocabulary holds.

    Attributes:
        vocabulary: tokens, at most.
        characters: different characters, at most; others are unknown.
        emoticon_count: emoticons that are written so often are tokens.
        max_length: tokens of a text, with the two that mark its ends.
    """

    vocabulary: int = 16_000
    characters: int = 6_000
    emoticon_count: int = 20
    max_length: int = 128

    def __post_init__(self) -> None:
        if not 4 <= self.max_length <= 512:
            raise ContractError(f"max_length is {self.max_length}, expected 4 to 512")
        fewest = self.characters + len(SPECIAL)
        if self.vocabulary <= fewest:
            raise ContractError(
                f"a vocabulary of {self.vocabulary} tokens has no room for words beside "
                f"{self.characters} characters and {len(SPECIAL)} marks; expected over {fewest}"
            )


def train_tokenizer(texts: pa.Array, options: TokenizerOptions) -> WeiboTokenizer:
    """Learn the pieces that N texts are made of.

    Args:
        texts: as they were written; null counts as empty.
        options: the sizes.

    Raises:
        ContractError: the texts have no words, or sentencepiece is missing.
    """
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECES), "removed", invert=True)
    trainer = trainers.BpeTrainer(
        vocab_size=options.vocabulary,
        limit_alphabet=options.characters,
        min_frequency=2,
        max_token_length=_LONGEST,
        special_tokens=list(SPECIAL),
        show_progress=False,
    )
    emoticons = frequent_emoticons(texts, options.emoticon_count)
    tokenizer.train_from_iterator(_without(texts, emoticons), trainer)
    if tokenizer.get_vocab_size() <= len(SPECIAL):
        raise ContractError("the texts have no words; expected texts to learn a vocabulary from")
    # After training: an emoticon is one token whatever pieces it has.
    tokenizer.add_tokens([AddedToken(name, normalized=True) for name in emoticons])
    ends = [(mark, tokenizer.token_to_id(mark)) for mark in (FIRST, LAST)]
    tokenizer.post_processor = TemplateProcessing(
        single=f"{FIRST} $A {LAST}", pair=f"{FIRST} $A {LAST} $B:1 {LAST}:1", special_tokens=ends
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=options.max_length,
        pad_token=PAD,
        unk_token=UNKNOWN,
        cls_token=FIRST,
        sep_token=LAST,
        mask_token=MASK,
    )


def frequent_emoticons(texts: pa.Array, count: int) -> list[str]:
    """List the emoticons, folded, that ``count`` texts or more have, the most frequent first."""
    found: Counter[str] = Counter()
    for text in normalise_text(texts).fill_null("").to_pylist():
        if "[" in text:
            found.update(set(EMOTICON.findall(text)))
    known = [name for name, often in found.items() if often >= count]
    return sorted(known, key=lambda name: (-found[name], name))


def special_tokens(tokenizer: WeiboTokenizer) -> list[int]:
    """List the numbers of the tokens that are no words."""
    return sorted(tokenizer.all_special_ids)


def emoticon_tokens(tokenizer: WeiboTokenizer) -> list[int]:
    """List the numbers of the tokens that are emoticons."""
    special = set(special_tokens(tokenizer))
    vocabulary = tokenizer.get_vocab().items()
    return sorted(
        number
        for token, number in vocabulary
        if number not in special and EMOTICON.fullmatch(token)
    )


def plain_reader(tokenizer: WeiboTokenizer) -> Tokenizer:
    """Return what a tokenizer wraps, which gives no masks and lists; these cost the most.

    Texts are cut at ``model_max_length``, and not padded.
    """
    reader = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    reader.no_padding()
    reader.enable_truncation(tokenizer.model_max_length)
    return reader


def _without(texts: pa.Array, emoticons: Sequence[str]) -> Iterator[str]:
    known = set(emoticons)
    for text in normalise_text(texts).fill_null("").to_pylist():
        if "[" in text:
            text = EMOTICON.sub(lambda found: " " if found[0] in known else found[0], text)
        yield text


def _normalizer() -> normalizers.Normalizer:
    """Say in the tokenizer's own terms what ``normalise_text`` does.

    It differs in two things: letters that are folded lose the accents and other combining marks
    that follow them as characters of their own, and names may have letters that are newer to one
    regex engine than to the other (Unicode 15 and 16).
    """
    steps: list[normalizers.Normalizer] = [normalizers.Precompiled(character_map())]
    steps += [normalizers.Replace(Regex(pattern), sign) for _, pattern, sign in RULES]
    return normalizers.Sequence([*steps, normalizers.Strip()])
