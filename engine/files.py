"""The files in a run's folder, by name."""

from __future__ import annotations

MODEL = "model.safetensors"
"""The checkpoint: a classifier, a baseline or a generator."""

DISCRIMINATOR = "discriminator.safetensors"
"""Beside a conditional generator: its discriminator, whose class head can classify."""

SYNTHETIC = "synthetic.npz"
"""The synthetic ROIs a classifier trained on."""

RESUME = "resume.safetensors"
"""What a training that was stopped goes on from."""

ORDER = "order.json"
"""What a queued run is to do: the run goes on from it another day."""
