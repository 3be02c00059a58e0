"""The Chinese font: the regular cut of the best name, and none rather than boxes."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest

from gnn_emotion.trends import fonts


@pytest.fixture(autouse=True)
def anew():
    fonts.chinese_font.cache_clear()
    yield
    fonts.chinese_font.cache_clear()


def having(monkeypatch: pytest.MonkeyPatch, *files: str) -> None:
    monkeypatch.setattr(fonts, "_font_files", lambda: iter(map(Path, files)))


def test_the_regular_cut_of_the_best_name_is_taken(monkeypatch):
    best = "/a/NotoSansCJK-Regular.ttc"
    having(monkeypatch, "/a/simhei.ttf", "/a/NotoSansCJK-Bold.ttc", best, "/a/DejaVuSans.ttf")
    monkeypatch.setattr(fonts, "_writes_chinese", lambda path: True)
    assert fonts.chinese_font().get_file() == best


def test_a_font_without_the_characters_is_passed_over(monkeypatch, tmp_path):
    latin = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    hollow = tmp_path / "SourceHanSans-Regular.ttf"  # its name promises what it has not
    hollow.write_bytes(latin.read_bytes())
    having(monkeypatch, str(hollow))
    assert fonts.chinese_font() is None


def test_a_damaged_font_is_passed_over(monkeypatch, tmp_path):
    damaged = tmp_path / "simhei.ttf"
    damaged.write_bytes(b"not a font")
    having(monkeypatch, str(damaged), str(tmp_path / "msyh.ttc"))
    assert fonts.chinese_font() is None


def test_no_font_is_no_error(monkeypatch):
    having(monkeypatch)
    assert fonts.chinese_font() is None


def test_what_no_font_has_is_a_dot(monkeypatch):
    having(monkeypatch)
    assert fonts.writable("ok 好") == ("ok ·", None)


def test_chinese_is_written_where_a_font_has_it():
    if fonts.chinese_font() is None:
        pytest.skip("no font with Chinese characters is installed")
    text, font = fonts.writable("好 ok \U0001f600")
    assert text == "好 ok ·" and font is fonts.chinese_font()
