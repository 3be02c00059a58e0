"""Label the emotion of every post of a Weibo-style dump, with the help of its context."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gnn_emotion.emotion_model import EmotionModel
    from gnn_emotion.graph.neighbor_loader import HeteroNeighborLoader
    from gnn_emotion.ingest.read import read_dump

__version__ = "0.6.0"
__all__ = ["EmotionModel", "HeteroNeighborLoader", "read_dump"]

# What PyTorch Geometric uses of torch when it is imported; whoever imports this can mend nothing.
warnings.filterwarnings("ignore", r".*torch\.jit\.", FutureWarning)

_HOMES = {
    "EmotionModel": "gnn_emotion.emotion_model",
    "HeteroNeighborLoader": "gnn_emotion.graph.neighbor_loader",
    "read_dump": "gnn_emotion.ingest.read",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are asked for: torch takes seconds, ``--help`` must not."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
