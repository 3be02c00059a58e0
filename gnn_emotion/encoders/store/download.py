"""Fetch pictures and clips by address: only when the user asked for it, and within limits.

An address in a dump was chosen by whoever wrote the post: it is fetched from the public internet
only (see ``public_address``), and so is every address that it redirects to. No proxy is used, as
behind one the address could not be checked.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.public_address import (
    CheckedConnection,
    checked_addresses,
    is_public,
)
from gnn_emotion.schema.features import MISSING, SKIPPED

_CHUNK = 1 << 16
_REDIRECTS = {301, 302, 303, 307, 308}
#: Beside image/* and video/*: what servers say of files that they know nothing of.
_ANY_TYPE = {"", "application/octet-stream", "binary/octet-stream", "application/mp4"}
#: Characters that a path or query may hold as they are (RFC 3986).
_SAFE = "%/:?[]@!$&'()*+,;=~"
#: A name or an IP address; a NUL would end a name before its end when it is looked up.
_HOST = re.compile(r"[0-9A-Za-z._:%-]+")


@dataclass(frozen=True)
class DownloadOptions:
    """Limits of a download.

    Attributes:
        max_bytes: of one file.
        max_seconds: for one file, redirects included; looking up its host is not, as that ends
            when the system says so.
        max_redirects: followed of one address.
        workers: files fetched at the same time.
        referer: sent with every request; Weibo's pictures are refused without its own address
            (github.com/dataabc/weiboSpider/issues/503).
    """

    max_bytes: int = 200_000_000
    max_seconds: float = 60.0
    max_redirects: int = 3
    workers: int = 8
    referer: str = "https://weibo.com/"

    def __post_init__(self) -> None:
        if self.max_bytes < 1 or self.max_seconds <= 0 or self.workers < 1:
            raise ValueError(
                f"max_bytes {self.max_bytes}, max_seconds {self.max_seconds}, workers "
                f"{self.workers}; expected all above 0"
            )
        if self.max_redirects < 0:
            raise ValueError(f"max_redirects is {self.max_redirects}, expected 0 or more")


class Downloader:
    """Fetches files into a folder, each once.

    Args:
        folder: made when it is not there; a file is called by the sha256 of its address.
        options: limits.
        allowed: which IP addresses may be connected to; only tests allow others.
    """

    def __init__(
        self,
        folder: Path,
        options: DownloadOptions | None = None,
        allowed: Callable[[str], bool] = is_public,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.options = folder, options or DownloadOptions()
        self._allowed = allowed
        self._context = ssl.create_default_context()

    def fetch(self, url: str) -> Path:
        """Fetch a file, unless it was fetched before.

        Args:
            url: http or https; ``//host/…`` stands for https.

        Returns:
            The file, complete.

        Raises:
            Unreadable: *skipped* for what is not fetched by rule (another scheme, an address that
                is not public, too large, a page instead of a file); *missing* for what could not
                be had (no such host, HTTP 404, cut off, too slow).
        """
        file = self.folder / hashlib.sha256(url.encode(errors="replace")).hexdigest()
        if file.exists():
            return file
        deadline = time.monotonic() + self.options.max_seconds
        try:
            self._save(url, file, deadline)
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= deadline:
                reason = f"took longer than {self.options.max_seconds:g} s"
            else:
                reason = f"not downloaded: {str(error) or type(error).__name__}"
            raise Unreadable(MISSING, reason) from None
        return file

    def fetch_all(self, urls: Sequence[str]) -> Iterator[Path | Unreadable]:
        """Fetch files, several at a time; yields what became of each, in order."""
        with ThreadPoolExecutor(self.options.workers) as pool:
            yield from pool.map(self._outcome, urls)

    def _outcome(self, url: str) -> Path | Unreadable:
        try:
            return self.fetch(url)
        except Unreadable as refused:
            return refused

    def _save(self, url: str, file: Path, deadline: float) -> None:
        target = _target(url)
        for _ in range(self.options.max_redirects + 1):
            with self._response(target, deadline) as response:
                if response.status not in _REDIRECTS:
                    _check(response, self.options.max_bytes)
                    self._store(response, file, deadline)
                    return
                target = _target(response.headers.get("Location", ""), target.geturl())
        raise Unreadable(SKIPPED, f"more than {self.options.max_redirects} redirects")

    @contextmanager
    def _response(self, target: SplitResult, deadline: float) -> Iterator[http.client.HTTPResponse]:
        addresses = checked_addresses(target, self._allowed)
        connection = CheckedConnection(target, addresses, deadline, self._context)
        # A server that sends a byte now and then never runs into the time-out of a socket.
        watch = threading.Timer(max(deadline - time.monotonic(), 0), _cut, [connection])
        watch.daemon = True
        watch.start()
        try:
            connection.request("GET", _path(target), headers=self._headers())
            with connection.getresponse() as response:
                yield response
        finally:
            watch.cancel()
            connection.close()

    def _headers(self) -> dict[str, str]:
        return {
            "User-Agent": "gnn-emotion",
            "Accept": "image/*, video/*, */*;q=0.1",
            "Accept-Encoding": "identity",
            "Referer": self.options.referer,
            "Connection": "close",
        }

    def _store(self, response: http.client.HTTPResponse, file: Path, deadline: float) -> None:
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        part_file = Path(name)
        try:
            with os.fdopen(handle, "wb") as part:
                self._copy(response, part, deadline)
            part_file.replace(file)
        except BaseException:
            part_file.unlink(missing_ok=True)
            raise

    def _copy(self, response: http.client.HTTPResponse, part: IO[bytes], deadline: float) -> None:
        expected, size = response.length, 0
        while chunk := response.read(_CHUNK):
            size += len(chunk)
            if size > self.options.max_bytes:
                raise Unreadable(SKIPPED, f"more than {self.options.max_bytes:,} bytes")
            part.write(chunk)
        if time.monotonic() >= deadline or expected not in (None, size):
            raise http.client.IncompleteRead(b"", expected)


def _target(url: str, base: str = "https:") -> SplitResult:
    """Take an address apart; names and passwords in it are dropped.

    Args:
        url: an address, whole or, in a redirect, in parts.
        base: what it is relative to.
    """
    try:
        target = urlsplit(urljoin(base, url.strip()))
        host, port = (target.hostname or "").encode("idna").decode(), target.port
    except ValueError as error:  # UnicodeError is one
        raise Unreadable(SKIPPED, f"no address: {error}") from None
    if target.scheme not in ("http", "https") or not _HOST.fullmatch(host) or port == 0:
        raise Unreadable(SKIPPED, f"no address: {url[:80]!r}, expected http(s)://host/…")
    netloc = f"[{host}]" if ":" in host else host
    return target._replace(netloc=f"{netloc}:{port}" if port else netloc)


def _path(target: SplitResult) -> str:
    """Return what is asked of the host, in characters that can be sent."""
    query = f"?{target.query}" if target.query else ""
    return quote((target.path or "/") + query, safe=_SAFE)


def _check(response: http.client.HTTPResponse, max_bytes: int) -> None:
    if response.status != http.client.OK:
        raise Unreadable(MISSING, f"not downloaded: HTTP {response.status} {response.reason}")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _ANY_TYPE and not kind.startswith(("image/", "video/")):
        raise Unreadable(SKIPPED, f"its address serves {kind[:40]}, expected a picture or a video")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unreadable(SKIPPED, "it was sent compressed, though not asked to be")
    if response.length is not None and response.length > max_bytes:
        raise Unreadable(
            SKIPPED, f"it has {response.length:,} bytes, expected at most {max_bytes:,}"
        )


def _cut(connection: CheckedConnection) -> None:
    with suppress(OSError):
        connection.cut()
