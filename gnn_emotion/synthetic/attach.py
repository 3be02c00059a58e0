"""Which post carries which picture or clip: mostly one of its own mood, always of its event."""

from __future__ import annotations

from random import Random

from gnn_emotion.synthetic.clips import list_clips
from gnn_emotion.synthetic.pictures import Medium, list_pictures
from gnn_emotion.synthetic.threads import Post

#: How often a picture says what its post says; else it is any picture of the event.
_AGREES = 0.85
#: How often a picture joins another one in its post.
_JOINS = 0.2
_AT_MOST = 3


def attach_media(rng: Random, posts: list[Post]) -> dict[Post, list[Medium]]:
    """Give every picture and clip to a post, and a picture to every post that needs one.

    Args:
        rng: the source of chance.
        posts: at least one original of every event among them.

    Returns:
        post -> its media, one clip or up to three pictures; posts without any are left out.
    """
    originals = [p for p in posts if p.kind == "original" and not p.deleted]
    carried: dict[Post, list[Medium]] = {}
    for clip in list_clips():
        free = [p for p in originals if p not in carried]
        carried[_carrier(rng, free, clip, carried)] = [clip]
    filmed = set(carried)
    for picture in list_pictures():
        free = [p for p in originals if p not in filmed and len(carried.get(p, ())) < _AT_MOST]
        carried.setdefault(_carrier(rng, free, picture, carried), []).append(picture)
    for post in originals:
        if post.caption and post not in carried:
            carried[post] = [_picture_for(rng, post)]
    return carried


def _carrier(
    rng: Random, posts: list[Post], medium: Medium, carried: dict[Post, list[Medium]]
) -> Post:
    """Choose a post for a medium; captions without one first, now and then one that has some."""
    near = [p for p in posts if p.event.name == medium.event]
    same = [p for p in near if p.emotion == medium.emotion]
    # A caption has nothing but its picture to say what it means.
    other = [p for p in near if not p.caption] or near
    pool = same if same and rng.random() < _AGREES else other
    bare = [p for p in pool if p not in carried]
    if bare and rng.random() > _JOINS:
        return rng.choice([p for p in bare if p.caption] or bare)
    return rng.choice([p for p in pool if p in carried] or pool)


def _picture_for(rng: Random, post: Post) -> Medium:
    """Choose a picture that somebody else has posted too: same event and, if possible, mood."""
    near = [m for m in list_pictures() if m.event == post.event.name]
    return rng.choice([m for m in near if m.emotion == post.emotion] or near)
