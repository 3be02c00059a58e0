"""From rows of ``media`` to files: what is there, what is fetched, what is not tried."""

from __future__ import annotations

import socket
from pathlib import Path

import pyarrow as pa
import pytest

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.find_media import find_media
from gnn_emotion.encoders.store.media_problems import NotTried
from gnn_emotion.schema.features import MISSING, SKIPPED


class Shelf:
    """A downloader that has some addresses.

    Attributes:
        asked: addresses it was asked for.
    """

    def __init__(self, **files: Path) -> None:
        self.files, self.asked = {f"https://x/{name}": file for name, file in files.items()}, []

    def fetch_all(self, urls):
        self.asked += urls
        return iter([self.files.get(url) or Unreadable(MISSING, "HTTP 404") for url in urls])


def table(*rows: tuple[str | None, str | None]) -> pa.Table:
    paths, urls = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"path": pa.array(paths, pa.string()), "url": pa.array(urls, pa.string())})


@pytest.fixture
def picture(tmp_path) -> Path:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"picture")
    return file


def test_files_are_found_and_the_rest_says_why(picture, tmp_path):
    found = find_media(
        table(
            (str(picture), None),
            (str(tmp_path / "b.jpg"), "https://x/b"),
            (None, "https://x/c"),
            (None, "//x/d"),
            (None, "pictures/e.jpg"),
            (None, None),
            (f"{tmp_path}/../f.jpg", "https://x/f"),
        ),
        max_bytes=100,
    )
    assert found[0] == picture
    assert [file.status for file in found[1:]] == [MISSING] * 5 + [SKIPPED]
    tried = [not isinstance(file, NotTried) for file in found[1:]]
    assert tried == [True, False, False, True, False, True]
    assert "'pictures/e.jpg'" in found[4].reason
    assert find_media(table((str(picture), None)), max_bytes=6)[0].status == SKIPPED
    assert find_media(table(), max_bytes=1) == []


def test_what_is_missing_is_fetched_where_its_address_is_known(picture, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"x" * 101)
    shelf = Shelf(b=picture, c=picture, large=large)
    found = find_media(
        table(
            (str(picture), "https://x/a"),
            (str(tmp_path / "b.jpg"), "https://x/b"),
            (None, "https://x/c"),
            (None, "https://x/gone"),
            (None, "https://x/large"),
            (None, "pictures/e.jpg"),
            (f"{tmp_path}/../f.jpg", "https://x/f"),
        ),
        max_bytes=100,
        download=shelf,
    )
    assert shelf.asked == [f"https://x/{name}" for name in ("b", "c", "gone", "large")]
    assert found[:3] == [picture] * 3
    assert [file.status for file in found[3:]] == [MISSING, SKIPPED, MISSING, SKIPPED]
    assert not any(isinstance(file, NotTried) for file in found)


def test_nothing_is_fetched_unless_asked(monkeypatch):
    def refuse(*_: object, **__: object):
        raise AssertionError("a host was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert isinstance(find_media(table((None, "https://x/c")), 1)[0], NotTried)


def test_a_linked_folder_below_the_common_one_leads_nowhere(picture, tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "b.jpg").write_bytes(b"picture")
    (inside / "away").symlink_to(tmp_path)
    found = find_media(table((f"{inside}/b.jpg", None), (f"{inside}/away/a.jpg", None)), 100)
    assert found[0] == inside / "b.jpg"
    assert found[1].status == SKIPPED
