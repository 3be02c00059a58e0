"""What happens in the ten invented days: a flood, a concert, and ordinary life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from gnn_emotion.schema.emotions import label_set

#: Beijing time, as the crawlers write it.
START = datetime(2024, 7, 1, 6, 0)
HOURS = 240.0
EMOTIONS = label_set("ekman7").labels
#: How much is written in each hour of the day, from midnight on.
_DAY = (5, 3, 2, 1, 1, 2, 4, 7, 9, 9, 9, 9, 11, 10, 9, 9, 9, 10, 11, 13, 15, 16, 14, 9)


@dataclass(frozen=True)
class Phase:
    """A stretch of an event with a mood of its own.

    Attributes:
        name: key of the phrases.
        start: hours after ``START``.
        end: hours after ``START``.
        volume: posts an hour, in any unit; only ratios within an event count.
        mix: weight of each emotion, in the order of ekman7.
        topics: hashtags in use.
    """

    name: str
    start: float
    end: float
    volume: float
    mix: tuple[int, ...]
    topics: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.mix) != len(EMOTIONS) or not 0 <= self.start < self.end <= HOURS:
            raise ValueError(f"phase {self.name!r}: {self.mix} from {self.start} to {self.end}")

    def draw_hour(self, rng: Random) -> float:
        """Draw when somebody writes, in hours after ``START``, as the time of day has it."""
        while True:
            hour = rng.uniform(self.start, self.end)
            if rng.random() < _DAY[int(START.hour + hour) % 24] / max(_DAY):
                return hour


@dataclass(frozen=True)
class Event:
    """A topic that people write about.

    Attributes:
        name: flood, concert or daily.
        city: where it happens; fills the slot ``{city}``.
        share: share of all original posts.
        phases: in order of time, without gaps.
    """

    name: str
    city: str
    share: float
    phases: tuple[Phase, ...]

    def phase_at(self, hour: float) -> Phase:
        """Return the phase that an hour after ``START`` lies in (the last one after the end)."""
        return next((p for p in self.phases if hour < p.end), self.phases[-1])


#                                     neutral joy anger disgust fear sadness surprise
FLOOD = Event(
    "flood",
    "南屿",
    0.55,
    (
        Phase("storm", 0, 28, 8, (20, 2, 4, 1, 44, 8, 21), ("南屿暴雨", "南屿今天停课")),
        Phase("rumour", 28, 52, 9, (16, 2, 17, 8, 34, 4, 19), ("南屿暴雨", "南屿水库辟谣")),
        Phase("rescue", 52, 100, 8, (18, 10, 5, 2, 14, 48, 3), ("南屿救援", "南屿加油")),
        Phase("thanks", 100, 148, 6, (13, 60, 4, 2, 2, 12, 7), ("谢谢你们来南屿", "南屿加油")),
        Phase("blame", 148, 196, 7, (13, 3, 46, 20, 2, 10, 6), ("南屿排水系统", "南屿水灾追责")),
        Phase("after", 196, 240, 3, (52, 20, 8, 3, 2, 12, 3), ("南屿重建", "南屿日常")),
    ),
)
CONCERT = Event(
    "concert",
    "沧城",
    0.27,
    (
        Phase("tickets", 0, 60, 4, (14, 24, 26, 8, 2, 20, 6), ("汽水星球抢票", "汽水星球沧城站")),
        Phase("waiting", 60, 132, 3, (26, 46, 8, 3, 8, 4, 5), ("汽水星球沧城站",)),
        Phase("show", 132, 146, 18, (7, 58, 2, 2, 2, 6, 23), ("汽水星球沧城站", "汽水星球安可")),
        Phase("echo", 146, 240, 2, (16, 34, 5, 12, 1, 28, 4), ("汽水星球沧城站", "演唱会后遗症")),
    ),
)
DAILY = Event(
    "daily",
    "这里",
    0.18,
    (Phase("any", 0, 240, 1, (44, 20, 11, 5, 4, 11, 5), ("日常碎片", "今天吃什么")),),
)
EVENTS = (FLOOD, CONCERT, DAILY)
