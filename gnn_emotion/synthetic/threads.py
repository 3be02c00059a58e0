"""The posts: originals in their phases, and the reposts, comments and replies below them.

Feelings flow along threads. An answer shares the emotion of what it answers in about half of the
cases, reacts to it in a fifth, and otherwise follows its writer's temperament and the phase.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from gnn_emotion.synthetic import grammar
from gnn_emotion.synthetic.events import EMOTIONS, EVENTS, HOURS, Event, Phase
from gnn_emotion.synthetic.people import Person
from gnn_emotion.synthetic.phrases_short import ANSWERS

_SHARES, _REACTS = 0.5, 0.2
_BARE, _CAPTION, _ONLY_REPOSTED = 0.2, 0.1, 0.08
#: How many originals their authors took back.
_DELETED = 2


@dataclass(eq=False)
class Post:
    """A post before it is written to a file.

    Attributes:
        event: what it is about.
        author: who wrote it.
        hour: hours after the start of the story.
        kind: original, repost, comment or reply.
        emotion: what its author felt; None when nothing of their own was said.
        own: the author's own words.
        text: as the platform shows it, chain and reply mark included.
        parent: what it answers or reposts.
        root: the original that its thread started with.
        topics: hashtags, without the signs.
        deleted: the author took it back.
        caption: leaves its feeling to a picture.
        children: what answers it.
        pull: how much attention it gets, relative to others.
    """

    event: Event
    author: Person
    hour: float
    kind: str
    emotion: str | None
    own: str
    text: str
    parent: Post | None = None
    root: Post | None = None
    topics: tuple[str, ...] = ()
    deleted: bool = False
    caption: bool = False
    children: list[Post] = field(default_factory=list)
    pull: float = 1.0


def invent_posts(rng: Random, people: list[Person], count: int) -> list[Post]:
    """Invent a story of ``count`` posts, sorted by time; a quarter of them are originals."""
    originals = [_original(rng, people, *plan) for plan in _plan(rng, max(count // 4, 1))]
    posts = list(originals)
    pulls = [p.pull for p in originals]
    while len(posts) < count:
        root = rng.choices(originals, pulls)[0]
        posts.append(_answer(rng, people, root))
    answered = [p for p in originals if p.children]
    for post in rng.sample(answered, min(_DELETED, len(answered))):
        post.deleted = True
    return sorted(posts, key=lambda p: p.hour)


def _plan(rng: Random, count: int) -> list[tuple[Event, Phase, str]]:
    """Share originals out over events, phases and emotions, each in its due number."""
    cells, weights = [], []
    for event in EVENTS:
        volume = sum(p.volume * (p.end - p.start) for p in event.phases)
        for phase in event.phases:
            size = event.share * phase.volume * (phase.end - phase.start) / volume
            cells += [(event, phase, emotion) for emotion in EMOTIONS]
            weights += [size * part / sum(phase.mix) for part in phase.mix]
    ends, step = list(accumulate(weights)), sum(weights) / count
    # Equal steps through the cells leave little to luck, so that few posts still tell the story.
    places = [(i + rng.random()) * step for i in range(count)]
    return [cells[min(bisect(ends, place), len(cells) - 1)] for place in places]


def _original(rng: Random, people: list[Person], event: Event, phase: Phase, emotion: str) -> Post:
    author = _writer(rng, people, event, emotion)
    hour = phase.draw_hour(rng)
    caption = not author.verified and not author.english and rng.random() < _CAPTION
    if caption:
        text = grammar.caption(rng, event)
    else:
        text = grammar.original(rng, event, phase, emotion, author.english)
    topics = (rng.choice(phase.topics),) if rng.random() < 0.55 else ()
    tagged = "".join(f"#{t}#" for t in topics) + text
    post = Post(event, author, hour, "original", emotion, text, tagged, topics=topics)
    post.caption, post.pull = caption, rng.lognormvariate(0, 0.9)
    if rng.random() < 0.08:
        post.text += f" @{rng.choice([p for p in people if p is not author]).name}"
    return post


def _writer(rng: Random, people: list[Person], event: Event, emotion: str | None = None) -> Person:
    """Draw an author: active, inclined to the emotion, mostly of the circle of the event."""
    near = [p.activity * _nearness(p, event) for p in people]
    if emotion:
        place = EMOTIONS.index(emotion)
        near = [n * p.temperament[place] for n, p in zip(near, people, strict=True)]
    return rng.choices(people, near)[0]


def _nearness(person: Person, event: Event) -> int:
    """Return 4 in the circle of the event; a service account keeps to its own."""
    if person.community == event.name:
        return 4
    return 0 if person.verified else 1


def _feel(rng: Random, mix: tuple[int, ...], person: Person) -> str:
    weights = [m * t for m, t in zip(mix, person.temperament, strict=True)]
    return rng.choices(EMOTIONS, weights)[0]


def _answer(rng: Random, people: list[Person], root: Post) -> Post:
    """Write something below an original, at any place of its thread."""
    kind = rng.choices(("comment", "reply", "repost"), (42, 25, 33))[0]
    parent = _parent(rng, root, kind)
    if kind == "reply" and parent is root:
        kind = "comment"
    # Half of the answers come within three quarters of an hour.
    hour = parent.hour + min(rng.lognormvariate(-0.3, 1.2), 60) + 0.01
    if hour >= HOURS:
        hour = parent.hour + (HOURS - parent.hour) * rng.uniform(0.1, 0.9)
    # Service accounts publish, they do not chat.
    others = [p for p in people if p is not parent.author and not p.verified]
    author = _writer(rng, others, root.event)
    emotion = _answer_feeling(rng, parent, author, hour)
    own = _answer_words(rng, emotion, parent, author, kind)
    post = Post(root.event, author, hour, kind, emotion, own, own, parent, root)
    if own == "转发微博":
        post.emotion = None
    post.text = _with_context(post)
    parent.children.append(post)
    return post


def _parent(rng: Random, root: Post, kind: str) -> Post:
    """Return what is answered: a comment for a reply, the original or a repost for a repost."""
    wanted = {"reply": ("comment", "reply"), "repost": ("repost",), "comment": ()}[kind]
    choices = [p for p in _descendants(root) if p.kind in wanted and _depth(p) < 5]
    if not choices or (kind == "repost" and rng.random() < 0.5):
        return root
    return rng.choice(choices)


def _descendants(post: Post) -> list[Post]:
    found = list(post.children)
    for child in found:
        found.extend(child.children)
    return found


def _depth(post: Post) -> int:
    return 0 if post.parent is None else 1 + _depth(post.parent)


def _answer_feeling(rng: Random, parent: Post, author: Person, hour: float) -> str:
    felt, chance = parent.emotion, rng.random()
    if felt and chance < _SHARES:
        return felt
    if felt and chance < _SHARES + _REACTS:
        return rng.choice(sorted(ANSWERS[felt]))
    return _feel(rng, parent.event.phase_at(hour).mix, author)


def _answer_words(rng: Random, emotion: str, parent: Post, author: Person, kind: str) -> str:
    if kind == "repost" and rng.random() < _ONLY_REPOSTED:
        return "转发微博"
    if emotion == parent.emotion and not author.english and rng.random() < _BARE / _SHARES:
        return grammar.bare(rng)
    return grammar.comment(rng, emotion, parent.emotion, author.english)


def _with_context(post: Post) -> str:
    """Add ``回复@name:`` to a reply, and the chain of reposts to a repost."""
    parent = post.parent
    if parent is None or parent.kind == "original":
        return post.own
    if post.kind == "reply":
        return f"回复@{parent.author.name}:{post.own}"
    return f"{post.own}//@{parent.author.name}:{parent.text}"
