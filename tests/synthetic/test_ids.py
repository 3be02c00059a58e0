from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.synthetic.ids import bid_of, draw_mid, mid_of, mid_second

SECONDS = st.integers(min_value=1_262_304_000, max_value=1_893_456_000)


@given(SECONDS, st.integers(0, 1000))
def test_a_mid_holds_its_second_and_has_sixteen_digits(second: int, seed: int):
    mid = draw_mid(Random(seed), second, set())
    assert mid_second(mid) == second
    assert len(mid) == 16 and mid.isdecimal()


@given(st.integers(min_value=10**15, max_value=10**16 - 1).map(str))
def test_bid_and_mid_stand_for_each_other(mid: str):
    bid = bid_of(mid)
    assert mid_of(bid) == mid
    assert len(bid) == (9 if int(mid) < 62 * 10**14 else 10) and bid.isalnum()


def test_seven_digits_become_four_characters():
    assert bid_of("10000062") == "10010"
    assert bid_of("30000000") == "30000"
    assert mid_of("30000") == "30000000"


def test_no_number_is_drawn_twice():
    taken: set[int] = set()
    first = draw_mid(Random(1), 1_719_784_800, taken)
    again = draw_mid(Random(1), 1_719_784_800, taken)  # the same chance would give the same number
    assert again != first and len(taken) == 2
