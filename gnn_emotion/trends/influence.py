"""Who carried an emotion: PageRank (Page et al. 1999) on who answers and reposts whom.

A reader goes from a user to one whom she answered or reposted, by any of these posts, if it and the
post above it both carry the emotion; if not, to any user. So rank gathers at those whose emotion
others took up, more so at those from whom users of rank took it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.trends.columns import emotions_of, need, probabilities
from gnn_emotion.trends.threads import threads

Floats = npt.NDArray[np.float64]

_DAMPING, _TOLERANCE, _MOST_STEPS = 0.85, 1e-9, 200


def influence(
    predictions: pd.DataFrame, emotions: Iterable[str] = (), count: int = 20
) -> pd.DataFrame:
    """Rank the users who carried each emotion.

    Args:
        predictions: ``post_id, parent_id, user_id, prob_<label>``; see ``attach``. Posts of users
            who are not known, and answers to oneself, make no edges.
        emotions: which; all by default.
        count: users of each emotion.

    Returns:
        A row a user, the most influential first, by emotion: ``emotion``; ``user_id``; ``rank``,
        PageRank, which sums to 1 over all users with edges; ``taken_up``, expected number of
        answers and reposts by others that carry the emotion of the post above; ``answers``, their
        number with any emotion; ``posts``, of the user.

    Raises:
        GnnEmotionError: columns are missing, or no such emotion.
    """
    need(predictions, ["user_id"], "attach(predictions, dump) adds it")
    labels, found = emotions_of(predictions), threads(predictions)
    user, names = pd.factorize(predictions["user_id"])
    source, target = user[found.child], user[found.parent]
    kept = (source >= 0) & (target >= 0) & (source != target)
    source, target = source[kept], target[kept]
    posts = np.bincount(user[user >= 0], minlength=len(names))
    answers = np.bincount(target, minlength=len(names))
    probs = probabilities(predictions)
    tables = []
    for emotion in list(emotions) or labels:
        if emotion not in labels:
            raise GnnEmotionError(f"no emotion {emotion!r}; {closest(emotion, labels)}")
        carried = probs[:, labels.index(emotion)].astype(np.float64)
        weight = (carried[found.child] * carried[found.parent])[kept]
        rank = page_rank(source, target, weight, len(names))
        taken = np.bincount(target, weight, len(names))
        best = np.lexsort((np.arange(len(names)), -rank))[:count]
        best = best[rank[best] > 0]
        columns = {"emotion": emotion, "user_id": names[best], "rank": rank[best]}
        columns |= {"taken_up": taken[best], "answers": answers[best], "posts": posts[best]}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def page_rank(
    source: npt.NDArray[np.integer], target: npt.NDArray[np.integer], follow: Floats, count: int
) -> Floats:
    """Compute PageRank of a reader who may not follow an edge, over the nodes that have any.

    Args:
        source: nodes ``[E]``; of several edges from a node, each is as likely.
        target: nodes ``[E]``.
        follow: how likely an edge is followed ``[E]``; if it is not, the reader goes anywhere.
        count: nodes.

    Returns:
        ``[count]``, sums to 1 (0 without edges); 0 for nodes without edges.
    """
    rank = np.zeros(count)
    nodes, at = np.unique(np.concatenate([source, target]), return_inverse=True)
    if not len(nodes):
        return rank
    n, (a, b) = len(nodes), np.split(at, 2)
    flow = csr_array((_DAMPING * follow / np.bincount(a, minlength=n)[a], (b, a)), shape=(n, n))
    found = np.full(n, 1 / n)
    for _ in range(_MOST_STEPS):
        before, followed = found, flow @ found
        found = followed + (1 - followed.sum()) / n
        if np.abs(found - before).sum() < _TOLERANCE:
            break
    rank[nodes] = found
    return rank
