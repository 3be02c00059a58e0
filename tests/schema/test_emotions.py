"""The registry of label sets: reading labels, and conversions that keep their mass."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gnn_emotion.schema import emotions as em
from gnn_emotion.schema.errors import LabelError

PAIRS = [(s, t) for s in em.label_sets() for t in em.targets_from(s)]
REFUSED = [(s, t) for s in em.label_sets() for t in em.label_sets() if (s, t) not in PAIRS]


def one_hot(set_name: str, label: str) -> np.ndarray:
    chosen = em.label_set(set_name)
    return np.eye(chosen.K)[[chosen.index(label)]]


def answer(source: str, label: str, target: str) -> str | None:
    """The one target label that all mass of a source label goes to; None when it is unmapped."""
    probs, unmapped = em.convert(one_hot(source, label), source, target)
    return None if unmapped[0] == 1 else em.label_set(target).labels[int(probs[0].argmax())]


def test_canonical_order():
    expected = ("neutral", "joy", "anger", "disgust", "fear", "sadness", "surprise")
    assert em.label_set(em.CANONICAL).labels == expected
    smp = ("neutral", "happy", "angry", "sad", "fear", "surprise")
    assert em.label_set("smp2020").labels == smp


@pytest.mark.parametrize("name", em.label_sets())
def test_every_spelling_is_read(name):
    chosen = em.label_set(name)
    every = np.arange(chosen.K)
    np.testing.assert_array_equal(em.parse_labels(chosen.labels, name), every)
    np.testing.assert_array_equal(em.parse_labels(chosen.zh, name), every)
    np.testing.assert_array_equal(em.parse_labels(list(range(chosen.K)), name), every)
    np.testing.assert_array_equal(
        em.parse_labels([f" {x.upper()} " for x in chosen.labels], name), every
    )
    for alias, label in chosen.aliases.items():
        assert chosen.index(alias) == chosen.labels.index(label)


def test_columns_of_pandas_and_arrow_are_read():
    words = ["泪流", "[泪]"]
    with pytest.raises(LabelError, match="row 0: unknown label '泪流'"):
        em.parse_labels(words, "ekman7")
    assert em.parse_labels(pd.Series(["[泪]", "愤怒"]), "ekman7").tolist() == [5, 2]
    assert em.parse_labels(pa.array(["joy", "neutral"]), "ekman7").tolist() == [1, 0]
    assert em.parse_labels(pd.Series([1.0, 0.0]), "ekman7").tolist() == [1, 0]
    assert em.parse_labels([], "ekman7").dtype == np.int64


@pytest.mark.parametrize(
    "missing", [None, "", "  ", float("nan"), pd.NA, pd.NaT, True, 0.5, np.float32("nan"), []]
)
def test_missing_label_names_its_row(missing):
    with pytest.raises(LabelError, match=r"row 2 \(and 1 more rows\): missing label"):
        em.parse_labels(["joy", "anger", missing, "joy", missing], "ekman7")


def test_unknown_label_gives_the_closest_match():
    with pytest.raises(LabelError, match=r"row 1: unknown label 'angery'.*did you mean 'anger'"):
        em.parse_labels(["joy", "angery"], "ekman7")
    for stray in ("-1", -1, 7, "nan", "NaN"):
        with pytest.raises(LabelError, match="row 0: unknown"):
            em.parse_labels([stray], "ekman7")
    with pytest.raises(LabelError, match="did you mean 'smp2020'"):
        em.label_set("smp202")
    with pytest.raises(LabelError, match="did you mean 'anger'"):
        em.label_set("ekman7").index("angr")


def test_dutir_na_is_anger_and_survives(tmp_path):
    codes = em.parse_labels(["NA", "PC", "NA"], "dutir21")
    assert [em.label_set("dutir21").labels[i] for i in codes] == ["NA", "PC", "NA"]
    assert answer("dutir21", "NA", "ekman7") == "anger"
    with pytest.raises(LabelError, match="unknown label 'NA'"):
        em.parse_labels(["NA"], "ekman7")
    file = tmp_path / "lexicon.csv"
    file.write_text("word,emotion\na,PC\nb,NA\n")
    with pytest.raises(LabelError, match=r"row 1: missing label nan.*keep_default_na=False"):
        em.parse_labels(pd.read_csv(file)["emotion"], "dutir21")
    read = pd.read_csv(file, keep_default_na=False)["emotion"]
    assert em.label_set("dutir21").labels[em.parse_labels(read, "dutir21")[1]] == "NA"


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_rows_sum_to_one_exactly(source, target):
    table = em.mapping(source, target)
    assert table.matrix.shape == (em.label_set(source).K, em.label_set(target).K)
    assert table.matrix.dtype == np.float64
    assert (table.matrix.sum(axis=1) + table.unmapped == 1).all()
    assert (table.via[0], table.via[-1]) == (source, target)
    with pytest.raises(ValueError, match="read-only"):
        table.matrix[0, 0] = 2


@settings(max_examples=200, deadline=None)
@given(pair=st.sampled_from(PAIRS), data=st.data())
def test_mass_is_kept(pair, data):
    source, target = pair
    shape = (data.draw(st.integers(0, 5)), em.label_set(source).K)
    probs = data.draw(arrays(np.float64, shape, elements=st.floats(0, 1)))
    out, unmapped = em.convert(probs, source, target)
    assert out.shape == (shape[0], em.label_set(target).K)
    np.testing.assert_allclose(out.sum(axis=1) + unmapped, probs.sum(axis=1), atol=1e-12)
    assert (out >= 0).all() and (unmapped >= 0).all()


@pytest.mark.parametrize(("source", "target"), [p for p in PAIRS if len(em.mapping(*p).via) == 3])
def test_composed_conversion_is_both_steps(source, target):
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(em.label_set(source).K), size=4)
    middle, lost = em.convert(probs, source, em.CANONICAL)
    expected, lost_later = em.convert(middle, em.CANONICAL, target)
    got, unmapped = em.convert(probs, source, target)
    np.testing.assert_allclose(got, expected, atol=1e-15)
    np.testing.assert_allclose(unmapped, lost + lost_later, atol=1e-15)
    assert em.mapping(source, target).via[1] == em.CANONICAL
    assert (em.mapping(source, target).lossy >= em.mapping(source, em.CANONICAL).lossy).all()


def test_summing_comes_before_argmax():
    smp = em.label_set("smp2020")
    probs = np.zeros((1, 6))
    probs[0, [smp.index("happy"), smp.index("angry"), smp.index("sad")]] = 0.4, 0.3, 0.3
    out, _ = em.convert(probs, "smp2020", "polarity3")
    assert em.label_set("polarity3").labels[int(out.argmax())] == "negative"


@pytest.mark.parametrize(("source", "target"), REFUSED)
def test_coarse_to_fine_is_refused(source, target):
    with pytest.raises(LabelError, match=f"'{source}' cannot answer '{target}'") as caught:
        em.mapping(source, target)
    for possible in em.targets_from(source):
        assert repr(possible) in str(caught.value)


def test_named_refusals():
    for pair in [("smp2020", "ekman7"), ("polarity3", "ekman7"), ("polarity3", "smp2020")]:
        assert pair in REFUSED
    assert ("ekman7", "dutir21") in REFUSED and ("goemotions_group", "ekman7") in REFUSED


@pytest.mark.parametrize("source", em.label_sets())
def test_surprise_takes_no_side(source):
    words = {"surprise", "astonished", "PC"}
    for label in words & set(em.label_set(source).labels):
        assert answer(source, label, "polarity3") is None
        if "goemotions_group" in em.targets_from(source):
            assert answer(source, label, "goemotions_group") == "ambiguous"


@pytest.mark.parametrize(
    ("source", "label", "target", "expected"),
    [
        ("ekman7", "disgust", "smp2020", "angry"),
        ("ekman7", "neutral", "ekman6", None),
        ("dutir21", "NE", "ekman7", "sadness"),
        ("dutir21", "NE", "dutir7", "disgust"),
        ("dutir21", "PH", "ekman8", "like"),
        ("goemotions28", "grief", "polarity3", "negative"),
        ("goemotions28", "curiosity", "goemotions_group", "ambiguous"),
        ("cped13", "negative-other", "ekman7", None),
        ("cped13", "negative-other", "polarity3", "negative"),
        ("nlpcc2014", "none", "smp2020", "neutral"),
        ("nrc8", "trust", "ekman7", "joy"),
        ("meld7", "anger", "smp2020", "angry"),
    ],
)
def test_labels_land_where_the_sources_say(source, label, target, expected):
    assert answer(source, label, target) == expected


def test_lossy_steps_are_flagged():
    flags = em.mapping("ekman7", "smp2020").lossy
    assert np.flatnonzero(flags).tolist() == [em.label_set("ekman7").index("disgust")]
    praise = em.mapping("nlpcc2014", "ekman7").lossy
    assert np.flatnonzero(praise).tolist() == [em.label_set("nlpcc2014").index("like")]
    assert not em.mapping("nlpcc2014", "ekman8").lossy.any()
    assert em.mapping("dutir21", "polarity3").version == "1:dutir21>ekman7>polarity3"


@pytest.mark.parametrize("bad", [[[0.5] * 6], [0.5] * 7, [[math.nan] * 7], [[-0.1] + [0.1] * 6]])
def test_bad_probabilities_are_refused(bad):
    with pytest.raises(LabelError):
        em.convert(bad, "ekman7", "polarity3")


def test_multilabel_scores_use_noisy_or():
    scores = np.zeros((2, 28))
    labels = em.label_set("goemotions28")
    scores[0, [labels.index("anger"), labels.index("annoyance")]] = 0.8, 0.5
    out = em.convert_multilabel(scores, "goemotions28", "ekman7")
    assert out[0, em.label_set("ekman7").index("anger")] == pytest.approx(0.9)
    assert out[1].tolist() == [0] * 7
    with pytest.raises(LabelError, match="at most 1"):
        em.convert_multilabel(scores * 2, "goemotions28", "ekman7")


def names(mask: np.ndarray) -> set[str]:
    return {label for label, on in zip(em.label_set("ekman7").labels, mask, strict=True) if on}


def test_partial_targets_are_the_set_a_label_stands_for():
    def of(set_name: str, label: str) -> set[str]:
        return names(em.partial_targets([em.label_set(set_name).index(label)], set_name)[0])

    assert of("smp2020", "angry") == {"anger", "disgust"}
    assert of("smp2020", "happy") == {"joy"}
    assert of("polarity3", "negative") == {"anger", "disgust", "fear", "sadness"}
    assert of("polarity3", "positive") == {"joy"}
    assert of("polarity3", "neutral") == {"neutral"}
    assert of("goemotions_group", "ambiguous") == {"surprise"}
    assert of("goemotions28", "grief") == {"sadness"}
    assert of("cped13", "negative-other") == {"anger", "disgust", "fear", "sadness"}
    every = em.partial_targets([-1], "smp2020")[0]
    assert every.all()


@pytest.mark.parametrize("name", em.label_sets())
def test_partial_targets_allow_something_for_every_label(name):
    mask = em.partial_targets(np.arange(-1, em.label_set(name).K), name)
    assert mask.dtype == bool and mask.any(axis=1).all()
    with pytest.raises(LabelError, match="from -1 to"):
        em.partial_targets([em.label_set(name).K], name)


@pytest.mark.parametrize("coarse", em.targets_from("ekman7"))
def test_partial_targets_of_a_coarse_set_split_what_is_mapped(coarse):
    mask = em.partial_targets(np.arange(em.label_set(coarse).K), coarse)
    mapped = em.mapping("ekman7", coarse).unmapped == 0
    np.testing.assert_array_equal(mask.sum(axis=0), mapped.astype(int))


def test_shared_labels_leave_out_what_is_not_equal():
    shared = em.shared_labels("smp2020", "ekman7")
    assert ("happy", "joy") in shared.pairs and len(shared.pairs) == 5
    assert shared.dropped_first == ("angry",)
    assert shared.dropped_second == ("anger", "disgust")
    with pytest.raises(LabelError, match="cannot answer"):
        em.shared_labels("nrc8", "cped13")


def test_valence_follows_its_rule():
    got = em.valence(np.eye(7))
    assert got.tolist() == [0, 1, -1, -1, -1, -1, 0]
    assert em.valence(np.full((1, 7), 1 / 7))[0] == pytest.approx(-3 / 7)


def test_no_torch():
    code = "import sys, gnn_emotion.schema.emotions; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.real_data
def test_labels_of_real_files_are_known(real_data):
    cped = pd.read_csv(real_data("cped") / "valid_split.csv", keep_default_na=False)
    meld = pd.read_csv(real_data("meld") / "dev_sent_emo.csv", keep_default_na=False)
    lexicon = real_data("lexicons") / "emotion_words_31264.csv"
    codes = pd.read_csv(lexicon, keep_default_na=False)["emotion"]
    for values, name in [(cped.Emotion, "cped13"), (meld.Emotion, "meld7"), (codes, "dutir21")]:
        assert set(em.parse_labels(values, name)) == set(range(em.label_set(name).K))
    na = em.label_set("dutir21").index("NA")
    assert (em.parse_labels(codes, "dutir21") == na).sum() == (codes == "NA").sum() > 300
    xml = (real_data("nlpcc2014") / "expression_spans.xml").read_text("utf-8")
    kinds = re.findall(r'emotion-type[12]="([^"]*)"', xml)
    assert set(em.parse_labels(kinds, "nlpcc2014")) == set(range(8))
    smp = pd.read_parquet(real_data("smp2020_ewect") / "usual_eval.parquet")
    assert set(em.parse_labels(smp["label"], "smp2020")) == set(range(6))
