"""Expected failures of the engine: each carries one sentence for the user."""

from __future__ import annotations


class EngineError(Exception):
    """Something a user can understand and act on; `str(error)` is the sentence shown."""


class TooFewError(EngineError):
    """Too few ROIs, patients or classes for what was asked."""


class CheckpointError(EngineError):
    """A checkpoint that is damaged, foreign, or of another architecture."""


class OutOfMemoryError(EngineError):
    """The device has too little memory for this recipe."""
