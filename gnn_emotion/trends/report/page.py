"""The page of a report: one HTML file with its data, style and scripts, which loads nothing.

The policy in its head (Content Security Policy, W3C) lets the two scripts run that are in the file,
known by their hashes, and forbids all that would reach out. Whatever posts say is data.
"""

from __future__ import annotations

import base64
import hashlib
import html
from importlib.resources import files
from string import Template

import numpy as np
import pandas as pd

from gnn_emotion.schema.errors import ContractError
from gnn_emotion.trends.columns import users_of
from gnn_emotion.trends.report.embed import as_json, page_data
from gnn_emotion.trends.report.examples import MOST_POSTS
from gnn_emotion.trends.report.masking import plain, shown_name
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.stretches import MOST_TEXTS
from gnn_emotion.trends.report.tables import MOST_CHANGES, ReportTables
from gnn_emotion.trends.report.words import words_of

#: In the order in which they build on each other.
_SCRIPTS = ("base.js", "charts.js", "tables.js", "filters.js")
#: What is said of how to read the page; the sixth is about example posts.
_POINTS = tuple(f"can_{number}" for number in range(1, 9))


def plotly_script() -> str:
    """Return plotly.js, as the package plotly brings it.

    Raises:
        ContractError: plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise ContractError(
            "a report needs plotly; install it with pip install 'gnn-emotion[report]'"
        ) from error
    return str(get_plotlyjs())


def report_page(tables: ReportTables, options: ReportOptions) -> str:
    """Write the page.

    Args:
        tables: what it tells.
        options: how it was made.

    Raises:
        ContractError: plotly is not installed.
    """
    words = words_of(options.language)
    scripts = (plotly_script(), _script())
    facts, shows_posts = _facts(options), options.examples > 0 and tables.keywords is not None
    points = [words[point] for point in _POINTS if shows_posts or point != "can_6"]
    written = {name: html.escape(text) for name, text in words.items()}
    written |= {
        "language": {"zh": "zh-CN"}.get(options.language, options.language),
        "policy": html.escape(_policy(scripts)),
        "title": html.escape(shown_title(options)),
        "about": html.escape(_about(tables, options)),
        "notes": "".join(f"<li>{html.escape(n)}</li>" for n in _notes(tables, options)),
        "points": "".join(f"<li>{html.escape(p.format(**facts))}</li>" for p in points),
        "coverage_table": _coverage(tables.coverage, options.language),
        "keywords_hint": html.escape(words["keywords_hint"].format(**facts)),
        "style": _read("page.css"),
        "data": as_json(page_data(tables, options)),
        "plotly": scripts[0],
        "script": scripts[1],
        "noscript": html.escape(words["script"]),
    }
    return Template(_read("page.html")).substitute(written)


def shown_title(options: ReportOptions) -> str:
    """Return the title of the page."""
    return " ".join(plain(options.title or words_of(options.language)["title"]).split())


def _read(name: str) -> str:
    return files("gnn_emotion.trends.report").joinpath(name).read_text(encoding="utf-8")


def _script() -> str:
    return '(() => {\n"use strict";\n' + "".join(map(_read, _SCRIPTS)) + "})();\n"


def _policy(scripts: tuple[str, ...]) -> str:
    hashes = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _facts(options: ReportOptions) -> dict[str, object]:
    return {
        "fewest": options.fewest_users,
        "examples": options.examples,
        "most": f"{MOST_POSTS:,}",
        "topics": options.topics,
        "texts": MOST_TEXTS,
    }


def _about(tables: ReportTables, options: ReportOptions) -> str:
    words = words_of(options.language)
    times = pd.to_datetime(tables.posts["created_at"], utc=True).dt.tz_convert(options.tz)
    told = {
        "posts": f"{len(tables.posts):,}",
        "users": f"{len(np.unique(users_of(tables.posts))):,}",
        "first": f"{times.iloc[0]:%Y-%m-%d %H:%M}",
        "last": f"{times.iloc[-1]:%Y-%m-%d %H:%M}",
        "zone": options.tz,
        "freq": words.get(f"freq_{tables.freq}", tables.freq),
    }
    about = words["about" if tables.known_users else "about_no_users"].format(**told)
    if "model_id" in tables.posts:
        models = tables.posts["model_id"].dropna().astype(str).unique()
        about += " " + words["model"].format(models=", ".join(map(shown_name, sorted(models))))
    return about


def _notes(tables: ReportTables, options: ReportOptions) -> list[str]:
    """Return what is missing from the page, and why."""
    words = words_of(options.language)
    gone = 1 + len(tables.names) - tables.totals["topic"].nunique()
    told = {
        "note_users": int(tables.posts["user_id"].isna().sum()),
        "note_undated": tables.undated,
        "note_outside": tables.outside,
        "note_topics": not tables.names and options.topics > 0,
        "note_hidden": gone,
        "note_changes": tables.changes_left_out,
        "note_texts": tables.keywords is None,
    }
    left = {"shown": MOST_CHANGES, "left": tables.changes_left_out}
    return [words[name].format(count=f"{int(n):,}", **left) for name, n in told.items() if n]


def _coverage(coverage: pd.DataFrame | None, language: str) -> str:
    """Return the rows of the table of the coverage; empty without one."""
    if coverage is None or not len(coverage):
        return ""
    words, row = words_of(language), coverage.iloc[0]
    heads = "".join(f'<th scope="col">{html.escape(words[str(n)])}</th>' for n in row.index)
    cells = "".join(f"<td>{'–' if pd.isna(v) else f'{v:,.0f}'}</td>" for v in row)
    return f"<tr>{heads}</tr><tr>{cells}</tr>"
