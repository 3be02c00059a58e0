"""The README of the sample, with the counts and the dirty rows of the very story it lies beside."""

from __future__ import annotations

from collections import Counter

from gnn_emotion.synthetic.clips import FPS, list_clips
from gnn_emotion.synthetic.dirt import LOST_PICTURE, Dirt
from gnn_emotion.synthetic.events import EMOTIONS
from gnn_emotion.synthetic.pictures import list_pictures
from gnn_emotion.synthetic.rows import Row
from gnn_emotion.synthetic.sounds import SECONDS

_README = """\
# The sample: an invented dump

Everything here is made up by a program: the people, the cities (南屿, 沧城), the band (汽水星球), \
every post, every picture and every sound. No account, post or picture of a real person is in it. \
It shows what a dump looks like, feeds the notebooks and tests the whole path. It is **not** a \
benchmark: scores on it say nothing about real posts.

Licence: MIT, as the rest of this project. Made with

    python -m gnn_emotion.synthetic --output data/sample --seed {seed}

The same seed gives the same text files byte for byte; the encoders of other versions of Pillow \
and PyAV may write other bytes for pictures and clips that look and sound the same.

## Files

| file | what | count |
|---|---|---|
| `posts.jsonl` | one post a line, with the column names that crawlers use | {lines} lines, \
{posts} different posts |
| `users.jsonl` | one user a line | {users} |
| `follows.csv` | who follows whom | {follows} |
| `media/*.jpg` | drawings, 240 x 180; `pics` names those of a post | {pictures} |
| `media/*.mp4` | {seconds:.0f} seconds, {fps} pictures a second, H.264 with AAC sound; \
`video_url` names that of a post | {clips} |

Posts by kind: {kinds}. `parent_id` is what a post answers or reposts, `root_id` the original that \
the thread started with. `mid` has 16 digits and holds the time of the post, \
`(mid >> 22) + 515483463` seconds since 1970; `bid` is its base-62 form. `created_at` and \
`crawl_time` are Beijing time.

`label` is the emotion that the program meant, in the label set `ekman7`: {labels}. Posts without \
words of their own (`转发微博`) and deleted posts have none. Some labelled posts cannot be told \
from their words alone: a bare `同感` feels what it answers, and a caption such as `随手拍` leaves \
it to the picture.

## The story

Ten days from 1 July 2024, 06:00. A flood in one city (storm, rumour, rescue, thanks, blame, \
after: fear, then grief, thanks, anger, calm), a concert in another (tickets, waiting, the show on \
6 July, its echo), and ordinary life beside them. An answer shares the feeling of what it answers \
in about half of the cases. Pictures and sounds mostly agree with the post, not always.

## Rows that are wrong on purpose

| what | which |
|---|---|
| crawled again a day later, with higher counts; the last {again} lines | {twice} |
| deleted by its author: a notice for a text, no user, no time | {deleted} |
| `created_at` is `昨天 HH:MM`, the day before `crawl_time` | {yesterday} |
| `created_at` is `N分钟前`, before `crawl_time` | {minutes} |
| text cut off, ends in `...全文` | {cut} |
| names a picture that was not saved, `{lost_picture}` | {lost} |
| no id and no text: the page did not answer | line {empty_line} |

Read, this makes {posts} posts ({again} rows merged, 1 row in quarantine), {users} users and \
{follows} follows.
"""


def describe(seed: int, lines: list[Row], dirt: Dirt, users: int, follows: int) -> str:
    """Write the README of a sample.

    Args:
        seed: the seed of the story.
        lines: the rows of ``posts.jsonl``.
        dirt: which of them are wrong.
        users: number of users.
        follows: number of follows.
    """
    posts = {row["mid"]: row for row in lines if row["mid"]}
    kinds = Counter(row["kind"] for row in posts.values())
    labels = Counter(row["label"] for row in posts.values())
    return _README.format(
        seed=seed,
        lines=len(lines),
        posts=len(posts),
        users=users,
        follows=follows,
        pictures=len(list_pictures()),
        clips=len(list_clips()),
        seconds=SECONDS,
        fps=FPS,
        kinds=", ".join(f"{count} {kind}s" for kind, count in kinds.most_common()).replace(
            "replys", "replies"
        ),
        labels=", ".join(f"{name} {labels[name]}" for name in EMOTIONS),
        again=len(dirt.twice),
        twice=_mids(*dirt.twice),
        deleted=_mids(*dirt.deleted),
        yesterday=_mids(dirt.yesterday),
        minutes=_mids(dirt.minutes),
        cut=_mids(dirt.cut),
        lost=_mids(dirt.lost),
        lost_picture=LOST_PICTURE,
        empty_line=dirt.empty_line,
    )


def _mids(*mids: str) -> str:
    return ", ".join(f"`{mid}`" for mid in mids)
