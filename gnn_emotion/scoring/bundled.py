"""Where models lie: the bundled one, a folder, or a hub name."""

from __future__ import annotations

from pathlib import Path

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.training.checkpoint import CONFIG

#: The name of the model that travels with the package.
BUNDLED = "bundled"
_PACKAGE = Path(__file__).parent.parent


def bundled_model() -> Path:
    """Return the folder of the bundled model: inside a wheel, or ``data/model`` of a checkout."""
    packed = _PACKAGE / "bundled_model"
    return packed if packed.is_dir() else _PACKAGE.parent / "data" / "model"


def find_model(name: str | Path | None = None) -> Path:
    """Return the folder of a model.

    Args:
        name: None or ``bundled``; a folder that ``gnn-emotion train`` wrote; or the hub name
            ``owner/model`` of such a folder, which is downloaded unless it was before.

    Raises:
        ContractError: nothing by that name.
    """
    if name is None or str(name) == BUNDLED:
        return bundled_model()
    folder = Path(name)
    if (folder / CONFIG).is_file():
        return folder
    if folder.exists():
        raise ContractError(
            f"{folder} is not a checkpoint: missing {CONFIG}; expected the folder that "
            "`gnn-emotion train` writes"
        )
    if str(name).count("/") != 1 or str(name).startswith((".", "/", "~")):
        raise ContractError(
            f"no model {str(name)!r}; expected {BUNDLED!r}, the folder that `gnn-emotion train` "
            "writes, or a hub name such as 'owner/model'"
        )
    return _download(str(name))


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name))
    except Exception as error:  # the hub's client has no common base for what may go wrong
        first = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise ContractError(
            f"no folder {name!r} here, and no model of that name on the hub: {first[0]}"
        ) from error
