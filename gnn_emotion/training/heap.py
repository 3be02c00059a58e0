"""Give memory back that is free.

Batches of a graph differ in size, and so do the gaps that they leave among what is still in use.
The allocator of glibc keeps these: over an epoch of a thousand batches they came to several GB.
"""

from __future__ import annotations

import ctypes
import sys


def release_free_memory() -> None:
    """Return what the allocator holds and nobody uses to the system; where it can, on glibc."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # musl has none
            trim(0)
