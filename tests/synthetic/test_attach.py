from __future__ import annotations

from random import Random

import pytest

from gnn_emotion.synthetic.attach import attach_media
from gnn_emotion.synthetic.clips import list_clips
from gnn_emotion.synthetic.people import invent_people
from gnn_emotion.synthetic.pictures import list_pictures
from gnn_emotion.synthetic.threads import invent_posts


@pytest.mark.parametrize("seed", range(5))
def test_media_agree_with_their_posts(seed: int):
    rng = Random(seed)
    story = invent_posts(rng, invent_people(rng, 60), 600)
    carried = attach_media(rng, story)
    assert {m for media in carried.values() for m in media} == {*list_pictures(), *list_clips()}
    agree = total = 0
    for post, media in carried.items():
        assert post.kind == "original" and not post.deleted
        assert len(media) == 1 or all(m.path.endswith(".jpg") for m in media)
        assert len(media) <= 3
        assert all(m.event == post.event.name for m in media)
        agree += sum(m.emotion == post.emotion for m in media)
        total += len(media)
    assert 0.6 < agree / total < 1


def test_captions_have_a_picture():
    rng = Random(0)
    story = invent_posts(rng, invent_people(rng, 60), 600)
    carried = attach_media(rng, story)
    captions = [p for p in story if p.caption and not p.deleted]
    assert captions and all(p in carried for p in captions)
