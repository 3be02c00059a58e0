"""Labels as they are read: spelled as their set does, numbers in their bounds, or refused."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.staging_labels import clean_labels


def cleaned(
    labels: list[str | None], sets: list[str | None], default: str | None = None
) -> tuple[list, list, dict]:
    refused: Counter[str] = Counter()
    found, names = clean_labels(
        pa.array(labels, pa.string()), pa.array(sets, pa.string()), default, refused
    )
    return found.to_pylist(), names.to_pylist(), dict(refused)


def test_numbers_are_kept_as_they_stand():
    labels, names, refused = cleaned(["-1", " 0.25", "1.0", "1e-3"], ["valence"] * 4)
    assert labels == ["-1", "0.25", "1.0", "1e-3"]
    assert set(names) == {"valence"}
    assert not refused


@pytest.mark.parametrize("wrong", ["1.01", "-2", "nan", "inf", "-inf", "joy", "0,5", "50%", "--1"])
def test_what_is_no_valence_is_refused_by_itself(wrong):
    labels, names, refused = cleaned([wrong, "0.5"], ["valence"] * 2)
    assert (labels, names, refused) == ([None, "0.5"], [None, "valence"], {wrong: 1})


def test_an_empty_cell_is_no_label_and_nothing_is_refused():
    assert cleaned([None, "", " "], ["valence"] * 3) == ([None] * 3, [None] * 3, {})


def test_the_default_serves_rows_that_name_no_set():
    labels, names, refused = cleaned(["0.5", "joy", "0.5"], [None, "ekman7", "ekman7"], "valence")
    assert (labels, names) == (["0.5", "joy", None], ["valence", "ekman7", None])
    assert refused == {"0.5": 1}
    assert cleaned(["0.5"], [None])[2] == {"0.5": 1}


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_any_number(number):
    labels, _, refused = cleaned([str(number)], ["valence"])
    inside = -1 <= number <= 1
    assert (labels[0] is not None) == inside
    assert bool(refused) != inside
    if inside:
        assert float(labels[0]) == number
