"""Posts to sums by user and cell; a cell is what one number of a table is about.

Posts of one user are not independent, so that a user is what counts as drawn: everything that
shares and their intervals need of a cell are a few sums of each of its users.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.schema.errors import GnnEmotionError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class UserSums:
    """Sums over the posts of a user in a cell, for the P pairs of them that occur.

    Attributes:
        cell: of each pair ``[P]``, sorted.
        user: of each pair ``[P]``.
        weight: sum of the weights of the posts ``[P]``.
        squares: sum of their squares ``[P]``.
        value_sums: weighted sums of the V values ``[P, V]``.
        value_squares: weighted sums of the squared values in each of C cells ``[C, V]``.
        posts: posts in each cell ``[C]``, each counted whole.
    """

    cell: Ints
    user: Ints
    weight: Floats
    squares: Floats
    value_sums: Floats
    value_squares: Floats
    posts: Ints

    @property
    def num_cells(self) -> int:
        """C."""
        return len(self.posts)

    @property
    def users(self) -> Ints:
        """How many users wrote in each cell ``[C]``."""
        return np.bincount(self.cell, minlength=self.num_cells).astype(np.int64)

    def over_cells(self, numbers: Floats) -> Floats:
        """Sum numbers of pairs ``[P]`` or ``[P, V]`` over the cells: ``[C]`` or ``[C, V]``."""
        if numbers.ndim == 1:
            return np.asarray(np.bincount(self.cell, numbers, self.num_cells))
        columns = [np.bincount(self.cell, column, self.num_cells) for column in numbers.T]
        return np.stack(columns, axis=1)


def user_sums(
    user: Ints, cell: Ints, values: npt.NDArray[np.floating], num_cells: int, cap: float | None
) -> UserSums:
    """Sum the values of posts by user and cell.

    Args:
        user: of each post ``[N]``.
        cell: of each post ``[N]``, below ``num_cells``.
        values: ``[N, V]``, each between 0 and 1.
        num_cells: C.
        cap: a user counts for at most as many posts in a cell: the posts of one who wrote more
            weigh so much less. None for no cap.

    Returns:
        The sums.

    Raises:
        GnnEmotionError: a cap that cannot be.
    """
    if cap is not None and not cap > 0:
        raise GnnEmotionError(f"max_per_user is {cap}; expected a number above 0, or None")
    key = cell * (int(user.max(initial=-1)) + 1) + user
    pairs, first, pair = np.unique(key, return_index=True, return_inverse=True)
    count = np.bincount(pair, minlength=len(pairs)).astype(np.float64)
    each = np.ones(len(pairs)) if cap is None else np.minimum(1.0, cap / count)
    columns = [np.bincount(pair, column, len(pairs)) * each for column in values.T]
    weight = each[pair]
    squares = [np.bincount(cell, weight * column * column, num_cells) for column in values.T]
    return UserSums(
        cell[first],
        user[first],
        count * each,
        count * each**2,
        np.stack(columns, axis=1),
        np.stack(squares, axis=1),
        np.bincount(cell, minlength=num_cells),
    )
