"""Downloading, from a server of our own: the check of addresses is told to let it through."""

from __future__ import annotations

import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.download import Downloader, DownloadOptions
from gnn_emotion.encoders.store.public_address import is_public
from gnn_emotion.schema.features import MISSING, SKIPPED

PICTURE = bytes(range(256)) * 1000
OPTIONS = DownloadOptions(max_bytes=300_000, max_seconds=5.0, workers=4)


class _Handler(BaseHTTPRequestHandler):
    """Answers by path; ``requests`` of the server notes what was asked."""

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        getattr(self, "get_" + self.path.strip("/").split("/")[0].partition("?")[0], self.none)()

    def log_message(self, *_: object) -> None:
        pass

    def begin(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def none(self) -> None:
        self.begin(404)

    def get_picture(self) -> None:
        self.begin(Content_Type="image/jpeg", Content_Length=str(len(PICTURE)))
        self.wfile.write(PICTURE)

    def get_unlabelled(self) -> None:
        self.begin()
        self.wfile.write(PICTURE)

    def get_page(self) -> None:
        self.begin(Content_Type="text/html; charset=utf-8")
        self.wfile.write(b"<html>")

    def get_zipped(self) -> None:
        self.begin(Content_Type="image/jpeg", Content_Encoding="gzip")

    def get_large(self) -> None:
        self.begin(Content_Type="image/jpeg", Content_Length="300001")
        self.wfile.write(PICTURE)

    def get_endless(self) -> None:
        self.begin(Content_Type="video/mp4")
        while True:
            self.wfile.write(PICTURE)

    def get_torn(self) -> None:
        self.begin(Content_Type="image/jpeg", Content_Length=str(len(PICTURE)))
        self.wfile.write(PICTURE[:1000])

    def get_drip(self) -> None:
        self.begin(Content_Type="image/jpeg")
        self.drip()

    def get_slowhead(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self.drip()

    def get_silent(self) -> None:
        self.server.over.wait(20)

    def drip(self) -> None:
        while not self.server.over.wait(0.02):
            self.wfile.write(b"x")
            self.wfile.flush()

    def get_to(self) -> None:
        """``/to/302/3/picture``: that many redirects, then there."""
        _, status, left, rest = self.path.strip("/").split("/", 3)
        after = f"/to/{status}/{int(left) - 1}/{rest}" if int(left) > 1 else f"/{rest}"
        self.begin(int(status), Location=after)

    def get_away(self) -> None:
        self.begin(302, Location=self.path.partition("?")[2])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are what is tested."""


def serve(context: ssl.SSLContext | None = None) -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.requests, server.over = [], threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def server():
    yield from serve()


@pytest.fixture
def site(server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def local(address: str) -> bool:
    return address in ("127.0.0.1", "::1")


@pytest.fixture
def downloader(tmp_path) -> Downloader:
    return Downloader(tmp_path / "downloads", OPTIONS, allowed=local)


def refusal(downloader: Downloader, url: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        downloader.fetch(url)
    assert not list(downloader.folder.iterdir())  # nothing half done is left
    return caught.value


def test_a_picture_is_fetched_once(downloader, site, server):
    url = f"{site}/picture"
    file = downloader.fetch(url)
    assert file.read_bytes() == PICTURE
    assert file == downloader.folder / hashlib.sha256(url.encode()).hexdigest()
    assert downloader.fetch(url) == file
    assert [path for path, _ in server.requests] == ["/picture"]
    assert server.requests[0][1]["Referer"] == "https://weibo.com/"
    assert server.requests[0][1]["Host"] == site.removeprefix("http://")
    assert list(downloader.folder.iterdir()) == [file]


def test_a_server_that_says_little_is_believed(downloader, site):
    assert downloader.fetch(f"{site}/unlabelled").read_bytes() == PICTURE


def test_an_address_is_sent_in_characters_that_can_be_sent(downloader, site, server):
    downloader.fetch(f"  {site.replace('//', '//name:word@')}/picture/早 上.jpg?a=b&c=%20#part ")
    asked, headers = server.requests[0]
    assert asked == "/picture/%E6%97%A9%20%E4%B8%8A.jpg?a=b&c=%20"
    assert "Authorization" not in headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f000001"])
def test_loopback_is_refused_by_default(tmp_path, site, server, host):
    downloader = Downloader(tmp_path, OPTIONS)
    found = refusal(downloader, f"{site.replace('127.0.0.1', host)}/picture")
    assert found.status == SKIPPED
    assert "not on the public internet" in found.reason
    assert server.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_to_a_limit(downloader, site, status):
    assert downloader.fetch(f"{site}/to/{status}/3/picture").read_bytes() == PICTURE
    with pytest.raises(Unreadable, match="skipped: more than 3 redirects"):
        downloader.fetch(f"{site}/to/{status}/4/picture")


def test_a_redirect_to_a_private_address_is_refused(tmp_path, monkeypatch, site, server):
    """A name that is public at first sends on to one that is not."""
    port = server.server_address[1]
    real = socket.getaddrinfo

    def look_up(host: str, *rest: object, **more: object):
        return real("127.0.0.1" if host == "public.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    first = iter([True])  # lets the first look-up through, as if it were public
    downloader = Downloader(
        tmp_path / "d", OPTIONS, allowed=lambda address: next(first, is_public(address))
    )
    target = f"http://127.0.0.1:{port}/picture"
    found = refusal(downloader, f"http://public.example:{port}/away?{target}")
    assert found.status == SKIPPED
    assert found.reason == "127.0.0.1 is 127.0.0.1, which is not on the public internet"
    assert [path for path, _ in server.requests] == [f"/away?{target}"]
    assert server.requests[0][1]["Host"] == f"public.example:{port}"


def test_the_checked_address_is_the_one_connected_to(downloader, monkeypatch, server):
    """A name that stands for another address when it is looked up again (DNS rebinding)."""
    port = server.server_address[1]
    real, answers = socket.getaddrinfo, iter(["127.0.0.1"])

    def look_up(host: str, *rest: object, **more: object):
        return real(next(answers), *rest, **more)  # a second look-up ends the test

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert downloader.fetch(f"http://rebound.example:{port}/picture").read_bytes() == PICTURE


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://x", "data:,x", "//[::1", ""]
)
def test_a_redirect_to_another_scheme_or_nowhere_is_refused(downloader, site, target):
    assert refusal(downloader, f"{site}/away?{target}").status == SKIPPED


@pytest.mark.parametrize(
    "url",
    [
        *("", "picture", "file:///etc/passwd", "data:image/png;base64,AAAA", "javascript:1"),
        *(
            "http://",
            "http://[::1",
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:0/",
            "http://a..b",
        ),
        *("http://x\0y/", "https://\ud800/"),
    ],
)
def test_what_is_no_address_is_skipped(downloader, url):
    assert refusal(downloader, url).status == SKIPPED


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("nothing", MISSING, "not downloaded: HTTP 404 Not Found"),
        ("torn", MISSING, "not downloaded: IncompleteRead"),
        ("page", SKIPPED, "its address serves text/html, expected a picture or a video"),
        ("zipped", SKIPPED, "it was sent compressed"),
        ("large", SKIPPED, "it has 300,001 bytes, expected at most 300,000"),
        ("endless", SKIPPED, "more than 300,000 bytes"),
    ],
)
def test_what_is_not_a_whole_small_picture(downloader, site, path, status, reason):
    found = refusal(downloader, f"{site}/{path}")
    assert found.status == status
    assert found.reason.startswith(reason)


@pytest.mark.parametrize("path", ["drip", "slowhead", "silent", "to/302/1/drip"])
def test_a_slow_server_is_cut_off(tmp_path, site, path):
    options = DownloadOptions(max_bytes=300_000, max_seconds=0.3)
    downloader = Downloader(tmp_path / "downloads", options, allowed=local)
    before = time.monotonic()
    found = refusal(downloader, f"{site}/{path}")
    assert time.monotonic() - before < 3
    assert (found.status, found.reason) == (MISSING, "took longer than 0.3 s")


def test_a_server_that_is_not_there_is_missing(downloader):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        found = refusal(downloader, f"http://127.0.0.1:{unused.getsockname()[1]}/picture")
    assert found.status == MISSING
    assert "refused" in found.reason


def test_a_host_that_is_not_known_is_missing(downloader, monkeypatch):
    def look_up(*_: object, **__: object):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert refusal(downloader, "//nowhere.example/a.jpg").status == MISSING


def test_several_are_fetched_in_order(downloader, site):
    urls = [f"{site}/{path}?{i}" for i in range(10) for path in ("picture", "nothing", "endless")]
    found = list(downloader.fetch_all(urls))
    for url, file in zip(urls, found, strict=True):
        if "picture" in url:
            assert file.read_bytes() == PICTURE
            assert file.name == hashlib.sha256(url.encode()).hexdigest()
        else:
            assert file.status == (MISSING if "nothing" in url else SKIPPED)
    assert len(list(downloader.folder.iterdir())) == 10


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    made += f" -addext subjectAltName=DNS:localhost -keyout {file} -out {file}.crt"
    subprocess.run(made.split(), check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


def test_https_checks_the_certificate_for_the_name(tmp_path, monkeypatch, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for server in serve(context):
        url = f"https://localhost:{server.server_address[1]}/picture"
        stranger = refusal(Downloader(tmp_path / "a", OPTIONS, allowed=local), url)
        assert stranger.status == MISSING
        assert "CERTIFICATE_VERIFY_FAILED" in stranger.reason
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        known = Downloader(tmp_path / "b", OPTIONS, allowed=local)
        assert known.fetch(url).read_bytes() == PICTURE
        wrong = refusal(
            Downloader(tmp_path / "c", OPTIONS, allowed=local),
            url.replace("localhost", "127.0.0.1"),
        )
        assert "CERTIFICATE_VERIFY_FAILED" in wrong.reason


@pytest.mark.parametrize(
    "options", [{"max_bytes": 0}, {"max_seconds": 0}, {"workers": 0}, {"max_redirects": -1}]
)
def test_limits_that_let_nothing_through_are_refused(options):
    with pytest.raises(ValueError, match="expected"):
        DownloadOptions(**options)
