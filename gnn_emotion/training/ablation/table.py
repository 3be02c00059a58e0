"""Records of an ablation as one table, a row a cell, and what the table says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sklearn.metrics import f1_score

from gnn_emotion.training.ablation.compare import Difference, compare, holm
from gnn_emotion.training.ablation.grid import CONTROLS, NO_GRAPH, REAL, SHUFFLED, Ablation, Cell
from gnn_emotion.training.ablation.records import Record
from gnn_emotion.training.markdown import markdown_table
from gnn_emotion.training.metrics import mean_interval

#: Scores that every row has, with the interval over seeds of the first.
_SCORES = ("macro_f1", "accuracy", "kappa", "ece")
#: Below this corrected p-value a difference is taken for real.
LEVEL = 0.05


def ablation_table(ablation: Ablation, records: Mapping[str, Sequence[Record]]) -> pd.DataFrame:
    """Lay out an ablation.

    Args:
        ablation: its cells.
        records: of all cells and controls, a seed each, by the key of the cell.

    Returns:
        A row a cell and a row a control: the axes; ``control``; ``seeds``; the mean test scores;
        ``half``, half the width of the 95 % Student t interval of macro-F1 over seeds; mean
        ``weighted_f1``, ``val_macro_f1``, ``seconds``, ``epochs``, ``peak_mb``, ``parameters``.
        Cells that hear other posts also have, for each control c, ``over_c``, ``over_c_low``,
        ``over_c_high`` and ``over_c_p``: the difference in macro-F1 (see ``compare``) with the
        p-value corrected for all comparisons of the table.
    """
    rows: list[dict[str, object]] = []
    tests: list[tuple[int, str, Difference]] = []
    seen: set[str] = set()
    for cell in ablation.cells:
        for control in cell.controls():
            name, other = control.control, records[control.key]
            tests.append((len(rows), name, _compare(records[cell.key], other)))
        for one in (cell, *cell.controls()):
            if one.control == REAL or one.key not in seen:
                rows.append(_row(one, records[one.key]))
            seen.add(one.key)
    for (row, name, found), p in zip(tests, holm([t[2].p for t in tests]), strict=True):
        rows[row] |= {
            f"over_{name}": found.mean,
            f"over_{name}_low": found.low,
            f"over_{name}_high": found.high,
            f"over_{name}_p": p,
        }
    return pd.DataFrame(rows)


def _compare(first: Sequence[Record], second: Sequence[Record]) -> Difference:
    return compare([record.answers for record in first], [record.answers for record in second])


def _row(cell: Cell, records: Sequence[Record]) -> dict[str, object]:
    frame = pd.DataFrame([_numbers(record) for record in records])
    scores = pd.DataFrame([{name: r.scores[name] for name in _SCORES} for r in records])
    half = mean_interval(scores["macro_f1"].tolist())[1] if len(records) > 1 else float("nan")
    return {
        "cell": cell.name,
        **cell.factors,
        "control": cell.control,
        "seeds": len(records),
        **_means(scores),
        "half": half,
        **_means(frame),
    }


def _means(frame: pd.DataFrame) -> dict[str, object]:
    return {str(name): float(value) for name, value in frame.mean().items()}


def _numbers(record: Record) -> dict[str, float]:
    names = ("val_macro_f1", "seconds", "epochs", "peak_mb", "parameters")
    label, pred = record.answers.label, record.answers.pred
    weighted = f1_score(label, pred, average="weighted", zero_division=0)
    return {"weighted_f1": float(weighted)} | {name: getattr(record, name) for name in names}


def verdicts(table: pd.DataFrame) -> list[str]:
    """Say plainly, cell by cell, whether other posts help."""
    if f"over_{NO_GRAPH}" not in table:
        return ["no cell hears other posts: there is nothing to say about the graph"]
    return [_verdict(row) for row in _compared(table).to_dict("records")]


def _verdict(row: Mapping[Any, object]) -> str:
    over = {name: _number(row[f"over_{name}"]) for name in CONTROLS}
    sure = {name: _number(row[f"over_{name}_p"]) < LEVEL for name in CONTROLS}
    if over[NO_GRAPH] > 0 and sure[NO_GRAPH] and over[SHUFFLED] > 0 and sure[SHUFFLED]:
        word = "the graph helps"
    elif over[NO_GRAPH] > 0 and sure[NO_GRAPH]:
        word = "better than without a graph, but not surely better than with random edges: the "
        word += "model helps, the graph does not visibly"
    elif over[NO_GRAPH] < 0 and sure[NO_GRAPH]:
        word = "the graph harms"
    else:
        word = "the graph does not visibly help"
    numbers = ", ".join(
        f"{over[name]:+.3f} [{_number(row[f'over_{name}_low']):+.3f}, "
        f"{_number(row[f'over_{name}_high']):+.3f}] over {name} "
        f"(p {_number(row[f'over_{name}_p']):.3f})"
        for name in CONTROLS
    )
    return f"{row['cell']}: {word}; {numbers}"


def markdown(table: pd.DataFrame) -> str:
    """Write the table for people: macro-F1 with its interval, differences, cost."""
    head = ["cell", "macro-F1", "accuracy", "ECE"]
    head += [f"over {name.replace('_', ' ')} (p)" for name in CONTROLS] + ["s", "MiB"]
    rows = [
        [
            str(row["cell"]),
            _interval(row),
            f"{row['accuracy']:.3f}",
            f"{row['ece']:.3f}",
            *(_difference(row, name) for name in CONTROLS),
            f"{row['seconds']:.1f}",
            f"{row['peak_mb']:.0f}",
        ]
        for row in table.to_dict("records")
    ]
    return markdown_table(head, rows)


def _interval(row: Mapping[Any, object]) -> str:
    mean, half = _number(row["macro_f1"]), _number(row["half"])
    return f"{mean:.3f}" if half != half else f"{mean:.3f} ± {half:.3f}"


def _difference(row: Mapping[Any, object], name: str) -> str:
    value = row.get(f"over_{name}", float("nan"))
    if value != value:
        return ""
    return f"{_number(value):+.3f} ({_number(row[f'over_{name}_p']):.3f})"


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    return table[table[f"over_{NO_GRAPH}"].notna()]


def _number(value: object) -> float:
    return float(str(value))
