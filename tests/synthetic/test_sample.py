from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.schema.tables import POST_KINDS
from gnn_emotion.synthetic.dirt import LOST_PICTURE
from gnn_emotion.synthetic.ids import bid_of, mid_second
from gnn_emotion.synthetic.rows import BEIJING, DELETED_TEXT
from gnn_emotion.synthetic.sample import sample_texts, write_sample

Row = dict[str, Any]
MEGABYTE = 2**20


def epoch(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING).timestamp()


def test_another_process_writes_the_same_texts(texts: dict[str, str]):
    code = (
        "import hashlib, json; from gnn_emotion.synthetic.sample import sample_texts as s; "
        "print(hashlib.sha256(json.dumps(s(0)).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert result.stdout.strip() == hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def test_another_seed_tells_another_story(texts: dict[str, str]):
    assert sample_texts(seed=1)["posts.jsonl"] != texts["posts.jsonl"]


def test_the_bundled_sample_is_the_one_of_seed_0(texts: dict[str, str], repo: Path):
    for name, text in texts.items():
        assert (repo / "data" / "sample" / name).read_bytes() == text.encode("utf-8"), name


def test_the_bundled_sample_is_small_and_whole(repo: Path):
    files = [p for p in (repo / "data" / "sample").rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 3 * MEGABYTE
    assert Counter(p.suffix for p in files) == {
        ".jpg": 60, ".mp4": 8, ".jsonl": 2, ".csv": 1, ".md": 1,
    }  # fmt: skip


def test_ids_hold_the_times_of_their_posts(posts: dict[str, Row]):
    assert len(posts) == 600
    plain = [p for p in posts.values() if p["created_at"].startswith("2024-")]
    assert len(plain) == 600 - 2 - 2  # two deleted, two relative
    for post in plain:
        assert mid_second(post["mid"]) == epoch(post["created_at"])
    for post in posts.values():
        assert len(post["mid"]) == 16 and bid_of(post["mid"]) == post["bid"]


def test_threads_have_no_cycles_and_lead_to_their_roots(posts: dict[str, Row]):
    for post in posts.values():
        above, steps = post, 0
        while above["parent_id"]:
            assert mid_second(above["mid"]) >= mid_second(above["parent_id"])
            above, steps = posts[above["parent_id"]], steps + 1
            assert steps <= len(posts)
        assert above["kind"] == "original" and above["root_id"] is None
        assert (post["root_id"] or post["mid"]) == above["mid"]


def test_kinds_agree_with_what_is_answered(posts: dict[str, Row]):
    allowed = {
        "original": {None},
        "comment": {"original"},
        "reply": {"comment", "reply"},
        "repost": {"original", "repost"},
    }
    assert {p["kind"] for p in posts.values()} == set(POST_KINDS)
    for post in posts.values():
        parent = posts.get(post["parent_id"], {})
        assert parent.get("kind") in allowed[post["kind"]]


def test_chains_and_reply_marks_name_the_parent(posts: dict[str, Row]):
    chained = 0
    for post in posts.values():
        parent = posts.get(post["parent_id"])
        if parent and parent["kind"] == "repost":
            chained += 1
            assert post["text"].endswith(f"//@{parent['screen_name']}:{parent['text']}")
        elif post["kind"] == "reply":
            assert post["text"].startswith(f"回复@{parent['screen_name']}:")
        else:
            assert "//@" not in post["text"]
    assert chained > 10


def test_labels_are_emotions_of_ekman7(posts: dict[str, Row]):
    emotions = label_set("ekman7").labels
    counts = Counter(p["label"] for p in posts.values())
    assert set(counts) == {None, *emotions}
    assert min(counts[e] for e in emotions) >= 20
    for post in posts.values():
        own = re.sub(r"^回复@\S+?:", "", post["text"].split("//@")[0])
        wordless = own == "转发微博" or post["text"] == DELETED_TEXT
        assert (post["label"] is None) == wordless
        assert post["label_set"] == (None if wordless else "ekman7")


def test_the_mood_of_the_flood_shifts(posts: dict[str, Row]):
    def share(emotion: str, *days: str) -> float:
        chosen = [p for p in posts.values() if p["created_at"][:10] in days and p["label"]]
        return sum(p["label"] == emotion for p in chosen) / len(chosen)

    start, end = ("2024-07-01", "2024-07-02"), ("2024-07-07", "2024-07-08", "2024-07-09")
    assert share("fear", *start) > 2 * share("fear", *end)
    assert share("anger", *end) > share("anger", *start)


def test_users_and_follows_are_known(texts: dict[str, str], posts: dict[str, Row]):
    users = [json.loads(line) for line in texts["users.jsonl"].splitlines()]
    ids = {u["user_id"] for u in users}
    assert len(users) == len(ids) == len({u["screen_name"] for u in users}) == 120
    assert {p["user_id"] for p in posts.values()} <= ids | {None}
    follows = list(csv.reader(io.StringIO(texts["follows.csv"])))
    assert follows[0] == ["follower_id", "followed_id"]
    pairs = [tuple(row) for row in follows[1:]]
    assert len(set(pairs)) == len(pairs) > 500
    assert all(a != b and {a, b} <= ids for a, b in pairs)
    fans = Counter(b for _, b in pairs)
    assert all(u["followers_count"] >= fans[u["user_id"]] for u in users)


def test_every_picture_and_clip_is_posted_and_there(posts: dict[str, Row], repo: Path):
    named = {path for p in posts.values() for path in [*p["pics"], p["video_url"]] if path}
    folder = repo / "data" / "sample"
    stored = {p.relative_to(folder).as_posix() for p in (folder / "media").iterdir()}
    assert named - stored == {LOST_PICTURE}
    assert stored <= named


def test_each_dirty_row_is_there_and_described(texts: dict[str, str], lines: list[Row]):
    mids = Counter(row["mid"] for row in lines)
    twice = [mid for mid, n in mids.items() if n == 2]
    wrong = {row["mid"]: row for row in lines if row["mid"]}
    deleted = [m for m, row in wrong.items() if row["text"] == DELETED_TEXT]
    relative = [m for m, row in wrong.items() if re.match(r"昨天|\d+分钟前", row["created_at"])]
    cut = [m for m, row in wrong.items() if row["text"].endswith("...全文")]
    assert (len(twice), len(deleted), len(relative), len(cut), mids[""]) == (3, 2, 2, 1, 1)
    assert all(f"`{mid}`" in texts["README.md"] for mid in [*twice, *deleted, *relative, *cut])
    empty = next(i for i, row in enumerate(lines, start=1) if not row["mid"])
    assert f"line {empty} |" in texts["README.md"]


def test_the_second_crawl_has_higher_counts(lines: list[Row]):
    first = {row["mid"]: row for row in lines[:-3]}
    for again in lines[-3:]:
        before = first[again["mid"]]
        assert again["crawl_time"] > before["crawl_time"]
        assert all(again[c] > before[c] for c in again if c.endswith("_count"))
        assert again["text"] == before["text"]


def test_relative_times_agree_with_the_ids(lines: list[Row]):
    for row in lines:
        written = mid_second(row["mid"]) if row["mid"] else None
        if minutes := re.match(r"(\d+)分钟前", row["created_at"] or ""):
            assert epoch(row["crawl_time"]) - written == 60 * int(minutes[1])
        if clock := re.match(r"昨天 (\d\d:\d\d)", row["created_at"] or ""):
            when = datetime.fromtimestamp(written, BEIJING)
            seen = datetime.fromtimestamp(epoch(row["crawl_time"]), BEIJING)
            assert f"{when:%H:%M}" == clock[1] and (seen.date() - when.date()).days == 1


def test_too_few_posts_are_refused(tmp_path: Path):
    with pytest.raises(GnnEmotionError, match=r"50 posts.*200 or more"):
        write_sample(tmp_path / "sample", posts=50)
    assert not (tmp_path / "sample").exists()


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_any_seed_and_size_can_be_told(seed: int):
    texts = sample_texts(seed, posts=200 + 150 * seed)
    assert len(texts["posts.jsonl"].splitlines()) == 200 + 150 * seed + 4
