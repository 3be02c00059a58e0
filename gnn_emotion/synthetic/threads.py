"""The posts: originals in their phases, and the reposts, comments and replies below them.

Feelings flow along threads. An answer shares the emotion of what it answers in about half of the
cases, reacts to it in a fifth, and otherwise follows its writer's temperament and the phase.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from gnn_emotion.synthetic import grammar
from gnn_emotion.synthetic.events import EMOTIONS, EVENTS, HOURS, Event
from gnn_emotion.synthetic.people import Person
from gnn_emotion.synthetic.phrases_short import ANSWERS

_SHARES, _REACTS = 0.5, 0.2
_BARE, _CAPTION, _ONLY_REPOSTED = 0.2, 0.1, 0.08
_DELETED = 0.02


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
    children: list[Post] = field(default_factory=list)
    pull: float = 1.0


def invent_posts(rng: Random, people: list[Person], count: int) -> list[Post]:
    """Invent a story of ``count`` posts, sorted by time; a quarter of them are originals."""
    originals = [_original(rng, people) for _ in range(max(count // 4, 1))]
    posts = list(originals)
    pulls = [p.pull for p in originals]
    while len(posts) < count:
        root = rng.choices(originals, pulls)[0]
        posts.append(_answer(rng, people, root))
    for post in originals:
        post.deleted = bool(post.children) and rng.random() < _DELETED
    return sorted(posts, key=lambda p: p.hour)


def _original(rng: Random, people: list[Person]) -> Post:
    event = rng.choices(EVENTS, [e.share for e in EVENTS])[0]
    author = _writer(rng, people, event)
    hour = event.draw_hour(rng)
    phase = event.phase_at(hour)
    emotion = _feel(rng, phase.mix, author)
    if not author.verified and not author.english and rng.random() < _CAPTION:
        text = grammar.caption(rng, event)
    else:
        text = grammar.original(rng, event, phase, emotion, author.english)
    topics = (rng.choice(phase.topics),) if rng.random() < 0.55 else ()
    tagged = "".join(f"#{t}#" for t in topics) + text
    pull = rng.lognormvariate(0, 1.3) * (3 if author.verified else 1)
    post = Post(event, author, hour, "original", emotion, text, tagged, topics=topics, pull=pull)
    if rng.random() < 0.08:
        post.text += f" @{rng.choice([p for p in people if p is not author]).name}"
    return post


def _writer(rng: Random, people: list[Person], event: Event) -> Person:
    """Draw an author: active people, four times as likely when the event is their circle's."""
    near = [p.activity * (4 if p.community == event.name else 1) for p in people]
    return rng.choices(people, near)[0]


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
    author = _writer(rng, [p for p in people if p is not parent.author], root.event)
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
    if felt and not author.verified and chance < _SHARES:
        return felt
    if felt and not author.verified and chance < _SHARES + _REACTS:
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
