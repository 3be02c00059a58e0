from __future__ import annotations

import gzip
import io
import os
import zipfile

import pytest

from gnn_emotion.ingest import archives
from gnn_emotion.ingest.archives import is_archive, unpack
from gnn_emotion.schema.errors import DumpError

REPETITIVE = bytes(range(250)) * 8000


@pytest.fixture
def make_zip(tmp_path):
    def make(members: dict[str, bytes]):
        path = tmp_path / "dump.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in members.items():
                packed.writestr(
                    zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6)), content, zipfile.ZIP_DEFLATED
                )
        return path

    return make


def test_by_name():
    names = ["a.zip", "a.GZ", "a.csv", "zip", "a.7z"]
    assert list(map(is_archive, map(archives.Path, names))) == [True, True, False, False, False]


def test_zip(make_zip, tmp_path):
    path = make_zip({"a.csv": b"1", "in/b.csv": b"2", ".DS_Store": b"", "__MACOSX/a.csv": b"3"})
    found = unpack(path, tmp_path / "out")
    assert {name: file.read_bytes() for name, file in found.files.items()} == {
        "a.csv": b"1",
        "in/b.csv": b"2",
    }
    assert found.skipped == {}
    assert time_of(found.files["a.csv"]) == (2020, 1, 2, 3, 4, 6)


def time_of(path):
    return archives.time.localtime(path.stat().st_mtime)[:6]


@pytest.mark.parametrize("name", ["../a.csv", "in/../../a.csv", "/a.csv", "C:\\a.csv", "..\\a.csv"])
def test_no_file_leaves_the_folder(make_zip, tmp_path, name):
    found = unpack(make_zip({name: b"1", "b.csv": b"2"}), tmp_path / "out")
    assert list(found.files) == ["b.csv"]
    assert list(found.skipped.values()) == ["its path leads out of the archive"]
    written = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {"dump.zip", "b.csv"}


def test_chinese_names_of_windows(tmp_path):
    path = tmp_path / "dump.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("XXXX.csv", b"1")
    path.write_bytes(path.read_bytes().replace(b"XXXX", "微博".encode("gb18030")))
    assert list(unpack(path, tmp_path / "out").files) == ["微博.csv"]


def test_bombs_are_refused(make_zip, tmp_path, monkeypatch):
    path = make_zip({"a.csv": REPETITIVE})
    assert unpack(path, tmp_path / "a").files
    monkeypatch.setattr(archives, "LIMIT_RATIO", 100)
    assert unpack(path, tmp_path / "b").skipped == {"": "unpacks to more than 100 times its size"}
    monkeypatch.setattr(archives, "LIMIT_BYTES", 10**6)
    assert unpack(path, tmp_path / "b").skipped == {"": "unpacks to 0.0 GB, more than 0 GB"}
    assert not list((tmp_path / "b").iterdir())


def test_gz(tmp_path, monkeypatch):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(REPETITIVE))
    os.utime(path, (10**9, 10**9))
    found = unpack(path, tmp_path / "out")
    assert found.files == {"": tmp_path / "out" / "a.csv"}
    assert found.files[""].stat().st_size == 2_000_000
    assert found.files[""].stat().st_mtime == 10**9
    monkeypatch.setattr(archives, "LIMIT_RATIO", 100)
    found = unpack(path, tmp_path / "b")
    assert found.skipped == {"": "unpacks to more than 100 times its size"}
    assert not list((tmp_path / "b").iterdir())


def test_damaged(make_zip, tmp_path):
    content = os.urandom(5000)
    path = make_zip({"a.csv": content, "b.csv": b"2"})
    data = bytearray(path.read_bytes())
    data[1000] ^= 255
    path.write_bytes(data)
    found = unpack(path, tmp_path / "out")
    assert list(found.files) == ["b.csv"]
    assert found.skipped["a.csv"].startswith("damaged in the archive: ")
    path.write_bytes(data[:3000])
    assert unpack(path, tmp_path / "out").skipped[""].startswith("damaged archive: ")
    cut = tmp_path / "a.csv.gz"
    cut.write_bytes(gzip.compress(content)[:2000])
    assert unpack(cut, tmp_path / "gz").skipped[""].startswith("damaged archive: ")
    cut.write_bytes(b"no gzip")
    assert unpack(cut, tmp_path / "gz").skipped[""].startswith("damaged archive: ")


def test_encrypted(make_zip, tmp_path):
    path = make_zip({"a.csv": b"1"})
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + flags] |= 1
    path.write_bytes(data)
    assert unpack(path, tmp_path / "out").skipped == {"a.csv": "encrypted"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_named_twice(tmp_path):
    path = tmp_path / "dump.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.csv", b"1")
        packed.writestr("a.csv", b"2")
    found = unpack(path, tmp_path / "out")
    assert found.skipped == {"a.csv": "named twice in the archive"}
    assert found.files["a.csv"].read_bytes() == b"1"


def test_tar(tmp_path):
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(io.BytesIO(b"tar").getvalue()))
    assert "tar archive" in unpack(path, tmp_path / "out").skipped[""]


def test_folder_that_cannot_be_written(make_zip, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DumpError, match=r"cannot be unpacked to .*: Not a directory; unpack it"):
        unpack(make_zip({"a.csv": b"1"}), tmp_path / "file" / "out")
