"""Networks, and files of them that are read back as they were."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import networkx as nx
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.network import post_network, user_network, write_network


@pytest.fixture
def frame():
    """Three posts, full of what files do not like."""
    return pd.DataFrame(
        {
            "post_id": ["5051246142806981", "2", "3"],
            "parent_id": [None, "5051246142806981", "2"],
            "created_at": ["2024-07-01T00:39:51Z", "2024-07-01T01:39:51Z", None],
            "user_id": ["u", "v", None],
            "emotion": ["anger", "joy", "joy"],
            "prob_anger": [0.9, 0.2, 0.1],
            "prob_joy": [0.1, 0.8, 0.9],
            "valence": [-0.9, 0.8, None],
            "kind": ["original", "repost", "comment"],
            "topics": [["雨", "风"], [], None],
            "region": [None, "南屿", ""],
            "verified": [True, None, False],
            "own_text": ['水<b>&"[泪]\x0b\uffff', "ok 😀", None],
        }
    )


def test_posts(frame):
    graph = post_network(frame)
    assert list(graph.edges) == [("5051246142806981", "2"), ("2", "3")]
    assert graph.edges["5051246142806981", "2"] == {"delay_hours": 1.0, "kind": "repost"}
    assert graph.edges["2", "3"] == {"kind": "comment"}  # nobody knows when
    first, last = graph.nodes["5051246142806981"], graph.nodes["3"]
    assert first["own_text"] == '水<b>&"[泪]' and first["topics"] == "雨,风"
    assert first["verified"] is True and first["created_at"] == "2024-07-01T00:39:51"
    assert {"user_id", "created_at", "start", "topics", "region", "valence"}.isdisjoint(last)


def test_users(frame):
    frame = pd.concat([frame, frame.assign(post_id=["4", "5", "6"], parent_id="2")])
    graph = user_network(frame)
    assert list(graph.nodes) == ["u", "v"]
    assert graph.nodes["u"]["posts"] == 2 and graph.nodes["u"]["emotion"] == "anger"
    assert graph.edges["v", "v"]["weight"] == 1 and graph.edges["u", "v"]["share_joy"] == 0.8
    assert graph.edges["v", "u"]["weight"] == 1


@pytest.mark.parametrize("suffix", ["gexf", "graphml"])
@pytest.mark.parametrize("make", [post_network, user_network])
def test_files(frame, tmp_path, suffix, make):
    graph, path = make(frame), tmp_path / f"g.{suffix}"
    write_network(graph, path)
    text = path.read_text(encoding="utf-8")
    assert "None" not in text and ">nan<" not in text.lower() and '"nan"' not in text.lower()
    back = nx.read_gexf(path) if suffix == "gexf" else nx.read_graphml(path)
    assert set(back.nodes) == set(graph.nodes) and set(back.edges) == set(graph.edges)
    for name, node in graph.nodes(data=True):
        kept = {key: value for key, value in node.items() if key not in ("viz", "label", "start")}
        assert {key: back.nodes[name][key] for key in kept} == kept


def test_gexf_has_times_and_the_colours_of_the_figures(frame, tmp_path):
    write_network(post_network(frame), tmp_path / "g.gexf")
    space = {"g": "http://www.gexf.net/1.2draft", "viz": "http://www.gexf.net/1.2draft/viz"}
    root = ET.parse(tmp_path / "g.gexf").getroot()
    assert root.find("g:graph", space).attrib["timeformat"] == "date"
    nodes = root.findall("g:graph/g:nodes/g:node", space)
    assert [node.get("start") for node in nodes] == [
        "2024-07-01T00:39:51", "2024-07-01T01:39:51", None,
    ]  # fmt: skip
    colour = nodes[0].find("viz:color", space).attrib
    code = "#" + "".join(f"{int(colour[c]):02X}" for c in "rgb")
    assert code == looks(["anger", "joy"])["anger"].colour
    types = {a.get("title"): a.get("type") for a in root.iter(f"{{{space['g']}}}attribute")}
    assert types["prob_joy"] == "double" and types["verified"] == "boolean"


def test_another_suffix(frame, tmp_path):
    with pytest.raises(GnnEmotionError, match=r"g\.xml ends in none of \.gexf, \.graphml"):
        write_network(post_network(frame), tmp_path / "g.xml")
