"""The report's sections on what was learned: methods, classifiers, synthetic ROIs, maps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from studies import cases, learning
from studies.records import FloatArray, RoiRecord, StudyRecord, SyntheticRoiRecord
from studies.report import figures
from studies.report import sections as titles
from studies.report.arm_figures import ArmCounts, arm_figures, generator_figure
from studies.report.arms import arm_name, arm_rank
from studies.report.classifier import ClassifierResults
from studies.report.classifier_tables import classifier_tables
from studies.report.document import Section
from studies.report.drawing import Figure
from studies.report.example_figures import SyntheticRow, augmentation_figure, synthetic_figure
from studies.report.network_figure import network_figures, network_table
from studies.report.paper_tables import (
    algorithm_table,
    class_table,
    matrix_tables,
    method_tables,
    recipe_table,
)
from studies.report.pictures import CLASSIFIER, ReportPictures
from studies.report.quality import LOOK, GeneratorQuality
from studies.report.quality_tables import copies_sentence, standing, words_of
from studies.report.quality_tables import methods as quality_methods
from studies.report.sentences import comparison_sentence
from studies.report.table import Table
from studies.store import Store

_TRAINING = "at the last look of the training"
_SHOWN = 8  # synthetic ROIs of a class and generator in Fig. 6


def methods_section(
    study: StudyRecord,
    prose: tuple[str, ...],
    networks: ClassifierResults,
    found: ReportPictures,
    lesions: int,
    *,
    shows: bool,
    draws: bool,
) -> Section:
    """Prose, Table 1; Figs. 2-5, of which Fig. 3 only where `shows`.

    Without `draws` a table has the layers that the figures show.
    """
    made: tuple[Figure | None, ...] = ()
    if draws:
        cnns = [one for one in found.networks if one.role == CLASSIFIER]
        gans = [one for one in found.networks if one.role != CLASSIFIER]
        names = study.scheme.names
        made = (
            *network_figures("figure_2", "Figure 2. The classifier", cnns),
            augmentation_figure(found.augmented, study.scheme, simulated=study.simulated)
            if found.augmented is not None and shows
            else None,
            generator_figure(found.generators, names, simulated=study.simulated),
            *network_figures("figure_5", "Figure 5. Generators and discriminators", gans),
        )
    tables = (
        *((algorithm_table(networks, found.generators, lesions, study.simulated),)
          if networks.groups else ()),
        recipe_table(found.recipe),
        *((network_table(found.networks),) if not draws else ()),
    )  # fmt: skip
    return Section(
        titles.METHODS,
        found.notes,
        tuple(table for table in tables if table.rows),
        tuple(one for one in made if one is not None),
        prose=prose,
    )


# --- classifiers ----------------------------------------------------------------------------


def network_section(
    store: Store,
    results: ClassifierResults,
    study: StudyRecord,
    found: ReportPictures,
    *,
    draws: bool,
) -> Section:
    """Comparisons, Tables 2, 3, 5-7, accuracy by group, Figs. 7 and 8."""
    if not results.groups:
        return Section(titles.NETWORKS, ("No classifier has been trained to the end yet.",))
    accuracy = classifier_tables(results, study.scheme)[:1]
    tables = (
        *matrix_tables(results, study.scheme),
        *method_tables(results),
        class_table(results, study.scheme),
        *accuracy,
    )
    drawn: tuple[Figure | None, ...] = ()
    if draws:
        drawn = (
            *arm_figures(results, _counts(store)),
            figures.accuracy_figure(results),
        )
    return Section(
        titles.NETWORKS,
        tuple(comparison_sentence(c) for c in results.comparisons),
        tables,
        tuple(one for one in drawn if one is not None),
    )


def _counts(store: Store) -> ArmCounts:
    main = [one for one in cases.lesions(store) if one.is_ready and not one.extra]
    folds = Counter(one.fold for one in main if one.fold is not None)
    return ArmCounts(
        len(main),
        len({one.patient for one in main}),
        tuple(folds[fold] for fold in sorted(folds)),
        cases.counts(store).synthetic,
    )


# --- synthetic ROIs -------------------------------------------------------------------------


def synthetic_section(
    store: Store, study: StudyRecord, found: ReportPictures, *, shows: bool, draws: bool
) -> Section:
    """What the audit says, distances with bands, Fig. 6; one line where nothing was drawn."""
    rois = learning.synthetic_rois(store)
    measured = [one for one in found.quality if one.spaces or one.audited.n]
    if not rois and not measured:
        return Section(titles.SYNTHETIC, ("No synthetic ROI has been drawn in this study.",))
    said = [f"{one.name}, {study.scheme.category(one.category).name}: {copies_sentence(one)}"
            for one in measured if one.audited.n]  # fmt: skip
    table = quality_table(measured, study)
    drawn: tuple[Figure, ...] = ()
    if draws and shows:
        drawn = _synthetic_figures(store, study, rois)
    elif draws:
        said.append(HIDDEN)
    return Section(
        titles.SYNTHETIC,
        tuple(said),
        tuple(t for t in (_verdict_table(rois, study, store), table) if t.rows),
        drawn,
    )


HIDDEN = (
    "Pictures of real and synthetic ROIs are left out while the reading is blinded: they would "
    "tell a reader which is which."
)


def quality_table(found: Sequence[GeneratorQuality], study: StudyRecord) -> Table:
    """Each measure with its interval and the real-v-real band beside it."""
    rows = tuple(
        (
            one.name,
            study.scheme.category(one.category).name,
            _TRAINING if space.features == LOOK else space.features,
            words_of(m.name).title,
            f"{words_of(m.name).number(m.value)} {words_of(m.name).span(m.low, m.high)}".strip(),
            words_of(m.name).span(m.band_low, m.band_high) or "–",
            f"{space.fake} v {space.real}" if space.real else str(space.fake),
            standing(m) or "–",
        )
        for one in found
        for space in one.spaces
        for m in space.measures
    )
    methods = quality_methods(space for one in found for space in one.spaces)
    told = " ".join(f"{words.rstrip('.')}." for words in methods)
    columns = ("Generator", "Class", "Features", "Measure", "Value [95 %]", "Real v real [95 %]",
               "n", "Against the band")  # fmt: skip
    simulated = any(one.run.simulated for one in found)
    title = "Quality of the synthetic ROIs"
    return Table("synthetic_measures", title, columns, rows, told, simulated)


def _verdict_table(rois: Sequence[SyntheticRoiRecord], study: StudyRecord, store: Store) -> Table:
    arms = {run.id: run.arm for run in learning.runs(store)}
    groups: dict[tuple[str, str], list[SyntheticRoiRecord]] = {}
    for one in rois:
        groups.setdefault((arms.get(one.run_id, ""), one.category), []).append(one)
    rows = []
    for (arm, code), own in sorted(groups.items(), key=lambda pair: _rank(pair[0], study)):
        verdicts = Counter(one.audit for one in own)
        each = tuple(str(verdicts[v]) for v in ("clear", "close", "copy", "unchecked"))
        likes = [one.similarity for one in own if one.similarity is not None]
        most = f"{max(likes):.3f}" if likes else "–"
        accepted = str(sum(one.accepted for one in own))
        rows.append((arm_name(arm), study.scheme.category(code).name, str(len(own)), *each,
                     accepted, most))  # fmt: skip
    note = (
        "Copy audit: normalised cross-correlation (NCC) with the nearest training ROI over flips, "
        "quarter turns and small shifts, against real ROIs held out."
    )
    columns = ("Generator", "Class", "Drawn", "Clear", "Close", "Copy", "Unchecked", "Accepted",
               "Highest NCC")  # fmt: skip
    title = "Copy audit of the synthetic ROIs"
    return Table("copy_audit", title, columns, tuple(rows), note, study.simulated)


def _rank(key: tuple[str, str], study: StudyRecord) -> tuple[tuple[int, str], int]:
    arm, code = key
    return arm_rank(arm), study.scheme.codes.index(code) if code in study.scheme.codes else 99


def _synthetic_figures(
    store: Store, study: StudyRecord, rois: Sequence[SyntheticRoiRecord]
) -> tuple[Figure, ...]:
    """A figure a generator, in the order of the tables."""
    by_arm: dict[str, list[SyntheticRow]] = {}
    for row in _rows(store, study, rois):
        by_arm.setdefault(row.generator, []).append(row)
    letters = [f" ({chr(ord('a') + k)})" for k in range(len(by_arm))] if len(by_arm) > 1 else [""]
    made = (
        synthetic_figure(
            f"figure_6_{k}", rows, study.scheme, letter=letter, simulated=study.simulated
        )
        for k, (letter, rows) in enumerate(zip(letters, by_arm.values(), strict=False), 1)
    )
    return tuple(figure for figure in made if figure is not None)


def _rows(
    store: Store, study: StudyRecord, rois: Sequence[SyntheticRoiRecord]
) -> tuple[SyntheticRow, ...]:
    real = _real_images(store, rois)
    arms = {run.id: run.arm for run in learning.runs(store)}
    groups: dict[tuple[str, str], list[SyntheticRoiRecord]] = {}
    for one in rois:
        groups.setdefault((arms.get(one.run_id, ""), one.category), []).append(one)
    ordered = sorted(groups.items(), key=lambda pair: _rank(pair[0], study))
    return tuple(
        SyntheticRow(
            code,
            arm_name(arm),
            tuple((one, real.get(one.nearest_lesion_id or -1)) for one in own[:_SHOWN]),
            len(own),
        )
        for (arm, code), own in ordered
        if code in study.scheme.codes
    )


def _real_images(store: Store, rois: Iterable[SyntheticRoiRecord]) -> dict[int, FloatArray]:
    """Images of the real ROIs that the audit named nearest."""
    if not any(one.nearest_lesion_id is not None for one in rois):
        return {}
    found: tuple[RoiRecord, ...] = cases.rois(store)
    return {one.lesion_id: one.image for one in found}


# --- maps -----------------------------------------------------------------------------------


def _letter_rank(arm: str) -> tuple[bool, tuple[int, str]]:
    """The paper's Fig. 9 (a) is CNN-AUG and (b) CNN-AUG-GAN: no augmentation comes after them."""
    return arm == "cnn", arm_rank(arm)


def map_section(store: Store, study: StudyRecord) -> Section:
    """Fig. 9: each arm's maps side by side, a map a network."""
    known = tuple((one.id, one.category) for one in cases.lesions(store))
    made = tuple((one.id, one.category) for one in learning.synthetic_rois(store))
    by_arm: dict[str, list[figures.FoldMap]] = {}
    for run in sorted(
        learning.runs(store), key=lambda r: (r.seed, -1 if r.fold is None else r.fold)
    ):
        embedding = learning.embedding(store, run.id)
        if embedding is not None and embedding.points:
            fold = "All folds" if run.fold is None else f"Test fold {run.fold + 1}"
            words = f"{fold}, seed {run.seed}"
            one = figures.FoldMap(words, embedding, run.simulated)
            by_arm.setdefault(run.arm, []).append(one)
    if not by_arm:
        return Section(titles.MAPS, ("No map has been made yet.",))
    ordered = sorted(by_arm.items(), key=lambda pair: _letter_rank(pair[0]))
    drawn = tuple(
        figures.map_figure(
            f"figure_9_{arm}", f"Figure 9 ({letter}). t-SNE: {arm_name(arm)}", maps[:3], known,
            study.scheme, made,
        )
        for letter, (arm, maps) in zip("abcdefghijklmnopqrstuvwxyz", ordered, strict=False)
    )  # fmt: skip
    sentences = [
        f"{arm_name(arm)}: the first 3 of {len(maps)} maps are drawn."
        for arm, maps in ordered
        if len(maps) > 3
    ]
    return Section(titles.MAPS, tuple(sentences), (), drawn)
