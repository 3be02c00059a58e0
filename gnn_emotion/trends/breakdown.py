"""Emotions by region or group of users, with small cells hidden."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from gnn_emotion.trends.attach import by_topic
from gnn_emotion.trends.columns import emotions_of, groups_of
from gnn_emotion.trends.emotion_trends import estimates, group_columns, summed
from gnn_emotion.trends.suppression import FEWEST_USERS, suppress

#: What the columns of groups read in the rows of all posts.
ALL = "(all)"


def breakdown(
    predictions: pd.DataFrame,
    by: Iterable[str] = ("region",),
    fewest_users: int = FEWEST_USERS,
    max_per_user: float | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate the share of each emotion by group, over all time.

    Args:
        predictions: as for ``emotion_trends``.
        by: columns that make the groups: ``region``, ``verified``, ``gender``, ``follower_group``,
            ``kind``, ``topic`` or others.
        fewest_users: groups of fewer users are not shown, nor so many others that these could be
            had by subtraction; see ``suppression``.
        max_per_user: for how many posts a user counts at most in a group.
        level: of the intervals.

    Returns:
        A row a group and emotion, and at the end those of all posts, whose groups read ``ALL``: the
        columns of ``by``, and those of ``emotion_trends`` from ``emotion`` on; and ``shown``.
        Numbers of groups that are not shown are nan.

    Raises:
        GnnEmotionError: columns are missing.
    """
    by = group_columns(by)
    one = _table(predictions, [], max_per_user, level)
    if "topic" in by and "topic" not in predictions:
        predictions = by_topic(predictions)
    groups = suppress(_table(predictions, by, max_per_user, level), fewest_users, total=())
    total = suppress(one, fewest_users, total=())
    keys = pd.DataFrame({name: [ALL] * len(total) for name in by}, index=total.index)
    return pd.concat([groups, pd.concat([keys, total], axis=1)], ignore_index=True)


def _table(
    predictions: pd.DataFrame, by: list[str], max_per_user: float | None, level: float
) -> pd.DataFrame:
    group, groups = groups_of(predictions, by)
    labels = emotions_of(predictions)
    sums, taken = summed(predictions, group, max_per_user)
    table = estimates(sums, taken, labels, len(groups), level)
    keys = groups.loc[np.repeat(groups.index, len(labels))].reset_index(drop=True)
    return pd.concat([keys, table], axis=1)
