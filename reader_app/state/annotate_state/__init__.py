"""The state behind the Annotate page."""

from reader_app.state.annotate_state.margins import ShownMargin
from reader_app.state.annotate_state.measures import Measures, Twin
from reader_app.state.annotate_state.state import AnnotateState, Diagnosis
from reader_app.state.annotate_state.worklist import Entry, Group

__all__ = [
    "AnnotateState",
    "Diagnosis",
    "Entry",
    "Group",
    "Measures",
    "ShownMargin",
    "Twin",
]
