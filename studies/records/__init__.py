"""Frozen records: the only things that leave `studies`. No database row ever does.

Lengths are in mm, image coordinates in px with x = column, y = row and the origin at the
outer corner of the first pixel (pixel centres at +.5). Times are UTC, ISO 8601.
"""

from studies.records.arrays import (
    FloatArray,
    Points,
)
from studies.records.imaging import (
    CaseRecord,
    ContourRecord,
    FileVerdict,
    ImportReport,
    LesionRecord,
    NativeCrop,
    RoiRecord,
    RoiStack,
    SeriesRecord,
)
from studies.records.learning import (
    PredictionRecord,
    SyntheticRoiRecord,
    TrainingRunRecord,
)
from studies.records.reading import (
    AnswerRecord,
    Choice,
    OrderConstraints,
    PartPlan,
    PartRecord,
    ProtocolDraft,
    ProtocolRecord,
    Question,
    ReaderRecord,
)
from studies.records.study import (
    DEFAULT_SCHEME,
    Category,
    ClassScheme,
    StudyCounts,
    StudyRecord,
)

__all__ = [
    "DEFAULT_SCHEME",
    "AnswerRecord",
    "CaseRecord",
    "Category",
    "Choice",
    "ClassScheme",
    "ContourRecord",
    "FileVerdict",
    "FloatArray",
    "ImportReport",
    "LesionRecord",
    "NativeCrop",
    "OrderConstraints",
    "PartPlan",
    "PartRecord",
    "Points",
    "PredictionRecord",
    "ProtocolDraft",
    "ProtocolRecord",
    "Question",
    "ReaderRecord",
    "RoiRecord",
    "RoiStack",
    "SeriesRecord",
    "StudyCounts",
    "StudyRecord",
    "SyntheticRoiRecord",
    "TrainingRunRecord",
]
