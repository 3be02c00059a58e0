"""Profiles as features."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.encoders.users import SPEC, encode_users
from gnn_emotion.schema.features import MISSING, OK


@pytest.fixture(scope="module")
def dump(make_dump):
    users = [
        {"user_id": "u0", "name": "甲", "location": "北京", "description": "你好"},
        {"user_id": "u1", "follower_count": 99, "gender": "f", "verified": True},
        {"user_id": "u2", "following_count": 0, "gender": "m", "verified": False},
        {"user_id": "u3", "post_count": -5},
        {"user_id": "u4", "follower_count": 2**63 - 1, "gender": "x"},
    ]
    return make_dump(users=users)


def test_columns(dump):
    found = encode_users(dump)
    assert found.spec == SPEC
    assert found.x.dtype == np.float32
    expected = np.zeros((5, 9), dtype=np.float32)
    expected[1] = [0.5, 1, 0, 0, 0, 0, 1, 1, 0]
    expected[2, [3, 8]] = 1
    expected[3, 5] = 1
    expected[4, :2] = [63 * np.log10(2) / 4, 1]
    np.testing.assert_allclose(found.x, expected, rtol=1e-6)


def test_a_user_of_whom_only_the_name_is_known_is_missing(dump):
    found = encode_users(dump)
    assert found.status.tolist() == [MISSING, OK, OK, OK, OK]
    assert found.present.tolist() == [False, True, True, True, True]
    assert found.ids.to_pylist() == ["u0", "u1", "u2", "u3", "u4"]


def test_no_users(make_dump):
    assert encode_users(make_dump()).x.shape == (0, 9)
