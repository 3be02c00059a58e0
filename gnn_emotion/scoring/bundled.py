"""Where models lie: the bundled ones, a folder, or a hub name."""

from __future__ import annotations

from pathlib import Path

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.training.checkpoint import CONFIG

#: The models that travel with the package, on the encoders ``weibo-fast`` and ``weibo-base``.
BUNDLED, BUNDLED_BASE = "bundled", "bundled-base"
_FOLDERS = {BUNDLED: "model", BUNDLED_BASE: "model-base"}
_PACKAGE = Path(__file__).parent.parent


def bundled_model(name: str = BUNDLED) -> Path:
    """Return the folder of a bundled model: inside a wheel, or in ``data`` of a checkout."""
    packed = _PACKAGE / "bundled_models" / _FOLDERS[name]
    return packed if packed.is_dir() else _PACKAGE.parent / "data" / _FOLDERS[name]


def find_model(name: str | Path | None = None, device: str = "cpu") -> Path:
    """Return the folder of a model.

    Args:
        name: ``bundled`` or ``bundled-base``; a folder that ``gnn-emotion train`` wrote; or the hub
            name ``owner/model`` of such a folder, which is downloaded unless it was before. None
            for the bundled one that suits the device.
        device: where encoders run.

    Raises:
        ContractError: nothing by that name.
    """
    if name is None:
        name = BUNDLED_BASE if device.startswith("cuda") else BUNDLED
    if str(name) in _FOLDERS:
        return bundled_model(str(name))
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
            f"no model {str(name)!r}; expected {', '.join(map(repr, _FOLDERS))}, the folder that "
            "`gnn-emotion train` writes, or a hub name such as 'owner/model'"
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
