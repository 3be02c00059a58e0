"""What groups of posts are about, in words: TF-IDF or TextRank, and topics by lists of words.

Both are jieba's (https://github.com/fxsjy/jieba): its dictionary, parts of speech, inverse document
frequencies and TextRank (Mihalcea & Tarau 2004). Addresses, @names, #topics# and [emoticons] are
taken out first. A word counts once a user, so that nobody makes a keyword alone by saying it often.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.emoticons import EMOTICON_PATTERN
from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.trends.attach import by_topic
from gnn_emotion.trends.columns import groups_of, need, users_of

if TYPE_CHECKING:
    from jieba.posseg import POSTokenizer

METHODS = ("tfidf", "class_tfidf", "textrank")
#: Words that say nothing of what is talked about, although their part of speech is kept; the
#: English ones are scikit-learn's.
STOP_WORDS = frozenset(
    re.findall(
        r"\S+",
        """没有 知道 觉得 看到 看见 听到 出来 起来 下去 过去 回来 进去 有人 大家 人家 时候 东西
        事情 问题 感觉 样子 地方 转发 微博 评论 回复 网页 链接 视频 图片 全文 展开 哈哈 哈哈哈
        哈哈哈哈 呵呵 嘻嘻 今天 明天 昨天 现在 http https com cn""",
    )
)
_MARKS = re.compile(
    r"https?://[\x21-\x7e]+|//@[^:：]{1,30}[:：]|@[\w·-]{1,30}|#[^#\n]{1,64}#|" + EMOTICON_PATTERN
)
#: Nouns, names, verbs that stand as nouns, verbs, English.
_TAGS = frozenset(("n", "nr", "ns", "nt", "nz", "nw", "vn", "v", "eng"))


@dataclass(frozen=True)
class KeywordOptions:
    """How keywords are found.

    Attributes:
        method: ``tfidf``, words that are commoner in the group than in Chinese at large;
            ``class_tfidf``, than in the other groups (Grootendorst 2022); or ``textrank``, words
            that stand beside many others of the group.
        count: of each group.
        fewest_users: who must have written a keyword of a group.
        words: that jieba's dictionary lacks and that are words, such as names.
        stop_words: left out, beside ``STOP_WORDS``.
    """

    method: str = "tfidf"
    count: int = 10
    fewest_users: int = 2
    words: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise GnnEmotionError(f"no method {self.method!r}; {closest(self.method, METHODS)}")
        if self.count < 1 or self.fewest_users < 1:
            raise GnnEmotionError(
                f"{self.count} keywords of {self.fewest_users} users; expected 1 or more of each"
            )


def keywords(
    frame: pd.DataFrame, by: Iterable[str] = ("topic",), options: KeywordOptions | None = None
) -> pd.DataFrame:
    """Find the keywords of each group of posts.

    Args:
        frame: ``own_text``, ``user_id`` and the columns of ``by``; see ``attach``.
        by: columns that make the groups, none for one group of all; ``topic`` as in
            ``emotion_trends``, or a column of your own, such as days.
        options: how they are found.

    Returns:
        A row a keyword, the best first, by group: the columns of ``by``; ``word``; ``score``;
        ``posts`` and ``users`` that have it.

    Raises:
        GnnEmotionError: columns are missing.
    """
    by, options = list(by), options or KeywordOptions()
    need(frame, ["own_text"], "attach(predictions, dump) adds it")
    if "topic" in by and "topic" not in frame:
        frame = by_topic(frame)
    group, groups = groups_of(frame, by)
    user, cut = users_of(frame), _Cutter(options)
    texts = frame["own_text"].fillna("")
    known = {text: cut(text) for text in texts.unique()}  # copies are cut once
    words = [known[text] for text in texts]
    weigh = _class_weights(words, len(groups)) if options.method == "class_tfidf" else None
    tables = []
    for number, key in groups.iterrows():
        rows = np.flatnonzero(group == number)
        table = _ranked([words[row] for row in rows], user[rows], options, weigh)
        tables.append(table.assign(**{name: key[name] for name in by})[[*by, *table.columns]])
    return pd.concat(tables, ignore_index=True)


def word_topics(frame: pd.DataFrame, topics: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Give posts the topics whose words they contain, in place of hashtags.

    Args:
        frame: ``own_text`` of each post; see ``attach``.
        topics: name of a topic -> its words, of which one is enough; upper and lower case are the
            same.

    Returns:
        The frame with these ``topics``, lists; posts with none of the words have an empty one.

    Raises:
        GnnEmotionError: columns are missing, or a topic has no words.
    """
    need(frame, ["own_text"], "attach(predictions, dump) adds it")
    text = frame["own_text"].fillna("").str.lower()
    found: list[list[str]] = [[] for _ in range(len(frame))]
    for name, words in topics.items():
        wanted = [word.lower() for word in words if word]
        if isinstance(words, str) or not wanted:
            raise GnnEmotionError(f"topic {name!r} has words {words!r}; expected a list of some")
        hit = text.str.contains("|".join(map(re.escape, wanted)), regex=True)
        for row in np.flatnonzero(hit):
            found[row].append(name)
    return frame.assign(topics=pd.Series(found, index=frame.index, dtype=object))


def bare_text(text: str) -> str:
    """Take addresses, @names, #topics# and [emoticons] out of a text."""
    return _MARKS.sub(" ", text)


def _ranked(
    words: list[list[str]],
    user: npt.NDArray[np.int64],
    options: KeywordOptions,
    weights: Mapping[str, float] | None,
) -> pd.DataFrame:
    """Rank the words of a group: those of each post, who wrote it, and what words weigh."""
    posts: Counter[str] = Counter()
    said: set[tuple[str, int]] = set()
    for one, writer in zip(words, user.tolist(), strict=True):
        mine = set(one)
        posts.update(mine)
        said.update((word, writer) for word in mine)
    users = Counter(word for word, _ in said)
    if options.method != "textrank":
        known, middle = _frequencies() if weights is None else (weights, 0.0)
        total = sum(users.values())
        score = {word: n / total * known.get(word, middle) for word, n in users.items()}
    else:
        score = _text_rank(words)
    common = [word for word in score if users[word] >= options.fewest_users]
    best = sorted(common, key=lambda word: (-score[word], word))[: options.count]
    columns = {"word": best, "score": [score[word] for word in best]}
    columns |= {"posts": [posts[w] for w in best], "users": [users[w] for w in best]}
    return pd.DataFrame(columns).astype({"score": float, "posts": int, "users": int})


def _class_weights(words: list[list[str]], groups: int) -> dict[str, float]:
    """Weigh words by how few of all posts have them: log(1 + words a group / posts with it)."""
    posts = Counter(word for one in words for word in set(one))
    average = sum(posts.values()) / groups
    return {word: float(np.log1p(average / count)) for word, count in posts.items()}


def _text_rank(words: list[list[str]]) -> dict[str, float]:
    """Rank words by the words that stand within five of them, in texts that are told apart once."""
    from jieba.analyse.textrank import UndirectWeightedGraph

    span, beside = 5, Counter[tuple[str, str]]()
    for one in dict.fromkeys(map(tuple, words)):
        for at, word in enumerate(one):
            beside.update((word, other) for other in one[at + 1 : at + span])
    graph = UndirectWeightedGraph()
    for (word, other), count in beside.items():
        graph.addEdge(word, other, count)
    return dict(graph.rank()) if beside else {}


class _Cutter:
    """Cuts a text into the words that may be keywords."""

    def __init__(self, options: KeywordOptions) -> None:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        self._tagger, self._own = _tagger(options.words), frozenset(options.words)
        self._stop = STOP_WORDS | ENGLISH_STOP_WORDS | {word.lower() for word in options.stop_words}

    def __call__(self, text: str) -> list[str]:
        pairs = self._tagger.cut(bare_text(text))
        return [pair.word for pair in pairs if self._kept(pair.word, pair.flag)]

    def _kept(self, word: str, tag: str) -> bool:
        if word.lower() in self._stop:
            return False
        return word in self._own or (tag in _TAGS and len(word.strip()) > 1)


@functools.lru_cache(maxsize=4)
def _tagger(words: tuple[str, ...]) -> POSTokenizer:
    """Make a tagger with some more words; jieba's cache, which all users share, is not touched."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its escape sequences, and its use of pkg_resources
        import jieba
        import jieba.posseg
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    for word in words:
        made.add_word(word, tag="nz")
    return jieba.posseg.POSTokenizer(made)


@functools.cache
def _frequencies() -> tuple[Mapping[str, float], Any]:
    """Return inverse document frequencies, and that of words which are not among them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba.analyse
    found = jieba.analyse.TFIDF()
    return found.idf_freq, found.median_idf
