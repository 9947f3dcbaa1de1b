"""Pandas-land: any long table in, checked and laid out as a panel of NumPy arrays. No torch."""
