"""The report as a document: sections of sentences, tables and figures, and its methods."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata

from studies.imaging.roi import MARGIN
from studies.records import ProtocolDraft, ProtocolRecord, StudyRecord
from studies.report.arms import arm_name
from studies.report.classifier import ClassifierResults
from studies.report.drawing import Figure
from studies.report.gallery_pictures import Picture
from studies.report.pictures import CLASSIFIER, NO_PICTURES, ReportPictures
from studies.report.readers import ReaderResults
from studies.report.readings import condition_words
from studies.report.sections import CONDUCT
from studies.report.table import Table

RESEARCH_ONLY = "Research use only. Not a medical device; not for diagnosis or treatment."
SIMULATED = (
    "Simulated: figures marked so rest on simulated images or simulated readers and say nothing "
    "about patients or radiologists."
)
_PACKAGES = (
    "blindread", "numpy", "scipy", "statsmodels", "scikit-learn", "torch", "SQLAlchemy",
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A part of the report; empty parts are left out."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    pictures: tuple[Picture, ...] = ()
    prose: tuple[str, ...] = ()  # paragraphs above the sentences

    def reading_of(self, table: Table) -> str:
        """What a table says, in a line; "" where the section's own sentences say it already."""
        return "" if table.reading in self.sentences else table.reading


@dataclass(frozen=True)
class Document:
    """What the template prints."""

    title: str
    subtitle: str
    labels: tuple[str, ...]
    sections: tuple[Section, ...]
    made: str

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in the order of the page."""
        return tuple(table for one in self.sections for table in one.tables)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order of the page."""
        return tuple(figure for one in self.sections for figure in one.figures)


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
    deviations: tuple[str, ...] = (),
    pictures: ReportPictures = NO_PICTURES,
    *,
    foldless: int = 0,
) -> tuple[str, ...]:
    """The methods paragraphs: ROIs, networks, protocol and seal, statistics, seeds, versions.

    `foldless` synthetic ROIs were read whose generator was trained without folds.
    """
    parts = [_images(study), *_learning(pictures)]
    if protocol is not None:
        parts.append(_protocol(protocol, deviations))
    if readers is not None and readers.scores:
        parts.append(_reader_methods(readers, foldless))
    if networks is not None and networks.groups:
        parts.append(_network_methods(networks))
    parts.append(f"Computed with {versions()}")
    return tuple(parts)


def _images(study: StudyRecord) -> str:
    unit = "HU" if study.kind == "ct" else "grey values"
    names = ", ".join(study.scheme.names)
    return (
        f"Each lesion is shown as a 64 × 64 ROI of its key slice, windowed from "
        f"{study.window_low:g} to {study.window_high:g} {unit}. The ROI is a square in mm around "
        f"the centre of the margin's smallest enclosing circle, with a side of d (1 + 2 m): d the "
        f"margin's largest caliper, m = {MARGIN:g} the tissue on each side. It is sampled once "
        f"from the native pixels, bicubic, with an antialias filter where it shrinks. Classes: "
        f"{names}."
    )


def _learning(found: ReportPictures) -> Iterable[str]:
    """How networks were laid out and trained; nothing without one."""
    if found.augmented is not None:
        kinds = ", ".join(f"{row.kind.lower()} {row.count}" for row in found.augmented.rows)
        yield (
            f"Augmentation: each ROI can give {found.augmented.per_roi} images ({kinds}), composed "
            "into one matrix and sampled once; draws are equal per ROI, and the groups nested."
        )
    cnns = [one for one in found.networks if one.role == CLASSIFIER]
    if cnns:
        sizes = "; ".join(f"{one.title} with {one.parameters:,} parameters" for one in cnns)
        yield (
            f"Classifiers: {sizes}; cross-entropy, SGD with Nesterov momentum, the mean image of "
            "the training folds taken off. Layers in Figure 2, every field in Table 1."
        )
    if found.generators:
        told = "; ".join(
            f"{arm_name(one.kind)} ({one.runs} runs, {one.steps})" for one in found.generators
        )
        yield f"Generators: {told}. Layers in Figure 5, every field in Table 1."


def _protocol(protocol: ProtocolRecord, deviations: tuple[str, ...]) -> str:
    draft = protocol.draft
    state = "" if protocol.unblinded else " It is still blinded: no answer is analysed."
    if protocol.unblinded:
        state = f" Unblinded {protocol.unblinded} by {protocol.unblinded_by or 'unnamed'}."
    return (
        f"Protocol {draft.name}, version {protocol.version}, sealed {protocol.sealed} with hash "
        f"{protocol.seal_hash}: {protocol.real_items} real and {protocol.synthetic_items} "
        f"synthetic ROIs in an order of each reader's own from seed {draft.seed}; "
        f"{_design(draft)}. Readers saw them under opaque names, knew neither patient nor "
        f"reference standard, and got no feedback on them. Every answer went into an append-only "
        f"log, hash-chained. Planned primary analysis: {draft.primary_analysis}.{state} "
        f"{_planned(deviations)}"
    )


def _design(draft: ProtocolDraft) -> str:
    parts = [
        "class and confidence first, then, told of synthetic images, real or synthetic"
        if draft.staged
        else f"asked of each ROI: {', '.join(draft.questions)}",
        f"{draft.repeats} hidden repeats",
    ]
    if draft.conditions != ("roi",):
        shown = ", ".join(map(condition_words, draft.conditions))
        parts.append(f"conditions {shown}, {draft.washout_days} days of washout between them")
    return "; ".join(parts)


def _planned(deviations: tuple[str, ...]) -> str:
    if not deviations:
        return "The reading went as planned."
    return f"Deviations from the protocol: {len(deviations)}, listed under “{CONDUCT}”."


def _reader_methods(results: ReaderResults, foldless: int) -> str:
    networks = (
        "Networks read the same ROIs: a real one by the network that had it in its test fold, a "
        "synthetic one by a network that was trained on no draw of its generator. "
    )
    if foldless:
        networks = (
            "Networks read the same ROIs: a real one by the network that had it in its test fold, "
            "a synthetic one by a network of another fold than its generator's. Generators of "
            f"{foldless} synthetic ROIs have no fold: the networks read these in turn, whether or "
            "not they were trained on draws of the same generator. "
        )
    read = networks if any(s.kind == "model" for s in results.scores) else ""
    return " ".join([read + _STATISTICS, *results.declined])


_STATISTICS = (
    "Standing answers are analysed; results with first answers stand beside them. Items that a "
    "reader left unanswered are out of that reader's figures, and said so. Proportions carry "
    "Wilson's 95 % interval; where patients have several lesions, accuracy also at Rao-Scott's "
    "effective sample size and McNemar's test with the patient as unit (Obuchowski 1998). Readers "
    "are compared on the same ROIs by the exact McNemar test, adjusted by Holm over all pairs, "
    "differences by Newcombe's method 10, three or more people by Cochran's Q. Agreement: Cohen's "
    "(Conger's and Fleiss') kappa, Brennan-Prediger, Gwet's AC1 and Krippendorff's alpha. Telling "
    "synthetic from real: d' and c (log-linear correction), balanced accuracy with MOVER's "
    "interval and two one-sided tests of its equivalence to guessing within the sealed margin, and "
    "an exact binomial test against always giving the commoner answer. Areas under empirical ROC "
    "curves of one class against the rest (rating: confidence where the class was chosen, else "
    "minus confidence; of a network its out-of-fold probability) with the interval of DeLong's "
    "standard error on the logit scale, DeLong's own beside it. Conditions and readers' means: "
    "Obuchowski-Rockette with Hillis' degrees of freedom, jackknife. Times and trends: generalised "
    "estimating equations. "
    "A p below .05 is called a difference; p values of different tables are not adjusted for "
    "their number."
)


def _network_methods(results: ClassifierResults) -> str:
    seeds = sorted({s.seed for g in results.groups for s in g.seeds})
    profiles = sorted({g.profile for g in results.groups})
    return (
        f"Networks were tested by {results.folds}-fold cross-validation with each patient in one "
        f"fold, profile {', '.join(profiles)}, seeds {', '.join(map(str, seeds))}; predictions "
        f"are pooled out of fold. {_validation(results)}Sensitivity and specificity averages are "
        f"weighted by class size. "
        f"Paper beside: Frid-Adar et al. 2018, Neurocomputing 321:321-331."
    )


def _validation(results: ClassifierResults) -> str:
    """What is said of groups that held patients out while they trained; "" where none did."""
    shares = sorted({g.validation for g in results.groups if g.validation})
    if not shares:
        return ""
    percent = ", ".join(map(str, shares))
    return (
        f"In groups named so, {percent} % of the patients of the training folds (by class, seeded) "
        "were held out and watched during training; networks, mean images, augmentations and "
        "generators did not see them, and nothing was chosen by them. "
    )
