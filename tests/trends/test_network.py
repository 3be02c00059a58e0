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


HOSTILE = (
    "half \ud83d of a pair", "nul \x00, tab \x0b, \x1f, next line \x85, \u2028", "\ufffe\uffff",
    "]]><script>alert('1')</script>&amp;", "&#0;&#xB;", "😀" * 50_000, "\r\n\t", None,
)  # fmt: skip


@pytest.fixture
def hostile():
    """Texts, names and ids that break XML."""
    texts = pd.Series(HOSTILE, dtype=object)
    frame = pd.DataFrame({"post_id": ["0", *(f"a<&\"'\x0b{n}" for n in range(1, len(HOSTILE)))]})
    frame["parent_id"] = [None, *frame.post_id[:-1]]
    frame["created_at"] = ["2024-07-01T00:39:51Z", *["1969-12-31T23:59:59Z"] * (len(texts) - 1)]
    frame["user_id"] = [f"u{n}\x01" for n in range(len(texts))]
    frame["topics"] = [[text] if text else None for text in texts]
    frame["region"], frame["own_text"] = texts, texts
    return frame.assign(emotion="joy", prob_joy=1.0, prob_anger=0.0, valence=1.0, kind="repost")


@pytest.mark.parametrize("make", [post_network, user_network])
def test_hostile_texts_do_not_break_files(hostile, tmp_path, make):
    igraph = pytest.importorskip("igraph")
    graph = make(hostile)
    write_network(graph, tmp_path / "g.gexf")
    nodes = ET.parse(tmp_path / "g.gexf").getroot().iter("{http://www.gexf.net/1.2draft}node")
    assert [node.get("id") for node in nodes] == list(graph.nodes)
    write_network(graph, tmp_path / "g.graphml")
    back = igraph.Graph.Read_GraphML(str(tmp_path / "g.graphml"))
    assert (back.vcount(), back.ecount()) == (len(HOSTILE), len(HOSTILE) - 1)
    # igraph leaves the ampersand of an id as it was written.
    assert [name.replace("&#38;", "&") for name in back.vs["id"]] == list(graph.nodes)
    assert back.is_directed()
    if make is post_network:
        texts = [text or "" for text in back.vs["own_text"]]
        assert texts[3] == HOSTILE[3] and texts[5] == HOSTILE[5] and texts[0] == "half  of a pair"
        assert back.vs["prob_joy"] == [1.0] * len(HOSTILE)


#: What elements of GEXF 1.2 may have, after its schema (https://gexf.net).
_TIMES = {"start", "end", "startopen", "endopen"}
GEXF = {
    "gexf": {"version", "variant"},
    "meta": {"lastmodifieddate"},
    "creator": set(),
    "graph": {"defaultedgetype", "mode", "timeformat", "idtype", *_TIMES},
    "attributes": {"class", "mode", *_TIMES},
    "attribute": {"id", "title", "type"},
    "nodes": {"count"},
    "edges": {"count"},
    "node": {"id", "label", "pid", *_TIMES},
    "edge": {"id", "source", "target", "type", "label", "weight", *_TIMES},
    "attvalues": set(),
    "attvalue": {"for", "value", *_TIMES},
    "color": {"r", "g", "b", "a"},
}
_TYPES = {"integer", "long", "double", "float", "boolean", "liststring", "string", "anyURI"}


@pytest.mark.parametrize("make", [post_network, user_network])
def test_gexf_keeps_to_its_schema(frame, tmp_path, make):
    write_network(make(frame), tmp_path / "g.gexf")
    root = ET.parse(tmp_path / "g.gexf").getroot()
    for element in root.iter():
        name = element.tag.partition("}")[2]
        mine = {key for key in element.attrib if not key.startswith("{")}  # not xsi:schemaLocation
        assert mine <= GEXF[name], name
    space = "{http://www.gexf.net/1.2draft}"
    assert root.get("version") == "1.2"
    for group in root.iter(f"{space}attributes"):
        declared = {one.get("id"): one.get("type") for one in group}
        assert set(declared.values()) <= _TYPES
        for value in root.iter(f"{space}attvalue"):
            kind = declared.get(value.get("for"))
            if kind == "boolean":
                assert value.get("value") in ("true", "false")
            elif kind in ("double", "float", "integer", "long"):
                float(value.get("value"))
    ids = [node.get("id") for node in root.iter(f"{space}node")]
    assert len(set(ids)) == len(ids)
    for edge in root.iter(f"{space}edge"):
        assert {edge.get("source"), edge.get("target")} <= set(ids)
    numbers = [edge.get("id") for edge in root.iter(f"{space}edge")]
    assert len(set(numbers)) == len(numbers)


def test_another_suffix(frame, tmp_path):
    with pytest.raises(GnnEmotionError, match=r"g\.xml ends in none of \.gexf, \.graphml"):
        write_network(post_network(frame), tmp_path / "g.xml")
