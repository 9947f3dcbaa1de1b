"""Quality gates: what they say, what they refuse, and when they hold."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmcast.errors import UsageError
from lstmcast.evaluation.gate import Gate, demand_known, parse_gate


@pytest.mark.parametrize(
    ("text", "figure", "comparison", "bounds"),
    [
        ("mase < 1", "mase", "<", (1.0,)),
        ("mase<=1e-1", "mase", "<=", (0.1,)),
        (" skill_seasonal_naive  >  0 ", "skill_seasonal_naive", ">", (0.0,)),
        ("bias >= -2.5", "bias", ">=", (-2.5,)),
        ("coverage_80 between 0.75 and 0.85", "coverage_80", "between", (0.75, 0.85)),
        ("coverage_99.9 between 99% and 100 %", "coverage_99.9", "between", (0.99, 1.0)),
        ("width_80 < .5", "width_80", "<", (0.5,)),
    ],
)
def test_a_gate_is_a_figure_and_its_bounds(
    text: str, figure: str, comparison: str, bounds: tuple[float, ...]
) -> None:
    assert parse_gate(text) == Gate(text, figure, comparison, bounds)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 1),
        ("mase", 5),
        ("mase <", 7),
        ("mase < one", 8),
        ("mase < 1 or True", 10),
        ("mase = 1", 6),
        ("1 < mase", 1),
        ("coverage_80 between 0.7", 24),
        ("__import__('os').system('true') < 1", 1),
    ],
)
def test_what_does_not_parse_says_where(text: str, place: int) -> None:
    with pytest.raises(UsageError) as caught:
        parse_gate(text)
    assert str(caught.value).startswith(
        f"--gate '{text}': not understood from character {place} on: write it as 'mase < 1'"
    )


def test_bounds_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(UsageError, match="nothing lies between: the lower bound comes first"):
        parse_gate("mase between 2 and 1")


@given(st.text(max_size=30))
def test_any_text_is_a_gate_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse_gate(text).text == text


@pytest.mark.parametrize(
    ("text", "value", "met"),
    [
        ("mase < 1", 0.99, True),
        ("mase < 1", 1.0, False),
        ("mase <= 1", 1.0, True),
        ("mase > 1", 1.0, False),
        ("mase >= 1", 1.0, True),
        ("mase between 1 and 2", 1.0, True),
        ("mase between 1 and 2", 2.0, True),
        ("mase between 1 and 2", 2.1, False),
        ("mase < 1", None, False),
        ("mase > 1", float("nan"), False),
    ],
)
def test_a_gate_holds_within_its_bounds(text: str, value: float | None, met: bool) -> None:
    assert parse_gate(text).holds(value) is met


def test_figures_that_there_are_not_are_refused() -> None:
    known = ["mase < 1", "coverage_80 > 0", "skill_naive > 0", "skill_naive_wql > 0", "owa < 1"]
    demand_known(map(parse_gate, known), (0.1, 0.9), ("naive",))
    with pytest.raises(UsageError, match=r"no figure 'mse': did you mean rmse\?"):
        demand_known([parse_gate("mse < 1")], (0.1, 0.9), ("naive",))
    with pytest.raises(UsageError, match=r"no figure 'coverage_95': did you mean coverage_80\?"):
        demand_known([parse_gate("coverage_95 > 0.9")], (0.1, 0.9), ("naive",))
    with pytest.raises(UsageError, match=r"no figure 'zzzzzzzz': there are mae, rmse,"):
        demand_known([parse_gate("zzzzzzzz > 0.9")], (), ("naive",))
