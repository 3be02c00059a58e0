"""Bursts of posts: stretches in which far more was written than usual.

Kleinberg (2002, "Bursty and hierarchical structure in streams"), two states: posts of a bin are
Poisson with the mean rate of all bins or ``scale`` times it, and entering the burst costs ``gamma``
times the logarithm of the number of bins.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.columns import need
from gnn_emotion.trends.series import groups_in, one_a_bin, series_of

_COLUMNS = ("start", "end", "posts", "usual", "weight")


def bursts(trend: pd.DataFrame, scale: float = 2.0, gamma: float = 1.5) -> pd.DataFrame:
    """Find the bursts of every group of a trend.

    Args:
        trend: see ``emotion_trends``.
        scale: how many times the usual rate a burst is; above 1.
        gamma: how dear it is to enter one; higher finds fewer. Kleinberg has 1, with which
            chance makes one in a fifth of series of 200 bins of 5 posts.

    Returns:
        A row a burst: the columns of the groups; ``start`` of its first bin and ``end`` of its
        last; ``posts`` in it, ``usual``, how many there would have been otherwise; ``weight``, how
        much likelier it is with the burst than without (difference of log-likelihoods).

    Raises:
        GnnEmotionError: columns are missing, or options that cannot be.
    """
    if scale <= 1 or gamma < 0:
        raise GnnEmotionError(f"scale {scale}, gamma {gamma}; expected above 1, and 0 or more")
    need(trend, ["start", "emotion", "volume"], "see emotion_trends")
    keys = groups_in(trend)
    found = []
    for key, one in series_of(one_a_bin(trend), keys):
        volume = one["volume"].to_numpy(np.float64)
        rate = max(float(volume.mean()), 1e-9)
        for first, last in _runs(_burst_bins(volume, rate, scale, gamma)):
            row = _burst(one["start"], volume, first, last, rate, scale)
            found.append(dict(zip(keys, key, strict=True)) | row)
    kind = trend["start"].dtype
    return pd.DataFrame(found, columns=[*keys, *_COLUMNS]).astype({"start": kind, "end": kind})


def _burst_bins(
    volume: npt.NDArray[np.float64], rate: float, scale: float, gamma: float
) -> npt.NDArray[np.bool_]:
    """Tell which bins are in a burst: the cheapest sequence of states (Viterbi 1967)."""
    cost = np.stack([_cost(volume, rate), _cost(volume, rate * scale)], axis=1).tolist()
    enter = gamma * np.log(max(len(volume), 2))
    usual, burst = cost[0][0], enter + cost[0][1]
    came_up, came_down = [False], [False]
    for low, high in cost[1:]:
        came_down.append(burst < usual)
        came_up.append(usual + enter < burst)
        usual, burst = min(usual, burst) + low, min(usual + enter, burst) + high
    state = burst < usual
    states = np.zeros(len(cost), dtype=bool)
    for t in range(len(cost) - 1, -1, -1):
        states[t] = state
        state = not came_up[t] if state else came_down[t]
    return states


def _cost(volume: npt.NDArray[np.float64], rate: float) -> npt.NDArray[np.float64]:
    return np.asarray(rate - volume * np.log(rate) + gammaln(volume + 1))


def _runs(inside: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last of each run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _burst(
    start: pd.Series,
    volume: npt.NDArray[np.float64],
    first: int,
    last: int,
    rate: float,
    scale: float,
) -> dict[str, object]:
    here = volume[first : last + 1]
    weight = float((_cost(here, rate) - _cost(here, rate * scale)).sum())
    # The last bin of all has no next one to end at; bins are as wide as the one before.
    starts = pd.DatetimeIndex(start)
    width = starts[-1] - starts[-2] if len(starts) > 1 else pd.Timedelta(0)
    end = starts[last + 1] if last + 1 < len(starts) else starts[-1] + width
    return {
        "start": starts[first],
        "end": end,
        "posts": int(here.sum()),
        "usual": rate * len(here),
        "weight": weight,
    }
