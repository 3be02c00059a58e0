"""The page in a real browser without a network: filters, clicks, hostile texts, a phone, paper."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.report import write_report

from .conftest import HOSTILE, HOSTILE_TOPIC

playwright = pytest.importorskip("playwright.sync_api")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WIDE, _PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser():
    """Start the browser of the system; none is ever downloaded."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser on PATH: none of {', '.join(_BROWSERS)}")
    with playwright.sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        started = play.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture
def open_page(browser):
    """Return a function that opens a file; in the end nothing was asked for, and nothing failed."""
    contexts, complaints, asked = [], [], []

    def opened(path: Path, viewport: dict[str, int]):
        context = browser.new_context(viewport=viewport, offline=True)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda said: complaints.append(said.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("dialog", lambda dialog: complaints.append(dialog.message))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        tab.wait_for_selector("#shares .barlayer path")
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert all(url.startswith("file://") and url.endswith(".html") for url in asked), asked


def drawn(tab, chart: str) -> list:
    """Return what the first trace of a chart draws."""
    return tab.evaluate("(id) => document.getElementById(id).data.map((trace) => trace.y)", chart)


def words_in(tab, place: str) -> str:
    return tab.locator(place).inner_text()


def test_a_topic_changes_charts_and_tables(page, open_page):
    tab = open_page(page, _WIDE)
    before = {chart: drawn(tab, chart) for chart in ("shares", "line", "volume")}
    tables = {
        name: words_in(tab, name) for name in ("#summary", "#changes", "#keywords", "#spread")
    }
    heat = tab.evaluate("document.getElementById('heat').layout.yaxis.ticktext")
    tab.select_option("#topic", "1")
    assert words_in(tab, "#status").startswith("洪水: ")
    for chart, trace in before.items():
        assert drawn(tab, chart) != trace, chart
    for name, text in tables.items():
        assert words_in(tab, name) != text, name
    assert tab.evaluate("document.getElementById('heat').layout.yaxis.ticktext") != heat
    tab.click("#reset")
    assert drawn(tab, "shares") == before["shares"]


def test_an_emotion_changes_the_line_and_the_map(page, open_page):
    tab = open_page(page, _WIDE)
    line = drawn(tab, "line")
    tab.select_option("#measure", label="anger")
    assert drawn(tab, "line") != line
    assert words_in(tab, "#h-line").lower() == "anger over time, with its 95 % interval"
    assert "anger" in words_in(tab, "#h-heat")


def test_dates_cut_charts_and_tables(page, open_page):
    tab = open_page(page, _WIDE)
    assert len(drawn(tab, "volume")[0]) == 16
    assert "07-03 00:00" in words_in(tab, "#changes")
    spread = words_in(tab, "#spread")
    tab.fill("#from", "2024-07-03T12:00")
    tab.fill("#to", "2024-07-04T00:00")
    tab.dispatch_event("#to", "change")
    assert len(drawn(tab, "volume")[0]) == len(drawn(tab, "shares")[0]) == 3
    assert words_in(tab, "#changes").strip() == "No change point in this topic and these dates."
    assert words_in(tab, "#spread") != spread
    rows = tab.locator("#numbers tr").count()
    assert rows == 4  # the heads, and three bins
    tab.fill("#from", "2024-07-04T06:00")
    tab.dispatch_event("#from", "change")
    assert words_in(tab, "#status") == "No bin begins between these dates."


def test_a_change_point_shows_its_posts(page, open_page):
    tab = open_page(page, _WIDE)
    tab.locator("#changes button").first.click()
    assert tab.locator("#posts-list article").count() >= 2
    assert (
        "before" in words_in(tab, "#posts").lower() and "after" in words_in(tab, "#posts").lower()
    )
    # The triangle in the chart does the same as the button.
    found = words_in(tab, "#posts-list")
    tab.click("#reset")
    tab.locator("#numbers").evaluate("(table) => { table.closest('details').open = true; }")
    tab.locator("#numbers button").first.click()
    assert words_in(tab, "#posts-list") != found
    mark = tab.locator("#shares .scatterlayer path.point").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait_for_timeout(100)
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait_for_function("document.getElementById('posts-what').textContent.includes('change of')")
    assert tab.locator("#posts-list h3").count() == 2


def test_a_bar_shows_posts_of_its_emotion(page, open_page):
    tab = open_page(page, _WIDE)
    box = tab.locator("#shares .barlayer .trace").nth(1).locator("path").first.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait_for_timeout(100)
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait_for_selector("#posts-list article")
    assert words_in(tab, "#posts-what") == "all posts, 2024-07-01 00:00: joy"
    facts = tab.locator("#posts-list .meta").all_inner_texts()
    assert facts and all("· joy ·" in fact for fact in facts)


def test_hostile_texts_are_shown_and_run_nothing(page, open_page):
    tab = open_page(page, _PHONE)
    tab.locator("#numbers").evaluate("(table) => { table.closest('details').open = true; }")
    seen = ""
    for button in tab.locator("#numbers button").all():
        button.click()
        seen += words_in(tab, "#posts-list")
        assert not sideways(tab)
    for text in HOSTILE[:5]:
        assert text in seen
    tab.select_option("#topic", "2")
    assert words_in(tab, "#status").startswith(HOSTILE_TOPIC)
    assert HOSTILE_TOPIC[:12] in tab.locator("#heat .yaxislayer-above, #heat").first.inner_text()
    assert tab.evaluate("window.harmed") is None
    assert tab.locator("img").count() == 0 and tab.locator("script").count() == 3


def sideways(tab) -> bool:
    """Tell whether the page can be scrolled sideways."""
    return tab.evaluate(
        "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"
    )


@pytest.mark.parametrize("viewport", [_WIDE, _PHONE])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_desk_and_phone(posts, open_page, tmp_path, viewport, language):
    options = ReportOptions(freq="6h", language=language, title="w" * 200 + " 情绪")
    write_report(posts, tmp_path / "r.html", options=options)
    tab = open_page(tmp_path / "r.html", viewport)
    assert not sideways(tab)
    tab.select_option("#topic", "2")
    assert not sideways(tab)
    picture = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("RGB")
    assert picture.width == viewport["width"] and picture.height > 2_000
    colours = picture.getcolors(2**24)
    assert (
        len(colours) > 200
        and max(count for count, _ in colours) < 0.9 * picture.size[0] * picture.size[1]
    )


def test_a_desk_shows_change_points_whole(page, open_page):
    tab = open_page(page, _WIDE)
    assert tab.locator("#changes td").count() > 0
    assert tab.locator("#changes").evaluate(
        "(table) => table.parentElement.scrollWidth <= table.parentElement.clientWidth"
    )


def test_keyboard_alone_reaches_the_posts(page, open_page):
    tab = open_page(page, _WIDE)
    tab.focus("#topic")
    tab.keyboard.press("ArrowDown")
    assert words_in(tab, "#status").startswith("洪水: ")
    tab.focus("#changes button")
    tab.keyboard.press("Enter")
    assert tab.locator("#posts-list article").count() >= 1
    assert tab.evaluate("document.activeElement.id") == "posts"


def test_it_fits_paper(page, open_page):
    tab = open_page(page, _WIDE)
    paper = tab.pdf(format="A4")
    assert paper.startswith(b"%PDF") and len(paper) > 20_000


def test_a_page_with_less_has_no_empty_parts(posts, open_page, tmp_path):
    bare = posts.drop(columns=["user_id", "own_text", "topics", "parent_id", "valence"])
    write_report(bare, tmp_path / "r.html", options=ReportOptions(freq="12h"))
    tab = open_page(tmp_path / "r.html", _WIDE)
    for part in ("#keywords-section", "#spread-section", "#heat-section"):
        assert not tab.locator(part).is_visible()
    assert tab.locator("#topic option").count() == 1
    tab.locator("#changes button").first.click()
    assert words_in(tab, "#posts-what") == "This report was made without example posts."
