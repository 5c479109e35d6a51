"""Use-cases of what is imported, drawn and diagnosed: plain functions with the store first."""

from studies.cases.comparing import (
    LesionAgreement,
    SliceAgreement,
    agreements,
    disagreements,
)
from studies.cases.examinations import (
    NewSeries,
    add_case,
    add_series,
    all_series,
    cases,
    series,
    set_clinical_note,
)
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
from studies.cases.last_edit import Edit, newest_edit, newest_undone
from studies.cases.margins import (
    PlacedLine,
    contours,
    delete_contour,
    key_contour,
    redo_contour,
    save_contour,
    save_contours,
    undo_contour,
)
from studies.cases.overview import counts, rename, set_scheme, set_window, study
from studies.cases.pictures import LesionPicture, LesionPictures
from studies.cases.regions import rois, stacks
from studies.cases.renaming import Renaming, rename_author, renamings
from studies.cases.second_author import (
    Authorship,
    authorships,
    choose_training_author,
    choose_training_author_of_all,
    show_others,
)
from studies.cases.stored_values import confirm_hu, withdraw_hu

__all__ = [
    "BASES",
    "MACHINE_TOOLS",
    "Authorship",
    "Edit",
    "Intake",
    "LesionAgreement",
    "LesionPicture",
    "LesionPictures",
    "NewFinding",
    "NewSeries",
    "PlacedLine",
    "Renaming",
    "SliceAgreement",
    "add_case",
    "add_findings",
    "add_lesion",
    "add_series",
    "agreements",
    "all_series",
    "authorships",
    "cases",
    "choose_key_slice",
    "choose_training_author",
    "choose_training_author_of_all",
    "confirm_diagnosis",
    "confirm_hu",
    "contours",
    "counts",
    "delete_contour",
    "disagreements",
    "key_contour",
    "lesion",
    "lesions",
    "newest_edit",
    "newest_undone",
    "redo_contour",
    "remove_lesion",
    "rename",
    "rename_author",
    "renamings",
    "restore_lesion",
    "rois",
    "save_contour",
    "save_contours",
    "series",
    "set_clinical_note",
    "set_scheme",
    "set_window",
    "show_others",
    "stacks",
    "study",
    "undo_contour",
    "withdraw_hu",
]
