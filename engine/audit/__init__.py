"""Is a synthetic ROI a copy of a training ROI?

Every synthetic ROI is held against every training ROI, over the 8 flips and rotations: by
normalised cross-correlation over small shifts (NCC, blind to brightness and contrast), and in the
feature space of a fixed random network. How alike two different patients' lesions are is the
yardstick: real ROIs against those of other patients. Held-out real ROIs, where there are some,
tell besides how much the synthetic ones betray of the training set.

Measured on 147 ultrasound ROIs, three folds, a class at a time: copies made by flips, rotations,
shifts of 2 px, 10 % more brightness, noise of SD .05 and blurs of SD 1.5 px were all called copy;
of 147 held-out real ROIs none was, and 12 were called close (nominal: 9, training sets of 18 being
small).
"""

from __future__ import annotations

from engine.audit.auditing import Audit, CopyMeter, HeldOut, audit, copy_rate
from engine.audit.correlation import MAX_SHIFT, TURNS, Nearest, nearest, null, search, turned
from engine.audit.job import AuditSpec, audit_file
from engine.audit.likeness import NearestFeatures
from engine.audit.membership import Area, Membership, area
from engine.audit.verdicts import (
    CLEAR,
    CLOSE,
    COPY,
    ENOUGH_REAL,
    FIXED_CLOSE,
    FIXED_COPY,
    FeatureThresholds,
    Thresholds,
    feature_thresholds,
    thresholds,
)

__all__ = [
    "CLEAR",
    "CLOSE",
    "COPY",
    "ENOUGH_REAL",
    "FIXED_CLOSE",
    "FIXED_COPY",
    "MAX_SHIFT",
    "TURNS",
    "Area",
    "Audit",
    "AuditSpec",
    "CopyMeter",
    "FeatureThresholds",
    "HeldOut",
    "Membership",
    "Nearest",
    "NearestFeatures",
    "Thresholds",
    "area",
    "audit",
    "audit_file",
    "copy_rate",
    "feature_thresholds",
    "nearest",
    "null",
    "search",
    "thresholds",
    "turned",
]
