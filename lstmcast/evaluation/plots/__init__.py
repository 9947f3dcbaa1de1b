"""Pictures of forecasts, trainings, errors, calibration and residuals; the fan also as text.

Only matplotlib's object interface is used: no pyplot, no window, no state that others share.
"""
