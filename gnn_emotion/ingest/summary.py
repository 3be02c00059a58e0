"""The accounts of an ingest: every row that was read is kept, merged or in quarantine."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from gnn_emotion.schema.errors import DumpError


@dataclass
class SourceCounts:
    """What became of one source; counts leave embedded rows out.

    Attributes:
        name: the source.
        format: the format it was read as.
        rows_read: rows that the reader gave.
        posts_new, users, follows: rows that were the first of their post, user or follow.
        merged: rows that were joined to an earlier row of the same post, user or follow.
        quarantined: rows that could not be used.
        broke_off: why the reader stopped early; empty where it read to the end.
    """

    name: str
    format: str = ""
    rows_read: int = 0
    posts_new: int = 0
    merged: int = 0
    users: int = 0
    follows: int = 0
    quarantined: int = 0
    broke_off: str = ""

    def check(self) -> None:
        """Make sure that the rows add up.

        Raises:
            DumpError: they do not; a mistake of this program.
        """
        kept = self.posts_new + self.users + self.follows
        if self.rows_read != kept + self.merged + self.quarantined:
            raise DumpError(
                f"{self.name}: {self.rows_read} rows read, but {kept} kept + {self.merged} merged "
                f"+ {self.quarantined} quarantined; expected the same (internal accounting): "
                "please report this file's format"
            )


@dataclass
class Summary:
    """What ``summary.json`` holds.

    Attributes:
        sources: one entry a source that was read.
        skipped: source -> why nothing of it could be read.
        damage: what was repaired, refused or cut -> how often.
        refused_labels: label as written -> how often.
        tables: rows of each table of the Dump.
    """

    sources: list[SourceCounts] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    damage: Counter[str] = field(default_factory=Counter)
    refused_labels: Counter[str] = field(default_factory=Counter)
    tables: dict[str, int] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """Sum one count over all sources."""
        return sum(int(getattr(source, name)) for source in self.sources)

    def write(self, path: Path) -> None:
        """Check the accounts and write them as JSON, in a fixed order."""
        for source in self.sources:
            source.check()
        names = ("rows_read", "posts_new", "merged", "users", "follows", "quarantined")
        content = {
            "totals": {name: self.total(name) for name in names},
            "tables": self.tables,
            "damage": {name: n for name, n in sorted(self.damage.items()) if n},
            "refused_labels": dict(sorted(self.refused_labels.items())),
            "skipped": dict(sorted(self.skipped.items())),
            "sources": [_entry(source) for source in self.sources],
        }
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _entry(source: SourceCounts) -> dict[str, object]:
    return {name: value for name, value in vars(source).items() if name != "broke_off" or value}
