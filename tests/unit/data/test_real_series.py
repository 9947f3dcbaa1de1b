"""Real series, as they lie on disk: their frequency, gaps and future stamps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lstmcast.data.panel import build_panel
from lstmcast.data.table import read_table

FOLDER = Path(__file__).parents[3].parent / "shared" / "data" / "validation"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the validation series are not here")


@pytest.mark.parametrize(
    ("name", "frequency", "n_series", "unobserved", "first_future"),
    [
        ("a10.csv", "MS", 1, 0, "2008-07-01"),
        ("air_passengers.csv", "MS", 1, 0, "1961-01-01"),
        ("ansett_weekly.parquet", "W-MON", 30, 13, "1992-11-23"),
        ("aus_arrivals_quarterly.parquet", "QS-JAN", 4, 0, "2012-10-01"),
        ("ausbeer.csv", "QS-JAN", 1, 0, "2010-07-01"),
        ("bicimad_daily.parquet", "D", 1, 0, "2022-10-01"),
        ("co2_mauna_loa_weekly.csv", "W-SAT", 1, 59, "2002-01-05"),
        ("daily_min_temperatures_melbourne.csv", "D", 1, 2, "1991-01-01"),
        ("ili_us_weekly_1997.parquet", "W-SUN", 1, 4, "2022-10-16"),
        ("lynx.csv", "YS-JAN", 1, 0, "1935-01-01"),
        ("milk.csv", "MS", 1, 0, "1976-01-01"),
        ("nn3_train.parquet", "MS", 111, 0, "1994-04-01"),
        ("shampoo.csv", "1", 1, 0, 37),
        ("sunspots_monthly_1749_1983.csv", "MS", 1, 0, "1984-01-01"),
        ("taxi_nyc_halfhourly.parquet", "30min", 1, 0, "2015-02-01 00:00:00"),
        ("taylor_halfhourly.csv", "30min", 1, 0, "2000-08-28 00:00:00"),
        ("us_gasoline_weekly.csv", "W-MON", 1, 0, "2017-01-23"),
        ("walmart_weekly_7series.parquet", "W-FRI", 7, 0, "2012-11-02"),
        ("wp_log_peyton_manning.csv", "D", 1, 0, "2016-01-21"),
    ],
)
def test_real_series(
    name: str, frequency: str, n_series: int, unobserved: int, first_future: str | int
) -> None:
    panel = build_panel(read_table(FOLDER / name))
    assert panel.axis.frequency == frequency
    assert panel.n_series == n_series
    assert np.isnan(panel.values).sum() == unobserved
    ends = panel.axis.stamps(panel.first_steps[:1] + panel.lengths[:1])
    assert panel.axis.render(ends).tolist() == [first_future]
