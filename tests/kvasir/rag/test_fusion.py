import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.ports.passages import Leg
from kvasir.rag.fusion import SHIPPED_WEIGHTS, fuse, join

finite = st.floats(min_value=-1e3, max_value=1e3, width=32)


def legs(words: list[float], grams: list[float]) -> dict[Leg, np.ndarray]:
    return {Leg.WORDS: np.array(words, np.float32), Leg.GRAMS: np.array(grams, np.float32)}


def test_each_leg_counts_by_its_weight_on_its_own_scale() -> None:
    scores = fuse(legs([0, 5, 10], [100, 100, 300]), {Leg.WORDS: 0.75, Leg.GRAMS: 0.25})
    np.testing.assert_allclose(scores, [0, 0.375, 1.0])


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=30))
def test_scores_stay_between_nothing_and_the_sum_of_weights(rows: list[tuple[float, float]]) -> None:
    scores = fuse(legs([a for a, _ in rows], [b for _, b in rows]), {Leg.WORDS: 0.6, Leg.GRAMS: 0.4})
    assert scores.shape == (len(rows),)
    assert (scores >= -1e-6).all()
    assert (scores <= 1 + 1e-6).all()


@given(st.lists(finite, min_size=2, max_size=30), st.floats(0.125, 50, width=32), finite)
def test_the_order_does_not_depend_on_a_legs_scale(values: list[float], factor: float, shift: float) -> None:
    plain = np.array(values, np.float32)
    if np.ptp(plain) < 1e-2:
        return
    one = fuse({Leg.WORDS: plain}, {Leg.WORDS: 1.0})
    other = fuse({Leg.WORDS: plain * np.float32(factor) + np.float32(shift)}, {Leg.WORDS: 1.0})
    np.testing.assert_allclose(one, other, atol=0.02)


def test_a_leg_that_tells_nothing_apart_says_nothing() -> None:
    np.testing.assert_array_equal(fuse(legs([3, 3], [0, 1]), {Leg.WORDS: 0.5, Leg.GRAMS: 0.5}), [0, 0.5])
    assert fuse({}, {Leg.WORDS: 1.0}).shape == (0,)


def test_several_searches_share_one_scale() -> None:
    joined = join([legs([1, 2], [5, 6]), {Leg.WORDS: np.array([9], np.float32)}, {}])
    np.testing.assert_array_equal(joined[Leg.WORDS], [1, 2, 9])
    np.testing.assert_array_equal(joined[Leg.GRAMS], [5, 6, 5])


@pytest.mark.parametrize("dense", [True, False])
def test_the_shipped_weights_fit_what_was_scored(*, dense: bool) -> None:
    scored = legs([1], [1]) | ({Leg.DENSE: np.ones(1, np.float32)} if dense else {})
    weights = SHIPPED_WEIGHTS.of(scored)
    assert (Leg.DENSE in weights) is dense
    assert all(weight > 0 for weight in weights.values())
