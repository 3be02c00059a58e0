"""The public labelled data sets as dumps, with their splits: one module a source.

Nothing is copied: each is read from where its user put it (see ``data/README.md``) and written
into a folder of the user's as a table of posts, one of follows where there are any, and one of
splits.
"""

from __future__ import annotations

from .dialogues import CPED_EMOTION, CPED_SENTIMENT, MELD_EMOTION, MELD_SENTIMENT
from .fanchuan import FANCHUAN
from .hcr import HCR
from .public_set import PublicSet
from .smp2020 import SMP2020

#: Every data set by its name.
SETS: dict[str, PublicSet] = {
    chosen.name: chosen
    for chosen in (
        *FANCHUAN,
        CPED_EMOTION,
        CPED_SENTIMENT,
        MELD_EMOTION,
        MELD_SENTIMENT,
        HCR,
        *SMP2020,
    )
}
