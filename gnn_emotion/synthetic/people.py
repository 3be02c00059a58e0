"""The invented users: who they are, how they tend to feel, and whom they follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gnn_emotion.synthetic.events import EMOTIONS

#: No real account has a number this high.
FIRST_USER_ID = 9_900_000_001
_FIRST = (
    "爱吃|不加|今天也要|半颗|一只|路过的|早睡的|会飞的|隔壁|慢半拍的|云上|没有|第七个|小镇|折耳"
)
_SECOND = (
    "橘子|香菜|奶茶|薄荷|栗子|月亮|豆包|芝麻|海盐|青梅|土豆|柚子|竹笋|糯米|山雀|鲸鱼|云朵|河马"
)
_THIRD = "同学|先生|呀|酱|子|的日记|在路上|不睡觉|er|研究所|2024|_||||"
_ENGLISH = "rainy|soda|paper|slow|north|tiny", "Panda|Lantern|Kite|Noodle|Harbor|Fox"
_MEDIA = {
    "flood": "南屿应急发布|南屿晚报在线|南屿气象小站|南屿交通提示|白鹭河水文",
    "concert": "沧城演出指南|沧城地铁提示",
    "daily": "早安书单|周末去哪儿玩鸭",
}
_HOME = {"flood": "南屿", "concert": "沧城", "daily": "云州|松陵|海阳湾|北塘"}
_ABOUT = "记录一点小事|慢慢来|想去看海|普通上班族|学生党|随便写写|猫两只|不营业|爱唱歌|"


@dataclass(frozen=True)
class Person:
    """A user.

    Attributes:
        user_id: ten digits.
        name: nickname, without the signs that end a mention.
        gender: m or f.
        location: home city.
        description: what the profile says, perhaps nothing.
        verified: a news or service account, which mostly informs.
        community: the event that the user's circle cares about most.
        english: writes in English.
        activity: how often the user writes, relative to others.
        temperament: factor on the weight of each emotion, in the order of ekman7.
        registered_at: Beijing time.
    """

    user_id: str
    name: str
    gender: str
    location: str
    description: str
    verified: bool
    community: str
    english: bool
    activity: float
    temperament: tuple[float, ...]
    registered_at: datetime


def invent_people(rng: Random, count: int) -> list[Person]:
    """Invent users: the service accounts first, then private people.

    Args:
        rng: the source of chance.
        count: how many, at least 20.
    """
    media = [(name, event) for event, names in _MEDIA.items() for name in names.split("|")]
    taken = {name for name, _ in media}
    people = [_media(rng, i, *entry) for i, entry in enumerate(media)]
    while len(people) < count:
        english = rng.random() < 0.08
        name = _nickname(rng, english)
        if name not in taken:
            taken.add(name)
            people.append(_private(rng, len(people), name, english))
    return people


def _nickname(rng: Random, english: bool) -> str:
    if english:
        first, second = (rng.choice(part.split("|")) for part in _ENGLISH)
        return f"{first}{second}{rng.randint(1, 99)}"
    return "".join(rng.choice(part.split("|")) for part in (_FIRST, _SECOND, _THIRD))


def _private(rng: Random, number: int, name: str, english: bool) -> Person:
    community = rng.choices(tuple(_HOME), (56, 24, 20))[0]
    return Person(
        user_id=str(FIRST_USER_ID + number * 137),
        name=name,
        gender=rng.choice("mf"),
        location=rng.choice(_HOME[community].split("|")),
        description="" if english else rng.choice(_ABOUT.split("|")),
        verified=False,
        community=community,
        english=english,
        activity=2.5 if english else min(rng.paretovariate(1.6), 8.0),
        temperament=tuple(round(rng.gammavariate(2, 1 / 2) + 0.15, 3) for _ in EMOTIONS),
        registered_at=datetime(2010, 1, 1) + timedelta(minutes=rng.randint(0, 13 * 525_600)),
    )


def _media(rng: Random, number: int, name: str, event: str) -> Person:
    """Return an account that informs (neutral), and now and then is glad."""
    return Person(
        user_id=str(FIRST_USER_ID + number * 137),
        name=name,
        gender=rng.choice("mf"),
        location=_HOME[event].split("|")[0],
        description=f"{name}，虚构账号",
        verified=True,
        community=event,
        english=False,
        activity=4.0,
        temperament=(3.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0),
        registered_at=datetime(2012, 3, 1) + timedelta(days=rng.randint(0, 2000)),
    )


def invent_follows(rng: Random, people: list[Person]) -> list[tuple[str, str]]:
    """Draw who follows whom: mostly within a circle, and whoever is followed already.

    Returns:
        (follower_id, followed_id), sorted, no pair twice, nobody follows themselves.
    """
    weight = {p.user_id: 25.0 if p.verified else 1.0 for p in people}
    pairs: set[tuple[str, str]] = set()
    for person in people:
        for _ in range(min(int(rng.lognormvariate(2.3, 0.7)), len(people) // 2)):
            circle = [p for p in people if p.community == person.community]
            pool = circle if rng.random() < 0.8 else people
            other = rng.choices(pool, [weight[p.user_id] for p in pool])[0]
            if other is not person and (person.user_id, other.user_id) not in pairs:
                pairs.add((person.user_id, other.user_id))
                weight[other.user_id] += 1
    return sorted(pairs)
