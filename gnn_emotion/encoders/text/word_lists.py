"""Word lists that users bring: a user dictionary, stop words."""

from __future__ import annotations

from pathlib import Path

from gnn_emotion.schema.errors import ContractError


def read_word_list(path: Path) -> tuple[str, ...]:
    """Read a user dictionary or a list of stop words: UTF-8, one entry a line.

    Args:
        path: the file; blank lines are left out.

    Raises:
        ContractError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContractError(
            f"word list {str(path)!r} cannot be read: {error.strerror}; expected a text file"
        ) from error
    except UnicodeDecodeError as error:
        raise ContractError(
            f"word list {str(path)!r} is not UTF-8 (byte {error.start}); store it as UTF-8"
        ) from error
    return tuple(line.strip() for line in text.splitlines() if line.strip())
