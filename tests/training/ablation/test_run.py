"""Cells on the toy whose replies' words say nothing: the graph helps, and the controls do not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from gnn_emotion.training.ablation import run as running
from gnn_emotion.training.ablation.grid import Ablation
from gnn_emotion.training.ablation.records import Record
from gnn_emotion.training.ablation.run import run_cells
from gnn_emotion.training.ablation.table import ablation_table, markdown, verdicts

from ..conftest import CONTRACT

pytestmark = pytest.mark.usefixtures("one_thread")
BASE = {
    "hidden_channels": 8,
    "heads": 2,
    "num_layers": 1,
    "fit": {"epochs": 25, "patience": 10, "batch_size": 64, "learning_rate": 0.01},
}
ABLATION = Ablation.from_table({"seeds": [0, 1], "base": BASE, "grid": {"conv": ["gcn", "none"]}})


def records_of(graph, task, folder, ablation=ABLATION, **more):
    cells = ablation.all_cells()
    return run_cells(
        graph, task, ("ekman7",), CONTRACT, cells, ablation.seeds, folder, "data", **more
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cells")


@pytest.fixture(scope="module")
def table(toy_graph, toy_task, folder) -> pd.DataFrame:
    return ablation_table(ABLATION, records_of(toy_graph, toy_task, folder))


def row(table: pd.DataFrame, cell: str) -> pd.Series:
    (found,) = [one for _, one in table.iterrows() if one.cell == cell]
    return found


def test_the_graph_helps_and_the_controls_show_it(table):
    gcn = row(table, "conv=gcn")
    assert gcn.macro_f1 > 0.9
    for control in ("no_graph", "shuffled", "self"):
        assert gcn[f"over_{control}"] > 0.3
        assert gcn[f"over_{control}_low"] > 0.2
        assert gcn[f"over_{control}_p"] < 0.05
    assert row(table, "conv=gcn (shuffled)").macro_f1 < 0.6
    assert (table.seeds == 2).all()
    assert (table.seconds > 0).all()
    assert (table.epochs >= 11).all()
    assert (table.parameters > 100).all()
    assert verdicts(table)[0].startswith("conv=gcn: the graph helps; +0.")


def test_where_it_does_not_help_it_says_so(toy_graph, toy_task, tmp_path):
    """Replies hear nothing but what they say themselves: there is nothing to hear."""
    deaf = replace(ABLATION.cells[0].options, edge_types=("post__rev_reposts__post",))
    ablation = replace(ABLATION, cells=[replace(ABLATION.cells[0], options=deaf)])
    found = ablation_table(ablation, records_of(toy_graph, toy_task, tmp_path, ablation))
    assert "the graph does not visibly help" in verdicts(found)[0]
    alone = replace(ABLATION, cells=ABLATION.cells[1:])
    found = ablation_table(alone, records_of(toy_graph, toy_task, tmp_path, alone))
    assert verdicts(found) == ["no cell hears other posts: there is nothing to say about the graph"]


def test_markdown_has_a_line_a_cell(table):
    lines = markdown(table).splitlines()
    assert len(lines) == 2 + len(table)
    assert "± 0." in lines[2]
    assert "(0.0" in lines[2]


def test_what_was_trained_is_not_trained_again(toy_graph, toy_task, folder, table, monkeypatch):
    def never(*arguments):
        raise AssertionError("trained again")

    monkeypatch.setattr(running, "run_cell", never)
    again = ablation_table(ABLATION, records_of(toy_graph, toy_task, folder))
    pd.testing.assert_frame_equal(again, table)


def test_a_killed_run_goes_on_cell_by_cell(toy_graph, toy_task, tmp_path, table, folder):
    asked = []
    stems = sorted(path.stem for path in folder.glob("*.json"))
    for stem in stems[1:]:
        Record.load(folder, stem).save(tmp_path)
    records_of(toy_graph, toy_task, tmp_path, advance=lambda cell, seed: asked.append(seed))
    assert len(asked) == 1
    whole, again = (Record.load(place, stems[0]) for place in (folder, tmp_path))
    assert whole.scores == again.scores
    assert (whole.answers.pred == again.answers.pred).all()


def test_other_labels_are_other_cells(toy_graph, toy_task, folder, table):
    """The key of the data is part of the name of a record."""
    cells = ABLATION.all_cells()[:1]
    asked = []
    run_cells(
        toy_graph,
        toy_task,
        ("ekman7",),
        CONTRACT,
        cells,
        [0],
        folder,
        "other",
        advance=lambda cell, seed: asked.append(seed),
    )
    assert asked == [0]


def test_two_trainings_of_an_ensemble_share_no_member(toy_graph, toy_task, tmp_path, monkeypatch):
    """Or what varies from seed to seed would look smaller than it is."""
    seen = []
    whole = running.train_as

    def noted(options, *given):
        seen.extend(options.fit.seed + number for number in range(options.members))
        return whole(options, *given)

    monkeypatch.setattr(running, "train_as", noted)
    pair = replace(ABLATION.cells[1], options=replace(ABLATION.cells[1].options, members=2))
    (records,) = records_of(
        toy_graph, toy_task, tmp_path, replace(ABLATION, cells=[pair], seeds=(0, 1, 2))
    ).values()
    assert seen == [0, 1, 2, 3, 4, 5]
    (alone,) = records_of(
        toy_graph, toy_task, tmp_path, replace(ABLATION, cells=ABLATION.cells[1:], seeds=(0,))
    ).values()
    assert records[0].parameters == 2 * alone[0].parameters


def test_edges_are_shuffled_anew_for_each_seed(toy_graph, toy_task, tmp_path, monkeypatch):
    """Or one lucky shuffle would stand for all."""
    seen = {}
    whole = running.train_as

    def noted(options, graph, *given):
        seen[options.fit.seed] = graph["post", "rev_replies_to", "post"].edge_index.clone()
        return whole(options, graph, *given)

    monkeypatch.setattr(running, "train_as", noted)
    (shuffled,) = [cell for cell in ABLATION.all_cells() if cell.control == "shuffled"]
    replies = toy_graph["post", "rev_replies_to", "post"].edge_index
    run_cells(toy_graph, toy_task, ("ekman7",), CONTRACT, [shuffled], (0, 1), tmp_path, "data")
    assert not seen[0].equal(seen[1]) and not seen[0].equal(replies)
