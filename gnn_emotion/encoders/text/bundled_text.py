"""Text encoders that travel with the package, each an ordinary folder."""

from __future__ import annotations

from pathlib import Path

from gnn_emotion.schema.errors import ContractError, closest

#: A compact Transformer, pretrained and fine-tuned on Weibo texts; see its model card.
BASE = "weibo-base"
#: Hashed n-grams read in windows, taught by the Transformer: some sixteen times as fast.
FAST = "weibo-fast"
BUNDLED_TEXT = (BASE, FAST)
_PACKAGE = Path(__file__).parents[2]


def bundled_text(name: str) -> Path:
    """Return the folder of an encoder: inside a wheel, or in ``data`` of a checkout.

    Raises:
        ContractError: there is none of that name.
    """
    if name not in BUNDLED_TEXT:
        raise ContractError(f"no bundled encoder {name!r}; {closest(name, BUNDLED_TEXT)}")
    packed = _PACKAGE / "bundled_text" / name
    return packed if packed.is_dir() else _PACKAGE.parent / "data" / name
