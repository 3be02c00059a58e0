"""Files that crawlers save beside their dumps; the folders here are synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from gnn_emotion.ingest.media_files import MediaFiles, kind_of
from gnn_emotion.ingest.media_folders import MediaFolders, keep_media
from gnn_emotion.ingest.records import Source

MID = "4454572602912349"
PID = "63885668ly1gacppdn1nmj21yi2qp7wk"


@pytest.fixture
def files(tmp_path):
    """Return a function: names of files -> the media files of a folder that has them."""

    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        return MediaFiles(tmp_path)

    return make


def item(media_id, kind="image", url=None):
    return {"media_id": media_id, "kind": kind, "path": None, "url": url}


def attached(found, root):
    return [Path(i["path"]).relative_to(root).as_posix() if i["path"] else None for i in found]


def test_a_picture_is_found_by_its_own_name(files, tmp_path):
    found = files(f"deep/er/{PID}.jpg").attach((MID, None), [item(PID, url="http://x/1.jpg")])
    assert attached(found, tmp_path) == [f"deep/er/{PID}.jpg"]
    assert found[0]["url"] == "http://x/1.jpg"


@pytest.mark.parametrize("root", ["../dump", "./../dump/.", "../elsewhere/../dump"])
def test_named_files_are_found_below_a_folder_that_is_named_by_way_of_another(
    tmp_path, monkeypatch, root
):
    for name in ("dump/media", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "dump" / "media" / "a.jpg").write_bytes(b"")
    monkeypatch.chdir(tmp_path / "elsewhere")
    (found,) = MediaFiles(Path(root)).attach((MID, None), [item("m", url="./media/a.jpg")])
    assert Path(found["path"]) == tmp_path / "dump" / "media" / "a.jpg"


@pytest.mark.parametrize(
    ("names", "count", "wanted"),
    [
        ([f"{MID}.jpg"], 1, [f"{MID}.jpg"]),
        ([f"{MID}-1.jpg", f"{MID}-2.jpg"], 2, [f"{MID}-1.jpg", f"{MID}-2.jpg"]),
        ([f"20200101_{MID}_2.jpg"], 2, [None, f"20200101_{MID}_2.jpg"]),
        ([f"{MID}/a.jpg", f"{MID}/b.jpg"], 2, [f"{MID}/a.jpg", f"{MID}/b.jpg"]),
        ([f"{MID}/2.jpg", f"{MID}/1.jpg"], 2, [f"{MID}/1.jpg", f"{MID}/2.jpg"]),
        (["9.jpg"], 1, [None]),
        ([f"{MID}.mp4"], 1, [None, f"{MID}.mp4"]),
        ([f"{MID}.jpg", f"{MID}.mp4"], 0, [f"{MID}.jpg", f"{MID}.mp4"]),
        ([f".hidden/{MID}.jpg", f".{MID}.jpg", f"{MID}.txt"], 1, [None]),
    ],
)
def test_files_named_by_their_post(files, tmp_path, names, count, wanted):
    found = files(*names).attach((MID, None), [item(f"m{i}") for i in range(count)])
    assert attached(found, tmp_path) == wanted


def test_a_post_goes_by_its_bid_too(files, tmp_path):
    found = files("ImTGkcdDn_1.jpg").attach((MID, "ImTGkcdDn"), [item("m")])
    assert attached(found, tmp_path) == ["ImTGkcdDn_1.jpg"]


def test_videos_and_pictures_are_counted_apart(files, tmp_path):
    media = [item("a"), item("b"), item("v", "video")]
    found = files(f"{MID}_1.jpg", f"{MID}_2.jpg", f"{MID}.mp4").attach((MID,), media)
    assert attached(found, tmp_path) == [f"{MID}_1.jpg", f"{MID}_2.jpg", f"{MID}.mp4"]


def test_files_that_no_list_names_are_added_once_with_an_id_of_their_own(files, tmp_path):
    media = files(f"{MID}_1.jpg", f"{MID}_7.jpg")
    found = media.attach((MID, MID), [item("a")])
    assert attached(found, tmp_path) == [f"{MID}_1.jpg", f"{MID}_7.jpg"]
    assert found[1]["media_id"].startswith("file-")
    assert found == media.attach((MID, MID), [item("a")])


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("pictures/a.jpg", "pictures/a.jpg"),
        ("./pictures/../pictures/a.jpg", "pictures/a.jpg"),
        ("pictures/b.jpg", None),
        ("../outside.jpg", None),
        ("/etc/passwd", None),
        ("http://host/pictures/a.jpg", None),
        ("//host/pictures/a.jpg", None),
    ],
)
def test_paths_in_a_dump_lead_nowhere_outside(files, tmp_path, url, wanted):
    (tmp_path.parent / "outside.jpg").write_bytes(b"")
    found = files("pictures/a.jpg").attach((MID,), [item("m", url=url)])
    assert attached(found, tmp_path) == [wanted]


def test_a_folder_without_media_is_false(files):
    assert not files("posts.csv")
    assert files("a.jpg")


@pytest.mark.parametrize(
    ("name", "kind"), [("a.JPG", "image"), ("b.webp", "image"), ("c.mp4", "video"), ("d", None)]
)
def test_kinds(name, kind):
    assert kind_of(name) == kind


def test_what_archives_held_is_shown_where_it_will_be(tmp_path):
    inside = tmp_path / "partial" / "unpacked" / "0000"
    inside.mkdir(parents=True)
    (inside / f"{MID}.jpg").write_bytes(b"")
    folders = MediaFolders(tmp_path / "partial" / "unpacked", Path("/later/unpacked"))
    beside = folders.beside(Source(inside / "a.csv", "a.csv", inside))
    assert beside.attach((MID,), [])[0]["path"] == f"/later/unpacked/0000/{MID}.jpg"
    outside = folders.beside(Source(tmp_path / "a.csv", "a.csv", tmp_path))
    assert outside is folders.beside(Source(tmp_path / "b.csv", "b.csv", tmp_path))
    path = outside.attach((MID,), [])[0]["path"]
    assert path == str(inside / f"{MID}.jpg")


def test_only_media_are_kept(tmp_path):
    for name in ("a/posts.csv", "a/b/clip.mp4", "c/d/x.json"):
        (tmp_path / "kept" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "kept" / name).write_bytes(b"")
    keep_media(tmp_path / "kept")
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*"))
    assert left == ["kept", "kept/a", "kept/a/b", "kept/a/b/clip.mp4"]
    (tmp_path / "kept/a/b/clip.mp4").unlink()
    keep_media(tmp_path / "kept")
    assert list(tmp_path.iterdir()) == []
    keep_media(tmp_path / "kept")
