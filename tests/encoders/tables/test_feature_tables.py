"""Files of features as researchers have them: what is read, and what is refused by name."""

from __future__ import annotations

import decimal
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnn_emotion.encoders.tables.feature_tables import read_feature_table
from gnn_emotion.schema.errors import ContractError

IDS = ["4454572602912349", "00123", "x"]
X = np.array([[1.5, -2, 0.25], [3, 4, 5], [0, 1e-3, 7]], dtype=np.float32)


@pytest.fixture
def write(tmp_path):
    """Return a function: the end of a name, content -> the file."""

    def file(end: str, content: object) -> Path:
        path = tmp_path / f"text.{end}"
        if isinstance(content, pa.Table):
            pq.write_table(content, path)
        elif isinstance(content, np.ndarray):
            np.save(path, content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(str(content), encoding="utf-8")
        return path

    return file


def columns(**more: object) -> pa.Table:
    return pa.table({"post_id": IDS, **{f"f{i}": X[:, i] for i in range(3)}, **more})


def csv_text() -> str:
    rows = [",".join([i, *map(str, row)]) for i, row in zip(IDS, X.tolist(), strict=True)]
    return "\n".join(["post_id,f0,f1,f2", *rows, ""])


def message(path: Path, name: str = "text") -> str:
    with pytest.raises(ContractError) as caught:
        read_feature_table(path, name)
    assert str(caught.value).startswith(f"features {name!r}: ")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def check(path: Path, names=("f0", "f1", "f2"), name: str = "text"):
    table = read_feature_table(path, name)
    assert table.ids.type == pa.string()
    assert table.ids.to_pylist() == IDS
    assert table.columns == tuple(names)
    np.testing.assert_array_equal(np.asarray(table.x, dtype=np.float32), X)
    return table


def test_parquet_with_a_column_a_number(write):
    check(write("parquet", columns()))


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.large_list(pa.float32())])
def test_parquet_with_lists(write, kind):
    lists = pa.array(X.tolist(), kind)
    check(write("parquet", pa.table({"id": IDS, "vector": lists})), names="012")


def test_parquet_with_lists_of_fixed_size_and_a_null(write):
    lists = pa.array([X[0].tolist(), None, X[2].tolist()], pa.list_(pa.float32(), 3))
    table = read_feature_table(write("parquet", pa.table({"id": IDS, "v": lists})), "text")
    assert np.isnan(table.x[1]).all()
    np.testing.assert_array_equal(table.x[[0, 2]], X[[0, 2]])


def test_parquet_in_several_row_groups(write, tmp_path):
    pq.write_table(columns(), tmp_path / "many.parquet", row_group_size=1)
    check(tmp_path / "many.parquet")


def test_numbers_of_all_kinds(write):
    found = read_feature_table(
        write(
            "parquet",
            pa.table(
                {
                    "id": pa.array(IDS).dictionary_encode(),
                    "int": pa.array([1, None, 2**60], pa.int64()),
                    "half": pa.array(np.float16([1, 2, 3])),
                    "bool": [True, False, None],
                    "decimal": [decimal.Decimal("1.5"), decimal.Decimal("2.5"), None],
                    "double": [1e300, float("nan"), 1.0],
                }
            ),
        ),
        "text",
    )
    nan, inf = np.nan, np.inf
    expected = [[1, 1, 1, 1.5, inf], [nan, 2, 0, 2.5, nan], [2**60, 3, nan, nan, 1]]
    np.testing.assert_array_equal(found.x, np.float32(expected))


def test_csv(write):
    check(write("csv", csv_text()))
    check(write("CSV", "\ufeff" + csv_text().replace("\n", "\r\n")))
    check(
        write("csv", csv_text().replace("post_id", '"audio_id"').replace("x,", '"x",')),
        name="audio",
    )


def test_ids_of_a_csv_stay_text(write):
    ids = ["4454572602912349", "0012", "1e5", "NA", "nan", " 7"]
    found = read_feature_table(write("csv", "id,f\n" + "".join(f"{i},1\n" for i in ids)), "text")
    assert found.ids.to_pylist() == ids


def test_holes_of_a_csv_are_nan(write):
    found = read_feature_table(write("csv", "id,f,g\na,,nan\nb,1,inf\n"), "text")
    np.testing.assert_array_equal(found.x, np.float32([[np.nan, np.nan], [1, np.inf]]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    ("end", "content"),
    [
        ("ids.txt", "\n".join(IDS)),
        ("ids.txt", "\ufeff" + "\r\n".join(["post_id", *IDS, "", ""])),
        ("ids.csv", "id\n" + "\n".join(f'"{i}"' for i in IDS)),
        ("ids.npy", np.array(IDS)),
    ],
)
def test_an_array_with_ids_beside_it(write, dtype, end, content):
    write(end, content)
    table = read_feature_table(write("npy", X.astype(dtype)), "text")
    assert table.ids.to_pylist() == IDS
    assert table.columns == ("0", "1", "2")
    np.testing.assert_array_equal(table.x, X.astype(dtype))
    assert isinstance(table.x, np.memmap)


def test_numbers_as_ids_of_an_array(write):
    write("ids.npy", np.array([4454572602912349, 2, 3]))
    table = read_feature_table(write("npy", X), "text")
    assert table.ids.to_pylist() == ["4454572602912349", "2", "3"]


def test_the_revision_is_the_content(write, tmp_path):
    path = write("csv", csv_text())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_feature_table(path, "text").revision == digest[:16]
    moved = path.rename(tmp_path / "other.csv")
    assert read_feature_table(moved, "text").revision == digest[:16]
    array = write("npy", X)
    revisions = set()
    for order in (IDS, IDS[::-1]):
        write("ids.txt", "\n".join(order))
        revisions.add(read_feature_table(array, "text").revision)
    assert len(revisions) == 2


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (columns().drop_columns(["post_id"]), "expected one column of ids ('id', 'post_id', "),
        (columns(user_id=IDS), "got ['post_id', 'user_id'] among 5 columns"),
        (columns().select(["post_id"]), "no column but 'post_id', expected features"),
        (columns(words=["a", "b", "c"]), "column 'words' is string, expected numbers"),
        (columns(v=[[1.0]] * 3), "column 'v' is list<"),
        (columns(__index_level_0__=[0, 1, 2]), "an index that pandas wrote"),
        (pa.table({"id": IDS, "v": [[1.0], [1.0, 2.0], []]}), "lists of [0, 1, 2] values"),
        (pa.table({"id": IDS, "v": [["a"]] * 3}), "column 'v' is list<"),
        (pa.table({"id": IDS, "v": pa.array([None] * 3, pa.list_(pa.float32()))}), "one length"),
        (pa.table({"id": [4.454e15, 1.0, 2.0], "f": [1, 2, 3]}), "are double, such as 4454"),
    ],
)
def test_tables_that_are_refused(write, table, expected):
    assert expected in message(write("parquet", table))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected one column of ids"),
        ("a,b\n1,2\n", "first ['a', 'b']"),
        ("id\tf\n1\t2\n", "expected one column of ids"),
        ("id\nx\n", "no column but 'id'"),
        ("id,f,f\nx,1,2\n", "column 'f' is there more than once"),
        ("id,f\nx,happy\n", "cannot be read: In CSV column #1: CSV conversion error"),
        ("id,f\nx,1,2\n", "cannot be read: CSV parse error: Expected 2 columns, got 3"),
        (b"id,f\xff\nx,1\n", "cannot be read: 'utf-8' codec"),
    ],
)
def test_csv_that_is_refused(write, text, expected):
    assert expected in message(write("csv", text))


def test_what_pandas_writes_with_its_index_is_refused(write):
    frame = pd.DataFrame({"id": IDS, "f": [1, 2, 3]})
    assert "column '' looks like an index" in message(write("csv", frame.to_csv()))


@pytest.mark.parametrize(
    ("array", "ids", "expected"),
    [
        (X, None, "expected one file of ids beside it, text.ids.txt or text.ids.csv or"),
        (X, "a\nb", "it has 3 rows, and text.ids.txt has 2 ids"),
        (X, "a,1\nb,2\nc,3", "several columns, expected one id a line"),
        (X[0], "a", "float32 of shape (3,), expected numbers [M, D]"),
        (np.array([["a"]]), "a", "expected numbers [M, D]"),
        (np.array([[{}]], dtype=object), "a", "cannot be read"),
    ],
)
def test_arrays_that_are_refused(write, array, ids, expected):
    if ids is not None:
        write("ids.txt", ids)
    assert expected in message(write("npy", array))


def test_no_pickle_is_loaded(write):
    write("ids.npy", np.array(IDS, dtype=object))
    assert "allow_pickle=False" in message(write("npy", X))


def test_two_files_of_ids_are_one_too_many(write):
    write("ids.txt", "\n".join(IDS))
    write("ids.npy", np.array(IDS))
    assert "there are 2" in message(write("npy", X))


def test_floats_as_ids_of_an_array(write):
    write("ids.npy", np.array([4454572602912349.0, 2, 3]))
    assert "their last digits are lost" in message(write("npy", X))


@pytest.mark.parametrize(
    ("end", "content", "expected"),
    [
        ("xlsx", "", "of no known kind, expected .parquet, .csv or .npy"),
        ("parquet", "no parquet at all", "cannot be read"),
        ("npy", b"", "cannot be read"),
        ("npy", b"\x93NUMPY\x01\x00", "cannot be read"),
    ],
)
def test_files_that_are_something_else(write, end, content, expected):
    assert expected in message(write(end, content))


def test_no_file(tmp_path):
    assert "no file" in message(tmp_path / "text.csv")
    (tmp_path / "text.csv").mkdir()
    assert "no file" in message(tmp_path / "text.csv")
