"""Each distribution against SciPy's, against numbers made by hand, and at its edges."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from scipy import stats

from lstmcast.nn.counts import LEAST_MEAN, ZERO_IN_LOGS, NegativeBinomial
from lstmcast.nn.distributions import MOST_SCORE, Normal, StudentT
from lstmcast.nn.forecaster import Outlook
from lstmcast.nn.points import WithPoint, departure
from lstmcast.nn.quantiles import Quantiles, pinball
from lstmcast.nn.scaling import AS_IT_IS, LOGS, Scale, fit_scale, standardise
from lstmcast.nn.special_functions import negative_binomial_quantile

if TYPE_CHECKING:
    from torch import Tensor

    from lstmcast.config import PointLoss
    from lstmcast.nn.distributions import Distribution

nan = math.nan
F64 = torch.float64


def doubles(values: object) -> Tensor:
    return torch.tensor(values, dtype=F64)


def scale_of(logs: bool = False, centre: float = 0.0, spread: float = 1.0) -> Scale:
    power = LOGS if logs else AS_IT_IS
    return Scale(doubles([[power]]), doubles([[centre]]), doubles([[spread]]))


PLAIN = scale_of()
FAMILIES = [Normal(), StudentT(), NegativeBinomial(), Quantiles(), WithPoint(Normal(), "mse")]


# --- likelihoods ----------------------------------------------------------------------------------


def test_normal_likelihood() -> None:
    parameters = doubles([[[1.0, 2.0], [0.0, 0.5]]])
    loss = Normal().loss(parameters, doubles([[4.0, -1.0]]), PLAIN)
    by_hand = [math.log(2) + 1.5**2 / 2 + 0.9189385332046727, -math.log(2) + 2 + 0.9189385332046727]
    assert loss.tolist() == [pytest.approx(by_hand, rel=1e-12)]
    expected = -stats.norm.logpdf([4.0, -1.0], [1.0, 0.0], [2.0, 0.5])
    np.testing.assert_allclose(loss[0], expected, rtol=1e-12)


def test_student_t_likelihood() -> None:
    parameters = doubles([[[1.0, 2.0, 3.0], [0.0, 0.5, 30.0], [0.0, 1.0, 2.0]]])
    loss = StudentT().loss(parameters, doubles([[4.0, -1.0, 0.0]]), PLAIN)
    expected = -stats.t.logpdf([4.0, -1.0, 0.0], [3.0, 30.0, 2.0], [1.0, 0.0, 0.0], [2.0, 0.5, 1.0])
    np.testing.assert_allclose(loss[0], expected, rtol=1e-12)
    assert loss[0, 2].item() == pytest.approx(math.log(2 * math.sqrt(2)))  # 1 / (2 sqrt 2) at 0


@pytest.mark.parametrize("dispersion", [1e-5, 0.2, 1.0, 50.0])
@pytest.mark.parametrize("mean", [0.2, 7.0, 1e6])
def test_negative_binomial_likelihood(mean: float, dispersion: float) -> None:
    counts = np.array([0.0, 1.0, 9.0, 1e6])
    parameters = doubles([[[0.0, dispersion]] * 4])
    scale = scale_of(centre=mean)
    loss = NegativeBinomial().loss(parameters, doubles([counts.tolist()]), scale)
    size = 1 / dispersion
    expected = -stats.nbinom.logpmf(counts, size, size / (size + mean))
    np.testing.assert_allclose(loss[0], expected, rtol=1e-8, atol=1e-8)


def test_negative_binomial_by_hand() -> None:
    """With a = 1 the distribution is geometric: p(y) = m^y / (1 + m)^(y + 1)."""
    loss = NegativeBinomial().loss(doubles([[[3.0, 1.0]] * 2]), doubles([[0.0, 2.0]]), PLAIN)
    assert loss.tolist() == [pytest.approx([math.log(4), -math.log(9 / 64)])]


def test_likelihoods_of_counts_are_in_spreads() -> None:
    parameters, counts = doubles([[[2.0, 0.3]]]), doubles([[20.0]])
    wide = NegativeBinomial().loss(parameters, counts, scale_of(centre=0.0, spread=8.0))
    same = NegativeBinomial().loss(doubles([[[16.0, 0.3]]]), counts, PLAIN)
    assert (same - wide).item() == pytest.approx(math.log(8))
    logs = scale_of(logs=True, centre=math.log(16.0), spread=0.5)
    of_logs = NegativeBinomial().loss(doubles([[[0.0, 0.3]]]), counts, logs)
    assert (same - of_logs).item() == pytest.approx(math.log(8))


def test_pinball_by_hand() -> None:
    levels = (0.1, 0.5, 0.6)
    losses = pinball(torch.zeros(1, 2, 3), torch.tensor([[2.0, -2.0]]), levels)
    assert losses.tolist() == [[pytest.approx(2 * 0.4), pytest.approx(2 * 0.6)]]


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_those_of_the_loss(family: Distribution) -> None:
    raw = torch.randn(2, 3, family.n_parameters, dtype=F64, requires_grad=True)
    path = doubles([[1.0, 4.0, 7.0], [0.5, 30.0, 2.0]])
    target = doubles([[2.0, 3.0, 9.0], [0.0, 25.0, 1.0]])

    def loss(raw: Tensor) -> Tensor:
        return family.loss(family.parameters(raw, path), target, PLAIN)

    assert torch.autograd.gradcheck(loss, raw)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [1e3, 1e9])
def test_wild_outputs_and_targets_leave_loss_and_gradient_numbers(
    family: Distribution, size: float
) -> None:
    raw = (size * torch.randn(2, 50, family.n_parameters)).requires_grad_()
    target = doubles([[0.0, nan, size, 1.0, -size] * 10] * 2).nan_to_num(nan)
    if family.counts:
        target = target.abs()
    parameters = family.parameters(raw, torch.zeros(2, 50))
    loss = family.loss(parameters, target, PLAIN)
    assert loss.isfinite().all()
    (loss * family.observed(target, PLAIN)).sum().backward()
    assert raw.grad is not None
    assert raw.grad.isfinite().all()


# --- quantile functions and normal scores ---------------------------------------------------------


def parameters_of(family: Distribution, seed: int = 0) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    raw = 2 * torch.randn(2, 5, family.n_parameters, generator=rng)
    path = 5 + torch.randn(2, 5, generator=rng)
    return family.parameters(raw, path)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scale", [PLAIN, scale_of(logs=True, centre=2.0, spread=0.1)])
def test_quantiles_rise_with_their_level(family: Distribution, scale: Scale) -> None:
    u = torch.linspace(0.001, 0.999, 999, dtype=F64)
    found = family.at(parameters_of(family), u, scale)
    assert found.shape == (2, 5, 999)
    assert found.isfinite().all()
    assert (found.diff(dim=-1) >= 0).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_levels_of_every_step_are_asked_one_by_one(family: Distribution) -> None:
    parameters = parameters_of(family)
    u = torch.rand(2, 5, 3, dtype=F64)
    found = family.at(parameters, u, PLAIN)
    for b in range(2):
        for h in range(5):
            alone = family.at(parameters[b : b + 1, h : h + 1], u[b, h], PLAIN)
            assert torch.equal(found[b, h], alone[0, 0])


@pytest.mark.parametrize("family", [Normal(), StudentT(), Quantiles()])
def test_scores_are_those_of_the_levels(family: Distribution) -> None:
    """On the way there and back: the normal score of a quantile is that of its level."""
    parameters = parameters_of(family).double()
    for u in (1e-6, 0.05, 0.3, 0.5, 0.77, 0.95, 1 - 1e-6):
        z = family.at(parameters, doubles([u]), PLAIN).squeeze(-1)
        scores = family.score(parameters, z, PLAIN)
        expected = torch.full((2, 5), stats.norm.ppf(u), dtype=F64)
        torch.testing.assert_close(scores, expected, rtol=1e-4, atol=1e-4)


def test_counts_are_the_smallest_of_which_no_more_come_as_often() -> None:
    family = NegativeBinomial()
    u = torch.rand(2, 5, 400, dtype=F64)
    parameters = parameters_of(family)
    counts = family.at(parameters, u, PLAIN)
    mean, dispersion = (each.unsqueeze(-1).double().numpy() for each in parameters.unbind(-1))
    size = 1 / dispersion
    reference = stats.nbinom(size, size / (size + mean))
    k = counts.numpy()
    assert (reference.cdf(k) >= u.numpy()).all()
    assert (reference.cdf(k - 1) < u.numpy()).all()


@pytest.mark.parametrize("mean", [1e-30, 1e-17, 1e-9, 0.01])
@pytest.mark.parametrize("dispersion", [1e-6, 0.1, 100.0])
def test_next_to_no_counts(mean: float, dispersion: float) -> None:
    u = doubles([0.001, 0.5, 0.9, 1 - 1e-9, 1 - 1e-12])
    counts = negative_binomial_quantile(doubles([mean]), doubles([dispersion]), u)
    assert counts[0] == 0
    assert (counts.diff() >= 0).all()
    assert counts.max() < 1000


def test_scores_of_counts_stand_in_the_middle_of_their_steps() -> None:
    parameters = doubles([[[3.0, 1.0]] * 3])  # p(0) = 1/4, p(1) = 3/16
    scores = NegativeBinomial().score(parameters, doubles([[0.0, 1.0, nan]]), PLAIN)
    expected = [stats.norm.ppf(1 / 8), stats.norm.ppf(1 / 4 + 3 / 32)]
    assert scores[0, :2].tolist() == pytest.approx(expected)
    assert scores[0, 2].isnan()


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_bounded_and_unobserved_ones_missing(family: Distribution) -> None:
    target = doubles([[1e12, nan, 0.0, 3.0, 1.0]] * 2)
    scores = family.score(parameters_of(family), target, PLAIN)
    assert scores.isnan().tolist() == target.isnan().tolist()
    assert scores.nan_to_num(0.0).abs().max() <= MOST_SCORE


@pytest.mark.parametrize("degrees", [2.0001, 2.5, 7.3, 100.0])
def test_student_t_has_its_own_tails(degrees: float) -> None:
    u = np.array([1e-9, 0.001, 0.25, 0.5, 0.9, 1 - 1e-9])
    parameters = doubles([[[1.0, 2.0, degrees]]])
    found = StudentT().at(parameters, torch.from_numpy(u), PLAIN)
    np.testing.assert_allclose(found[0, 0], stats.t.ppf(u, degrees, 1.0, 2.0), rtol=1e-6)


def test_degrees_of_freedom_are_bounded() -> None:
    raw = torch.tensor([[[0.0, 0.0, -1e9], [0.0, 0.0, 0.0], [0.0, 0.0, 1e9]]])
    degrees = StudentT().parameters(raw, torch.zeros(1, 3))[0, :, 2]
    assert degrees.tolist() == pytest.approx([2.0, 5.0, 100.0])


# --- quantiles ------------------------------------------------------------------------------------


def test_tails_go_on_at_the_slope_of_the_outermost_segments() -> None:
    family = Quantiles((0.1, 0.5, 0.9))
    score = stats.norm.ppf
    found = family.at(doubles([[[1.0, 5.0, 9.5]]]), doubles([0.05, 0.95]), PLAIN)
    below = 1 + (5 - 1) / (score(0.5) - score(0.1)) * (score(0.05) - score(0.1))
    above = 9.5 + (9.5 - 5) / (score(0.9) - score(0.5)) * (score(0.95) - score(0.9))
    np.testing.assert_allclose(found[0, 0], [below, above])


def test_closer_levels_begin_closer() -> None:
    untrained = Quantiles().parameters(torch.zeros(1, 9), torch.zeros(1))
    halves = Quantiles((0.1, 0.15, 0.2, 0.5, 0.9))
    gaps = halves.parameters(torch.zeros(1, 5), torch.zeros(1)).diff(dim=-1)[0]
    gap = untrained.diff(dim=-1)[0, 0].item()
    assert gaps.tolist() == pytest.approx([gap / 2, gap / 2, 3 * gap, 4 * gap], rel=1e-5)


# --- counts at their edges ------------------------------------------------------------------------


def test_a_context_of_zeros_can_have_something_ahead() -> None:
    family = NegativeBinomial()
    scale = fit_scale(torch.zeros(1, 8, dtype=F64), 4, counts=True)
    assert scale.spread.item() == 1.0
    parameters = torch.tensor([[[0.0, 0.5], [6.0, 0.5]]])
    outlook = Outlook(family, (parameters,), scale)
    median = outlook.point()[0]
    assert median[0] == 0
    assert median[1] == stats.nbinom.median(2.0, 2.0 / 8.0)
    assert family.loss(parameters, torch.tensor([[0.0, 5.0]], dtype=F64), scale).isfinite().all()


def test_means_bend_before_they_reach_zero() -> None:
    scale = scale_of(centre=10.0, spread=5.0)
    at = doubles([[[0.0, 1.0], [-1.9, 1.0], [-3.0, 1.0]]])  # 10, 0.5 and -5, by a floor of 1
    zeros = NegativeBinomial().loss(at, torch.zeros(1, 3, dtype=F64), scale)
    means = (zeros + math.log(5)).expm1()[0]  # -log p(0) = log(1 + m) where a = 1
    assert means.tolist() == pytest.approx([10.0, math.exp(-0.5), math.exp(-6)])
    least = NegativeBinomial().loss(doubles([[[0.0, 1.0]]]), torch.zeros(1, 1, dtype=F64), PLAIN)
    assert least.exp().item() - 1 == pytest.approx(LEAST_MEAN / math.e)


def test_huge_counts_keep_their_digits() -> None:
    scale = scale_of(logs=True, centre=math.log(1e9), spread=0.1)
    parameters = doubles([[[0.0, 1e-6]]])
    outlook = Outlook(NegativeBinomial(), (parameters,), scale)
    quantiles = outlook.at(doubles([0.1, 0.5, 0.9]))[0, 0]
    size = 1e6
    expected = stats.nbinom.ppf([0.1, 0.5, 0.9], size, size / (size + 1e9))
    np.testing.assert_allclose(quantiles, expected, atol=2)


def test_zero_is_a_count_where_logs_are_taken() -> None:
    scale = scale_of(logs=True, centre=math.log(3.0), spread=0.4)
    family = NegativeBinomial()
    parameters = doubles([[[-1.0, 2.0]]])
    z = family.at(parameters, doubles([0.01]), scale)
    assert z.item() == pytest.approx((math.log(ZERO_IN_LOGS) - math.log(3.0)) / 0.4)
    assert Outlook(family, (parameters,), scale).at(doubles([0.01])).item() == 0
    zero = doubles([[0.0]])
    assert family.observed(zero, scale).all()
    assert not Normal().observed(zero, scale).any()


def test_the_mean_of_counts_is_a_count() -> None:
    members = (doubles([[[4.0, 0.5]]]), doubles([[[9.0, 0.5]]]), doubles([[[9.0, 0.5]]]))
    u = torch.linspace(0.01, 0.99, 99, dtype=F64)
    quantiles = Outlook(NegativeBinomial(), members, PLAIN).at(u)
    assert torch.equal(quantiles, quantiles.round())
    parts = [NegativeBinomial().at(each, u, PLAIN) for each in members]
    assert torch.equal(quantiles, torch.stack(parts).mean(dim=0).round())


# --- several members ------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [Normal(), StudentT(), Quantiles()])
def test_quantiles_of_members_are_averaged_at_every_level(family: Distribution) -> None:
    members = tuple(parameters_of(family, seed) for seed in range(3))
    u = doubles([0.003, 0.4, 0.5, 0.99])
    found = Outlook(family, members, PLAIN).at(u)
    expected = sum(family.at(each, u, PLAIN) for each in members)
    torch.testing.assert_close(found, torch.as_tensor(expected) / 3)


@pytest.mark.parametrize("family", [Normal(), StudentT(), Quantiles()])
def test_the_score_of_a_quantile_is_the_normal_score_of_its_level(family: Distribution) -> None:
    outlook = Outlook(family, tuple(parameters_of(family, seed) for seed in range(3)), PLAIN)
    levels = doubles([0.005, 0.05, 0.45, 0.5, 0.75, 0.975, 0.995])  # of the grid
    for place, score in enumerate(torch.special.ndtri(levels)):
        found = outlook.score(outlook.at(levels)[..., place])
        torch.testing.assert_close(found, score.expand_as(found), rtol=1e-6, atol=1e-6)
    target = outlook.at(levels)[..., 0]
    assert outlook.score(torch.full_like(target, torch.nan)).isnan().all()
    assert (outlook.score(target + 1e9) == MOST_SCORE).all()
    assert (outlook.score(target - 1e9) == -MOST_SCORE).all()


def test_a_count_that_is_many_quantiles_has_the_score_in_their_middle() -> None:
    outlook = Outlook(NegativeBinomial(), (doubles([[[1.0, 2.0]]]),), PLAIN)
    scores = [outlook.score(doubles([[float(count)]])).item() for count in range(4)]
    assert scores == sorted(scores)
    zero = stats.nbinom.pmf(0, 0.5, 0.5 / 1.5)  # some 0.58 of all are 0
    assert stats.norm.ppf(0.1) < scores[0] < stats.norm.ppf(zero)


# --- points ---------------------------------------------------------------------------------------

SAMPLE = torch.tensor([1.0, 1.5, 2.0, 4.0, 12.0], dtype=F64)


@pytest.mark.parametrize("logs", [False, True])
@pytest.mark.parametrize(("loss", "best"), [("mae", 2.0), ("mse", 4.1), ("huber", 2.625)])
def test_a_point_is_best_by_its_loss_in_the_units_of_the_data(
    logs: bool, loss: PointLoss, best: float
) -> None:
    # A spread is 2 of the data either way; so far, huber is squared.
    scale = scale_of(logs, *((math.log(2.0), 1.0) if logs else (2.0, 2.0)))
    family = WithPoint(Normal(), loss)
    candidates = torch.linspace(0.8, 6.0, 5201, dtype=F64)
    z = standardise(candidates[:, None], scale).double()
    inner = torch.tensor([0.0, 1.0], dtype=F64).expand(len(z), 1, 2)
    parameters = torch.cat([inner, z.unsqueeze(-1)], dim=-1)
    total = sum(
        family.loss(parameters, value.expand(len(z), 1), scale)
        - family.inner.loss(inner, value.expand(len(z), 1), scale)
        for value in SAMPLE
    )
    found = candidates[torch.as_tensor(total).squeeze(1).argmin()].item()
    assert found == pytest.approx(best, abs=2e-3)


def test_departures_are_what_the_data_departs_by() -> None:
    z = doubles([[-1.0, 0.0, 2.0]])
    assert torch.equal(departure(z, PLAIN), z)
    logs = scale_of(logs=True, centre=math.log(10.0), spread=0.1)
    expected = [(math.exp(0.1 * each) - 1) / 0.1 for each in (-1.0, 0.0, 2.0)]
    assert departure(z, logs)[0].tolist() == pytest.approx(expected)


def test_a_point_of_counts_need_not_be_one() -> None:
    family = WithPoint(NegativeBinomial(), "mse")
    outlook = Outlook(family, (doubles([[[4.0, 0.5, 3.3]]]), doubles([[[4.0, 0.5, 3.8]]])), PLAIN)
    assert outlook.point().item() == pytest.approx(3.55)
    assert outlook.at(doubles([0.5])).item() == stats.nbinom.median(2.0, 1 / 3)
    assert family.most_loss > family.inner.most_loss


def test_no_point_of_its_own_is_the_median() -> None:
    outlook = Outlook(Normal(), (doubles([[[4.0, 0.5]]]),), PLAIN)
    assert outlook.point().item() == outlook.at(doubles([0.5])).item() == 4.0
    with pytest.raises(NotImplementedError):
        Normal().point(doubles([[[4.0, 0.5]]]))
