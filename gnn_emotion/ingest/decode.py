"""Bytes of a dump to clean text: the encoding decided from a sample, the damage counted.

Crawlers write UTF-8 with a byte order mark; Excel saves the same file again as GB18030 or
UTF-16 and breaks some characters on the way. Nothing here raises on a byte that cannot be read:
it becomes U+FFFD and is counted.
"""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

SAMPLE_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 18
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: How U+FFFD itself is written, so that one that stood in the file is not counted as damage.
_REPLACEMENT = b"\xef\xbf\xbd"
_WRITTEN = {"utf-8": _REPLACEMENT, "utf-8-sig": _REPLACEMENT, "gb18030": b"\x841\xa47"}


#: Bytes that stand in no text, NUL apart.
_CONTROLS = bytes([*range(1, 9), *range(14, 27), *range(28, 32)])


class Opened(NamedTuple):
    """A file opened as text.

    Attributes:
        stream: the text, line ends as they are, without NUL, without lone surrogates, and
            without a byte order mark at the start of any line.
        encoding: ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``gb18030``.
        damage: counts what had to be replaced so far.
    """

    stream: io.TextIOWrapper
    encoding: str
    damage: CleanBytes

    @property
    def replaced(self) -> int:
        """How many characters could not be read, up to where the stream is now."""
        return self.damage.replaced


def open_text(path: Path) -> Opened:
    """Open a text file of an unknown encoding.

    Args:
        path: the file.

    Returns:
        The stream, its encoding, and ``replaced``, which grows while the stream is read.
    """
    file = path.open("rb")
    try:
        encoding = guess_encoding(_first_non_ascii(file))
        file.seek(0)
        clean = CleanBytes(file, encoding)
    except BaseException:
        file.close()
        raise
    buffered = io.BufferedReader(clean, _BLOCK_BYTES)
    return Opened(io.TextIOWrapper(buffered, "utf-8", newline=""), encoding, clean)


def guess_encoding(sample: bytes) -> str:
    """Decide between UTF-8 and GB18030, or follow the byte order mark.

    Chinese text in GB18030 breaks UTF-8 at nearly every character, while a damaged UTF-8 file
    has a few bad bytes: the share of broken non-ASCII bytes tells the two apart. (The test the
    other way round fails, because most UTF-8 Chinese happens to be valid GB18030.)

    Args:
        sample: bytes from the start of the file.

    Returns:
        ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``gb18030``.
    """
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    high = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    broken = text.count("\ufffd") - sample.count(_REPLACEMENT)
    return "gb18030" if broken * 10 > high else "utf-8"


def decode_head(head: bytes) -> str:
    """Decode the first bytes of a file for sniffing; a character cut at the end is dropped."""
    encoding = guess_encoding(head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    return text.replace("\0", "")


def looks_binary(head: bytes) -> bool:
    """Tell from its first bytes whether a file is no text.

    A few NUL bytes, or a block of them at the end that a crash left, are damage to a text.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    if b"\0" in head and b"\n" not in head:
        return True
    head = head.rstrip(b"\0")
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls * 100 > len(head) or head.count(0) * 10 > len(head)


def _first_non_ascii(file: BinaryIO) -> bytes:
    """Return the first block that says something about the encoding (ASCII says nothing)."""
    first = file.read(SAMPLE_BYTES)
    sample = first
    while sample and sample.isascii():
        sample = file.read(SAMPLE_BYTES)
    return sample or first


class CleanBytes(io.RawIOBase):
    """The file as clean UTF-8 bytes, decoded block by block.

    Args:
        file: the file as it is, at its start; closed together with this.
        encoding: how it is encoded.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.replaced = 0
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._written = _WRITTEN.get(encoding, b"\xfd\xff")
        self._wide = not encoding.startswith("utf-8")
        self._ready = b""
        self._ended = False
        self._at_line_start = True

    def readable(self) -> bool:
        """Return true, as ``io.BufferedReader`` asks."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes; 0 at the end of the file."""
        while not self._ready and not self._ended:
            self._ready = self._next_block()
        part = self._ready[: len(buffer)]
        self._ready = self._ready[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close the file below as well."""
        if not self.closed:
            self._file.close()
        super().close()

    def _next_block(self) -> bytes:
        block = self._file.read(_BLOCK_BYTES)
        self._ended = not block
        text = self._decoder.decode(block, final=self._ended)
        if self._wide:
            text = _LONE_SURROGATE.sub("\ufffd", text)
        data = text.encode("utf-8")  # bytes are searched many times faster than wide strings
        if bad := data.count(_REPLACEMENT):
            self.replaced += max(0, bad - block.count(self._written))
        if b"\0" in data:
            data = data.replace(b"\0", b"")
        if codecs.BOM_UTF8 in data:
            data = self._drop_marks(data)
        self._at_line_start = data.endswith(b"\n")
        return data

    def _drop_marks(self, data: bytes) -> bytes:
        """Drop the byte order mark of each file, where files were joined: before their headers."""
        data = data.replace(b"\n" + codecs.BOM_UTF8, b"\n")
        return data.removeprefix(codecs.BOM_UTF8) if self._at_line_start else data
