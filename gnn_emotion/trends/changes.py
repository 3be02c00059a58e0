"""When a trend turned: steps in the share of an emotion, or in valence, and the posts around them.

A trend is cut into stretches of equal level by PELT (Killick, Fearnhead & Eckley 2012; ruptures),
with binomial deviance as the cost and a bin counting for its effective number of posts: bins of
few posts weigh little, and shares near 0 are not taken for normal. The penalty of a cut is set so
that a flat series is cut in as few cases as asked: normal noise in 6 to 800 bins is cut in a share
a of cases with the penalty -2 log a + 1.15 log(bins) - 1.7.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gnn_emotion.schema.errors import ContractError, GnnEmotionError, closest
from gnn_emotion.trends.attach import by_topic
from gnn_emotion.trends.bins import CHINA, moment_of
from gnn_emotion.trends.cells import Floats
from gnn_emotion.trends.columns import NO_GROUP, emotions_of, need
from gnn_emotion.trends.series import groups_in, one_a_bin, series_of

if TYPE_CHECKING:
    from ruptures.base import BaseCost

#: Measure -> the column with its effective number of posts, its lowest value, and its range.
_MEASURES = {"share": ("effective", 0.0, 1.0), "valence": ("valence_effective", -1.0, 2.0)}
#: Mean square of a normal variable without its largest tenth, which may be steps.
_KEPT, _TRIMMED = 0.9, 0.623


def change_points(
    trend: pd.DataFrame, measure: str = "share", false_alarms: float = 0.05, min_bins: int = 2
) -> pd.DataFrame:
    """Find the steps of every group and emotion.

    What changes slowly is told as several small steps. Bins may scatter more than their posts
    explain; then the scatter between neighbouring bins, which a step does not widen, counts.

    Args:
        trend: see ``emotion_trends``; bins without posts are skipped.
        measure: ``share`` or ``valence``.
        false_alarms: in how many flat series of a group and emotion a step may be seen.
        min_bins: the fewest bins with posts between two steps.

    Returns:
        A row a step, in the order of the trend: the columns of its groups; ``emotion`` (``share``
        only); ``time``, the start of the first bin of the new level; ``before`` and ``after``, the
        levels of the stretches on both sides; ``size``, their difference, with ``low`` and
        ``high`` (95 %; that a step was found where it looked largest is not in it).

    Raises:
        GnnEmotionError: columns are missing, or options that cannot be.
        ContractError: ruptures is not installed.
    """
    if measure not in _MEASURES:
        raise GnnEmotionError(f"no measure {measure!r}; {closest(measure, _MEASURES)}")
    if not 0 < false_alarms < 1 or min_bins < 1:
        raise GnnEmotionError(
            f"false_alarms {false_alarms}, min_bins {min_bins}; expected between 0 and 1, and 1 or "
            "more"
        )
    need(trend, ["start", "emotion", measure, _MEASURES[measure][0]], "see emotion_trends")
    keys = [*groups_in(trend), *(["emotion"] if measure == "share" else [])]
    if measure == "valence":
        trend = one_a_bin(trend)
    found = [
        dict(zip(keys, key, strict=True)) | step
        for key, one in series_of(trend, keys)
        for step in _steps(one, measure, false_alarms, min_bins)
    ]
    columns = [*keys, "time", "before", "after", "size", "low", "high"]
    table = pd.DataFrame(found, columns=columns)
    return table.astype({"time": trend["start"].dtype})


def _steps(
    series: pd.DataFrame, measure: str, false_alarms: float, min_bins: int
) -> list[dict[str, Any]]:
    effective, lowest, width = _MEASURES[measure]
    series = series[series[measure].notna() & (series[effective] > 0)]
    if len(series) < 2 * min_bins:
        return []
    level = (series[measure].to_numpy() - lowest) / width
    size = series[effective].to_numpy()
    size = size / _scatter(level, size)
    penalty = -2 * np.log(false_alarms) + 1.15 * np.log(len(series)) - 1.7
    cuts = _pelt(level, size, penalty, min_bins)
    total = np.add.reduceat(size, [0, *cuts])
    means = np.add.reduceat(size * level, [0, *cuts]) / total
    error = width * np.sqrt(_spread(means[1:]) / total[1:] + _spread(means[:-1]) / total[:-1])
    means = lowest + width * means
    jump = np.diff(means)
    columns = {"before": means[:-1], "after": means[1:], "size": jump}
    columns |= {"low": jump - 1.96 * error, "high": jump + 1.96 * error}
    columns |= {"time": series["start"].iloc[cuts].to_numpy(object)}
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _spread(level: Floats | float) -> Floats:
    return np.maximum(np.asarray(level * (1 - level)), 1e-12)


def _scatter(level: Floats, size: Floats) -> float:
    """Return how much more neighbouring bins differ than their sizes say, at least 1."""
    spread = _spread(np.average(level, weights=size))
    gap = np.diff(level) / np.sqrt(spread * (1 / size[1:] + 1 / size[:-1]))
    kept = np.sort(gap**2)[: math.ceil(_KEPT * len(gap))]
    return max(1.0, float(kept.mean() / _TRIMMED))


def _pelt(level: Floats, size: Floats, penalty: float, min_bins: int) -> list[int]:
    """Return the first bins of all stretches but the first."""
    need_ruptures()
    from ruptures import Pelt

    cost = _binomial_cost(size, min_bins)
    found = Pelt(custom_cost=cost, min_size=min_bins, jump=1).fit(level).predict(pen=penalty)
    return [int(cut) for cut in found[:-1]]


def need_ruptures(extra: str = "trends") -> None:
    """Raise a ``ContractError`` that says which extra to install where ruptures is missing."""
    try:
        import ruptures  # noqa: F401
    except ImportError as error:
        raise ContractError(
            f"change points need ruptures; install it with pip install 'gnn-emotion[{extra}]'"
        ) from error


def _binomial_cost(size: Floats, min_bins: int) -> BaseCost:
    """Return the cost of a stretch: -2 log-likelihood of its best level, from running sums."""
    from ruptures.base import BaseCost

    class Binomial(BaseCost):
        model = "binomial"
        min_size = min_bins

        def fit(self, signal: Floats) -> Binomial:
            self.signal = signal.reshape(-1, 1)
            hits = size * signal.ravel()
            self.sums = [[0.0, *np.cumsum(part).tolist()] for part in (hits, size - hits)]
            return self

        def error(self, start: int, end: int) -> float:
            hits, misses = (sums[end] - sums[start] for sums in self.sums)
            total = hits + misses
            terms = (part * math.log(part / total) for part in (hits, misses) if part > 1e-12)
            return -2 * sum(terms)

    return Binomial()


def posts_around(
    predictions: pd.DataFrame,
    time: str | pd.Timestamp,
    emotion: str,
    within: str = "1h",
    count: int = 5,
    where: Mapping[str, object] | None = None,
    tz: str = CHINA,
) -> pd.DataFrame:
    """Return the posts on both sides of a change that carry an emotion most.

    Args:
        predictions: as for ``emotion_trends``. Posts without words, where ``own_text`` is there to
            tell them, show nothing and are left out.
        time: of the change; without a zone, in ``tz``.
        emotion: of which posts are shown.
        within: how far from the change, as pandas writes it.
        count: posts on each side, at most one of a user.
        where: values of columns, such as the groups of the change: ``{"topic": "..."}``.
        tz: see ``time``.

    Returns:
        The rows of ``predictions``, the likeliest first, with a first column ``side`` (``before``,
        ``after``).

    Raises:
        GnnEmotionError: an emotion or columns that are not there.
    """
    if emotion not in (labels := emotions_of(predictions)):
        raise GnnEmotionError(f"no emotion {emotion!r}; {closest(emotion, labels)}")
    for name, value in (where or {}).items():
        if name == "topic" and name not in predictions:
            predictions = by_topic(predictions)
        need(predictions, [name])
        known = predictions[name]
        predictions = predictions[known.isna() if value == NO_GROUP else known == value]
    gap = pd.to_datetime(predictions["created_at"], utc=True) - moment_of(time, tz)
    side = np.where(gap < pd.Timedelta(0), "before", "after")
    near = (gap >= -pd.Timedelta(within)) & (gap < pd.Timedelta(within))
    if "own_text" in predictions:
        near &= predictions["own_text"].fillna("").str.strip() != ""
    rows = predictions.assign(side=side)[near]
    rows = rows.sort_values(f"prob_{emotion}", ascending=False, kind="stable")
    again = rows["user_id"].notna() & rows.duplicated(["side", "user_id"])
    shown = rows[~again].groupby("side").head(count)
    shown = shown.sort_values("side", ascending=False, kind="stable")
    return shown[["side", *predictions.columns]].reset_index(drop=True)
