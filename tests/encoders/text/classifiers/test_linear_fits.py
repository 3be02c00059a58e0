"""Options of the linear classifiers change what is fitted, and check themselves."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from gnn_emotion.encoders.text.classifiers.linear_fits import (
    LINEAR,
    LogisticOptions,
    NaiveBayesOptions,
    SvmOptions,
)
from gnn_emotion.encoders.text.term_bags import TermBags, TermOptions
from gnn_emotion.schema.errors import ContractError


@pytest.fixture(scope="module")
def bags(train):
    _, x = TermBags.fit(train[0], TermOptions(units="chars"))
    return x, np.unique(train[1], return_inverse=True)[1]


@pytest.mark.parametrize(
    "other",
    [
        SvmOptions(cost=0.01),
        SvmOptions(balance=0.0),
        LogisticOptions(cost=0.1),
        NaiveBayesOptions(smoothing=1.0),
        NaiveBayesOptions(events="multinomial"),
    ],
)
def test_every_option_is_used(bags, other):
    weights, bias = other.fit(*bags)
    expected, _ = type(other)().fit(*bags)
    assert weights.shape == (bags[0].shape[1], 3) and bias.shape == (3,)
    assert np.abs(weights - expected).max() > 0.01


@pytest.mark.parametrize("kind", LINEAR)
def test_two_classes_have_two_columns(bags, kind):
    x, label = bags
    weights, bias = LINEAR[kind]().fit(x, (label == 0).astype(np.int64))
    assert weights.shape[1] == 2
    pred = (x @ weights + bias).argmax(axis=1)
    assert (pred == (label == 0)).mean() > 0.95


@pytest.mark.parametrize("kind", LINEAR)
def test_json_there_and_back(kind):
    options = LINEAR[kind](terms=TermOptions(units="words"), balance=0.25)
    assert LINEAR[kind].from_json(json.loads(json.dumps(asdict(options)))) == options


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (SvmOptions, {"cost": 0.0}, "cost is 0.0; expected above 0"),
        (LogisticOptions, {"cost": -1.0}, "cost is -1.0"),
        (NaiveBayesOptions, {"smoothing": 0.0}, "smoothing is 0.0"),
        (NaiveBayesOptions, {"events": "gauss"}, "unknown events 'gauss'"),
        (SvmOptions, {"balance": 1.5}, "balance is 1.5; expected 0 to 1"),
    ],
)
def test_options_check_themselves(kind, wrong, message):
    with pytest.raises(ContractError, match=message):
        kind(**wrong)
