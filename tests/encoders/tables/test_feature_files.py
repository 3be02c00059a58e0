"""Features from a file: aligned by id, checked, with a spec that a model can compare."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.store.cache import rounded
from gnn_emotion.encoders.tables.feature_files import read_feature_file
from gnn_emotion.encoders.users import encode_users
from gnn_emotion.graph.build import build_graph, node_ids
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import CORRUPT, FROM_FILE, MISSING, OK

from ..counting import vector_of


def write(path: Path, ids: list[str], x: np.ndarray, prefix: str = "f") -> Path:
    columns = {f"{prefix}{i}": x[:, i] for i in range(x.shape[1])}
    pq.write_table(pa.table({"id": pa.array(ids, pa.string()), **columns}), path)
    return path


def rows(ids: list[str], dim: int = 4) -> np.ndarray:
    return np.stack([vector_of(i.encode(), dim) for i in ids]) if ids else np.zeros((0, dim))


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "text.parquet"


NAMES = st.lists(st.sampled_from([f"p{i}" for i in range(12)]), unique=True)


@given(NAMES, NAMES)
def test_each_node_gets_its_own_row(tmp_path_factory, in_file, in_dump):
    path = tmp_path_factory.mktemp("features") / "text.parquet"
    write(path, ["shared", *in_file], rows(["shared", *in_file]))
    in_dump = [*in_dump, "shared"]
    found = read_feature_file("text", path, pa.array(in_dump))
    assert found.ids.to_pylist() == in_dump
    known = {"shared", *in_file}
    for row, name in enumerate(in_dump):
        assert found.status[row] == (OK if name in known else MISSING)
        expected = rounded(vector_of(name.encode(), 4)) if name in known else 0
        np.testing.assert_array_equal(found.x[row], expected)
    assert (found.present == (found.status == OK)).all()


@pytest.mark.parametrize("dim", [73, 100, 342])
def test_the_usual_widths(file, dim):
    ids = [f"p{i}" for i in range(10)]
    found = read_feature_file("text", write(file, ids, rows(ids, dim)), pa.array(ids), dim=dim)
    assert found.x.shape == (10, dim)
    assert found.x.dtype == np.float32
    assert found.spec.dim == dim
    assert found.spec.encoder == FROM_FILE


def test_it_goes_into_the_graph(make_dump, file):
    posts = [{"post_id": f"p{i}", "user_id": "u"} for i in range(3)]
    dump = make_dump(posts=posts, users=[{"user_id": "u"}])
    path = write(file, ["p2", "p0"], rows(["p2", "p0"]))
    found = read_feature_file("text", path, node_ids(dump, "post"))
    data = build_graph(dump, {"post": found, "user": encode_users(dump)})
    np.testing.assert_array_equal(data["post"].x[2].numpy(), rounded(vector_of(b"p2", 4)))
    assert data["post"].present.tolist() == [True, False, True]


def test_rows_that_hold_no_numbers_are_corrupt(file, caplog):
    ids = ["a", "b", "c", "d", "e"]
    x = rows(ids).astype(np.float64)
    x[0, 1], x[1, 2], x[2, 3], x[3, 0] = np.nan, np.inf, 1e300, 70_000
    found = read_feature_file("text", write(file, ids, x), pa.array(ids))
    assert found.status.tolist() == [CORRUPT] * 4 + [OK]
    assert not found.x[:4].any()
    assert "4 rows hold NaN, infinity or more than 65504 (first: id 'a', column 'f1' is nan)" in (
        caplog.text
    )


def test_what_is_lost_is_said(file, caplog):
    write(file, ["a", "x1", "x2", "x3", "x4"], rows(list("abcde")))
    read_feature_file("text", file, pa.array(["a", "b", "c"]))
    assert "4 of 5 ids are not in the dump, first 'x1', 'x2', 'x3'" in caplog.text
    assert "2 of 3 nodes have no row" in caplog.text
    caplog.clear()
    write(file, ["a"], rows(["a"]))
    read_feature_file("text", file, pa.array(["a"]))
    assert caplog.records == []


def refusal(file: Path, ids: list[str], dump: list[str], **more) -> str:
    write(file, ids, rows([str(i) for i in ids]))
    with pytest.raises(ContractError) as caught:
        read_feature_file("text", file, pa.array(dump, pa.string()), **more)
    assert str(caught.value).startswith(f"features 'text': {file}")
    return str(caught.value)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a", "b", "a", "c", "b"], "2 ids are there more than once, first 'a', 'b'"),
        (["a", None], "row 2 of 2 has no id"),
        (["a", " "], "row 2 of 2 has no id"),
        (["x", "y"], "none of its 2 ids ('x', 'y') is among the 2 of the dump ('a', 'b')"),
        ([], "none of its 0 ids"),
    ],
)
def test_ids_that_are_refused(file, ids, expected):
    assert expected in refusal(file, ids, ["a", "b"])


@pytest.mark.parametrize("damaged", ["4.45457E+15", "1.23e15", "1E+15", "4454572602912349.0", "7."])
def test_ids_that_were_numbers_are_refused(file, damaged):
    assert f"1 ids were turned into numbers, first '{damaged}'" in refusal(
        file, ["a", damaged], ["a"]
    )


@pytest.mark.parametrize("name", ["1e5", "12345e67", "1.2.3", "4454572602912349", "1E5"])
def test_ids_that_only_look_so_are_none(file, name):
    write(file, ["a", name], rows(["a", name]))
    assert len(read_feature_file("text", file, pa.array(["a"]))) == 1


def test_an_id_of_the_dump_is_never_damaged(file):
    write(file, ["1.5e3"], rows(["1.5e3"]))
    assert read_feature_file("text", file, pa.array(["1.5e3"])).present.all()


def test_another_width_than_the_model_expects_is_refused(file):
    assert "has 4 columns, expected 100" in refusal(file, ["a"], ["a"], dim=100)


def test_a_dump_without_nodes(file):
    write(file, ["a"], rows(["a"]))
    assert read_feature_file("text", file, pa.array([], pa.string())).x.shape == (0, 4)


def test_the_spec_knows_content_and_columns(file, tmp_path):
    ids = pa.array(["a"])

    def spec(path: Path):
        return read_feature_file("text", path, ids).spec

    first = spec(write(file, ["a"], rows(["a"])))
    assert spec(write(tmp_path / "moved.parquet", ["a"], rows(["a"]))) == first
    other = spec(write(file, ["a", "b"], rows(["a", "b"])))
    assert other.key != first.key
    assert first.accepts(other)  # another dump, the same columns
    renamed = spec(write(file, ["a"], rows(["a"]), prefix="g"))
    assert not first.accepts(renamed)


def test_large_files_are_read_in_parts(file, monkeypatch):
    from gnn_emotion.encoders.tables import feature_files

    monkeypatch.setattr(feature_files, "_PART", 7)
    ids = [f"p{i}" for i in range(50)]
    found = read_feature_file("text", write(file, ids, rows(ids)), pa.array(ids[::-1]))
    np.testing.assert_array_equal(found.x, rounded(rows(ids[::-1])))
