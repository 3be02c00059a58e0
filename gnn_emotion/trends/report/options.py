"""What may be chosen about a report, and the widths of bins that are chosen without asking."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.trends.bins import CHINA, Period, check_bins, moment_of, time_bins
from gnn_emotion.trends.suppression import FEWEST_USERS

LANGUAGES = ("en", "zh")
#: Bins that are aimed at, those above which a page is too slow to be of use, and the posts of a
#: bin for each of the fewest users below which most bins would not be shown.
_AIM, MOST_BINS, _POSTS = 100, 400, 4
MOST_TOPICS, MOST_EXAMPLES = 30, 20
_LADDER = {
    "15min": "15min",
    "1h": "1h",
    "3h": "3h",
    "6h": "6h",
    "12h": "12h",
    "1D": "1D",
    "W-MON": "7D",
    "MS": "30D",
    "QS": "91D",
}


@dataclass(frozen=True)
class ReportOptions:
    """How a report is made.

    Attributes:
        freq: width of a bin, as pandas writes it; by default the narrowest usual one with at most
            a hundred bins, and as many posts on average as show something.
        tz: days begin, and times are told, in this zone.
        period: bins from here to there; by default from the first post to the last.
        topics: hashtags that have charts of their own at most, those of most posts.
        fewest_users: cells of fewer users are not in the page, nor what would give them away.
        max_per_user: for how many posts a user counts at most in a bin of a topic.
        examples: posts that are shown of each emotion in each bin of a topic, and on each side of
            a change point; 0 for none in the whole page.
        language: ``en`` or ``zh``.
        title: of the page; by default it says what it is.
    """

    freq: str | None = None
    tz: str = CHINA
    period: Period | None = None
    topics: int = 10
    fewest_users: int = FEWEST_USERS
    max_per_user: float | None = None
    examples: int = 2
    language: str = "en"
    title: str | None = None

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise GnnEmotionError(
                f"no language {self.language!r}; {closest(self.language, LANGUAGES)}"
            )
        ranges = {"topics": (0, MOST_TOPICS), "examples": (0, MOST_EXAMPLES)}
        ranges |= {"fewest_users": (1, 1_000_000)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise GnnEmotionError(
                    f"{name} is {getattr(self, name)}; expected {low} to {high:,}"
                )
        if self.max_per_user is not None and not self.max_per_user > 0:
            raise GnnEmotionError(f"max_per_user is {self.max_per_user}; expected more than 0")
        # A misspelt width, zone or period is found before the work and not after it.
        now = pd.Series([pd.Timestamp("2024-07-01", tz="UTC")])
        check_bins("1D" if self.freq is None else self.freq, self.tz)
        self.fitted(now).bins(now)

    def bins(self, times: pd.Series) -> tuple[npt.NDArray[np.int64], pd.DatetimeIndex]:
        """Return the bin of each time and the starts of all bins; see ``time_bins``.

        Options without a width have bins of a day; see ``fitted``.

        Raises:
            GnnEmotionError: there are no times, or more bins than a page can show.
        """
        place, starts = time_bins(
            times, "1D" if self.freq is None else self.freq, self.tz, self.period
        )
        if len(starts) > MOST_BINS:
            raise GnnEmotionError(
                f"{len(starts):,} bins of {self.freq}; a report shows up to {MOST_BINS:,}: choose "
                "wider bins, or a period"
            )
        return place, starts

    def fitted(self, times: pd.Series) -> ReportOptions:
        """Return these options with a width of bins: as asked, else the one that fits some times.

        Raises:
            GnnEmotionError: there are no times.
        """
        if self.freq is not None:
            return self
        stamps = pd.to_datetime(times, utc=True)
        if stamps.isna().all():
            raise GnnEmotionError(f"none of {len(times):,} posts has a time in created_at")
        span = stamps.max() - stamps.min()
        if self.period is not None:
            first, end = (moment_of(moment, self.tz) for moment in self.period)
            span = end - first
        bins = max(1, min(_AIM, len(stamps) // (_POSTS * self.fewest_users)))
        return replace(self, freq=fitting_width(span, bins))


def fitting_width(span: pd.Timedelta, most: int = _AIM) -> str:
    """Return the narrowest usual width of a bin of which a span holds at most so many."""
    for freq, width in _LADDER.items():
        if span / pd.Timedelta(width) <= most:
            return freq
    return "YS"
