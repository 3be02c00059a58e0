"""The embedded encoder: rows that depend on their text alone, and weights that survive a file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text import ngram_text
from gnn_emotion.encoders.text.ngram_text import (
    FILE,
    NgramEncoder,
    NgramOptions,
    document_frequencies,
)
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import MISSING, OK

TEXTS = ["今天真好", None, "", "  \u3000", "今天真好", "哈哈哈😀", "a", "@张三 no way", "\n"]
EMPTY = [text is None or not text.strip() for text in TEXTS]


def make_encoder(seed: int = 0, **options) -> NgramEncoder:
    torch.manual_seed(seed)
    chosen = NgramOptions(buckets=1 << 8, dim=6, **options)
    idf = torch.rand(chosen.buckets) + 0.5
    idf[0] = 0
    encoder = NgramEncoder(chosen, idf)
    torch.nn.init.normal_(encoder.table.weight)
    return encoder


@pytest.fixture(scope="module", params=[0, 16], ids=["bag", "windows"])
def encoder(request) -> NgramEncoder:
    return make_encoder(hidden=request.param)


def encode(encoder: NgramEncoder, texts: list[str | None]):
    return encoder.encode(pa.array([str(i) for i in range(len(texts))]), pa.array(texts, "string"))


def test_blank_texts_are_missing_and_zero(encoder):
    found = encode(encoder, TEXTS)
    assert found.x.shape == (len(TEXTS), encoder.spec.dim)
    assert found.x.dtype == np.float32
    assert (~found.present).tolist() == EMPTY
    assert found.status.tolist() == [MISSING if empty else OK for empty in EMPTY]
    assert not found.x[EMPTY].any()
    assert found.x[~np.array(EMPTY)].any(axis=1).all()
    assert found.ids.to_pylist() == [str(i) for i in range(len(TEXTS))]


def test_the_weighted_mean_of_its_ngrams(encoder):
    slots, _ = encoder.hash(pa.array(["今天真好"]))
    weights = encoder.idf.numpy()[slots]
    bag = weights @ encoder.table.weight.detach().numpy()[slots]
    expected = bag / np.sqrt((weights**2).sum())
    np.testing.assert_allclose(encode(encoder, ["今天真好"]).x[0, :6], expected, rtol=1e-5)


def test_windows_by_hand():
    encoder = make_encoder(hidden=5)
    slots, _ = encoder.hash(pa.array(["天好"]))
    weights = encoder.idf.numpy()[slots][:, None]
    first, second = (weights * encoder.table.weight.detach().numpy()[slots]).reshape(2, 3, 6).sum(1)
    nothing, conv = np.zeros(6), encoder.windows.conv
    windows = np.stack([np.r_[nothing, first, second], np.r_[first, second, nothing]])
    heard = windows @ conv.weight.detach().numpy().T + conv.bias.detach().numpy()
    expected = np.maximum(heard, 0).max(axis=0)
    for texts in (["天好"], ["哈", "天好", None, "好天好"]):
        x = encode(encoder, texts).x[texts.index("天好"), 6:]
        np.testing.assert_allclose(x, expected, rtol=1e-4, atol=1e-5)


def test_runs_do_not_matter(monkeypatch):
    encoder = make_encoder(hidden=5)
    expected = encode(encoder, TEXTS).x
    monkeypatch.setattr(ngram_text, "_NGRAMS_A_RUN", 10)
    np.testing.assert_array_equal(encode(encoder, TEXTS).x, expected)


def test_what_is_folded_has_one_vector(encoder):
    x = encode(encoder, ["ＡＢ  １２", "ab 7", " Ab 7 ", "ab！"]).x
    assert (x[0] == x[1]).all()
    assert (x[0] == x[2]).all()
    assert (x[0] != x[3]).any()


@given(st.lists(st.none() | st.text(max_size=8), min_size=1, max_size=8), st.integers(0, 7))
def test_a_row_is_the_same_whatever_the_batch(encoder, texts, at):
    at %= len(texts)
    together, alone = encode(encoder, texts), encode(encoder, [texts[at]])
    np.testing.assert_array_equal(together.x[at], alone.x[0])
    assert together.status[at] == alone.status[0]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_passes_do_not_matter(encoder, monkeypatch, size):
    expected = encode(encoder, TEXTS)
    monkeypatch.setattr(ngram_text, "_TEXTS_PER_PASS", size)
    found = encode(encoder, TEXTS)
    np.testing.assert_array_equal(found.x, expected.x)
    np.testing.assert_array_equal(found.present, expected.present)


@pytest.mark.parametrize("texts", [[], [None], [None, ""], ["", " "]])
def test_nothing_to_encode(encoder, texts):
    found = encode(encoder, texts)
    assert found.x.shape == (len(texts), encoder.spec.dim)
    assert not found.present.any()


def test_chunks_are_read_as_one_column(encoder):
    whole = pa.array(TEXTS)
    chunked = pa.chunked_array([whole.slice(0, 2), whole.slice(2)])
    ids = pa.array([str(i) for i in range(len(TEXTS))])
    np.testing.assert_array_equal(encoder.encode(ids, chunked).x, encode(encoder, TEXTS).x)


@pytest.mark.parametrize("hidden", [0, 5])
@pytest.mark.parametrize("orders", [1, 2, 3])
def test_saved_and_loaded_it_encodes_alike(tmp_path, orders, hidden):
    encoder = make_encoder(orders=orders, hidden=hidden)
    encoder.save(tmp_path)
    loaded = NgramEncoder.load(tmp_path)
    assert loaded.spec == encoder.spec
    assert torch.equal(loaded.table.weight, encoder.table.weight.half().float())
    np.testing.assert_allclose(
        encode(loaded, TEXTS).x, encode(encoder, TEXTS).x, rtol=2e-3, atol=2e-3
    )
    loaded.save(tmp_path)
    np.testing.assert_array_equal(
        encode(NgramEncoder.load(tmp_path), TEXTS).x, encode(loaded, TEXTS).x
    )


def test_a_missing_or_damaged_file_is_refused(encoder, tmp_path):
    with pytest.raises(ContractError, match=f"{FILE} is missing; expected the embedded text enc"):
        NgramEncoder.load(tmp_path)
    encoder.save(tmp_path)
    stored = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(stored[: len(stored) // 2])
    with pytest.raises(ContractError, match=f"{FILE} is damaged"):
        NgramEncoder.load(tmp_path)


def test_the_spec_changes_with_all_that_changes_a_vector(encoder):
    table, idf = make_encoder(), make_encoder()
    with torch.no_grad():
        table.table.weight[3, 2] += 1
        idf.idf[3] += 1
    windows = make_encoder(hidden=5)
    specs = [encoder.spec, table.spec, idf.spec, make_encoder(orders=2).spec]
    specs.append(make_encoder(hidden=4).spec)
    with torch.no_grad():
        windows.windows.conv.bias += 1
    specs.append(windows.spec)
    assert len({spec.key for spec in specs}) == len(specs)
    again = {"hidden": encoder.options.hidden}
    assert make_encoder(**again).spec == encoder.spec
    assert make_encoder(drop=0.1, **again).spec == encoder.spec  # used in training alone


def test_in_training_ngrams_are_left_out_and_in_use_they_are_not(encoder):
    text = "今天真好啊朋友们"
    slots, starts = encoder.hash(pa.array([text]))
    inputs = torch.from_numpy(slots), torch.from_numpy(starts[:-1])
    encoder.train()
    torch.manual_seed(0)
    assert not torch.equal(encoder(*inputs), encoder(*inputs))
    assert (
        encode(encoder, ["今天真好啊朋友们"]).x == encode(encoder, ["今天真好啊朋友们"]).x
    ).all()


@pytest.mark.parametrize("drop", [-0.1, 1.0])
def test_drop_is_a_share(drop):
    with pytest.raises(ValueError, match=f"drop is {drop}; expected 0 <= drop < 1"):
        NgramOptions(drop=drop)


def test_hidden_is_a_number_of_channels():
    with pytest.raises(ValueError, match="hidden is -1; expected 0 or more"):
        NgramOptions(hidden=-1)


def test_idf_has_one_weight_a_bucket():
    with pytest.raises(ContractError, match=r"idf has shape \(5,\), expected \(256,\)"):
        NgramEncoder(NgramOptions(buckets=256), torch.ones(5))


def test_document_frequencies_by_hand():
    slots = np.array([1, 1, 2, 0, 1, 0], dtype=np.int32)  # texts {1, 2}, {1}, {}
    idf = document_frequencies(slots, np.array([0, 4, 6, 6]), 4)
    raw = np.array([np.log(4 / 3) + 1, np.log(4 / 3) + 1, np.log(4 / 2) + 1, np.log(4) + 1])
    expected = raw / raw.mean()
    np.testing.assert_allclose(idf[1:], expected[1:], rtol=1e-6)
    assert idf[0] == 0
