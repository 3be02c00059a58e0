"""Words, hashtags, mentions and emoticons that tell the label almost alone.

Distant labels are often read off a mark that stays in the text, and sets that were collected by
search words keep these. Which mark it was need not be known: it stands with one label alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.stats import beta
from sklearn.feature_extraction.text import CountVectorizer

from gnn_emotion.schema.emoticons import EMOTICON_PATTERN
from gnn_emotion.training.audit.report import NOTE, AuditInput, Finding, Ints
from gnn_emotion.training.task import TRAIN

#: ``[emoticon]``, ``#topic#``, ``@name``, a Latin word, or two Chinese characters, overlapping.
_WORD = (
    rf"(?=({EMOTICON_PATTERN}"
    r"|#[^#\s]{1,30}#|@[^\s:：@,，。]{1,30}"
    r"|(?<![a-z])[a-z]{2,}|[\u4e00-\u9fff]{2}))"
)
#: Posts with a word from which it can tell anything.
_OFTEN = 20
#: Of them have the label, surely; and without the word the label is missed five times as often.
_TELLING, _FEWER = 0.9, 5
_LEVEL = 0.005
_SHOWN = 5


def telling_words(given: AuditInput) -> list[Finding]:
    """Find judged posts with a word that tells their label almost alone.

    Words are judged on the train split; on all labels where it has none. A word may tell a label
    by its meaning, so that this is a note: look at the words.
    """
    labelled = given.label >= 0
    learned = labelled & (given.split == TRAIN)
    learned = learned if learned.any() else labelled
    if learned.sum() < _OFTEN:
        return []
    counter = CountVectorizer(token_pattern=_WORD, binary=True, lowercase=True)
    texts = given.texts.fill_null("").to_numpy(zero_copy_only=False)
    try:
        has = counter.fit_transform(texts)
    except ValueError:  # no word at all
        return []
    told = _told(has[learned], given.label[learned], len(given.labels))
    words = np.flatnonzero(told >= 0)
    judged = labelled & (given.split > TRAIN)
    if not len(words) or not judged.any():
        return []
    rows, columns = has[:, words].nonzero()
    right = judged[rows] & (told[words][columns] == given.label[rows])
    at = np.unique(rows[right]).astype(np.int64)
    often = np.asarray(has[learned][:, words].sum(axis=0)).ravel()
    names = counter.get_feature_names_out()[words[np.argsort(-often, kind="stable")]]
    return [_finding(names, at, int(judged.sum()))] if len(at) else []


def _told(has: sparse.csr_matrix, label: Ints, classes: int) -> Ints:
    """Return the label that each word tells ``[V]``; -1 for most."""
    counts = np.asarray(has.T @ np.eye(classes)[label])
    total, best = counts.sum(axis=1), counts.argmax(axis=1)
    most = counts[np.arange(len(counts)), best]
    # Clopper & Pearson (1934): the least share that is not out of the question.
    low = beta.ppf(_LEVEL, most, total - most + 1)
    base = np.bincount(label, minlength=classes)[best] / len(label)
    tells = (total >= _OFTEN) & (low >= _TELLING) & (1 - low <= (1 - base) / _FEWER)
    return np.where(tells, best, -1)


def _finding(names: npt.NDArray[np.object_], at: Ints, judged: int) -> Finding:
    share = len(at) / judged
    shown = ", ".join(names[:_SHOWN]) + (
        f" and {len(names) - _SHOWN:,} more" * (len(names) > _SHOWN)
    )
    message = (
        f"{len(names):,} words tell a label almost alone ({shown}): they name that of "
        f"{len(at):,} of {judged:,} judged posts ({share:.1%})"
    )
    return Finding("telling_words", NOTE, len(at), share, at, message)
