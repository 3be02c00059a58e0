"""How much a column of a feature says about the class, column by column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.feature_selection import f_classif, mutual_info_classif

Scores = Callable[[npt.NDArray[np.float32], npt.NDArray[np.int64]], npt.NDArray[np.float64]]


def information_gain(
    x: npt.NDArray[np.float32], label: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Entropy of the class that knowing whether a feature occurs takes away.

    Yang & Pedersen 1997, "A Comparative Study on Feature Selection in Text Categorization":

        G(t) = - sum_c P(c) log P(c)
               + P(t) sum_c P(c|t) log P(c|t) + P(not t) sum_c P(c|not t) log P(c|not t)

    A feature occurs where it is above its median: of a word that is in fewer than half of the posts
    the median is 0, and the formula is the paper's; a descriptor of a picture is cut in halves.

    Args:
        x: ``[N, D]``.
        label: ``[N]``.

    Returns:
        Nats ``[D]``, from 0 to log K.
    """
    occurs = (x > np.median(x, axis=0)).astype(np.int8)
    return mutual_info_classif(occurs, label, discrete_features=True)


def mutual_information(
    x: npt.NDArray[np.float32], label: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Mutual information of a continuous feature and the class, by nearest neighbours.

    Ross 2014, "Mutual Information between Discrete and Continuous Data Sets". It sees what no
    threshold sees (one class in the middle, the other at both ends) and costs a sort a column.

    Args:
        x: ``[N, D]``.
        label: ``[N]``.

    Returns:
        Nats ``[D]``.
    """
    return mutual_info_classif(x, label, discrete_features=False, random_state=0)


def anova(x: npt.NDArray[np.float32], label: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """F statistic of a one-way analysis of variance ``[D]``; 0 for a constant column.

    Args:
        x: ``[N, D]``.
        label: ``[N]``.
    """
    varied = np.ptp(x, axis=0) > 0
    score = np.zeros(x.shape[1])
    if varied.any():
        score[varied] = f_classif(x[:, varied].astype(np.float64), label)[0]
    return np.nan_to_num(score, nan=0.0, posinf=np.inf)


def variance(x: npt.NDArray[np.float32], label: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Variance ``[D]``; labels are not looked at.

    Args:
        x: ``[N, D]``.
        label: ``[N]``.
    """
    return x.astype(np.float64).var(axis=0)


#: By the name of the method.
SCORES: dict[str, Scores] = {
    "information_gain": information_gain,
    "mutual_information": mutual_information,
    "anova": anova,
    "variance": variance,
}
#: Those that look at labels.
SUPERVISED = ("information_gain", "mutual_information", "anova")
