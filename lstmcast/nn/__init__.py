"""Torch-land: windows, scaling, anchors, networks, training and inference. No pandas in here."""
