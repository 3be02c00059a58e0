"""Explains the labels of posts of one dump: the graph is read once, each post is cut out of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from torch_geometric.data import HeteroData

from gnn_emotion.encoders.text.load_text import TextEncoder
from gnn_emotion.explain.attention import attention_of
from gnn_emotion.explain.content import part_effects
from gnn_emotion.explain.explanation import Explanation
from gnn_emotion.explain.judge import Judge
from gnn_emotion.explain.neighbours import (
    check_deletion,
    group_effects,
    name_groups,
    neighbour_effects,
)
from gnn_emotion.explain.surroundings import Node, SurroundingsCutter
from gnn_emotion.explain.words import word_effects
from gnn_emotion.graph.build import node_ids
from gnn_emotion.schema.errors import DumpError, LabelError, closest
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.checkpoint import Checkpoint

#: Nodes that are named at most, unless asked otherwise.
NAMED = 3
#: Kinds of nodes that are neighbours; what a post carries is a part of it.
_NEIGHBOURS = ("post", "user")


class Explainer:
    """Explains posts of a dump.

    Args:
        checkpoint: the model.
        encoder: of the words of posts; None where features come from a file, so that words cannot
            be told apart.
        dump: the tables.
        data: the graph that the model reads (``build_graph`` with ``config.edges_read``).
        known: labels that the model may hear ``[N, K]``; None for none.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        encoder: TextEncoder | None,
        dump: Dump,
        data: HeteroData,
        known: npt.NDArray[np.float32] | None = None,
    ) -> None:
        self.checkpoint, self.encoder, self.known = checkpoint, encoder, known
        self.cutter = SurroundingsCutter(data, checkpoint.model.config)
        self.posts = dump.read("posts", ["post_id", "user_id", "created_at", "own_text"])
        self.users = node_ids(dump, "user")

    def judge(self, row: int) -> Judge:
        """Return the judge of the post in a row of the graph."""
        around = self.cutter.cut(row)
        known = None if self.known is None else self.known[around.rows["post"]]
        return Judge(self.checkpoint, around, known)

    def explain(self, post_id: str, label: str | None = None, named: int = NAMED) -> Explanation:
        """Explain the label of a post.

        Args:
            post_id: of the post.
            label: what is explained; None for the label that the post gets.
            named: neighbours that are named at most.

        Raises:
            DumpError: the dump has no such post.
            LabelError: the model has no such label.
        """
        judge, labels = self.judge(self._row(post_id)), self.checkpoint.model.config.labels
        probs = judge.probs()
        if label is not None and label not in labels:
            raise LabelError(f"unknown label {label!r}; {closest(label, labels)}")
        at = int(probs.argmax()) if label is None else labels.index(label)
        nodes = {node: [node] for node in judge.around.nodes if node[0] in _NEIGHBOURS}
        effects = group_effects(judge, at, nodes)
        alone = judge.without([list(nodes)])[0]
        chosen = name_groups(judge, at, nodes, named, effects)
        text = self._said(judge.around.rows["post"][:1])[0] or ""
        return Explanation(
            post_id=post_id,
            text=text,
            label=labels[at],
            probs=dict(zip(labels, probs.tolist(), strict=True)),
            alone=dict(zip(labels, alone.tolist(), strict=True)),
            words=self._words(judge, text, at),
            parts=part_effects(judge, at),
            neighbours=self._neighbours(judge, effects, chosen),
            users=self._users(judge, at),
            check=check_deletion(judge, at, nodes, chosen),
        )

    def _words(self, judge: Judge, text: str, label: int) -> pd.DataFrame:
        if self.encoder is None:
            return pd.DataFrame(columns=["word", "start", "end", "effect", "method"])
        return word_effects(judge, self.encoder, text, label)

    def _neighbours(
        self, judge: Judge, effects: Mapping[Node, float], named: list[Node]
    ) -> pd.DataFrame:
        frame = neighbour_effects(judge.around, effects)
        attention = attention_of(judge)
        weights = [
            float(attention[name][at]) if attention else float("nan")
            for name, at in zip(frame.node_type, frame["at"], strict=True)
        ]
        places = list(zip(frame.node_type, frame["at"], strict=True))
        found = pd.concat([self._described(frame), frame[["hops", "effect"]]], axis=1)
        return found.assign(attention=weights, named=[place in named for place in places])

    def _described(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Look up who and what the nodes of a frame are."""
        is_post = (frame.node_type == "post").to_numpy()
        rows = pa.array(np.where(is_post, frame.row, 0).astype(np.int64))
        posts = self.posts.take(rows).to_pandas()
        authors = self.users.take(pa.array(np.where(is_post, 0, frame.row).astype(np.int64)))
        users = np.array(authors.to_pylist(), dtype=object) if len(frame) else posts.user_id
        return pd.DataFrame(
            {
                "node_type": frame.node_type,
                "id": np.where(is_post, posts.post_id, users),
                "user_id": np.where(is_post, posts.user_id, users),
                "created_at": posts.created_at.where(is_post),
                "text": posts.own_text.where(is_post, ""),
            }
        )

    def _users(self, judge: Judge, label: int) -> pd.DataFrame:
        """Measure what each user around a post adds, with her profile and all her posts."""
        around = judge.around
        groups: dict[str, list[Node]] = {}
        authors = self.posts["user_id"].take(pa.array(around.rows["post"])).to_pylist()
        for at, user in enumerate(authors[1:], start=1):
            if user is not None:
                groups.setdefault(user, []).append(("post", at))
        for at, user in enumerate(self.users.take(pa.array(around.rows["user"])).to_pylist()):
            groups.setdefault(user, []).append(("user", at))
        effects = list(group_effects(judge, label, groups).values())
        posts = [sum(name == "post" for name, _ in nodes) for nodes in groups.values()]
        frame = pd.DataFrame({"user_id": list(groups), "posts": posts, "effect": effects})
        return frame.sort_values("effect", ascending=False, kind="stable", ignore_index=True)

    def _row(self, post_id: str) -> int:
        row = pc.index(self.posts["post_id"], post_id).as_py()
        if row < 0:
            raise DumpError(
                f"the dump has no post {post_id!r}; expected an id of its posts, such as "
                f"{self.posts['post_id'][0].as_py()!r}"
                if self.posts.num_rows
                else f"the dump has no post {post_id!r}, nor any other"
            )
        return int(row)

    def _said(self, rows: npt.NDArray[np.int64]) -> list[str | None]:
        return list(self.posts["own_text"].take(pa.array(rows)).to_pylist())
