"""Use-cases of what is imported, drawn and diagnosed: plain functions with the store first."""

from studies.cases.examinations import NewSeries, add_case, add_series, all_series, cases, series
from studies.cases.findings import (
    BASES,
    MACHINE_TOOLS,
    add_lesion,
    choose_key_slice,
    confirm_diagnosis,
    lesion,
    lesions,
    remove_lesion,
    restore_lesion,
)
from studies.cases.intake import Intake, NewFinding, add_findings
from studies.cases.margins import (
    contours,
    delete_contour,
    key_contour,
    redo_contour,
    save_contour,
    undo_contour,
)
from studies.cases.overview import counts, rename, set_scheme, set_window, study
from studies.cases.pictures import LesionPicture, LesionPictures
from studies.cases.regions import rois, stacks

__all__ = [
    "BASES",
    "MACHINE_TOOLS",
    "Intake",
    "LesionPicture",
    "LesionPictures",
    "NewFinding",
    "NewSeries",
    "add_case",
    "add_findings",
    "add_lesion",
    "add_series",
    "all_series",
    "cases",
    "choose_key_slice",
    "confirm_diagnosis",
    "contours",
    "counts",
    "delete_contour",
    "key_contour",
    "lesion",
    "lesions",
    "redo_contour",
    "remove_lesion",
    "rename",
    "restore_lesion",
    "rois",
    "save_contour",
    "series",
    "set_scheme",
    "set_window",
    "stacks",
    "study",
    "undo_contour",
]
