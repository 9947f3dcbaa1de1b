"""The judge of any forecast, ours or not: metrics, baselines, backtest, plots."""
