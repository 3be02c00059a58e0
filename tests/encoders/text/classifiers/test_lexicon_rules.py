"""Negation turns, degree scales, and neither reaches past a clause."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text.classifiers.lexicon_files import CODES, Lexicon
from gnn_emotion.encoders.text.classifiers.lexicon_rules import OPPOSITE, RuleOptions, Rules
from gnn_emotion.schema.errors import ContractError

LEXICON = Lexicon(
    words={
        "开心": {"PA": 0.6},
        "难过": {"NB": 0.6},
        "讨厌": {"ND": 0.5, "NE": 0.3},
        "惊讶": {"PC": 0.5},
        "无比": {"PH": 0.3},
    },
    negations=frozenset({"不", "没有"}),
    degrees={"非常": 2.0, "太": 2.0, "有点": 0.5, "无比": 2.0},
)


def said(text: str, **options) -> dict[str, float]:
    """Return what words, written with spaces between, speak for."""
    found = Rules(LEXICON, RuleOptions(**options)).evidence(text.split())
    return {code: round(float(v), 6) for code, v in zip(CODES, found, strict=True) if v}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我 今天 开心", {"PA": 0.6}),
        ("开心 开心", {"PA": 1.2}),
        ("讨厌", {"ND": 0.5, "NE": 0.3}),
        ("我 看书", {}),
        ("", {}),
        # Negation turns an emotion into its opposite, and weakens it.
        ("我 不 开心", {"NB": 0.3}),
        ("不 难过", {"PA": 0.3}),
        ("不 讨厌", {"PB": 0.25, "PE": 0.15}),
        ("不开心", {"NB": 0.3}),
        ("不 不开心", {"PA": 0.6}),
        ("没有 不 开心", {"PA": 0.6}),
        # Surprise has no opposite.
        ("不 惊讶", {}),
        # Degree.
        ("非常 开心", {"PA": 1.2}),
        ("有点 难过", {"NB": 0.3}),
        ("非常 非常 开心", {"PA": 2.4}),
        ("非常 非常 非常 开心", {"PA": 2.4}),
        ("非常 不 开心", {"NB": 0.6}),
        ("不 太 开心", {"NB": 0.15}),
        # A degree word that is an emotion word is the one only if the other does not follow.
        ("无比 开心", {"PA": 1.2}),
        ("无比", {"PH": 0.3}),
        # How far: four words, and not past a clause or another emotion word.
        ("不 a b c 开心", {"NB": 0.3}),
        ("不 a b c d 开心", {"PA": 0.6}),
        ("不 ， 开心", {"PA": 0.6}),
        ("非常 难过 开心", {"NB": 1.2, "PA": 0.6}),
        # Exclamation marks.
        ("开心 !", {"PA": 0.72}),
        ("开心 ! ! ! ! !", {"PA": 0.96}),
        # Emoticons.
        ("[泪]", {"NB": 0.777778}),
        ("[怒]", {"NA": 0.777778}),
        ("[微笑]", {}),
    ],
)
def test_rules(text, expected):
    assert said(text) == expected


def test_every_option_is_used():
    assert said("不 a b c 开心", window=3) == {"PA": 0.6}
    assert said("不 开心", negated=0.0) == {}
    assert said("开心 !", exclamation=1.0) == {"PA": 1.2}


def test_opposites_are_classes_and_lead_back_to_their_side():
    good = {code for code in CODES if code.startswith("P")} - {"PF", "PC"}
    bad = set(CODES) - good - {"PC"}
    assert set(OPPOSITE) == good | bad
    assert {OPPOSITE[code] for code in good} <= bad
    assert {OPPOSITE[code] for code in bad} <= good


@given(st.lists(st.sampled_from([*LEXICON.words, *LEXICON.degrees, "不", "!", "，", "x"])))
def test_evidence_is_never_below_nothing(words):
    found = Rules(LEXICON, RuleOptions()).evidence(words)
    assert found.shape == (21,) and (found >= 0).all() and np.isfinite(found).all()
    assert found.any() or not {"开心", "难过", "讨厌"} & set(words)


@pytest.mark.parametrize("name", ["window", "negated", "exclamation"])
def test_options_check_themselves(name):
    with pytest.raises(ContractError, match=f"{name} is -1; expected 0 or more"):
        RuleOptions(**{name: -1})
