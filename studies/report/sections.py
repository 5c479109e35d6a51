"""Titles of the report's sections, which the checklists point to."""

from __future__ import annotations

SUMMARY, STUDY, FLOW, METHODS = "Summary", "Data", "Flow", "Methods"
NETWORKS, SYNTHETIC, MAPS = "Classifiers", "Synthetic ROIs", "t-SNE"
READERS, AGREEMENT, ORIGIN = "Readers", "Agreement", "Real or synthetic"
ROC, CONDITIONS, TIMES = (
    "ROC",
    "Conditions and readers' means",
    "Times, answers changed and repeats",
)
GALLERY, LIMITS, PROVENANCE = "Disagreement", "Limits", "Provenance"
CONDUCT, ABSENT = "Protocol and conduct", "Not run in this study"
CHECKLISTS, GLOSSARY = "Checklists", "Glossary"
