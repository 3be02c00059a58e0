"""Why one post got its label, as tables and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gnn_emotion.explain.neighbours import DeletionCheck

#: Characters of a text that are shown in a line.
_SHOWN = 60


@dataclass(frozen=True, repr=False)
class Explanation:
    """The evidence behind the label of a post.

    All effects are differences of the probability of ``label``, with something less without it.

    Attributes:
        post_id: of the post.
        text: what it says itself.
        label: the label that is explained.
        probs: of the post, by label.
        alone: the same without anything around it.
        words: see ``word_effects``.
        parts: see ``part_effects``.
        neighbours: posts and profiles around it, a row each, the largest effect first:
            ``node_type``, ``id``, ``user_id``, ``created_at``, ``text``, ``hops``, ``effect``,
            ``attention`` (NaN for models without), ``named`` (chosen for the deletion check).
        users: what each user around it adds with all her posts: ``user_id``, ``posts``, ``effect``.
        check: what became of the probability without those that are named.
    """

    post_id: str
    text: str
    label: str
    probs: Mapping[str, float]
    alone: Mapping[str, float]
    words: pd.DataFrame
    parts: pd.DataFrame
    neighbours: pd.DataFrame
    users: pd.DataFrame
    check: DeletionCheck

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    @property
    def changed(self) -> bool:
        """Whether the label of the post is another one without what is around it."""
        return max(self.alone, key=self.alone.__getitem__) != max(
            self.probs, key=self.probs.__getitem__
        )

    def lines(self, most: int = 5) -> Iterator[str]:
        """Tell it in plain text.

        Args:
            most: rows of each table.
        """
        prob, alone = self.probs[self.label], self.alone[self.label]
        yield f"post {self.post_id}: {_short(self.text)}"
        yield f"{self.label} {prob:.3f} (by itself {alone:.3f})"
        yield "parts: " + ", ".join(
            f"{row.part} {row.effect:+.3f}" for row in self.parts.itertuples()
        )
        strongest = self.words.reindex(self.words.effect.abs().sort_values(ascending=False).index)
        told = [f"{row.word} {row.effect:+.3f}" for row in strongest.head(most).itertuples()]
        yield f"words ({_method(self.words)}): {', '.join(told) or 'none'}"
        yield from self._neighbours(most)
        yield self._deletion()

    def _neighbours(self, most: int) -> Iterator[str]:
        if self.neighbours.empty:
            yield "neighbours: none that the model hears"
            return
        yield f"neighbours ({len(self.neighbours)}):"
        shown = pd.concat([self.neighbours[self.neighbours.named], self.neighbours.head(most)])
        for row in _records(shown[~shown.index.duplicated()]):
            mark = "*" if row["named"] else " "
            when = f" {row['created_at']:%Y-%m-%d %H:%M}" if row["created_at"] else ""
            who = f" by {row['user_id']}" if row["node_type"] == "post" and row["user_id"] else ""
            said = f"{row['node_type']} {row['id']}{who}{when} {_short(row['text'])}"
            yield f" {mark}{row['effect']:+.3f} {said.rstrip()}"

    def _deletion(self) -> str:
        named, check = int(self.neighbours.named.sum()), self.check
        if not named:
            return "deletion check: no neighbour raises the probability"
        told = (
            f"deletion check: without the {named} marked, {check.before:.3f} -> {check.after:.3f}"
        )
        if not len(check.random):
            return f"{told}; there are no others to compare with"
        return f"{told}; without {named} at random, {check.before - check.random_fall:.3f}"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values; times as ISO 8601."""
        names = ("words", "parts", "neighbours", "users")
        records = {name: _records(getattr(self, name)) for name in names}
        for row in records["neighbours"]:
            row["created_at"] = row["created_at"] and row["created_at"].isoformat()
        random = float(self.check.random.mean()) if len(self.check.random) else None
        check = {"before": self.check.before, "after": self.check.after, "random": random}
        return {
            "post_id": self.post_id,
            "text": self.text,
            "label": self.label,
            "probs": dict(self.probs),
            "alone": dict(self.alone),
            **records,
            "deletion": check,
        }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _short(text: str | None) -> str:
    plain = " ".join((text or "").split())
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def _method(words: pd.DataFrame) -> str:
    return str(words.method.iloc[0]).replace("_", " ") if len(words) else "none"
