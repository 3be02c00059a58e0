"""Looks of emotions: fixed by name, and different within a set."""

from __future__ import annotations

import pytest
from matplotlib.lines import Line2D

from gnn_emotion.schema.label_sets import label_set, label_sets
from gnn_emotion.trends.colours import looks


@pytest.mark.parametrize("name", ["ekman7", "polarity3"])
def test_a_known_label_looks_the_same_in_any_order_and_company(name):
    labels = label_set(name).labels
    whole = looks(labels)
    assert looks(labels[::-1]) == whole
    for label in labels:
        assert looks(["something else", label])[label] == whole[label]


@pytest.mark.parametrize("name", label_sets())
def test_no_two_labels_of_a_set_are_drawn_alike(name):
    found = looks(label_set(name).labels)
    assert len({(look.colour, look.line) for look in found.values()}) == len(found)
    if len(found) <= 8:
        assert len({look.colour for look in found.values()}) == len(found)
        assert len({look.line for look in found.values()}) == len(found)
        assert len({look.marker for look in found.values()}) == len(found)


def test_matplotlib_knows_every_look():
    for look in looks(label_set("goemotions28").labels).values():
        Line2D([0], [0], color=look.colour, linestyle=look.line, marker=look.marker)
