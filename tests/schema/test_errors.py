"""The hint that messages share, and what can be caught."""

from __future__ import annotations

import pytest

from gnn_emotion.schema import errors


def test_the_closest_name_comes_first():
    assert errors.closest("gatt", ["gcn", "gat"]) == "did you mean 'gat'? Known: 'gat', 'gcn'"


def test_no_guess_where_nothing_is_near():
    assert errors.closest("xyz", ["gcn", "gat"]) == "Known: 'gat', 'gcn'"
    assert errors.closest("xyz", []) == "Known: none"


@pytest.mark.parametrize("name", ["DumpError", "LabelError", "ContractError", "GraphError"])
def test_one_class_catches_all(name):
    assert issubclass(getattr(errors, name), errors.GnnEmotionError)
