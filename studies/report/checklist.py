"""CLAIM and STARD prefilled: which item this report covers, and which the authors must write.

CLAIM: Mongan, Moy & Kahn 2020, Radiol Artif Intell 2:e200029, items 1-42. STARD 2015: Bossuyt et
al. 2015, BMJ 351:h5527, items 1-30. The items are in our own words; the lists themselves rule.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from studies.report import sections as s
from studies.report.table import Table

AUTHORS = "To be written by the authors"


@dataclass(frozen=True)
class ChecklistItem:
    """An item by its number; `where` are the sections of this report that bear on it.

    `still` is what the authors must add to these.
    """

    number: str
    words: str
    where: tuple[str, ...] = ()
    still: str = ""


CLAIM = (
    ChecklistItem("1", "Title or abstract names the AI method and its kind"),
    ChecklistItem("2", "Structured abstract: design, methods, results, conclusions"),
    ChecklistItem("3", "Background: the clinical problem and what the AI is for"),
    ChecklistItem("4", "Aims and hypotheses"),
    ChecklistItem(
        "5", "Prospective or retrospective", (s.CONDUCT,), "how the images were collected"
    ),
    ChecklistItem("6", "Goal of the study", (s.CONDUCT,), "why it was done"),
    ChecklistItem("7", "Where the data come from", (s.STUDY,), "sites and dates"),
    ChecklistItem("8", "Who was eligible and how they were chosen", (s.FLOW,), "clinical criteria"),
    ChecklistItem("9", "Preprocessing of the images", (s.METHODS,)),
    ChecklistItem("10", "Choice of parts of the data", (s.FLOW, s.METHODS)),
    ChecklistItem("11", "Definition of each data element", (s.METHODS,), "common data elements"),
    ChecklistItem("12", "How the data were de-identified"),
    ChecklistItem("13", "How missing data were handled", (s.READERS, s.METHODS)),
    ChecklistItem("14", "Reference standard, so that it can be repeated", (s.STUDY,), "how"),
    ChecklistItem("15", "Why this reference standard"),
    ChecklistItem("16", "Who annotated, and with which training"),
    ChecklistItem("17", "Annotation tools", (s.METHODS,)),
    ChecklistItem("18", "Variability of annotators or readers", (s.AGREEMENT, s.TIMES)),
    ChecklistItem("19", "Planned sample size and its reason", (s.CONDUCT,), "the calculation"),
    ChecklistItem("20", "How cases were assigned to parts", (s.METHODS,)),
    ChecklistItem("21", "Level at which the parts are disjoint", (s.METHODS,)),
    ChecklistItem("22", "The model in full detail", (s.METHODS,)),
    ChecklistItem("23", "Software and its versions", (s.METHODS, s.PROVENANCE)),
    ChecklistItem("24", "How parameters were initialised", (s.NETWORKS,), "the checkpoint's spec"),
    ChecklistItem("25", "Training: augmentation, hyperparameters, number of models", (s.METHODS,)),
    ChecklistItem("26", "How the final model was chosen", (s.NETWORKS,)),
    ChecklistItem("27", "Ensembling, where there is any"),
    ChecklistItem("28", "Figures of merit", (s.METHODS, s.READERS, s.NETWORKS)),
    ChecklistItem("29", "Tests and how uncertainty is given", (s.METHODS,)),
    ChecklistItem("30", "Robustness and sensitivity analyses", (s.NETWORKS, s.TIMES)),
    ChecklistItem("31", "Explainability and how it was checked", (s.MAPS,), "other methods"),
    ChecklistItem("32", "Test on data from elsewhere"),
    ChecklistItem("33", "Flow of cases, with a diagram", (s.FLOW,)),
    ChecklistItem("34", "Patients and lesions in each part", (s.STUDY,), "age and sex"),
    ChecklistItem("35", "Performance on each part, with benchmarks", (s.NETWORKS, s.READERS)),
    ChecklistItem("36", "Accuracy with its precision", (s.READERS, s.ROC, s.NETWORKS)),
    ChecklistItem("37", "What was wrongly classed, and why", (s.GALLERY, s.READERS), "why"),
    ChecklistItem("38", "Limitations", (s.LIMITS,), "what they mean"),
    ChecklistItem("39", "What it means for practice"),
    ChecklistItem("40", "Registration number and registry"),
    ChecklistItem("41", "Where the protocol can be read", (s.CONDUCT,), "its address"),
    ChecklistItem("42", "Funding and the role of funders"),
)

STARD = (
    ChecklistItem("1", "Named as a study of diagnostic accuracy, with a measure of it"),
    ChecklistItem("2", "Structured abstract"),
    ChecklistItem("3", "Background, intended use and clinical role of the index test"),
    ChecklistItem("4", "Aims and hypotheses"),
    ChecklistItem(
        "5", "Planned before or after the tests were done", (s.CONDUCT,), "image collection"
    ),
    ChecklistItem("6", "Eligibility criteria", (s.FLOW,), "clinical criteria"),
    ChecklistItem("7", "On what grounds participants were found"),
    ChecklistItem("8", "Where and when participants were found"),
    ChecklistItem("9", "Consecutive, random or convenience series"),
    ChecklistItem("10a", "Index test, so that it can be repeated", (s.CONDUCT, s.METHODS)),
    ChecklistItem("10b", "Reference standard, so that it can be repeated", (s.STUDY,), "how"),
    ChecklistItem("11", "Why this reference standard"),
    ChecklistItem("12a", "Categories of the index test, planned or not", (s.CONDUCT, s.METHODS)),
    ChecklistItem("12b", "Categories of the reference standard", (s.METHODS,)),
    ChecklistItem("13a", "What readers knew of patients and reference", (s.CONDUCT, s.METHODS)),
    ChecklistItem("13b", "What assessors of the reference knew of the readings"),
    ChecklistItem("14", "Methods of estimating and comparing accuracy", (s.METHODS,)),
    ChecklistItem("15", "How indeterminate results were handled", (s.METHODS,)),
    ChecklistItem("16", "How missing results were handled", (s.READERS, s.METHODS)),
    ChecklistItem("17", "Analyses of variability, planned or not", (s.AGREEMENT, s.CONDITIONS)),
    ChecklistItem("18", "Intended sample size and its reason", (s.CONDUCT,), "the calculation"),
    ChecklistItem("19", "Flow of participants, as a diagram", (s.FLOW,)),
    ChecklistItem("20", "Demographic and clinical characteristics", (s.STUDY,), "age and sex"),
    ChecklistItem("21a", "Severity in those with the target condition"),
    ChecklistItem("21b", "Other diagnoses in those without it", (s.STUDY,)),
    ChecklistItem("22", "Time and treatment between index test and reference"),
    ChecklistItem("23", "Index test against reference, cross-tabulated", (s.READERS, s.NETWORKS)),
    ChecklistItem("24", "Accuracy with 95 % intervals", (s.READERS, s.ROC, s.NETWORKS)),
    ChecklistItem("25", "Harm done by index test or reference standard"),
    ChecklistItem(
        "26", "Limitations, bias, how far results apply", (s.LIMITS,), "how far results apply"
    ),
    ChecklistItem("27", "What it means for practice"),
    ChecklistItem("28", "Registration number and registry"),
    ChecklistItem("29", "Where the full protocol can be read", (s.CONDUCT,), "its address"),
    ChecklistItem("30", "Funding and the role of funders"),
)


def where_reported(item: ChecklistItem, present: Collection[str]) -> str:
    """`Section Flow; the authors add: age and sex`, or that the authors must write it."""
    found = [title for title in item.where if title in present]
    if not found:
        return AUTHORS
    named = ("Sections " if len(found) > 1 else "Section ") + ", ".join(found)
    return f"{named}; the authors add: {item.still}" if item.still else named


def checklist_tables(present: Collection[str]) -> tuple[Table, Table]:
    """Both lists; `present` are the titles of the sections that say something."""
    sources = (
        ("claim", "CLAIM", CLAIM, "Mongan, Moy & Kahn 2020, Radiol Artif Intell 2:e200029"),
        ("stard", "STARD 2015", STARD, "Bossuyt et al. 2015, BMJ 351:h5527"),
    )
    made = [
        Table(
            f"checklist_{key}",
            f"{name} checklist, prefilled",
            ("Item", "What to report", "Where"),
            tuple((i.number, i.words, where_reported(i, present)) for i in items),
            f"{source}. Items in our own words; numbers are theirs. A section named here bears on "
            "the item; whether it is enough is for the authors to judge.",
        )
        for key, name, items, source in sources
    ]
    return made[0], made[1]
