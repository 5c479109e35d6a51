"""Trained networks in a form that other programs run."""

from __future__ import annotations

from engine.exchange.onnx_file import IMAGES, NOISE, NOTICE, PROBABILITIES, TARGET, export

__all__ = ["IMAGES", "NOISE", "NOTICE", "PROBABILITIES", "TARGET", "export"]
