"""Columns on one scale, by the train split alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load, save

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.training.scaling import LIMIT, Standardiser

N, D = 12, 4
TRAIN = np.arange(8)
tables = hnp.arrays(np.float32, (N, D), elements=st.floats(-9e3, 9e3, width=32))
masks = hnp.arrays(bool, N)


@given(tables, masks)
def test_train_columns_have_mean_zero_and_deviation_one(x, present):
    out = Standardiser.fit(x, present, TRAIN).transform(x, present)
    rows = out[TRAIN[present[TRAIN]]].astype(np.float64)
    assert out.dtype == np.float32
    assert np.abs(out).max(initial=0) <= LIMIT
    assert not out[~present].any()
    if len(rows):
        np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-3)
        deviation = rows.std(axis=0)
        assert np.all((np.abs(deviation - 1) < 1e-3) | (deviation == 0))


@given(tables, masks, tables)
def test_other_rows_change_nothing(x, present, other):
    changed = x.copy()
    changed[8:] = other[8:]
    changed[~present] = np.nan
    one, two = Standardiser.fit(x, present, TRAIN), Standardiser.fit(changed, present, TRAIN)
    np.testing.assert_array_equal(one.mean, two.mean)
    np.testing.assert_array_equal(one.std, two.std)


def test_a_constant_column_is_silent_for_ever():
    x = np.full((N, 2), 0.1, dtype=np.float32)
    x[:, 1] = np.arange(N)
    here = np.ones(N, dtype=bool)
    fitted = Standardiser.fit(x, here, TRAIN)
    out = fitted.transform(x + 100, here)
    assert not out[:, 0].any()
    assert out[:, 1].all()


def test_an_outlier_is_cut():
    x = np.arange(N, dtype=np.float32)[:, None]
    here = np.ones(N, dtype=bool)
    assert Standardiser.fit(x, here, TRAIN).transform(x * 1e6, here).max() == LIMIT


def test_it_survives_a_file():
    x = np.random.default_rng(0).normal(size=(N, D)).astype(np.float32)
    here = np.ones(N, dtype=bool)
    fitted = Standardiser.fit(x, here, TRAIN)
    again = Standardiser.from_arrays(load(save(fitted.arrays())))
    np.testing.assert_array_equal(again.transform(x, here), fitted.transform(x, here))


def test_errors_say_what_was_expected():
    x, here = np.zeros((N, D), dtype=np.float32), np.ones(N, dtype=bool)
    with pytest.raises(ContractError, match=r"shape \(12, 3\), expected \(N, 4\)"):
        Standardiser.fit(x, here, TRAIN).transform(x[:, :3], here)
    x[2, 1] = np.nan
    with pytest.raises(ContractError, match="the first is column 1"):
        Standardiser.fit(x, here, TRAIN)
