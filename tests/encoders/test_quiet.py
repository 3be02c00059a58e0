"""transformers is quiet for a while, and then as it was."""

from __future__ import annotations

import pytest
from transformers.utils import logging

from gnn_emotion.encoders.quiet import quiet_transformers


@pytest.mark.parametrize("bars", [True, False])
def test_all_is_put_back_even_after_an_error(bars):
    verbosity, before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    (logging.enable_progress_bar if bars else logging.disable_progress_bar)()
    try:
        with pytest.raises(KeyError), quiet_transformers():
            assert logging.get_verbosity() == logging.ERROR
            assert not logging.is_progress_bar_enabled()
            raise KeyError
        assert logging.get_verbosity() == verbosity
        assert logging.is_progress_bar_enabled() == bars
    finally:
        (logging.enable_progress_bar if before else logging.disable_progress_bar)()
