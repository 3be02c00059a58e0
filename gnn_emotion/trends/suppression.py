"""Small cells are not shown: numbers of a handful of users tell on them.

A cell of fewer users than asked is emptied. It could be had back as the total less all others, and
so the next smallest cells of the same total are emptied too (complementary suppression; Cox 1980),
until the emptied ones are at least two and have as many users together as a cell must have. Users
may be in several cells (of topics, of kinds), so that those of the cells cannot be added up: it
takes one emptied cell that has as many users by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.columns import need

FEWEST_USERS = 5


def suppress(
    table: pd.DataFrame, fewest_users: int = FEWEST_USERS, total: Iterable[str] = ("start",)
) -> pd.DataFrame:
    """Empty the small cells of a table.

    It protects one table. Who holds others of the same posts, by other columns or with other bins,
    may still learn more from their differences.

    Args:
        table: of ``emotion_trends``, or another with a column ``users``; rows of the same group
            and bin, but for the emotion, are one cell.
        fewest_users: of a cell that is shown.
        total: the cells that are equal in these columns make a total that others may know.

    Returns:
        The table with nan in all numbers of the cells that are not shown, and a column ``shown``.
        Cells without users are shown: nobody is in them.

    Raises:
        GnnEmotionError: columns are missing, or a number of users below 1.
    """
    if fewest_users < 1:
        raise GnnEmotionError(f"fewest_users is {fewest_users}; expected 1 or more")
    total = list(total)
    need(table, ["emotion", "users", *total])
    place = list(table.columns).index("emotion")
    keys = list(map(str, table.columns[:place]))
    table = table.reset_index(drop=True)
    cells = table[[*keys, "users"]].drop_duplicates(keys) if keys else table[["users"]].iloc[:1]
    totals = cells.groupby(total, sort=False).indices if total else {(): np.arange(len(cells))}
    hidden = np.zeros(len(cells), dtype=bool)
    users = cells["users"].to_numpy()
    for rows in totals.values():
        hidden[rows] = hidden_cells(users[rows], fewest_users)
    number = table.groupby(keys, sort=False).ngroup().to_numpy() if keys else 0 * table.index
    return emptied(table, hidden[number])


def emptied(table: pd.DataFrame, gone: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Return a table with nan after ``emotion`` in some rows ``[N]``, and a column ``shown``."""
    table = table.copy()
    for name in table.columns[list(table.columns).index("emotion") + 1 :]:
        table[name] = table[name].where(~gone)
    return table.assign(shown=~gone)


def hidden_cells(users: npt.NDArray[np.int64], fewest_users: int) -> npt.NDArray[np.bool_]:
    """Tell which cells of one total are not shown, by the users of each ``[C]``."""
    hidden = (users > 0) & (users < fewest_users)
    if not hidden.any():
        return hidden
    for at in np.argsort(users, kind="stable"):
        if hidden.sum() > 1 and users[hidden].max() >= fewest_users:
            break
        hidden[at] |= users[at] > 0
    return hidden
