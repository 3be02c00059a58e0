"""What the tables of this room must hold, and what is said when they do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.schema.label_sets import label_set, label_sets

#: Posts whose group is not known are a group of their own, so that groups add up to all posts.
NO_GROUP = "(none)"
_PROB = "prob_"


def need(frame: pd.DataFrame, columns: Iterable[str], hint: str = "") -> None:
    """Check that a table has some columns.

    Args:
        frame: the table.
        columns: what it must have.
        hint: what to do about it.

    Raises:
        GnnEmotionError: columns are missing.
    """
    missing = [name for name in columns if name not in frame]
    if missing:
        known = closest(missing[0], map(str, frame.columns))
        advice = f"; {hint}" if hint else ""
        raise GnnEmotionError(f"no columns {', '.join(missing)}; {known}{advice}")


def need_once(frame: pd.DataFrame, source: str = "", hint: str = "") -> None:
    """Check that no post has two rows, and would count twice.

    Args:
        frame: with ``post_id``.
        source: where the table is from, for the message.
        hint: what may have made two rows of one.

    Raises:
        GnnEmotionError: a post is there twice.
    """
    twice = frame["post_id"][frame["post_id"].duplicated()]
    if len(twice):
        where = f"{source}: " if source else ""
        raise GnnEmotionError(
            f"{where}post {twice.iloc[0]!r} is there twice; expected a row a post{hint}"
        )


def emotions_of(predictions: pd.DataFrame) -> list[str]:
    """Return the K labels that predictions give probabilities of, in their order.

    Raises:
        GnnEmotionError: there are none.
    """
    labels = [str(name)[len(_PROB) :] for name in predictions if str(name).startswith(_PROB)]
    if not labels:
        raise GnnEmotionError(
            f"no columns prob_<label>; there are {', '.join(map(str, predictions.columns))}; "
            "expected the table that `gnn-emotion score` writes"
        )
    return labels


def label_set_of(labels: Sequence[str]) -> str | None:
    """Return the registered label set of some labels; None for those of no set."""
    names = [name for name in label_sets() if label_set(name).labels == tuple(labels)]
    return names[0] if names else None


def probabilities(predictions: pd.DataFrame) -> npt.NDArray[np.float32]:
    """Return the probabilities ``[N, K]`` of predictions.

    Raises:
        GnnEmotionError: a row is not finite or does not sum to one.
    """
    names = [f"{_PROB}{label}" for label in emotions_of(predictions)]
    probs = predictions[names].to_numpy(np.float32)
    wrong = ~(np.abs(probs.sum(axis=1) - 1) < 0.01) | (probs < 0).any(axis=1)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise GnnEmotionError(f"row {row}: probabilities {probs[row]}, expected a sum of 1")
    return probs


def groups_of(frame: pd.DataFrame, by: Iterable[str]) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
    """Number the groups of rows.

    Args:
        frame: the rows ``[N]``.
        by: the columns that make a group; a value that is missing reads ``NO_GROUP``.

    Returns:
        The group of each row ``[N]``, and the columns of each group ``[G]``, sorted.

    Raises:
        GnnEmotionError: columns are missing, or hold lists.
    """
    by = list(by)
    need(frame, by, "columns of the dump are added by attach(predictions, dump)")
    for name in by:
        listed = frame[name].map(lambda value: isinstance(value, list | np.ndarray))
        if listed.any():
            raise GnnEmotionError(
                f"column {name!r} holds lists, by which no groups can be made; expected a value a "
                "post: topic, not topics"
            )
    if not by:
        return np.zeros(len(frame), np.int64), pd.DataFrame(index=range(1))
    named = [frame[name].astype(object).where(frame[name].notna(), NO_GROUP) for name in by]
    keys = pd.concat(named, axis=1).groupby(by, sort=False, observed=True)
    group = keys.ngroup().to_numpy(np.int64)
    _, first = np.unique(group, return_index=True)
    table = pd.concat(named, axis=1).iloc[first].reset_index(drop=True)
    order = table.astype(str).sort_values(by, kind="stable").index.to_numpy()
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place[group], table.iloc[order].reset_index(drop=True)


def users_of(frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Number the users of posts ``[N]``; a post whose user is not known has one of its own.

    Raises:
        GnnEmotionError: there is no column ``user_id``.
    """
    need(frame, ["user_id"], "attach(predictions, dump) adds it")
    codes, names = pd.factorize(frame["user_id"])
    unknown = np.flatnonzero(codes < 0)
    user = codes.astype(np.int64)
    user[unknown] = len(names) + np.arange(len(unknown))
    return user
