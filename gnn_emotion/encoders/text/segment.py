"""Words of Weibo text, with their parts of speech: jieba, around the tokens that it would break.

Emoticons (``[泪]``), emoji, ``#topics#``, ``@names`` and links are taken out first and stay whole;
what is left between them is cut by jieba (https://github.com/fxsjy/jieba). jieba's dictionary is
read from its own file each time: its cache, a file of a fixed name in a folder that all users
share, is neither read nor written.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gnn_emotion.encoders.text.normalise import NAME, NUMBER, URL
from gnn_emotion.schema.emoticons import EMOTICON_PATTERN
from gnn_emotion.schema.errors import ContractError

with warnings.catch_warnings():
    # Its escape sequences and its use of pkg_resources warn, once an installation or once a run.
    warnings.simplefilter("ignore")
    import jieba
    import jieba.posseg

#: Tags of the tokens that stay whole; other tokens have jieba's (n, v, a, ..., x for signs).
WHOLE_TAGS = ("url", "emoticon", "topic", "mention", "emoji")
_USER_TAG = "nz"
#: jieba's time grows with the square of what it is given; no real post is as long.
_LONGEST = 4096

# Unicode Technical Standard 51: a picture may have a variation selector, a skin colour or tags, and
# several make one with zero-width joiners; flags are pairs of letters, keycaps end in U+20E3.
_PICTURE = (
    "[\u231a-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
)
_JOINED = f"{_PICTURE}(?:\u200d{_PICTURE})*"
_EMOJI = f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_JOINED}"
# Typed faces: T_T ^_^ >_< -_-|| :-) :D; a plain ":(" is more often a colon before a bracket.
_FACE = (
    r"(?<![A-Za-z0-9_])(?:[TtQq>^=oO;-]_+[TtQq<^=oO;-]|[T^>=]\.[T^<=]|[:;]-[()DPp]|[:;][)D])"
    r"(?![A-Za-z0-9_])"
)
_WHOLE = (
    ("url", rf"https?://[\x21-\x7e]+|{URL}"),
    ("emoticon", rf"{EMOTICON_PATTERN}|{_FACE}"),
    ("emoji", _EMOJI),
    ("topic", r"#[^#\n]{1,64}#"),
    ("mention", rf"(?<![A-Za-z0-9._])@[\w·-]{{1,30}}|{NAME}"),
    ("m", NUMBER),
    ("eng", r"(?<![A-Za-z0-9])[A-Za-z]+['’][A-Za-z]+"),
)
#: jieba looks for words among these characters alone.
_HELD = re.compile(r"[\u4e00-\u9fd5A-Za-z0-9+#&._%-]+")
_USER_LINE = re.compile(r"(?P<word>.+?)(?:\s+(?P<frequency>[0-9]+))?(?:\s+(?P<tag>[a-z]+))?")


@dataclass(frozen=True)
class SegmentOptions:
    """What a segmenter knows beside its dictionary. The words themselves, so that they are saved.

    Attributes:
        user_words: lines of a user dictionary, ``word``, ``word frequency`` or
            ``word frequency tag``, as jieba reads them; see ``word_lists``.
        stop_words: tokens that are left out, lower case.
        keep_tags: leave out the tokens whose tag begins with none of these; empty keeps all.
    """

    user_words: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    keep_tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in self.user_words:
            _parse_user_word(line)

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[str]]) -> SegmentOptions:
        """Read what ``asdict`` gave, after JSON has made lists of its tuples."""
        return cls(**{name: tuple(words) for name, words in stored.items()})


class Segmenter:
    """Cuts texts into words; the same text gives the same words in any process.

    Args:
        options: user dictionary, stop words and tags that are kept.
    """

    def __init__(self, options: SegmentOptions | None = None) -> None:
        self.options = options or SegmentOptions()
        base = _read_dictionary()
        self._jieba, self._tags = _jieba_of(base.frequencies, base.total), base.tags
        self._whole_tags: dict[str, str] = {}
        if self.options.user_words:
            self._add_user_words(base)
        self._pattern = _whole_pattern(self._whole_tags)
        self._stop = frozenset(self.options.stop_words)

    def segment(self, texts: Iterable[str | None]) -> list[list[str]]:
        """Cut texts into words.

        Args:
            texts: N texts; null counts as empty.

        Returns:
            N lists: English words in lower case, signs one by one, no white space.
        """
        if self.options.keep_tags:
            return [[word for word, _ in words] for words in self.tag(texts)]
        stop = self._stop
        return [[word for word, _ in self._cut(text or "") if word not in stop] for text in texts]

    def tag(self, texts: Iterable[str | None]) -> list[list[tuple[str, str]]]:
        """Cut texts into words with their parts of speech.

        A word that the dictionary lacks has the tag that jieba's tagger gives to it alone.

        Args:
            texts: N texts; null counts as empty.

        Returns:
            N lists of (word, tag), the words being those of ``segment``.
        """
        keep, stop = self.options.keep_tags, self._stop
        tagged = []
        for text in texts:
            pairs = [(word, tag or self._tag(word)) for word, tag in self._cut(text or "")]
            tagged.append(
                [(w, t) for w, t in pairs if w not in stop and (not keep or t.startswith(keep))]
            )
        return tagged

    def _cut(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield words, with the tag of those that stay whole and an empty one for the others."""
        end = 0
        for found in self._pattern.finditer(text):
            yield from self._cut_plain(text[end : found.start()])
            word, tag = found[0], str(found.lastgroup)
            yield (word, self._whole_tags[word]) if tag == "user" else (_fold(word, tag), tag)
            end = found.end()
        yield from self._cut_plain(text[end:])

    def _cut_plain(self, text: str) -> Iterator[tuple[str, str]]:
        for start in range(0, len(text), _LONGEST):
            for word in self._jieba.cut(text[start : start + _LONGEST]):
                if not word.isspace():
                    yield word.lower(), ""

    def _tag(self, word: str) -> str:
        return self._tags.get(word) or _tag_unknown(word)

    def _add_user_words(self, base: _Dictionary) -> None:
        self._jieba, self._tags = _jieba_of(base.frequencies.copy(), base.total), base.tags.copy()
        for line in self.options.user_words:
            word, frequency, tag = _parse_user_word(line)
            if _HELD.fullmatch(word):
                self._jieba.add_word(word, frequency)
                self._tags[word.lower()] = tag
            else:
                self._whole_tags[word] = tag


class _Dictionary(NamedTuple):
    """jieba's dictionary.

    Attributes:
        frequencies: of words; 0 for what is but the beginning of one.
        total: their sum.
        tags: part of speech of each word, in lower case.
        tagger: jieba's own, which guesses the tags of other words.
    """

    frequencies: dict[str, int]
    total: int
    tags: dict[str, str]
    tagger: jieba.posseg.POSTokenizer


@functools.cache
def _read_dictionary() -> _Dictionary:
    frequencies, total = jieba.Tokenizer().gen_pfdict(jieba.Tokenizer().get_dict_file())
    tagger = jieba.posseg.POSTokenizer(_jieba_of(frequencies, total))
    tags = {word.lower(): tag for word, tag in tagger.word_tag_tab.items()}
    return _Dictionary(frequencies, total, tags, tagger)


def _jieba_of(frequencies: dict[str, int], total: int) -> jieba.Tokenizer:
    """Make a jieba that has its words already: it reads no cache, writes none, and logs nothing."""
    made = jieba.Tokenizer()
    made.FREQ, made.total, made.initialized = frequencies, total, True
    return made


def _parse_user_word(line: str) -> tuple[str, int | None, str]:
    found = _USER_LINE.fullmatch(line)
    if not found or (found["frequency"] and int(found["frequency"]) == 0):
        raise ContractError(
            f"user dictionary has {line!r}; expected 'word', 'word frequency' or 'word frequency "
            "tag', with a frequency of 1 or more and a tag of letters a to z"
        )
    frequency = int(found["frequency"]) if found["frequency"] else None
    return found["word"], frequency, found["tag"] or _USER_TAG


@functools.lru_cache(maxsize=1 << 16)
def _tag_unknown(word: str) -> str:
    """Tag a word that is not in the dictionary: as the longest part that the tagger finds in it."""
    if word.isascii() and word.isalnum():
        return "m" if word.isdigit() else "eng"
    parts = list(_read_dictionary().tagger.cut(word))
    place = max(range(len(parts)), key=lambda i: (len(parts[i].word), i))
    return str(parts[place].flag)


def _whole_pattern(user_words: Iterable[str]) -> re.Pattern[str]:
    """Match the tokens that stay whole, user words that jieba cannot hold first, longest first."""
    words = "|".join(map(re.escape, sorted(user_words, key=lambda word: (-len(word), word))))
    named = [*([("user", words)] if words else []), *_WHOLE]
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in named))


def _fold(word: str, tag: str) -> str:
    return word.lower() if tag in ("topic", "eng") else word
