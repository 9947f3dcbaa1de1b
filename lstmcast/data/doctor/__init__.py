"""The data doctor: what is wrong with a table or will hurt its forecasts, found and told."""
