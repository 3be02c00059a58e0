"""Which addresses are of the public internet, and that a checked one is connected to."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.public_address import checked_addresses, is_public
from gnn_emotion.schema.features import SKIPPED


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_public(address):
    assert is_public(address)
    assert is_public(f"::ffff:{address}") if "." in address else True


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1"),
        *("ff02::1", "ff0e::1", "2001:db8::1", "::127.0.0.1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:224.0.0.1"),
        *("2002:7f00:1::", "2002:101:101::", "2001:0:7f00:1::", "64:ff9b::7f00:1"),
    ],
)
def test_not_public(address):
    assert not is_public(address)


def answer(*addresses: str):
    """Return a look-up that gives these addresses for every name."""

    def look_up(host: str, port: int, **_: object):
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port))
            for a in addresses
        ]

    return look_up


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/"])
@pytest.mark.parametrize("port", ["", ":8080"])
def test_loopback_in_any_spelling_is_refused(url, port):
    with pytest.raises(Unreadable, match=r"is 127\.0\.0\.1, which is not") as caught:
        checked_addresses(urlsplit(url[:-1] + port + "/"), is_public)
    assert caught.value.status == SKIPPED


def test_a_name_with_one_private_address_is_refused(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", answer("1.1.1.1", "10.0.0.8"))
    with pytest.raises(Unreadable, match=r"pictures\.example is 10\.0\.0\.8"):
        checked_addresses(urlsplit("https://pictures.example/a.jpg"), is_public)


def test_public_addresses_come_with_the_port_of_the_scheme(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", answer("1.1.1.1", "2606:4700::1"))
    found = checked_addresses(urlsplit("https://pictures.example/a.jpg"), is_public)
    assert found == [
        (socket.AF_INET, ("1.1.1.1", 443)),
        (socket.AF_INET6, ("2606:4700::1", 443)),
    ]
