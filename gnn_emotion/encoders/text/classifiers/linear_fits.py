"""Linear classifiers over bags of terms: what is fitted, by scikit-learn, and with which options.

Each gives weights ``[V, C]`` and biases ``[C]`` of the C classes that the labels name; which class
is largest is what ``predict`` of the estimator says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.svm import LinearSVC

from gnn_emotion.encoders.text.term_bags import TermOptions
from gnn_emotion.schema.errors import ContractError, closest

Numbers = npt.NDArray[np.float64]
#: Weights ``[V, C]`` and biases ``[C]``.
Linear = tuple[Numbers, Numbers]
NAIVE_BAYES = {"multinomial": MultinomialNB, "complement": ComplementNB}
_MAX_TERMS = 200_000
_MAX_ITERATIONS = 300
L = TypeVar("L", bound="LinearOptions")


def _chars() -> TermOptions:
    return TermOptions(units="chars", max_terms=_MAX_TERMS)


@dataclass(frozen=True)
class LinearOptions:
    """What all have.

    Attributes:
        terms: what is counted, and how it is weighed; by default TF-IDF of characters, up to three.
        balance: how much rare classes are weighed up: a class of frequency f weighs f ** -balance,
            0 for not at all, 1 for the same say.
    """

    terms: TermOptions = field(default_factory=_chars)
    balance: float = 0.5
    #: Whether the columns are logits of classes that exclude each other, or margins one by one.
    LOGITS: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.balance <= 1:
            raise ContractError(f"balance is {self.balance}; expected 0 to 1")

    @classmethod
    def from_json(cls: type[L], stored: Mapping[str, Any]) -> L:
        """Read what ``asdict`` gave."""
        return cls(**{**stored, "terms": TermOptions.from_json(stored["terms"])})

    def fit(self, x: sparse.csr_matrix, label: npt.NDArray[np.int64]) -> Linear:
        """Fit bags ``[N, V]`` with labels ``[N]``, whose classes are 0 to C - 1, two or more."""
        frequency = np.bincount(label) / len(label)
        weight = frequency[label] ** -self.balance
        return self._fit(x, label, weight / weight.mean())

    def _fit(self, x: sparse.csr_matrix, label: npt.NDArray[np.int64], weight: Numbers) -> Linear:
        raise NotImplementedError


@dataclass(frozen=True)
class SvmOptions(LinearOptions):
    """A linear support vector machine, one class against the rest (Fan et al. 2008, LIBLINEAR).

    Its columns are margins, no probabilities: they become some at a temperature.

    Attributes:
        cost: C of the SVM; higher fits the training texts more closely.
    """

    cost: float = 0.3
    LOGITS: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_positive("cost", self.cost)

    def _fit(self, x: sparse.csr_matrix, label: npt.NDArray[np.int64], weight: Numbers) -> Linear:
        return _of_estimator(LinearSVC(C=self.cost, random_state=0).fit(x, label, weight), 1.0)


@dataclass(frozen=True)
class LogisticOptions(LinearOptions):
    """Logistic regression over all classes at once.

    Attributes:
        cost: C, the inverse of the weight of the L2 penalty.
    """

    cost: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_positive("cost", self.cost)

    def _fit(self, x: sparse.csr_matrix, label: npt.NDArray[np.int64], weight: Numbers) -> Linear:
        model = LogisticRegression(C=self.cost, max_iter=_MAX_ITERATIONS)
        return _of_estimator(model.fit(x, label, weight), 0.5)


@dataclass(frozen=True)
class NaiveBayesOptions(LinearOptions):
    """Naive Bayes on weighted bags (Rennie et al. 2003, "Tackling the Poor Assumptions ...").

    Attributes:
        events: a key of ``NAIVE_BAYES``: whether a class is known by its own terms, or by those of
            the other classes, which there are more of.
        smoothing: what is added to the count of every term.
    """

    events: str = "complement"
    smoothing: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_positive("smoothing", self.smoothing)
        if self.events not in NAIVE_BAYES:
            raise ContractError(
                f"naive_bayes: unknown events {self.events!r}; {closest(self.events, NAIVE_BAYES)}"
            )

    def _fit(self, x: sparse.csr_matrix, label: npt.NDArray[np.int64], weight: Numbers) -> Linear:
        model = NAIVE_BAYES[self.events](alpha=self.smoothing).fit(x, label, weight)
        # Complement naive Bayes goes by the other classes alone; it has no use for a prior.
        bias = model.class_log_prior_ if self.events == "multinomial" else 0.0
        return model.feature_log_prob_.T, np.broadcast_to(bias, len(model.classes_))


#: By the name of the encoder.
LINEAR: dict[str, type[LinearOptions]] = {
    "svm": SvmOptions,
    "naive_bayes": NaiveBayesOptions,
    "logistic": LogisticOptions,
}


def _of_estimator(model: Any, share: float) -> Linear:
    """Return the columns of an estimator; of two classes it has one, which speaks for the second.

    Args:
        model: fitted.
        share: of that column, by which the second class is raised and the first lowered.
    """
    weights, bias = model.coef_.T, model.intercept_
    if weights.shape[1] > 1:
        return weights, bias
    sides = share * np.array([-1.0, 1.0])
    return weights * sides, bias * sides


def _check_positive(name: str, value: float) -> None:
    if value <= 0:
        raise ContractError(f"{name} is {value}; expected above 0")
