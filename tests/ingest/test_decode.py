from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.decode import (
    SAMPLE_BYTES,
    decode_head,
    guess_encoding,
    looks_binary,
    open_text,
)

TEXT = "今天天气真好😀，我们去公园。\nabc,你好\r\n"


def _read(path: Path, data: bytes) -> tuple[str, str, int]:
    path.write_bytes(data)
    opened = open_text(path)
    with opened.stream as stream:
        return stream.read(), opened.encoding, opened.replaced


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("gb18030", "gb18030"),
    ],
)
def test_encodings(tmp_path, codec, encoding):
    assert _read(tmp_path / "a", TEXT.encode(codec)) == (TEXT, encoding, 0)


def test_utf16_big_endian(tmp_path):
    data = b"\xfe\xff" + TEXT.encode("utf-16-be")
    assert _read(tmp_path / "a", data) == (TEXT, "utf-16", 0)


def test_a_few_bad_bytes_do_not_make_utf8_gb18030(tmp_path):
    text, encoding, replaced = _read(tmp_path / "a", TEXT.encode() * 20 + b"\xe4\xbd\n")
    assert encoding == "utf-8"
    assert replaced == 1
    assert text == TEXT * 20 + "\ufffd\n"


def test_bad_byte_behind_the_sample_is_replaced_and_counted(tmp_path):
    good = TEXT.encode() * (SAMPLE_BYTES // 40)
    text, encoding, replaced = _read(tmp_path / "a", good + b"\xff\xff" + TEXT.encode())
    assert (encoding, replaced) == ("utf-8", 2)
    assert text.endswith("\ufffd\ufffd" + TEXT)


def test_bad_byte_in_gb18030_is_counted(tmp_path):
    data = TEXT.encode("gb18030") * 30 + b"\xff\n" + TEXT.encode("gb18030")
    text, encoding, replaced = _read(tmp_path / "a", data)
    assert (encoding, replaced) == ("gb18030", 1)
    assert text.endswith(TEXT)


def test_replacement_character_that_was_in_the_file_is_no_damage(tmp_path):
    for codec in ("utf-8", "gb18030"):
        assert _read(tmp_path / "a", ("你\ufffd好" * 9).encode(codec))[2] == 0


def test_ascii_start_does_not_decide(tmp_path):
    data = b"a,b\n" * (SAMPLE_BYTES // 2) + TEXT.encode("gb18030")
    text, encoding, _ = _read(tmp_path / "a", data)
    assert encoding == "gb18030"
    assert text.endswith(TEXT)


def test_nul_and_joined_byte_order_marks_are_dropped(tmp_path):
    data = "\ufeffid\n\ufeffid\n1\0\ufeff2\n".encode()
    assert _read(tmp_path / "a", data)[0] == "id\nid\n1\ufeff2\n"


def test_lone_surrogates_never_come_out(tmp_path):
    utf16 = b"\xff\xfe" + "好".encode("utf-16-le") + b"\x00\xd8" + "a".encode("utf-16-le")
    utf8 = "好好好好好好好好好好好好好好".encode() + b"\xed\xa0\x80"
    for data in (utf16, utf8):
        text = _read(tmp_path / "a", data)[0]
        assert not any("\ud800" <= c <= "\udfff" for c in text)
        assert "\ufffd" in text


@given(st.binary(max_size=400))
def test_any_bytes_can_be_read(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any"
    text, _, replaced = _read(path, data)
    text.encode("utf-8")
    assert "\0" not in text
    assert replaced <= len(data)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
def test_valid_utf8_comes_back_whole(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "utf8"
    assert _read(path, text.encode("utf-8-sig")) == (text, "utf-8-sig", 0)


def test_head_cut_inside_a_character():
    assert decode_head("标题,正文".encode()[:-1]) == "标题,正"
    assert guess_encoding("标题,正文".encode("gb18030")[:-1]) == "gb18030"


@pytest.mark.parametrize(
    ("head", "binary"),
    [
        (b"a,b\n1,2\n", False),
        ("标题,正文\n".encode("gb18030"), False),
        ("标题,正文\n".encode("utf-16"), False),
        (b"post_id,text\n1,some\0thing\n" * 9, False),
        (b"a,b\n1,2\n" + bytes(4000), False),
        (b"", False),
        ("标题,正文\n".encode("utf-16-le"), True),
        (bytes(range(256)) * 4, True),
        (b"MZ\0\0", True),
        (b"\x89PNG\r\n\x1a\n" + bytes([0, 7, 9, 200] * 9), True),
    ],
)
def test_binary_or_a_text_with_some_nul_bytes(head, binary):
    assert looks_binary(head) is binary


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "encoding", "replaced"),
    [
        ("datafountain_ncov_gbk/nCov_10k_test.csv", "gb18030", 2),
        ("gongshukai_hotnews/Jiangping_test.csv", "gb18030", 0),
        ("sora_emotion/users.csv", None, 0),
    ],
)
def test_real_files(real_data, name, encoding, replaced):
    opened = open_text(real_data("crawler_samples") / name)
    with opened.stream as stream:
        text = stream.read()
    assert opened.replaced == replaced
    assert opened.encoding == encoding or (encoding is None and "名称" in text)
