"""Figures of scores: what is drawn is what the tables say."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from gnn_emotion.schema.errors import ContractError, GnnEmotionError
from gnn_emotion.schema.label_sets import label_set, label_sets
from gnn_emotion.trends import fonts
from gnn_emotion.trends.ablation_figure import plot_ablation
from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.figures import save_figure
from gnn_emotion.trends.fonts import chinese_font
from gnn_emotion.trends.score_figures import plot_confusion, plot_reliability, plot_roc


@pytest.fixture(autouse=True)
def closed():
    pyplot.switch_backend("Agg")
    yield
    pyplot.close("all")


def confusion(labels: tuple[str, ...]) -> pd.DataFrame:
    size = len(labels)
    count = np.arange(size * size).reshape(size, size)
    share = count / count.sum(axis=1, keepdims=True)
    names = np.array(labels)
    columns = {"count": count.ravel(), "share": share.ravel()}
    return pd.DataFrame({"true": np.repeat(names, size), "pred": np.tile(names, size), **columns})


def test_confusion_says_counts_and_shares():
    ax = plot_confusion(confusion(("a", "b", "c")))
    texts = [text.get_text() for text in ax.texts]
    assert texts[-1] == "8\n38%"
    assert len(texts) == 8  # an empty cell stays empty
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b", "c"]
    assert "36 posts" in ax.get_title()


@pytest.mark.parametrize("name", ["cped13", "dutir21"])
def test_cells_of_many_classes_hold_counts_and_colour_tells_the_share(name):
    size = label_set(name).K
    ax = plot_confusion(confusion(label_set(name).labels))
    assert [text.get_text() for text in ax.texts] == [f"{n:,}" for n in range(1, size**2)]
    assert ax.images[0].colorbar.ax.get_ylabel() == "share of the true class"


@pytest.mark.parametrize("name", ["ekman7", "dutir21", "goemotions28"])
def test_cells_are_wider_than_what_they_hold(name):
    ax = plot_confusion(confusion(label_set(name).labels))
    ax.figure.canvas.draw()
    cell = ax.get_window_extent().width / label_set(name).K
    assert max(text.get_window_extent().width for text in ax.texts) < cell


def test_chinese_names_where_there_is_a_font(monkeypatch):
    frame = confusion(label_set("polarity3").labels)
    ax = plot_confusion(frame, chinese_of="polarity3")
    names = [tick.get_text() for tick in ax.get_xticklabels()]
    assert names == list(
        label_set("polarity3").zh if chinese_font() else label_set("polarity3").labels
    )
    monkeypatch.setattr(fonts, "chinese_font", lambda: None)
    ax = plot_confusion(frame, chinese_of="polarity3")
    assert ax.get_xticklabels()[0].get_text() == "negative"


def test_roc_has_a_curve_a_class_in_its_colour():
    frame = pd.DataFrame(
        {
            "label": ["joy", "joy", "anger", "anger"],
            "fpr": [0, 1, 0, 1],
            "tpr": [0, 1, 0.5, 1],
            "auc": [0.5, 0.5, 0.75, 0.75],
        }
    )
    ax = plot_roc(frame)
    curves = {line.get_label(): line.get_color() for line in ax.lines[1:]}
    assert curves == {
        "joy  0.500": looks(["joy"])["joy"].colour,
        "anger  0.750": looks(["anger"])["anger"].colour,
    }
    assert len(plot_roc(frame[:0]).lines) == 1


def test_a_long_legend_stands_beside_the_curves():
    labels = label_set("goemotions28").labels
    frame = pd.DataFrame({"label": labels, "fpr": 0.5, "tpr": 0.5, "auc": 0.5})
    ax = plot_roc(frame)
    ax.figure.canvas.draw()
    legend, figure = ax.get_legend().get_window_extent(), ax.figure.bbox
    assert legend.x0 > ax.get_window_extent().x1
    assert figure.x0 <= legend.x0 < legend.x1 <= figure.x1
    assert figure.y0 <= legend.y0 < legend.y1 <= figure.y1


def test_reliability_says_its_error():
    frame = pd.DataFrame(
        {
            "low": [0.4, 0.8],
            "high": [0.5, 0.9],
            "confidence": [0.45, 0.85],
            "accuracy": [0.55, 0.85],
            "count": [30, 10],
        }
    )
    ax = plot_reliability(frame)
    assert "error 0.075, 40 posts" in ax.get_title()
    accuracy, share = ax.patches[:2], ax.patches[2:]
    assert [bar.get_height() for bar in accuracy] == [0.55, 0.85]
    assert [bar.get_height() for bar in share] == [0.75, 0.25]
    assert share[0].get_width() < accuracy[0].get_width()  # or it would hide the 0.55


def test_looks_are_fixed_and_differ():
    seven = looks(label_set("ekman7").labels)
    assert len({look.colour for look in seven.values()}) == 7
    assert looks(["anger"])["anger"].colour == seven["anger"].colour
    assert len({look.line for look in seven.values()}) == 7


@pytest.mark.parametrize("name", label_sets())
def test_no_two_labels_of_a_set_look_alike(name):
    found = [(look.colour, look.line) for look in looks(label_set(name).labels).values()]
    assert len(set(found)) == len(found)


def test_colours_are_used_evenly():
    colours = [look.colour for look in looks(label_set("goemotions28").labels).values()]
    assert max(colours.count(colour) for colour in colours) <= 4


def test_an_axes_that_is_given_is_used_and_a_file_is_written(tmp_path):
    _, ax = pyplot.subplots()
    assert plot_confusion(confusion(("a", "b")), ax) is ax
    save_figure(ax, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    assert not pyplot.get_fignums()


@pytest.mark.parametrize("draw", [plot_confusion, plot_roc, plot_reliability, plot_ablation])
def test_missing_columns_are_named(draw):
    with pytest.raises(GnnEmotionError, match=r"no columns .*; Known: 'x'"):
        draw(pd.DataFrame({"x": [1]}))


ABLATION = pd.DataFrame(
    {
        "cell": ["conv=gcn", "conv=gcn (shuffled)", "conv=none"],
        "control": ["real", "shuffled", "real"],
        "macro_f1": [0.5, 0.4, 0.45],
        "half": [0.01, np.nan, np.nan],
        "over_shuffled": [0.1, np.nan, np.nan],
    }
)
ROC = pd.DataFrame({"label": ["a"], "fpr": [0], "tpr": [0], "auc": [1]})


@pytest.mark.parametrize(("draw", "frame"), [(plot_roc, ROC), (plot_ablation, ABLATION)])
def test_without_matplotlib_the_extra_is_named(monkeypatch, draw, frame):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ContractError, match=r"gnn-emotion\[plot\]"):
        draw(frame)


def test_an_ablation_has_a_line_a_model():
    ax = plot_ablation(ABLATION)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["conv=gcn", "conv=none"]
    assert ax.collections[-1].get_offsets()[0].tolist() == [0.4, 0]
