"""The rows of the files: posts and users under the names that a crawler would write."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from gnn_emotion.synthetic.events import EMOTIONS, START
from gnn_emotion.synthetic.ids import bid_of, draw_mid
from gnn_emotion.synthetic.people import Person
from gnn_emotion.synthetic.pictures import Medium
from gnn_emotion.synthetic.threads import Post

Row = dict[str, Any]
BEIJING = timezone(timedelta(hours=8))
#: When the crawler went through everything, Beijing time.
CRAWLED = datetime(2024, 7, 12, 9, 0)
DELETED_TEXT = "抱歉，此微博已被作者删除。"
LABEL_SET = "ekman7"


def written_at(post: Post) -> datetime:
    """Return when a post was written, Beijing time, to the second."""
    return START + timedelta(seconds=round(post.hour * 3600))


def number_posts(rng: Random, posts: list[Post]) -> dict[Post, str]:
    """Give every post a number that agrees with its time."""
    taken: set[int] = set()
    seconds = (round(written_at(p).replace(tzinfo=BEIJING).timestamp()) for p in posts)
    return {p: draw_mid(rng, second, taken) for p, second in zip(posts, seconds, strict=True)}


def post_rows(rng: Random, posts: list[Post], media: dict[Post, list[Medium]]) -> dict[Post, Row]:
    """Write every post as a row, deleted ones as Weibo shows them.

    Args:
        rng: the source of chance.
        posts: sorted by time.
        media: what they carry.
    """
    mids = number_posts(rng, posts)
    below = _answers(posts)
    rows = {}
    for post in posts:
        row = _empty_row(mids, post)
        if not post.deleted:
            row |= _content(post, media.get(post, [])) | _counts(rng, post, below[post])
        rows[post] = row
    return rows


def _empty_row(mids: dict[Post, str], post: Post) -> Row:
    """Return all columns, filled with what is known even of a post that is gone."""
    return {
        "mid": mids[post],
        "bid": bid_of(mids[post]),
        "user_id": None,
        "screen_name": None,
        "created_at": "",
        "text": DELETED_TEXT,
        "kind": post.kind,
        "parent_id": mids[post.parent] if post.parent else None,
        "root_id": mids[post.root] if post.root else None,
        "attitudes_count": 0,
        "comments_count": 0,
        "reposts_count": 0,
        "pics": [],
        "video_url": None,
        "crawl_time": f"{CRAWLED:%Y-%m-%d %H:%M:%S}",
        "label": None,
        "label_set": None,
    }


def _content(post: Post, media: list[Medium]) -> Row:
    pictures = [m.path for m in media if m.path.endswith(".jpg")]
    return {
        "user_id": post.author.user_id,
        "screen_name": post.author.name,
        "created_at": f"{written_at(post):%Y-%m-%d %H:%M:%S}",
        "text": post.text,
        "pics": pictures,
        "video_url": next((m.path for m in media if m.path.endswith(".mp4")), None),
        "label": post.emotion,
        "label_set": LABEL_SET if post.emotion in EMOTIONS else None,
    }


@dataclass
class _Answers:
    """How many answers a post has in the sample."""

    comments: int = 0
    reposts: int = 0


def _answers(posts: list[Post]) -> dict[Post, _Answers]:
    found = {post: _Answers() for post in posts}
    for post in posts:
        above = post.parent
        while above is not None:
            if post.kind == "repost":
                found[above].reposts += 1
            else:
                found[above].comments += 1
            above = above.parent
    return found


def _counts(rng: Random, post: Post, answers: _Answers) -> Row:
    """Draw counts that are no lower than what the sample itself shows."""
    reach = rng.lognormvariate(1.0, 1.2) * (post.pull if post.kind == "original" else 0.2)
    return {
        "attitudes_count": int(reach * 6) + answers.comments,
        "comments_count": int(reach) + answers.comments,
        "reposts_count": int(reach * 0.7) + answers.reposts,
    }


def user_rows(
    rng: Random, people: list[Person], follows: list[tuple[str, str]], posts: list[Post]
) -> list[Row]:
    """Write every user as a row, with counts no lower than what the sample shows."""
    fans, friends = Counter(b for _, b in follows), Counter(a for a, _ in follows)
    written = Counter(p.author.user_id for p in posts)
    return [
        {
            "user_id": p.user_id,
            "screen_name": p.name,
            "gender": p.gender,
            "location": p.location,
            "description": p.description,
            "verified": p.verified,
            "followers_count": fans[p.user_id] + _others(rng, 9.5 if p.verified else 4.5),
            "friends_count": friends[p.user_id] + _others(rng, 4.0),
            "statuses_count": written[p.user_id] + _others(rng, 6.0),
            "registration_time": f"{p.registered_at:%Y-%m-%d %H:%M:%S}",
        }
        for p in people
    ]


def _others(rng: Random, size: float) -> int:
    return int(rng.lognormvariate(size, 0.8))
