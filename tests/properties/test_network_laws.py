"""Laws 1 to 4, 8 and 9 of the engine: leakage, gather, batch-mates, equivariance, seeds, anchor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.config import ResolvedConfig
from lstmcast.data.calendar import calendar_of
from lstmcast.data.features import Covariates, FeatureNames, Features
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.levels import NINE
from lstmcast.nn.copula import Draws, draw_levels, process_of
from lstmcast.nn.counts import NegativeBinomial, _log_mean
from lstmcast.nn.covariates import covariate_sizes
from lstmcast.nn.distributions import Normal, StudentT
from lstmcast.nn.forecaster import Forecaster, nothing_learnt
from lstmcast.nn.inference import forecast_windows, sample_windows
from lstmcast.nn.networks import Network
from lstmcast.nn.points import WithPoint
from lstmcast.nn.quantiles import Quantiles
from lstmcast.nn.shape import Shape
from lstmcast.nn.training import fit
from lstmcast.nn.windows import Addresses, PanelTensors, WindowShape, gather, to_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray


SEASON = 4
OTHER_SEASON = 7
CONTEXT = 10
PATCH = 3  # no divisor of the context
HORIZON = 6
DECODER_PATCH = 4  # no divisor of the horizon
SHAPE = WindowShape(CONTEXT, HORIZON, (SEASON, OTHER_SEASON), DECODER_PATCH)
NAMES = FeatureNames(("n",), ("c",))
COVARIATES = Covariates(NAMES, NAMES, NAMES)
VOCABULARIES = {"c": ("red", "green", "blue")}
CALENDAR = 12
SIZES = covariate_sizes(COVARIATES, VOCABULARIES, CALENDAR)

PLAIN = Shape(8, 1, 0.0, SEASON, CONTEXT, PATCH, 2 * len(SHAPE.lags), SIZES)
FAMILY = {
    "lstm": PLAIN,
    "one season": PLAIN._replace(n_lags=0),
    "roots": PLAIN._replace(power=0.5, spread_told=True),
    "spread told": PLAIN._replace(spread_told=True),
    "gru": PLAIN._replace(kind="gru", layers=2),
    "rnn": PLAIN._replace(kind="rnn"),
    "peephole": PLAIN._replace(kind="peephole"),
    "slstm": PLAIN._replace(kind="slstm", layers=2, layer_norm=True),
    "mlp": PLAIN._replace(kind="mlp", layers=2, layer_norm=True),
    "bidirectional": PLAIN._replace(bidirectional=True, layers=2, layer_norm=True),
    "bidirectional slstm": PLAIN._replace(kind="slstm", bidirectional=True),
    "dilated": PLAIN._replace(dilations=((1, 2), (3,)), layers=2, layer_norm=True),
    "dilated peephole": PLAIN._replace(kind="peephole", dilations=((2,),)),
    "decoder patches": PLAIN._replace(decoder_patch_length=DECODER_PATCH, layers=2),
    "mlp, decoder patches": PLAIN._replace(kind="mlp", decoder_patch_length=DECODER_PATCH),
    "autoregressive": PLAIN._replace(decoder="autoregressive"),
    "autoregressive gru, dilated": PLAIN._replace(
        decoder="autoregressive", kind="gru", dilations=((1,), (2,)), layer_norm=True
    ),
    "autoregressive slstm, bidirectional": PLAIN._replace(
        decoder="autoregressive", kind="slstm", bidirectional=True
    ),
}
of_family = pytest.mark.parametrize("name", FAMILY)

lawful = settings(max_examples=40, deadline=None)
family_lawful = settings(max_examples=8, deadline=None)
seeds = st.integers(0, 2**32 - 1)

UNEVEN = Quantiles((0.05, 0.5, 0.8))
SCALED = [Quantiles(), UNEVEN, Normal(), StudentT(), WithPoint(Normal(), "mse")]
HEADS = [*SCALED, NegativeBinomial(), WithPoint(NegativeBinomial(), "mae")]
NETWORKS = (
    FAMILY
    | {str(head): PLAIN._replace(distribution=head) for head in HEADS}
    | {
        f"autoregressive, {head}": PLAIN._replace(distribution=head, decoder="autoregressive")
        for head in (UNEVEN, StudentT(), NegativeBinomial())
    }
)
every_network = pytest.mark.parametrize("name", NETWORKS)
every_scaled_network = pytest.mark.parametrize(
    "name", [name for name, shape in NETWORKS.items() if not shape.distribution.counts]
)


def ragged(seed: int, missing: float = 0.2, positive: bool = True) -> list[NDArray[np.float64]]:
    """A few series of different lengths, with gaps, that a network can be asked about."""
    rng = np.random.default_rng(seed)
    panel = []
    for length in rng.integers(3, 40, size=rng.integers(1, 5)):
        level = 10 ** rng.uniform(-3, 4)
        series = level * (1 + 0.1 * rng.standard_normal(length))
        if not positive:
            series -= level
        series[rng.random(length) < missing] = np.nan
        series[0] = level
        panel.append(series)
    return panel


def as_panel(series: list[NDArray[np.float64]]) -> Panel:
    """The series with covariates that follow from their lengths, whatever their place."""
    lengths = np.array([len(values) for values in series])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    known_offsets = np.concatenate([[0], np.cumsum(lengths + HORIZON)])
    rngs = [np.random.default_rng(length) for length in lengths]
    return Panel(
        values=np.concatenate(series),
        offsets=offsets,
        first_steps=np.zeros(len(series), dtype=np.int64),
        series_ids=np.array([str(k) for k in range(len(series))], dtype=object),
        axis=TimeAxis("D", np.datetime64("2024-01-01", "us"), "%Y-%m-%d"),
        columns=Columns("t", ("y",), ("id",)),
        past=some_features(rngs, lengths),
        known=some_features(rngs, lengths + HORIZON),
        known_offsets=known_offsets,
        static=some_features(rngs, np.ones_like(lengths)),
        vocabularies=VOCABULARIES,
        covariates=COVARIATES,
    )


def some_features(rngs: list[np.random.Generator], lengths: NDArray[np.int64]) -> Features:
    numbers, categories = [], []
    for rng, length in zip(rngs, lengths, strict=True):
        numbers.append(
            np.where(rng.random((length, 1)) < 0.1, np.nan, rng.normal(size=(length, 1)))
        )
        categories.append(rng.integers(-1, 3, (length, 1), dtype=np.int32))
    return Features(np.concatenate(numbers), np.concatenate(categories))


def tensors(series: list[NDArray[np.float64]]) -> PanelTensors:
    return tensors_of(as_panel(series))


def tensors_of(panel: Panel) -> PanelTensors:
    return to_tensors(panel, torch.device("cpu"), calendar_of(panel, HORIZON, ""))


def network(seed: int, trained: bool = True, shape: Shape = PLAIN) -> Forecaster:
    """Two networks with random weights, heads included."""
    torch.manual_seed(seed)
    members = [Network(shape) for _ in range(2)]
    if trained:
        for member in members:
            torch.nn.init.normal_(member.head.out.weight, std=0.3)
            torch.nn.init.normal_(member.paths.weight, std=0.3)
    return Forecaster(members, nothing_learnt(HORIZON)).eval()


def forecast(
    forecaster: Forecaster, panel: list[NDArray[np.float64]], cutoffs: NDArray[np.int64]
) -> NDArray[np.float64]:
    return forecast_panel(forecaster, as_panel(panel), cutoffs)


def forecast_panel(
    forecaster: Forecaster, panel: Panel, cutoffs: NDArray[np.int64]
) -> NDArray[np.float64]:
    windows = Windows(np.arange(panel.n_series), cutoffs)
    return forecast_windows(
        forecaster, tensors_of(panel), windows, window_of(forecaster), NINE
    ).quantiles


def window_of(forecaster: Forecaster) -> WindowShape:
    """What its networks read of a window."""
    return SHAPE if forecaster.shape.n_lags else SHAPE._replace(lags=())


def ends_of(panel: Panel) -> Windows:
    return Windows(np.arange(panel.n_series), panel.lengths - 1)


def last_entries(panel: list[NDArray[np.float64]]) -> NDArray[np.int64]:
    return np.array([len(series) - 1 for series in panel])


@of_family
@family_lawful
@given(seeds)
def test_what_comes_after_the_cutoff_changes_nothing(name: str, seed: int) -> None:
    panel = ragged(seed)
    cutoffs = last_entries(panel) // 2
    altered = [series.copy() for series in panel]
    for series, cutoff in zip(altered, cutoffs, strict=True):
        series[cutoff + 1 :] = np.random.default_rng(seed).lognormal(5, 5, len(series) - cutoff - 1)
    net = network(seed, shape=FAMILY[name])
    before, after = as_panel(panel), as_panel(altered)
    entry = np.arange(len(after.values)) - np.repeat(after.offsets[:-1], after.lengths)
    ahead = entry > np.repeat(cutoffs, after.lengths)
    past = Features(
        np.where(ahead[:, None], 1e9, after.past.numbers),
        np.where(ahead[:, None], 2, after.past.categories),
    )
    assert np.array_equal(
        forecast_panel(net, before, cutoffs),
        forecast_panel(net, replace(after, past=past), cutoffs),
    )


@of_family
@family_lawful
@given(seeds)
def test_what_is_known_ahead_changes_the_forecast(name: str, seed: int) -> None:
    panel, net = as_panel([np.arange(1.0, 20.0)]), network(seed, shape=FAMILY[name])
    numbers = panel.known.numbers.copy()
    numbers[-1] += 1.0
    altered = replace(panel, known=Features(numbers, panel.known.categories))
    before, after = (forecast_panel(net, p, np.array([18])) for p in (panel, altered))
    if np.isfinite(numbers[-1]).all():
        assert not np.array_equal(before[:, -1], after[:, -1])
    together = net.shape.decoder_patch_length  # steps that are decoded at once
    first = (HORIZON - 1) // together * together
    np.testing.assert_array_equal(before[:, :first], after[:, :first])


@of_family
@family_lawful
@given(seeds)
def test_what_is_known_beyond_the_horizon_changes_nothing(name: str, seed: int) -> None:
    panel, net = as_panel([np.arange(1.0, 40.0)]), network(seed, shape=FAMILY[name])
    numbers, cutoff = panel.known.numbers.copy(), 18
    numbers[cutoff + HORIZON + 1 :] = 1e3
    altered = replace(panel, known=Features(numbers, panel.known.categories))
    before, after = (forecast_panel(net, p, np.array([cutoff])) for p in (panel, altered))
    np.testing.assert_array_equal(before, after)


@lawful
@given(seeds)
def test_hidden_entries_cannot_be_read(seed: int) -> None:
    panel = ragged(seed)
    ends = torch.tensor(last_entries(panel) // 2 + 1)
    windows = Addresses(torch.arange(len(panel)), ends - 1)
    batch = gather(tensors(panel).truncated(ends), windows, SHAPE)
    assert batch.target.isnan().all()


@lawful
@given(seeds, st.integers(1, 50), st.integers(0, 50))
def test_gather_equals_naive_slicing(seed: int, context_length: int, horizon: int) -> None:
    panel = ragged(seed)
    rng = np.random.default_rng(seed)
    series = rng.integers(0, len(panel), size=7)
    cutoffs = np.array([rng.integers(0, len(panel[s])) for s in series])
    batch = gather(
        tensors(panel),
        Addresses(torch.tensor(series), torch.tensor(cutoffs)),
        WindowShape(context_length, horizon, (SEASON, OTHER_SEASON)),
    )
    source = as_panel(panel)
    for row, (s, cutoff) in enumerate(zip(series, cutoffs, strict=True)):
        padded = np.concatenate(
            [np.full(context_length, np.nan), panel[s], np.full(horizon + 1, np.nan)]
        )
        split = context_length + cutoff + 1
        np.testing.assert_array_equal(
            batch.inputs.context[row], padded[split - context_length : split]
        )
        np.testing.assert_array_equal(batch.target[row], padded[split : split + horizon])
        for h in range(horizon):
            for place, season in enumerate((SEASON, OTHER_SEASON)):
                last = cutoff + 1 + h - season * (h // season + 1)
                expected = [panel[s][k] if k >= 0 else np.nan for k in (last, last - season)]
                np.testing.assert_array_equal(batch.inputs.lags[row, h, 2 * place :][:2], expected)
        covariates = batch.inputs.covariates
        assert covariates is not None
        past = source.past.numbers[source.offsets[s] : source.offsets[s + 1]]
        known = source.known.categories[source.known_offsets[s] : source.known_offsets[s + 1]]
        for k, entry in enumerate(range(cutoff + 1 - context_length, cutoff + 1 + horizon)):
            category = known[entry] + 1 if 0 <= entry < len(known) else [0]
            assert covariates.known.categories[row, k].tolist() == list(category)
            if k < context_length:
                number = past[entry] if entry >= 0 else [np.nan]
                np.testing.assert_allclose(covariates.past.numbers[row, k], number, rtol=1e-6)
        np.testing.assert_array_equal(
            covariates.static.categories[row], source.static.categories[s] + 1
        )


@every_network
@family_lawful
@given(seeds)
def test_batch_mates_and_order_change_nothing(name: str, seed: int) -> None:
    head = NETWORKS[name].distribution
    panel, net = ragged(seed), network(seed, shape=NETWORKS[name])
    together = forecast(net, panel, last_entries(panel))
    slack = 1 if head.counts else 0  # a last digit may lift a count by one
    order = np.random.default_rng(seed).permutation(len(panel))
    shuffled = [panel[s] for s in order]
    np.testing.assert_allclose(
        forecast(net, shuffled, last_entries(shuffled)), together[order], rtol=1e-5, atol=slack
    )
    for s, series in enumerate(panel):
        alone = forecast(net, [series], last_entries([series]))
        np.testing.assert_allclose(alone[0], together[s], rtol=1e-5, atol=slack)


@every_scaled_network  # counts have a unit: they do not scale
@family_lawful
@given(seeds, st.floats(1e-6, 1e6), st.booleans())
def test_forecasts_scale_with_the_data(name: str, seed: int, factor: float, positive: bool) -> None:
    panel, net = ragged(seed, positive=positive), network(seed, shape=NETWORKS[name])
    scaled = [factor * series for series in panel]
    expected = factor * forecast(net, panel, last_entries(panel))
    tolerance = 1e-5 * np.abs(expected).max(axis=(1, 2), keepdims=True)
    difference = np.abs(forecast(net, scaled, last_entries(panel)) - expected)
    assert (difference <= tolerance).all()


@of_family
@family_lawful
@given(seeds, st.floats(-1e3, 1e3))
def test_forecasts_shift_with_the_data_where_no_logs_are_taken(
    name: str, seed: int, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    series = rng.standard_normal(30)
    series[0], series[-1], series[-2] = 0.0, -2000.0, 2000.0  # both signs, however it is shifted
    net = network(seed, shape=FAMILY[name])
    expected = forecast(net, [series], np.array([29])) + shift
    moved = forecast(net, [series + shift], np.array([29]))
    np.testing.assert_allclose(moved, expected, rtol=1e-5, atol=1e-2)


@every_network
@family_lawful
@given(seeds, st.booleans())
def test_quantiles_never_cross(name: str, seed: int, positive: bool) -> None:
    head = NETWORKS[name].distribution
    panel = as_panel(ragged(seed, positive=positive))
    net, windows = network(seed, shape=NETWORKS[name]), ends_of(panel)
    levels = (1e-6, 0.01, *NINE, 0.9999, 1 - 1e-6)
    found = forecast_windows(net, tensors_of(panel), windows, window_of(net), levels)
    assert np.isfinite(found.point).all()
    assert np.isfinite(found.quantiles).all()
    assert (np.diff(found.quantiles, axis=2) >= 0).all()
    if not head.has_point:
        np.testing.assert_array_equal(found.point, found.quantiles[..., levels.index(0.5)])


@every_network
@family_lawful
@given(seeds)
def test_paths_are_those_of_a_series_alone(name: str, seed: int) -> None:
    head = NETWORKS[name].distribution
    panel, net = as_panel(ragged(seed)), network(seed, shape=NETWORKS[name])
    net.correlations = torch.tensor([0.7, 0.4])
    draws = Draws(np.arange(panel.n_series, dtype=np.uint64), 3, seed)
    together = sample_windows(net, tensors_of(panel), ends_of(panel), window_of(net), draws)
    assert np.isfinite(together).all()
    for s in range(panel.n_series):
        windows = Windows(*(part[s : s + 1] for part in ends_of(panel)))
        own = draws._replace(keys=draws.keys[s : s + 1])
        alone = sample_windows(net, tensors_of(panel), windows, window_of(net), own)
        slack = 1 if head.counts else 0
        np.testing.assert_allclose(alone[0], together[s], rtol=1e-5, atol=slack)


@every_network
@family_lawful
@given(seeds)
def test_paths_are_quantiles_at_the_levels_drawn(name: str, seed: int) -> None:
    panel, net = as_panel(ragged(seed)), network(seed, shape=NETWORKS[name])
    net.correlations = torch.tensor([0.9])
    draws = Draws(np.arange(panel.n_series, dtype=np.uint64), 2, seed)
    paths = sample_windows(net, tensors_of(panel), ends_of(panel), window_of(net), draws)
    levels = draw_levels(draws, HORIZON, process_of(net.correlations)).numpy()
    s, step = panel.n_series - 1, HORIZON - 1
    asked = levels[s, step]
    found = forecast_windows(
        net, tensors_of(panel), ends_of(panel), window_of(net), asked
    ).quantiles
    np.testing.assert_allclose(paths[s, :, step], found[s, step], rtol=1e-12)


@every_scaled_network
@family_lawful
@given(seeds, st.booleans())
def test_an_untrained_network_is_seasonal_naive(name: str, seed: int, positive: bool) -> None:
    panel = [
        series for series in ragged(seed, missing=0, positive=positive) if len(series) > SEASON
    ]
    if not panel:
        return
    net = network(seed, trained=False, shape=NETWORKS[name])
    data = as_panel(panel)
    found = forecast_windows(net, tensors_of(data), ends_of(data), window_of(net), [0.5])
    for rows in (found.quantiles[..., 0], found.point):
        for row, series in zip(rows, panel, strict=True):
            np.testing.assert_allclose(
                row,
                np.resize(series[-SEASON:], HORIZON),
                rtol=1e-5,
                atol=1e-5 * np.abs(series).max(),
            )


@lawful
@given(seeds)
def test_the_mean_of_untrained_counts_is_seasonal_naive(seed: int) -> None:
    """Where the season is no less than a tenth of the level; the median of counts is another."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(10 ** rng.uniform(0.5, 4), 20).astype(float)
    net = network(seed, trained=False, shape=PLAIN._replace(distribution=NegativeBinomial()))
    panel = as_panel([counts])
    addresses = Addresses(torch.tensor([0]), torch.tensor([19]))
    outlook = net(gather(tensors_of(panel), addresses, window_of(net)).inputs, HORIZON)
    mean = _log_mean(outlook.members[0], outlook.scale).exp()[0].detach().numpy()
    naive = np.resize(counts[-SEASON:], HORIZON)
    enough = naive > np.nanmean(counts[-2 * SEASON :]) / 10
    np.testing.assert_allclose(mean[enough], naive[enough], rtol=1e-5)


def settings_for(seed: int, **network: str) -> ResolvedConfig:
    return ResolvedConfig.model_validate(
        {
            "horizon": HORIZON,
            "season_length": SEASON,
            "other_season_lengths": [OTHER_SEASON],
            "context_length": CONTEXT,
            "seed": seed,
            "data": {"time": "t", "target": "y", "frequency": "QS", "calendar": True},
            "model": {
                "hidden_size": 8,
                "layers": 2,
                "dropout": 0.1,
                "patch_length": 3,
                "members": 2,
                **network,
            },
            "training": {
                "max_steps": 20,
                "early_stopping": True,
                "batch_size": 8,
                "learning_rate": 0.01,
                "weight_decay": 0.01,
                "precision": "float32",
            },
        }
    )


@pytest.mark.parametrize("head", ["quantiles", "normal", "student_t", "negative_binomial"])
@pytest.mark.parametrize("seed", [0, 7])
def test_same_seed_same_weights(seed: int, head: str) -> None:
    panel = tensors(ragged(3))
    state = torch.random.get_rng_state()
    first = fit(panel, settings_for(seed, head=head)).forecaster.state_dict()
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's random state is his"
    torch.manual_seed(123)
    again = fit(panel, settings_for(seed, head=head)).forecaster.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    other = fit(panel, settings_for(seed + 1, head=head)).forecaster.state_dict()
    assert any(not torch.equal(first[name], other[name]) for name in first)
