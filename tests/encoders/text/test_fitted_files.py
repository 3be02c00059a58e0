"""A fitted encoder in two files: the same checksum before and after, and no mix-ups."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gnn_emotion.encoders.text.fitted_files import fitted_checksum, read_fitted, write_fitted
from gnn_emotion.schema.errors import ContractError

FILES = ("bag.json", "bag.safetensors")
STATE = {"terms": {"words": ["难过", "\ue003", "😭"]}, "options": {"dim": 3, "rate": 0.1}}
ARRAYS = {"idf": np.arange(3, dtype=np.float32), "columns": np.arange(2)}


def test_what_is_written_is_read(tmp_path):
    fortran = {**ARRAYS, "table": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))}
    write_fitted(tmp_path, FILES, STATE, fortran)
    state, arrays = read_fitted(tmp_path, FILES)
    assert state == STATE
    assert fitted_checksum(state, arrays) == fitted_checksum(STATE, fortran)
    for name, array in fortran.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_the_checksum_holds_all_that_was_fitted():
    idf = ARRAYS["idf"]
    changed = [
        (STATE, ARRAYS),
        ({**STATE, "terms": {"words": ["难过"]}}, ARRAYS),
        (STATE, {**ARRAYS, "idf": idf + 1}),
        (STATE, {**ARRAYS, "idf": idf.reshape(3, 1)}),
        (STATE, {**ARRAYS, "idf": idf.astype(np.float64)}),
        (STATE, {"ide": idf, "columns": ARRAYS["columns"]}),
    ]
    assert len({fitted_checksum(*one) for one in changed}) == len(changed)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path, name):
    write_fitted(tmp_path, FILES, STATE, ARRAYS)
    (tmp_path / name).unlink()
    with pytest.raises(ContractError, match=f"{name} is missing; expected the text encoder"):
        read_fitted(tmp_path, FILES)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", [b"", b"[1]", b"\xff\xfe"])
def test_a_damaged_file_is_refused(tmp_path, name, damage):
    write_fitted(tmp_path, FILES, STATE, ARRAYS)
    (tmp_path / name).write_bytes(damage)
    with pytest.raises(ContractError, match="damaged"):
        read_fitted(tmp_path, FILES)


def test_files_of_two_encoders_are_refused(tmp_path):
    write_fitted(tmp_path, FILES, STATE, ARRAYS)
    stored = json.loads((tmp_path / FILES[0]).read_text(encoding="utf-8"))
    stored["terms"]["words"].reverse()
    (tmp_path / FILES[0]).write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ContractError, match="damaged or of different encoders"):
        read_fitted(tmp_path, FILES)
