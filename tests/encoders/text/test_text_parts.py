"""A text in pieces: together they are what the encoder gives."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch

from gnn_emotion.encoders.text.ngram_text import NgramEncoder, NgramOptions
from gnn_emotion.encoders.text.text_parts import Divisible, TextParts
from gnn_emotion.schema.errors import ContractError

TEXTS = ["好", "今天真开心[哈哈]！", "a１b @某人 https://t.cn/x 123", "x" * 300]


@pytest.mark.parametrize("text", TEXTS)
def test_the_characters_of_the_embedded_encoder_sum_to_its_features(text):
    torch.manual_seed(0)
    idf = torch.rand(1 << 8) + 0.5
    encoder = NgramEncoder(NgramOptions(buckets=1 << 8, dim=6), idf)
    torch.nn.init.normal_(encoder.table.weight)
    assert isinstance(encoder, Divisible)
    parts = encoder.parts(text)
    whole = encoder.encode(pa.array(["1"]), pa.array([text])).x
    np.testing.assert_allclose(parts.join(parts.x[None]).numpy(), whole, rtol=1e-4, atol=1e-5)
    assert len(parts.x) == len(parts.text) and (parts.spans[:, 1] - parts.spans[:, 0] == 1).all()
    assert (parts.baseline == 0).all()


@pytest.mark.parametrize("text", TEXTS)
def test_the_ngrams_of_windows_join_to_its_features(text):
    torch.manual_seed(0)
    encoder = NgramEncoder(NgramOptions(buckets=1 << 8, dim=6, hidden=4), torch.rand(1 << 8) + 0.5)
    torch.nn.init.normal_(encoder.table.weight)
    encoder.eval()
    parts = encoder.parts(text)
    whole = encoder.encode(pa.array(["1"]), pa.array([text])).x
    versions = torch.stack([parts.x, parts.baseline])
    joined = parts.join(versions.requires_grad_())
    np.testing.assert_allclose(joined[:1].detach().numpy(), whole, rtol=1e-4, atol=1e-5)
    joined.sum().backward()
    assert versions.grad.abs().sum() > 0
    assert (parts.spans[:, 1] > parts.spans[:, 0]).all()
    assert parts.spans.max() == len(parts.text)


def test_a_character_changes_the_features_of_its_neighbourhood_alone():
    torch.manual_seed(0)
    encoder = NgramEncoder(NgramOptions(buckets=1 << 10, dim=4), torch.ones(1 << 10))
    torch.nn.init.normal_(encoder.table.weight)
    before, after = encoder.parts("今天天气真好").x, encoder.parts("今天天气真坏").x
    same = [torch.allclose(a, b) for a, b in zip(before, after, strict=True)]
    assert same == [True, True, True, False, False, False]


def test_pieces_that_do_not_fit_are_refused():
    with pytest.raises(ContractError, match="2 pieces"):
        TextParts("ab", np.zeros((2, 2), dtype=np.int64), torch.zeros(3, 4), torch.zeros(3, 4), sum)
