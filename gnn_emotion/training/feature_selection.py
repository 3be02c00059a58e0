"""Which columns of a feature are kept, and how many directions they are reduced to.

Both are fitted on the train split alone: a column that is chosen with the help of test labels
flatters every later score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA, TruncatedSVD

from gnn_emotion.schema.errors import ContractError, LabelError, closest
from gnn_emotion.training.feature_scores import SCORES, SUPERVISED
from gnn_emotion.training.scaling import check_finite, check_width

SELECTIONS = ("none", *SCORES)
REDUCTIONS = ("none", "svd", "pca")


@dataclass(frozen=True)
class FeatureSelection:
    """Which columns are kept: those that score highest.

    Attributes:
        method: one of ``SELECTIONS``; ``none`` keeps all. See ``feature_scores``.
        keep: how many columns (int), or which share of them (float, 0 < keep <= 1, rounded up).
    """

    method: str = "none"
    keep: int | float = 1.0

    def __post_init__(self) -> None:
        if self.method not in SELECTIONS:
            raise ContractError(
                f"unknown feature selection {self.method!r}; {closest(self.method, SELECTIONS)}"
            )
        if self.keep <= 0 or (isinstance(self.keep, float) and self.keep > 1):
            raise ContractError(
                f"keep is {self.keep!r}; expected a number of columns (int, 1 or more) or a share "
                "of them (float, above 0, at most 1.0)"
            )

    def count(self, width: int) -> int:
        """Tell how many of D columns are kept."""
        if self.method == "none":
            return width
        wanted = math.ceil(self.keep * width) if isinstance(self.keep, float) else self.keep
        if wanted > width:
            raise ContractError(f"keep is {wanted}, but the feature has {width} columns")
        return wanted


@dataclass(frozen=True)
class FeatureReduction:
    """How the kept columns are reduced.

    Attributes:
        method: one of ``REDUCTIONS``. ``svd`` is truncated SVD of the columns as they are (latent
            semantic analysis, Deerwester et al. 1990), ``pca`` takes their mean away first.
        dim: directions that are kept; not looked at by ``none``.
    """

    method: str = "none"
    dim: int = 64

    def __post_init__(self) -> None:
        if self.method not in REDUCTIONS:
            raise ContractError(
                f"unknown feature reduction {self.method!r}; {closest(self.method, REDUCTIONS)}"
            )
        if self.dim < 1:
            raise ContractError(f"dim is {self.dim}, expected 1 or more")


@dataclass(frozen=True)
class FittedSelection:
    """Columns that were chosen and directions that were found; out = (x[:, columns] - mean) V^T.

    Attributes:
        selection: how the columns were chosen.
        reduction: how the directions were found.
        width: columns of the features it was fitted on, D.
        columns: the kept ones ``[C]``, ascending.
        mean: ``[C]``; zero but for PCA.
        components: V ``[R, C]``; empty ``[0, C]`` without reduction.
    """

    selection: FeatureSelection
    reduction: FeatureReduction
    width: int
    columns: npt.NDArray[np.int64]
    mean: npt.NDArray[np.float32]
    components: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        count = len(self.columns)
        if self.mean.shape != (count,) or self.components.shape[1:] != (count,):
            raise ContractError(
                f"fitted selection of {count} columns has a mean {self.mean.shape} and directions "
                f"{self.components.shape}; expected ({count},) and (R, {count})"
            )
        if count and not 0 <= self.columns.min() <= self.columns.max() < self.width:
            raise ContractError(
                f"fitted selection keeps columns {self.columns.min()} to {self.columns.max()} of a "
                f"feature with {self.width}"
            )

    @property
    def dim(self) -> int:
        """Columns that come out."""
        return len(self.columns) if self.reduction.method == "none" else len(self.components)

    def transform(
        self, x: npt.NDArray[np.floating], present: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.float32]:
        """Keep the columns and reduce them.

        Args:
            x: features ``[N, D]``.
            present: whether a row holds a feature ``[N]``.

        Returns:
            ``[N, dim]``; zero in absent rows.

        Raises:
            ContractError: the width is not the fitted one, or a present value is not finite.
        """
        check_width(x, self.width)
        kept = x[present][:, self.columns].astype(np.float32)
        check_finite(kept)
        out = np.zeros((len(x), self.dim), dtype=np.float32)
        reduced = self.reduction.method != "none"
        out[present] = (kept - self.mean) @ self.components.T if reduced else kept
        return out

    def as_json(self) -> dict[str, object]:
        """Return the options, which ``from_stored`` reads together with ``arrays``."""
        return {
            "selection": asdict(self.selection),
            "reduction": asdict(self.reduction),
            "width": self.width,
        }

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return what was fitted, for a safetensors file."""
        # safetensors writes the memory of an array as it lies: scikit-learn's are transposed.
        components = np.ascontiguousarray(self.components)
        return {"columns": self.columns, "mean": self.mean, "components": components}

    @classmethod
    def from_stored(
        cls, options: Mapping[str, object], arrays: Mapping[str, npt.NDArray[np.generic]]
    ) -> FittedSelection:
        """Read what ``as_json`` and ``arrays`` returned."""
        return cls(
            FeatureSelection(**options["selection"]),  # type: ignore[arg-type]
            FeatureReduction(**options["reduction"]),  # type: ignore[arg-type]
            int(str(options["width"])),
            **{name: arrays[name] for name in ("columns", "mean", "components")},  # type: ignore
        )


def fit_selection(
    x: npt.NDArray[np.floating],
    present: npt.NDArray[np.bool_],
    label: npt.NDArray[np.int64],
    train: npt.NDArray[np.int64],
    selection: FeatureSelection,
    reduction: FeatureReduction,
) -> FittedSelection:
    """Choose columns, then directions among them, by the train split alone.

    Args:
        x: features ``[N, D]``; on one scale (``Standardiser``) for PCA, SVD and variance.
        present: whether a row holds a feature ``[N]``; other rows are not looked at.
        label: classes ``[N]``; -1 where there is none. Rows without a label still count for
            ``variance`` and for the reduction.
        train: rows of the train split.
        selection: which columns.
        reduction: which directions.

    Returns:
        What was fitted; the same for the same train rows, in any process.

    Raises:
        ContractError: no train row is present, a value is not finite, or more columns or
            directions are asked for than there are.
        LabelError: a method that looks at labels finds fewer than two classes.
    """
    train = train[present[train]]
    if not len(train):
        raise ContractError("no row of the train split is present; nothing to select features on")
    rows = np.asarray(x[train], dtype=np.float32)
    check_finite(rows)
    columns = _best_columns(rows, label[train], selection)
    mean, components = _directions(rows[:, columns], reduction)
    return FittedSelection(selection, reduction, x.shape[1], columns, mean, components)


def _best_columns(
    rows: npt.NDArray[np.float32], label: npt.NDArray[np.int64], selection: FeatureSelection
) -> npt.NDArray[np.int64]:
    count = selection.count(rows.shape[1])
    if selection.method == "none":
        return np.arange(count)
    if selection.method in SUPERVISED:
        rows, label = rows[label >= 0], label[label >= 0]
        if len(np.unique(label)) < 2:
            raise LabelError(
                f"feature selection {selection.method!r}: the labels of the train split name "
                f"{len(np.unique(label))} class(es), expected 2 or more; choose 'variance', which "
                "needs none"
            )
    score = SCORES[selection.method](rows, label)
    # Equal scores: the earlier column, in every process.
    return np.sort(np.argsort(-score, kind="stable")[:count])


def _directions(
    rows: npt.NDArray[np.float32], reduction: FeatureReduction
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    count, width = rows.shape
    if reduction.method == "none":
        return np.zeros(width, dtype=np.float32), np.zeros((0, width), dtype=np.float32)
    if reduction.dim > min(count, width):
        raise ContractError(
            f"{reduction.method} to {reduction.dim} directions, but there are {width} columns and "
            f"{count} train rows; expected at most {min(count, width)}"
        )
    if reduction.method == "svd":
        svd = TruncatedSVD(reduction.dim, random_state=0).fit(rows)
        return np.zeros(width, dtype=np.float32), svd.components_.astype(np.float32)
    pca = PCA(reduction.dim, random_state=0).fit(rows)
    return pca.mean_.astype(np.float32), pca.components_.astype(np.float32)
