"""The report as a document: sections of sentences, tables and figures, and its methods."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata

from studies.records import ProtocolRecord, StudyRecord
from studies.report.classifier import ClassifierResults
from studies.report.figures import Figure
from studies.report.readers import ReaderResults
from studies.report.tables import Table

RESEARCH_ONLY = "Research use only. Not a medical device; not for diagnosis or treatment."
SIMULATED = (
    "Simulated: figures marked so rest on simulated images or simulated readers and say nothing "
    "about patients or radiologists."
)
_PACKAGES = ("blindread", "numpy", "scipy", "scikit-learn", "torch", "SQLAlchemy", "matplotlib")


@dataclass(frozen=True)
class Section:
    """A part of the report; empty parts are left out."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Document:
    """What the template prints."""

    title: str
    subtitle: str
    labels: tuple[str, ...]
    sections: tuple[Section, ...]
    methods: tuple[str, ...]
    made: str


def versions() -> str:
    """Program, Python and the packages that the figures rest on."""
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found) + "."


def methods(
    study: StudyRecord,
    protocol: ProtocolRecord | None,
    readers: ReaderResults | None,
    networks: ClassifierResults | None,
) -> tuple[str, ...]:
    """The methods paragraph: protocol and seal, statistics, networks, seeds, versions."""
    parts = [_images(study)]
    if protocol is not None:
        parts.append(_protocol(protocol))
    if readers is not None and readers.scores:
        parts.append(_reader_methods(readers))
    if networks is not None and networks.groups:
        parts.append(_network_methods(networks))
    parts.append(f"Computed with {versions()}")
    return tuple(parts)


def _images(study: StudyRecord) -> str:
    unit = "HU" if study.kind == "ct" else "grey values"
    names = ", ".join(study.scheme.names)
    return (
        f"Each lesion is shown as a 64 x 64 ROI of its key slice, windowed from "
        f"{study.window_low:g} to {study.window_high:g} {unit}. Classes: {names}."
    )


def _protocol(protocol: ProtocolRecord) -> str:
    draft = protocol.draft
    state = "" if protocol.unblinded else " It is still blinded: no answer is analysed."
    if protocol.unblinded:
        state = f" Unblinded {protocol.unblinded} by {protocol.unblinded_by or 'unnamed'}."
    return (
        f"Protocol {draft.name}, version {protocol.version}, sealed {protocol.sealed} with hash "
        f"{protocol.seal_hash[:16]}: {protocol.real_items} real and {protocol.synthetic_items} "
        f"synthetic ROIs in an order of each reader's own from seed {draft.seed}. Planned primary "
        f"analysis: {draft.primary_analysis}.{state}"
    )


def _reader_methods(results: ReaderResults) -> str:
    networks = (
        "Networks read the same ROIs: a real one by the network that had it in its test fold, a "
        "synthetic one by a network that was trained on no draw of its generator. "
    )
    read = networks if any(s.kind == "model" for s in results.scores) else ""
    return (
        read
        + (
            "Proportions carry Wilson's 95 % interval; readers are compared on the same ROIs by "
            "the exact McNemar test; agreement by Cohen's kappa, Brennan-Prediger, Gwet's AC1 and "
            "Krippendorff's alpha; telling synthetic from real by d' and c (log-linear correction) "
            "and by an exact binomial test against always saying “real”; areas under empirical ROC "
            "curves with DeLong's interval. A p below .05 is called a difference; several p values "
            "are not adjusted for their number. " + " ".join(results.declined)
        ).strip()
    )


def _network_methods(results: ClassifierResults) -> str:
    seeds = sorted({s.seed for g in results.groups for s in g.seeds})
    profiles = sorted({g.profile for g in results.groups})
    return (
        f"Networks were tested by {results.folds}-fold cross-validation with each patient in one "
        f"fold, profile {', '.join(profiles)}, seeds {', '.join(map(str, seeds))}; predictions "
        f"are pooled out of fold. Sensitivity and specificity averages are weighted by class size. "
        f"Paper beside: Frid-Adar et al. 2018, Neurocomputing 321:321-331."
    )
