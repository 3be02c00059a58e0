"""Read a researcher's table of features: Parquet, CSV, or a NumPy array with its ids beside it."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from gnn_emotion.schema.errors import ContractError

#: Columns that hold ids; ``<name>_id`` does as well, with the name of the modality.
ID_COLUMNS = ("id", "post_id", "media_id", "image_id", "video_id", "user_id")
_IDS_BESIDE = (".ids.txt", ".ids.csv", ".ids.npy")
#: A row of a wide table has to fit into a block.
_BLOCK = 1 << 25


@dataclass(frozen=True)
class FeatureTable:
    """The rows of a file, as they stand.

    Attributes:
        ids: strings ``[M]``; null where there is none.
        x: numbers ``[M, D]``, NaN where there is none.
        columns: names ``[D]``; ``0``, ``1``, ... where the file has none.
        revision: sha256 of the content, 16 hex digits.
    """

    ids: pa.Array
    x: npt.NDArray[np.generic]
    columns: tuple[str, ...]
    revision: str


def read_feature_table(path: Path, name: str) -> FeatureTable:
    """Read a file of features.

    Args:
        path: ``.parquet`` or ``.csv`` with a column of ids (see ``ID_COLUMNS``), and columns of
            numbers or, in Parquet, one column of lists of one length; or ``.npy`` ``[M, D]`` with
            ``<stem>.ids.txt``, ``.ids.csv`` or ``.ids.npy`` beside it, one id a line.
        name: of the modality.

    Raises:
        ContractError: the file is not there, cannot be read, or holds something else.
    """
    if not path.is_file():
        raise ContractError(f"features {name!r}: no file {path}")
    readers = {".parquet": _parquet, ".csv": _csv, ".npy": _array}
    if path.suffix.lower() not in readers:
        raise ContractError(
            f"features {name!r}: {path} is of no known kind, expected .parquet, .csv or .npy"
        )
    try:
        return readers[path.suffix.lower()](path, name)
    except ContractError as error:
        raise ContractError(f"features {name!r}: {path}: {error}") from error.__cause__
    except (pa.ArrowException, ValueError, EOFError) as error:  # UnicodeDecodeError is one
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise ContractError(f"features {name!r}: {path} cannot be read: {first}") from error


def _parquet(path: Path, name: str) -> FeatureTable:
    return _from_table(pq.read_table(path, memory_map=True), name, _revision(path))


def _csv(path: Path, name: str) -> FeatureTable:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    id_column = _id_column(header, name)
    # An id is text: as a number, its last digits would go.
    types = {column: pa.float32() for column in header} | {id_column: pa.string()}
    table = pa_csv.read_csv(
        path,
        read_options=pa_csv.ReadOptions(block_size=_BLOCK),
        convert_options=pa_csv.ConvertOptions(column_types=types),
    )
    return _from_table(table, name, _revision(path))


def _array(path: Path, name: str) -> FeatureTable:
    x = np.load(path, mmap_mode="r", allow_pickle=False)
    if x.ndim != 2 or x.dtype.kind not in "fiub":
        raise ContractError(f"it holds {x.dtype} of shape {x.shape}, expected numbers [M, D]")
    beside = [path.with_name(path.stem + end) for end in _IDS_BESIDE]
    found = [file for file in beside if file.is_file()]
    if len(found) != 1:
        raise ContractError(
            f"expected one file of ids beside it, {' or '.join(f.name for f in beside)}; "
            f"there are {len(found)}"
        )
    ids = _ids_beside(found[0], name)
    if len(ids) != len(x):
        raise ContractError(f"it has {len(x)} rows, and {found[0].name} has {len(ids)} ids")
    columns = tuple(map(str, range(x.shape[1])))
    return FeatureTable(ids, x, columns, _revision(path, found[0]))


def _ids_beside(file: Path, name: str) -> pa.Array:
    if file.suffix == ".npy":
        return _as_ids(pa.array(np.load(file, allow_pickle=False).reshape(-1)), file.name)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    while rows and not any(rows[-1]):
        rows.pop()
    if any(len(row) > 1 for row in rows):
        raise ContractError(f"{file.name} has several columns, expected one id a line")
    ids = [row[0].strip() if row else "" for row in rows]
    if ids and ids[0] in (*ID_COLUMNS, f"{name}_id"):
        del ids[0]
    return pa.array(ids, pa.string())


def _from_table(table: pa.Table, name: str, revision: str) -> FeatureTable:
    id_column = _id_column(table.column_names, name)
    ids = _as_ids(_whole(table[id_column]), id_column)
    others = table.drop_columns([id_column])
    if others.num_columns == 1 and _is_list(others.schema.types[0]):
        x = _from_lists(_whole(others[0]), others.column_names[0])
        return FeatureTable(ids, x, tuple(map(str, range(x.shape[1]))), revision)
    for field in others.schema:
        if not _is_number(field.type):
            raise ContractError(
                f"column {field.name!r} is {field.type}, expected numbers: leave it out"
            )
    x = np.empty((table.num_rows, others.num_columns), dtype=np.float32)
    for i, column in enumerate(others.columns):
        x[:, i] = _numbers(_whole(column))
    return FeatureTable(ids, x, tuple(others.column_names), revision)


def _id_column(columns: Sequence[str], name: str) -> str:
    """Choose the column of ids, and refuse columns that are no features."""
    repeated = [column for column, count in Counter(columns).items() if count > 1]
    if repeated:
        raise ContractError(f"column {repeated[0]!r} is there more than once")
    index = [column for column in columns if not column or column.startswith(("__", "Unnamed:"))]
    if index:
        raise ContractError(
            f"column {index[0]!r} looks like an index that pandas wrote: write the file with "
            "index=False, or call the index 'id'"
        )
    found = [column for column in columns if column in (*ID_COLUMNS, f"{name}_id")]
    if len(found) != 1:
        known = ", ".join(map(repr, dict.fromkeys((*ID_COLUMNS, f"{name}_id"))))
        raise ContractError(
            f"expected one column of ids ({known}), got {found or 'none'} among "
            f"{len(columns)} columns, first {list(columns[:5])}"
        )
    if len(columns) == 1:
        raise ContractError(f"it has no column but {found[0]!r}, expected features beside it")
    return found[0]


def _as_ids(ids: pa.Array, where: str) -> pa.Array:
    """Turn ids into text; a float has lost the last digits of a long one."""
    if pa.types.is_floating(ids.type):
        example = next((value.as_py() for value in ids if value.is_valid), None)
        raise ContractError(
            f"the ids of {where!r} are {ids.type}, such as {example!r}: their last digits are "
            "lost; write ids as text"
        )
    return ids.cast(pa.string())


def _from_lists(lists: pa.Array, column: str) -> npt.NDArray[np.float32]:
    lengths = pc.unique(pc.list_value_length(lists.drop_null())).to_pylist()
    if len(lengths) != 1 or not lengths[0] or not _is_number(lists.type.value_type):
        raise ContractError(
            f"column {column!r} is {lists.type} with lists of {sorted(lengths)[:5]} values, "
            "expected numbers, and one length above 0"
        )
    x = np.full((len(lists), lengths[0]), np.nan, dtype=np.float32)
    x[lists.is_valid().to_numpy(zero_copy_only=False)] = _numbers(
        lists.drop_null().flatten()
    ).reshape(-1, lengths[0])
    return x


def _numbers(values: pa.Array) -> npt.NDArray[np.float32]:
    numbers = values.cast(pa.float32(), safe=False).fill_null(float("nan"))
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float32)


def _is_number(kind: pa.DataType) -> bool:
    tests = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean, pa.types.is_decimal)
    return any(test(kind) for test in tests)


def _is_list(kind: pa.DataType) -> bool:
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(test(kind) for test in tests)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _revision(file: Path, beside: Path | None = None) -> str:
    digest = hashlib.sha256()
    for path in filter(None, (file, beside)):
        with path.open("rb") as opened:
            while block := opened.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()[:16]
