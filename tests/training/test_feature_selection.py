"""Columns and directions, chosen by the train split alone."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from gnn_emotion.schema.errors import ContractError, LabelError
from gnn_emotion.training.feature_selection import (
    REDUCTIONS,
    SELECTIONS,
    FeatureReduction,
    FeatureSelection,
    FittedSelection,
    fit_selection,
)

N, D, CHOSEN = 90, 10, (2, 7)
TRAIN = np.arange(0, N, 2)
HERE = np.ones(N, dtype=bool)
every_selection = pytest.mark.parametrize("method", SELECTIONS)
every_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def toy(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two columns vary with the class, the others are small noise."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, N)
    x = rng.normal(scale=0.5, size=(N, D))
    x[:, CHOSEN[0]] += 2 * label
    x[:, CHOSEN[1]] -= 2 * label
    return x.astype(np.float32), label


def fit(x, label, method="none", reduction="none", keep=4, dim=3, present=HERE) -> FittedSelection:
    return fit_selection(
        x, present, label, TRAIN, FeatureSelection(method, keep), FeatureReduction(reduction, dim)
    )


@pytest.mark.parametrize("method", [m for m in SELECTIONS if m != "none"])
def test_the_telling_columns_are_kept(method):
    x, label = toy()
    fitted = fit(x, label, method, keep=2)
    assert fitted.columns.tolist() == list(CHOSEN)
    np.testing.assert_array_equal(fitted.transform(x, HERE), x[:, CHOSEN])


@every_selection
@every_reduction
def test_rows_outside_the_train_split_change_nothing(method, reduction):
    x, label = toy()
    other_x, other_label = toy(seed=1)
    other_x[TRAIN], other_label[TRAIN] = x[TRAIN], label[TRAIN]
    fitted, again = fit(x, label, method, reduction), fit(other_x, other_label, method, reduction)
    for name, array in fitted.arrays().items():
        np.testing.assert_array_equal(array, again.arrays()[name], err_msg=name)


@settings(max_examples=20)
@given(st.lists(st.booleans(), min_size=N, max_size=N).filter(lambda m: sum(m[::2]) > 15))
def test_absent_rows_are_never_looked_at_and_come_out_zero(drawn):
    present = np.array(drawn)
    x, label = toy()
    dirty = np.where(present[:, None], x, np.nan).astype(np.float32)
    fitted = fit(x, label, "anova", "pca", present=present)
    again = fit(dirty, label, "anova", "pca", present=present)
    out = again.transform(dirty, present)
    np.testing.assert_array_equal(out, fitted.transform(x, present))
    assert not out[~present].any()
    assert out[present].any(axis=1).all()


@every_selection
@every_reduction
def test_it_survives_a_file(method, reduction):
    x, label = toy()
    fitted = fit(x, label, method, reduction)
    options = json.loads(json.dumps(fitted.as_json()))
    again = FittedSelection.from_stored(options, load(save(fitted.arrays())))
    assert (again.selection, again.reduction) == (fitted.selection, fitted.reduction)
    out = again.transform(x, HERE)
    np.testing.assert_array_equal(out, fitted.transform(x, HERE))
    assert out.shape == (N, again.dim)
    assert out.dtype == np.float32


def test_unlabelled_rows_count_for_the_directions_but_not_for_the_columns():
    x, label = toy()
    hidden = np.where(np.arange(N) < N // 2, label, -1)
    fitted = fit(x, hidden, "anova", "pca", keep=2, dim=1)
    assert fitted.columns.tolist() == list(CHOSEN)
    np.testing.assert_allclose(fitted.mean, x[TRAIN][:, CHOSEN].mean(axis=0), rtol=1e-5)


def test_directions_are_those_of_a_plain_decomposition():
    x, label = toy()
    centred = x[TRAIN] - x[TRAIN].mean(axis=0)
    for reduction, rows in (("svd", x[TRAIN]), ("pca", centred)):
        _, _, v = np.linalg.svd(rows.astype(np.float64), full_matrices=False)
        found = fit(x, label, reduction=reduction, dim=2).components
        np.testing.assert_allclose(np.abs((found * v[:2]).sum(axis=1)), 1, atol=1e-3)


def test_equal_scores_keep_the_earlier_columns():
    x, label = toy()
    same = np.repeat(x[:, :1], D, axis=1)
    assert fit(same, label, "variance", keep=3).columns.tolist() == [0, 1, 2]


@given(st.floats(0.01, 1.0), st.integers(1, 500))
def test_a_share_keeps_one_or_more(share, width):
    assert 1 <= FeatureSelection("anova", share).count(width) <= width


@pytest.mark.parametrize("keep", [0, -1, 0.0, 1.5])
def test_an_impossible_keep(keep):
    with pytest.raises(ContractError, match="expected a number of columns"):
        FeatureSelection("anova", keep)


def test_errors_say_what_was_expected():
    x, label = toy()
    with pytest.raises(ContractError, match="did you mean 'variance'"):
        FeatureSelection("varianc")
    with pytest.raises(ContractError, match="did you mean 'pca'"):
        FeatureReduction("pcaa")
    with pytest.raises(ContractError, match="keep is 11, but the feature has 10 columns"):
        fit(x, label, "anova", keep=11)
    with pytest.raises(ContractError, match="expected at most 4"):
        fit(x, label, "anova", "svd", keep=4, dim=5)
    with pytest.raises(LabelError, match=r"name 1 class\(es\)"):
        fit(x, np.zeros(N, dtype=np.int64), "information_gain")
    with pytest.raises(ContractError, match="nothing to select"):
        fit(x, label, present=~HERE)
    with pytest.raises(ContractError, match=r"shape \(90, 9\), expected \(N, 10\)"):
        fit(x, label).transform(x[:, 1:], HERE)
