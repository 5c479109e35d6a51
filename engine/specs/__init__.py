"""Frozen specs of everything the engine can run, as JSON both ways, and the three profiles.

A spec is the whole recipe: the same spec, patches, seed, device and threads give the same bytes.
Every value that the paper (Frid-Adar et al., Neurocomputing 321, 2018) leaves unsaid is a field
here, so that it is stored in each checkpoint and can be printed beside each number.
"""

from __future__ import annotations

from engine.specs.profiles import CDA, PROFILES, ProfileSizes, profile
from engine.specs.recipes import (
    ALL_CLASSES,
    SIDE,
    AugmentationSpec,
    BaselineSpec,
    BaselineTraining,
    CnnSpec,
    CnnTraining,
    DiscriminatorReading,
    GanSpec,
    GanTraining,
)
from engine.specs.text import from_json, spec_hash, to_json

__all__ = [
    "ALL_CLASSES",
    "CDA",
    "PROFILES",
    "SIDE",
    "AugmentationSpec",
    "BaselineSpec",
    "BaselineTraining",
    "CnnSpec",
    "CnnTraining",
    "DiscriminatorReading",
    "GanSpec",
    "GanTraining",
    "ProfileSizes",
    "from_json",
    "profile",
    "spec_hash",
    "to_json",
]
