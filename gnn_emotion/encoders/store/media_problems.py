"""Which pictures and clips gave no features, why, and whether they are too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.errors import DumpError
from gnn_emotion.schema.features import STATUSES

#: One row a picture or clip without features. ``error`` is false for one of which only the address
#: is known while nothing is downloaded: it was not there to be read.
PROBLEMS = pa.schema(
    [
        ("media_id", pa.string()),
        ("path", pa.string()),
        ("url", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("error", pa.bool_()),
    ]
)
#: Files that a message names.
_NAMED = 3


class NotTried(Unreadable):
    """A file that was not there to be read; it is no error."""


def media_problems(media: pa.Table, refused: Sequence[Unreadable | None]) -> pa.Table:
    """List the media without features.

    Args:
        media: ``media_id``, ``path``, ``url`` ``[N]``.
        refused: why a row has no features; None for one that has ``[N]``.

    Returns:
        A table of ``PROBLEMS``, in the order of ``media``.
    """
    rows = [row for row, why in enumerate(refused) if why is not None]
    whys = [why for why in refused if why is not None]
    found = media.select(["media_id", "path", "url"]).take(pa.array(rows, pa.int64()))
    columns = {
        **{name: found[name] for name in found.column_names},
        "status": [STATUSES[why.status] for why in whys],
        "reason": [why.reason.encode(errors="replace").decode() for why in whys],
        "error": [not isinstance(why, NotTried) for why in whys],
    }
    return pa.table(columns, schema=PROBLEMS)


def check_errors(kind: str, problems: pa.Table, expected: int, max_share: float) -> None:
    """Stop when too many files gave no features.

    Args:
        kind: image or video.
        problems: see ``media_problems``.
        expected: files that were there to be read, so the good ones and the errors.
        max_share: errors allowed, as a share of ``expected``.

    Raises:
        DumpError: more than that; it counts the errors and names the first.
    """
    errors = problems.filter(problems["error"])
    if not errors.num_rows or errors.num_rows <= max_share * expected:
        return
    counts = Counter(errors["status"].to_pylist())
    first = "; ".join(
        f"{row['path'] or row['url'] or row['media_id']} ({row['status']}: {row['reason']})"
        for row in errors.slice(0, _NAMED).to_pylist()
    )
    raise DumpError(
        f"{kind}: {errors.num_rows} of {expected} files gave no features "
        f"({errors.num_rows / expected:.1%}, expected at most {max_share:.1%}): "
        f"{', '.join(f'{counts[name]} {name}' for name in STATUSES if name in counts)}; "
        f"first: {first}; repair them, or allow a larger share of errors"
    )
