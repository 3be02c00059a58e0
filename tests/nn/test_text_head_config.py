"""The shape of a text head checks itself."""

from __future__ import annotations

import pytest

from gnn_emotion.nn.text_head_config import TextHeadConfig
from gnn_emotion.schema.errors import ContractError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pooling": "sum"}, "unknown pooling 'sum'"),
        ({"kernel_sizes": ()}, "a kernel size"),
        ({"kernel_sizes": (2, 0)}, "sizes of 1 or more"),
        ({"num_layers": 0}, "sizes of 1 or more"),
        ({"heads": 3}, "hidden_channels 128 is not a multiple of heads 3"),
        ({"dropout": 1.0}, "dropout is 1.0; expected 0 <= dropout < 1"),
    ],
)
def test_a_shape_checks_itself(options, message):
    with pytest.raises(ContractError, match=message):
        TextHeadConfig(12, 3, **options)
