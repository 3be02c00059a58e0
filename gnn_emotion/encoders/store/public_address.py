"""Connect to a host of the public internet, and to nothing else.

A name is looked up once; the addresses it stands for are checked, and the connection goes to a
checked address, so that a second look-up (DNS rebinding) cannot lead elsewhere.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import SplitResult

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.schema.features import SKIPPED

#: Family and socket address, as ``socket.getaddrinfo`` gives them.
_Address = tuple[socket.AddressFamily, tuple[Any, ...]]


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet (IANA special-purpose registries).

    Loopback, private, link-local, shared (CGNAT), multicast and reserved addresses are not, nor
    those that carry another address inside (6to4, Teredo, NAT64); a mapped IPv4 address is what
    it maps.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None or ip.is_site_local:
            return False
    # Multicast counts as global in the standard library.
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def checked_addresses(url: SplitResult, allowed: Callable[[str], bool]) -> list[_Address]:
    """Look up the host of an address.

    Raises:
        Unreadable: *skipped* when any address of it is not allowed.
        OSError: it is not known.
    """
    found = socket.getaddrinfo(url.hostname, _port(url), type=socket.SOCK_STREAM)
    for *_, address in found:
        if not allowed(str(address[0])):
            reason = f"{url.hostname} is {address[0]}, which is not on the public internet"
            raise Unreadable(SKIPPED, reason)
    return [(family, address) for family, *_, address in found]


class CheckedConnection(http.client.HTTPConnection):
    """A connection to checked addresses, whatever the name may stand for by now.

    Args:
        url: http or https, with a host.
        addresses: of its host.
        deadline: when to give up, by ``time.monotonic``; ``cut`` has to be called then.
        context: for https.
    """

    def __init__(
        self,
        url: SplitResult,
        addresses: Sequence[_Address],
        deadline: float,
        context: ssl.SSLContext,
    ) -> None:
        self.default_port = 443 if url.scheme == "https" else 80
        super().__init__(str(url.hostname), _port(url))
        self._addresses, self._deadline = addresses, deadline
        self._context = context if url.scheme == "https" else None
        self._open: socket.socket | None = None

    def connect(self) -> None:
        """Connect to the first address that answers."""
        self.sock = self._open = self._first()
        if self._context is not None:
            # The handshake comes after ``_open`` is set, so that it can be cut as well.
            self.sock = self._open = self._context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
        if time.monotonic() >= self._deadline:  # ``cut`` may have come before ``_open`` was set
            raise TimeoutError("timed out")
        if isinstance(self._open, ssl.SSLSocket):
            self._open.do_handshake()

    def cut(self) -> None:
        """End whatever is being read, from another thread."""
        if self._open is not None:
            # A socket with TLS would first say good-bye.
            socket.socket.shutdown(self._open, socket.SHUT_RDWR)

    def _first(self) -> socket.socket:
        failed: OSError = OSError("no address")
        for family, address in self._addresses:
            found = socket.socket(family, socket.SOCK_STREAM)
            found.settimeout(max(self._deadline - time.monotonic(), 0.001))
            try:
                found.connect(address)
            except OSError as error:
                found.close()
                failed = error
            else:
                return found
        raise failed


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
