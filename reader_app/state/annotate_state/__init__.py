"""The state behind the Annotate page."""

from reader_app.state.annotate_state.editing import Diagnosis
from reader_app.state.annotate_state.margins import ShownMargin, Whereabouts
from reader_app.state.annotate_state.measures import Measures, Twin
from reader_app.state.annotate_state.slice_rows import SliceRow
from reader_app.state.annotate_state.state import AnnotateState
from reader_app.state.annotate_state.worklist import Entry, Group
from studies.cases import Authorship, LesionAgreement, SliceAgreement

__all__ = [
    "AnnotateState",
    "Authorship",
    "Diagnosis",
    "Entry",
    "Group",
    "LesionAgreement",
    "Measures",
    "ShownMargin",
    "SliceAgreement",
    "SliceRow",
    "Twin",
    "Whereabouts",
]
