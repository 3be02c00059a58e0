"""An ablation on a dump: features once for all cells that share them, one table at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.ablation.grid import Ablation, Cell
from gnn_emotion.training.ablation.records import Record
from gnn_emotion.training.ablation.run import run_cells
from gnn_emotion.training.ablation.table import ablation_table, markdown, verdicts
from gnn_emotion.training.train_options import DATA, TrainOptions
from gnn_emotion.training_data import training_data
from gnn_emotion.trends.ablation_figure import plot_ablation
from gnn_emotion.trends.figures import need_matplotlib, save_figure

TABLE, PAGE, FIGURE, CELLS = "ablation.parquet", "ablation.md", "ablation.png", "cells"


def ablate_dump(
    dump: Dump,
    ablation: Ablation,
    output: Path,
    files: Mapping[str, Path] | None = None,
    media: MediaOptions | None = None,
) -> pd.DataFrame:
    """Train every cell and its controls with every seed, and write what they say.

    Args:
        dump: a labelled dump.
        ablation: what is compared.
        output: folder for ``ablation.parquet`` (see ``ablation_table``), ``ablation.md`` and the
            records of all trainings, and ``ablation.png`` where matplotlib is installed.
        files: features from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.

    Returns:
        The table.
    """
    records = train_cells(dump, ablation, output / CELLS, files, media)
    return write_table(ablation, records, output)


def train_cells(
    dump: Dump,
    ablation: Ablation,
    folder: Path,
    files: Mapping[str, Path] | None = None,
    media: MediaOptions | None = None,
) -> dict[str, list[Record]]:
    """Train every cell and its controls with every seed; killed and called again, it goes on.

    Returns:
        The records of each cell, a seed each, by its key.
    """
    cells = ablation.all_cells()
    records: dict[str, list[Record]] = {}
    total = len(cells) * len(ablation.seeds)
    with tqdm(total=total, desc="ablate", disable=None) as bar:

        def advance(cell: Cell, seed: int) -> None:
            bar.set_postfix_str(f"{cell.name} seed {seed}")

        for options, group in _by_data(cells):
            with training_data(dump, options, files, media) as ready:
                for cell in group:
                    records |= run_cells(
                        ready.data,
                        ready.task,
                        ready.sources,
                        ready.contract,
                        [cell],
                        ablation.seeds,
                        folder,
                        ready.key,
                        advance,
                    )
                    bar.update(len(ablation.seeds))
    return records


def write_table(
    ablation: Ablation, records: Mapping[str, Sequence[Record]], output: Path
) -> pd.DataFrame:
    """Lay the records out, in files and as the table; see ``ablate_dump``."""
    output.mkdir(parents=True, exist_ok=True)
    table = ablation_table(ablation, records)
    table.to_parquet(output / TABLE)
    page = "\n".join([markdown(table), "", *(f"- {line}" for line in verdicts(table))])
    (output / PAGE).write_text(f"# Ablation\n\n{page}\n", encoding="utf-8")
    draw(table, output / FIGURE)
    return table


def draw(table: pd.DataFrame, path: Path) -> bool:
    """Draw the figure of an ablation, where matplotlib is installed; say whether."""
    try:
        need_matplotlib()
    except ContractError:
        return False
    save_figure(plot_ablation(table), path)
    return True


def _by_data(cells: Sequence[Cell]) -> Iterator[tuple[TrainOptions, list[Cell]]]:
    """Group cells whose features, labels and split are the same, with all edges they listen to."""
    groups: list[tuple[TrainOptions, list[Cell]]] = []
    for cell in cells:
        for options, group in groups:
            if all(getattr(options, name) == getattr(cell.options, name) for name in DATA):
                group.append(cell)
                break
        else:
            groups.append((cell.options, [cell]))
    for options, group in groups:
        heard = dict.fromkeys(name for cell in group for name in cell.options.edge_types)
        yield replace(options, edge_types=tuple(heard)), group
