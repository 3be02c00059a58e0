"""Invented predictions with a share that is known: what the intervals of trends are judged on.

Users lean towards an emotion more or less, as many draws from a beta distribution, and do so in all
their posts; some write far more than others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: When the first bin begins.
START = pd.Timestamp("2024-03-01", tz="UTC")


@dataclass(frozen=True)
class Crowd:
    """A dump of invented predictions with two emotions, joy and anger.

    Attributes:
        share: of anger, the mean over users.
        posts: in each bin of an hour.
        bins: how many.
        users: who write in all bins.
        heavy: a tenth of the users write half of the posts.
        alike: correlation of the emotions of two posts of a user.
        sharp: whether probabilities are 0 and 1, or in between (and calibrated).
    """

    share: float = 0.3
    posts: int = 200
    bins: int = 6
    users: int = 100
    heavy: bool = True
    alike: float = 0.2
    sharp: bool = False

    def draw(self, seed: int, shift: float = 0.0, from_bin: int = 0) -> pd.DataFrame:
        """Draw a dump.

        Args:
            seed: of the draws.
            shift: by how much the share of every user changes.
            from_bin: from this bin on.

        Returns:
            Predictions with ``user_id``; see ``trends.emotion_trends``.
        """
        user, place, anger = self.arrays(seed, shift, from_bin)
        minutes = place * 60 + np.random.default_rng(seed).integers(0, 60, len(place))
        return pd.DataFrame(
            {
                "post_id": [f"{n:06}" for n in range(len(place))],
                "created_at": START + pd.to_timedelta(minutes, unit="min"),
                "user_id": [f"u{n}" for n in user],
                "prob_joy": 1 - anger,
                "prob_anger": anger,
                "valence": 1 - 2 * anger,
            }
        )

    def arrays(self, seed: int, shift: float = 0.0, from_bin: int = 0) -> tuple[Ints, Ints, Floats]:
        """Draw user, bin and probability of anger of each post ``[N]``; see ``draw``."""
        rng = np.random.default_rng(seed)
        scale = 1 / self.alike - 1
        leaning = rng.beta(self.share * scale, (1 - self.share) * scale, self.users)
        place = np.repeat(np.arange(self.bins), self.posts)
        user = rng.choice(self.users, len(place), p=self._activity())
        anger = np.clip(leaning[user] + np.where(place >= from_bin, shift, 0), 0, 1)
        if self.sharp:
            return user, place, (rng.random(len(anger)) < anger).astype(float)
        ends = np.maximum(2 * anger, 1e-6), np.maximum(2 * (1 - anger), 1e-6)
        return user, place, rng.beta(*ends)

    def _activity(self) -> Floats:
        if not self.heavy:
            return np.full(self.users, 1 / self.users)
        few = max(1, self.users // 10)
        part = np.full(self.users, 0.5 / (self.users - few))
        part[:few] = 0.5 / few
        return part
