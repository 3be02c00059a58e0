"""Encoder specs and feature rows check themselves."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING, OK, STATUSES, EncoderSpec, Features

SPEC = EncoderSpec("ngram", "abc", 3, {"buckets": 16, "名": "值"})


def features(count: int = 2, **changes) -> Features:
    fields = {
        "ids": pa.array([str(i) for i in range(count)]),
        "x": np.zeros((count, 3), dtype=np.float32),
        "present": np.ones(count, dtype=bool),
        "status": np.full(count, OK, dtype=np.uint8),
        "spec": SPEC,
    }
    return Features(**{**fields, **changes})


def test_codes_name_the_statuses():
    assert (STATUSES[OK], STATUSES[MISSING]) == ("ok", "missing")


def test_as_many_rows_as_ids():
    assert len(features(4)) == 4
    assert len(features(0)) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros((3, 3), np.float32)}, r"'ngram' have shape \(3, 3\), expected \(2, 3\)"),
        ({"x": np.zeros((2, 4), np.float32)}, r"\(2, 4\), expected \(2, 3\)"),
        ({"x": np.zeros(6, np.float32)}, r"\(6,\), expected \(2, 3\)"),
        ({"present": np.ones(3, bool)}, r"present \(3,\)"),
        ({"status": np.ones((2, 1), np.uint8)}, r"status \(2, 1\), expected \(2,\)"),
    ],
)
def test_wrong_shapes_are_refused(changes, message):
    with pytest.raises(ContractError, match=message):
        features(**changes)


@pytest.mark.parametrize("dim", [0, -1])
def test_a_spec_without_width_is_refused(dim):
    with pytest.raises(ContractError, match=f"dim is {dim}, expected 1 or more"):
        EncoderSpec("ngram", "abc", dim)


def test_features_are_kept_as_float16_unless_the_encoder_says_otherwise():
    assert SPEC.storage == "float16"
    assert EncoderSpec("tokens", "abc", 3, {"storage": "int32"}).storage == "int32"


def test_json_there_and_back():
    stored = json.loads(json.dumps(SPEC.as_json()))
    assert EncoderSpec.from_json(stored) == SPEC
    assert EncoderSpec.from_json(stored).key == SPEC.key
    del stored["options"]
    assert EncoderSpec.from_json(stored).options == {}


def test_all_that_changes_the_values_changes_the_key():
    others = [
        EncoderSpec("other", "abc", 3, SPEC.options),
        EncoderSpec("ngram", "abd", 3, SPEC.options),
        EncoderSpec("ngram", "abc", 4, SPEC.options),
        EncoderSpec("ngram", "abc", 3, {**SPEC.options, "buckets": 32}),
        EncoderSpec("ngram", "abc", 3),
    ]
    assert len({spec.key for spec in [SPEC, *others]}) == len(others) + 1


def test_the_key_does_not_depend_on_the_order_of_options_or_on_the_process():
    turned = EncoderSpec("ngram", "abc", 3, dict(reversed(SPEC.options.items())))
    assert turned.key == SPEC.key
    code = (
        "from gnn_emotion.schema.features import EncoderSpec;"
        f"print(EncoderSpec('ngram', 'abc', 3, {dict(SPEC.options)!r}).key)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == SPEC.key
