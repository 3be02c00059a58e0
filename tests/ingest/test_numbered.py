from __future__ import annotations

from gnn_emotion.ingest.numbered import numbered, refused


def test_rows_are_numbered_with_what_is_inside_them():
    rows = [[("posts", {}), ("posts", {}), ("users", {})], refused("bad", {"a": "字"})]
    found = [(r.row, r.table, r.embedded) for r in numbered(rows)]
    assert found == [
        (1, "posts", False),
        (1, "posts", True),
        (1, "users", True),
        (2, "quarantine", False),
    ]


def test_refused_keeps_what_can_be_stored():
    ((_, values),) = refused("bad", {"a": "字\ud800"})
    assert values == {"reason": "bad", "raw": '{"a": "字?"}'}
    ((_, values),) = refused("bad", "x" * 1000)
    assert len(values["raw"]) == 500
