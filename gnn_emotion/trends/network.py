"""Posts or users as a network with emotions: networkx, and files that Gephi opens.

GEXF: https://gexf.net/1.2/primer; GraphML: http://graphml.graphdrawing.org. Neither knows a missing
value, so that an attribute that is not known is left out, and neither may hold control characters:
these are taken out of texts, and are U+FFFD in ids.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from networkx.readwrite.gexf import GEXFWriter

from gnn_emotion.trends.colours import looks
from gnn_emotion.trends.columns import emotions_of, need, probabilities
from gnn_emotion.trends.tables import check_suffix
from gnn_emotion.trends.threads import threads

#: What XML 1.0 does not allow.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLUMNS = ("user_id", "kind", "topics", "region", "verified", "own_text")
SUFFIXES = (".gexf", ".graphml")


def post_network(predictions: pd.DataFrame) -> nx.DiGraph:
    """Make a network of posts: an edge from each post to those that answer or repost it.

    Args:
        predictions: ``post_id, parent_id, created_at, emotion, prob_<label>`` and, where they are
            there, ``valence`` and the other columns of ``attach``.

    Returns:
        Nodes are ids of posts, with ``label``, ``emotion``, ``prob_<label>``, ``valence``,
        ``created_at`` and ``start`` (ISO 8601, UTC), ``user_id``, ``kind``, ``topics`` (joined by
        commas), ``region``, ``verified``, ``own_text``; edges have ``kind`` and ``delay_hours``.
        What is not known is not there.

    Raises:
        GnnEmotionError: columns are missing.
    """
    need(predictions, ["post_id", "created_at", "emotion"], "expected predictions; see attach")
    probs, labels = probabilities(predictions), emotions_of(predictions)
    time = pd.Series(pd.to_datetime(predictions["created_at"], utc=True))
    written = time.dt.strftime("%Y-%m-%dT%H:%M:%S")
    ids = _ids(predictions["post_id"])
    frame = predictions[["emotion"]].assign(post_id=ids, created_at=written, start=written)
    frame["label"] = frame["post_id"]
    for name in (*_COLUMNS, "valence"):
        if name in predictions:
            frame[name] = predictions[name]
    for k, label in enumerate(labels):
        frame[f"prob_{label}"] = probs[:, k].astype(np.float64).round(6)
    graph = nx.DiGraph(mode="dynamic")
    graph.add_nodes_from((row.pop("post_id"), _known(row)) for row in frame.to_dict("records"))
    found = threads(predictions)
    edges = pd.DataFrame({"delay_hours": found.delay_hours(time)})
    if "kind" in predictions:
        edges["kind"] = predictions["kind"].to_numpy()[found.child]
    ends = zip(ids[found.parent], ids[found.child], strict=True)
    rows = (_known(row) for row in edges.to_dict("records"))
    graph.add_edges_from((a, b, row) for (a, b), row in zip(ends, rows, strict=True))
    return graph


def user_network(predictions: pd.DataFrame) -> nx.DiGraph:
    """Make a network of users: an edge from each user to those who answered or reposted them.

    Args:
        predictions: ``post_id, parent_id, user_id, prob_<label>``; see ``attach``.

    Returns:
        Nodes are ids of users, with ``label``, ``posts``, ``emotion`` (the one with the largest
        share) and ``share_<label>``; edges have ``weight``, the number of answers and reposts, and
        ``emotion`` and ``share_<label>`` of these.

    Raises:
        GnnEmotionError: columns are missing.
    """
    need(predictions, ["user_id"], "attach(predictions, dump) adds it")
    labels, found = emotions_of(predictions), threads(predictions)
    user = pd.Series(_ids(predictions["user_id"]))
    probs = pd.DataFrame(probabilities(predictions), columns=labels)
    graph = nx.DiGraph()
    for name, shares in _shares(probs, [user.rename("user_id")]):
        shares["posts"] = shares.pop("weight")
        graph.add_node(*name, label=str(*name), **shares)
    ends = [user.iloc[rows].reset_index(drop=True) for rows in (found.parent, found.child)]
    answers = probs.iloc[found.child].reset_index(drop=True)
    for (a, b), shares in _shares(answers, [ends[0].rename("from"), ends[1].rename("to")]):
        graph.add_edge(a, b, **shares)
    return graph


def write_network(graph: nx.DiGraph, path: Path | str) -> None:
    """Write a network as GEXF (``.gexf``, coloured by emotion) or GraphML (``.graphml``).

    Raises:
        GnnEmotionError: another suffix.
    """
    check_suffix(path, SUFFIXES)
    path = Path(path)
    if path.suffix.lower() == ".gexf":
        _write_gexf(_coloured(graph), path)
    else:
        nx.write_graphml(graph, path, named_key_ids=True)


def _shares(probs: pd.DataFrame, keys: list[pd.Series]) -> list[tuple[tuple[str, ...], Any]]:
    """Return, for each group of rows, its keys, and how many rows and what shares it has."""
    grouped = probs.groupby(keys)
    means, sizes = grouped.mean(), grouped.size()
    rows = []
    for name, mean, size in zip(means.index, means.to_numpy(np.float64), sizes, strict=True):
        shares = {f"share_{x}": round(float(v), 6) for x, v in zip(probs, mean, strict=True)}
        emotion = str(probs.columns[int(mean.argmax())])
        key = name if isinstance(name, tuple) else (name,)
        rows.append((key, {"weight": int(size), "emotion": emotion} | shares))
    return rows


def _ids(column: pd.Series) -> npt.NDArray[np.object_]:
    """Return ids ``[N]`` that XML may hold."""
    known = column.astype(object).map(lambda name: _NOT_XML.sub("\ufffd", name), "ignore")
    return known.to_numpy(dtype=object)


def _write_gexf(graph: nx.DiGraph, path: Path) -> None:
    """Write GEXF 1.2, without the name of the graph that networkx adds and the schema lacks.

    The format of times stays ``date``: with ``dateTime``, which the schema has too, networkx does
    not read the file back.
    """
    writer = GEXFWriter(version="1.2draft")
    writer.add_graph(graph)
    writer.graph_element.attrib.pop("name", None)
    with path.open("wb") as file:
        writer.write(file)


def _known(row: dict[Any, Any]) -> dict[str, Any]:
    """Return the attributes that are known, as text, numbers or truth values."""
    known = {}
    for name, value in row.items():
        if isinstance(value, list | tuple | np.ndarray):
            value = ",".join(map(str, value))
        if not pd.isna(value) and value != "":
            plain = value.item() if isinstance(value, np.generic) else value
            known[name] = _NOT_XML.sub("", plain) if isinstance(plain, str) else plain
    return known


def _coloured(graph: nx.DiGraph) -> nx.DiGraph:
    """Return a copy whose nodes have the colour of their emotion in all figures."""
    emotions = sorted({str(e) for _, e in graph.nodes(data="emotion") if e is not None})
    look = looks(emotions)
    coloured = graph.copy()
    for _, node in coloured.nodes(data=True):
        if "emotion" in node:
            code = look[node["emotion"]].colour
            red, green, blue = (int(code[i : i + 2], 16) for i in (1, 3, 5))
            node["viz"] = {"color": {"r": red, "g": green, "b": blue, "a": 1.0}}
    return coloured
