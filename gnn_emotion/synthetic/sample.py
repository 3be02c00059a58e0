"""Writes the sample: a small invented dump, as a user of a crawler would have it."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.synthetic.attach import attach_media
from gnn_emotion.synthetic.clips import film_clips
from gnn_emotion.synthetic.dirt import soil
from gnn_emotion.synthetic.people import invent_follows, invent_people
from gnn_emotion.synthetic.pictures import draw_pictures
from gnn_emotion.synthetic.readme import describe
from gnn_emotion.synthetic.rows import Row, post_rows, user_rows
from gnn_emotion.synthetic.threads import invent_posts

#: Fewer posts do not carry all pictures; more users than this run out of nicknames.
_FEWEST_POSTS, _MOST_USERS = 200, 2000


def write_sample(folder: str | Path, seed: int = 0, posts: int = 600) -> None:
    """Write the sample into a folder; files of the same names are replaced.

    Args:
        folder: made if it does not exist.
        seed: the same seed gives the same story. Text files are the same byte for byte;
            pictures and clips depend on the versions of Pillow and PyAV too.
        posts: how many posts to invent, at least 200; there is a user to every five posts.

    Raises:
        GnnEmotionError: too few posts, or PyAV, which makes the clips, is not installed.
    """
    texts = sample_texts(seed, posts)
    media = draw_pictures(seed) | film_clips(seed)
    target = Path(folder)
    (target / "media").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (target / name).write_bytes(text.encode("utf-8"))
    for name, content in media.items():
        (target / name).write_bytes(content)


def sample_texts(seed: int = 0, posts: int = 600) -> dict[str, str]:
    """Invent the story and write its text files.

    Args:
        seed: as for ``write_sample``.
        posts: as for ``write_sample``.

    Returns:
        File name -> content.

    Raises:
        GnnEmotionError: too few posts.
    """
    if posts < _FEWEST_POSTS:
        raise GnnEmotionError(
            f"a sample of {posts} posts is too small for its pictures and dirty rows; "
            f"ask for {_FEWEST_POSTS} or more"
        )
    rng = Random(f"sample:{seed}")
    people = invent_people(rng, min(posts // 5, _MOST_USERS))
    follows = invent_follows(rng, people)
    story = invent_posts(rng, people, posts)
    lines, dirt = soil(rng, post_rows(rng, story, attach_media(rng, story)))
    users = user_rows(rng, people, follows, story)
    return {
        "posts.jsonl": _jsonl(lines),
        "users.jsonl": _jsonl(users),
        "follows.csv": "follower_id,followed_id\n" + "".join(f"{a},{b}\n" for a, b in follows),
        "README.md": describe(seed, lines, dirt, users=len(users), follows=len(follows)),
    }


def _jsonl(rows: list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
