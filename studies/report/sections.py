"""Titles of the report's sections, which the checklists point to."""

from __future__ import annotations

STUDY, FLOW, CONDUCT = "Study", "Flow", "Protocol and conduct"
READERS, AGREEMENT, ORIGIN = "Readers", "Agreement", "Real or synthetic"
ROC, CONDITIONS, TIMES = (
    "ROC",
    "Conditions and readers' means",
    "Times, answers changed and repeats",
)
GALLERY, NETWORKS, MAPS = "Disagreement", "Networks", "t-SNE"
CHECKLISTS, METHODS = "Checklists", "Methods"
