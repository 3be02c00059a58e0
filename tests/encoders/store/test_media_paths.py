"""Paths that a dump gives: what is read, and what is left alone without being opened."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.media_paths import common_folder, locate
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder of pictures, with a secret beside it."""
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    pictures = tmp_path / "pictures"
    (pictures / "deep").mkdir(parents=True)
    (pictures / "a.jpg").write_bytes(b"picture")
    (pictures / "deep" / "b.jpg").write_bytes(b"picture")
    return pictures


def refusal(path: object, **limits) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        locate(None if path is None else str(path), **limits)
    return caught.value


def test_a_file_is_found(folder, monkeypatch):
    assert locate(str(folder / "a.jpg"), folder, max_bytes=7).read_bytes() == b"picture"
    monkeypatch.chdir(folder.parent)
    assert locate("pictures/a.jpg") == folder / "a.jpg"


@pytest.mark.parametrize("path", [None, ""])
def test_no_path_is_missing(path):
    assert refusal(path).status == MISSING


@pytest.mark.parametrize("name", ["nothing.jpg", "a.jpg/b.jpg", "no/such/folder/a.jpg"])
def test_no_file_is_missing(folder, name):
    assert refusal(folder / name).status == MISSING


@pytest.mark.parametrize("name", ["deep/../a.jpg", "../secret.jpg", "..\\secret.jpg", "deep/.."])
def test_a_path_with_dots_is_skipped(folder, name):
    assert refusal(f"{folder}/{name}").status == SKIPPED
    assert locate(str(folder / "a.jpg")).name == "a.jpg"


def test_dots_within_a_name_are_a_name(folder):
    (folder / "a..b.jpg").write_bytes(b"picture")
    assert locate(str(folder / "a..b.jpg")).name == "a..b.jpg"


@pytest.mark.parametrize("target", ["a.jpg", "deep/b.jpg", "{folder}/a.jpg", "deep/../a.jpg"])
def test_a_link_within_its_folder_is_followed(folder, target):
    (folder / "link.jpg").symlink_to(target.format(folder=folder))
    assert locate(str(folder / "link.jpg"), folder).read_bytes() == b"picture"


@pytest.mark.parametrize("target", ["../secret.jpg", "{outside}/secret.jpg", "../nothing", "other"])
def test_a_link_out_of_its_folder_is_skipped(folder, target):
    (folder / "other").symlink_to("../secret.jpg")  # by way of a second link
    (folder / "link.jpg").symlink_to(target.format(outside=folder.parent))
    assert refusal(folder / "link.jpg").status == SKIPPED


def test_a_link_upwards_is_skipped_though_it_stays_below_the_root(folder):
    (folder / "deep" / "link.jpg").symlink_to("../a.jpg")
    assert refusal(folder / "deep" / "link.jpg", root=folder).status == SKIPPED


def test_links_to_nothing_and_to_themselves(folder):
    (folder / "gone.jpg").symlink_to("nothing.jpg")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    assert refusal(folder / "gone.jpg").status == MISSING
    assert refusal(folder / "loop.jpg").status == SKIPPED


def test_a_linked_folder_must_not_lead_out_of_the_root(folder, tmp_path):
    (folder / "elsewhere").symlink_to(tmp_path)
    (folder / "inside").symlink_to("deep")
    assert refusal(folder / "elsewhere" / "secret.jpg", root=folder).status == SKIPPED
    assert locate(str(folder / "inside" / "b.jpg"), folder).read_bytes() == b"picture"


def test_a_link_to_the_root_is_the_users_own(folder, tmp_path):
    (tmp_path / "mine").symlink_to(folder)
    paths = [str(tmp_path / "mine" / name) for name in ("a.jpg", "deep/b.jpg")]
    root = common_folder(paths)
    assert root == folder
    assert [locate(path, root).read_bytes() for path in paths] == [b"picture"] * 2


def test_the_common_folder():
    assert common_folder(["/x/y/a.jpg", None, "/x/z/b.jpg", ""]) == Path("/x")
    assert common_folder(["/x/y/a.jpg"]) == Path("/x/y")
    assert common_folder(["/x/a.jpg", "b.jpg"]) is None
    assert common_folder([None]) is None


def test_what_is_no_regular_file_is_never_opened(folder, monkeypatch):
    os.mkfifo(folder / "pipe.jpg")
    monkeypatch.chdir(folder)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
    for name in ("pipe.jpg", "socket.jpg", "deep"):
        assert refusal(folder / name).reason == "it is no regular file"
        assert refusal(folder / name).status == SKIPPED
    assert refusal("/dev/zero").status == SKIPPED
    (folder / "link.jpg").symlink_to("pipe.jpg")
    assert refusal(folder / "link.jpg").status == SKIPPED


def test_a_large_file_is_skipped_by_its_size(folder):
    with (folder / "large.mp4").open("wb") as file:
        file.truncate(5_000_000_000)  # takes no room, and is never read
    found = refusal(folder / "large.mp4", max_bytes=2_000_000_000)
    assert found.status == SKIPPED
    assert found.reason == "it has 5,000,000,000 bytes, expected at most 2,000,000,000"
    assert locate(str(folder / "large.mp4")).name == "large.mp4"


@pytest.mark.parametrize("name", ["x" * 5000, "a\0.jpg", "\ud800.jpg"])
def test_a_name_that_no_file_can_have(folder, name):
    assert refusal(f"{folder}/{name}").status in (SKIPPED, MISSING)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_is_closed(folder):
    (folder / "deep").chmod(0)
    try:
        assert refusal(folder / "deep" / "b.jpg").status == CORRUPT
    finally:
        (folder / "deep").chmod(0o700)
