"""The report's summary, limits, provenance, what was not run, and its technical words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studies.records import ProtocolRecord, StudyRecord
from studies.report import sections as titles
from studies.report.arms import arm_name
from studies.report.classifier import ClassifierResults
from studies.report.document import Section, versions
from studies.report.glossary import terms_in
from studies.report.paper_tables import exact
from studies.report.pictures import GENERATOR, ReportPictures, RunOrigin
from studies.report.reader_sections import ReaderAnalyses
from studies.report.readers import ReaderResults
from studies.report.sentences import comparison_sentence, join_words
from studies.report.table import Table
from studies.statistics.proportions import wilson

_FEW_READERS = 3


def summary_section(
    counted: str,
    readers: ReaderResults | None,
    reason: str,
    primary: str,
    networks: ClassifierResults,
    found: ReportPictures,
) -> Section:
    """What was measured, in plain sentences; nothing that is not in a table below."""
    said = [counted, *_network_words(networks)]
    drawn = sum(one.audited.n for one in found.quality)
    if drawn:
        verdicts = ", ".join(
            f"{sum(one.audited.count(v) for one in found.quality)} {v}"
            for v in ("clear", "close", "copy")
        )
        said.append(f"Synthetic ROIs: {drawn} drawn; the copy audit calls {verdicts}.")
    said += _reader_words(readers, reason)
    if primary:
        said.append(primary)
    return Section(titles.SUMMARY, (), prose=tuple(said))


def _network_words(networks: ClassifierResults) -> Iterable[str]:
    if not networks.groups:
        yield "No classifier has been trained to the end."
        return
    each = "; ".join(f"{g.name} ({g.group}) {exact(g.accuracy)} %" for g in networks.chosen)
    yield (
        f"Out-of-fold accuracy over {networks.folds} folds by patient, first seed, Wilson's 95 % "
        f"interval: {each}."
    )
    if networks.comparisons:
        yield " ".join(comparison_sentence(one) for one in networks.comparisons[:2])


def _reader_words(readers: ReaderResults | None, reason: str) -> Iterable[str]:
    if readers is None or not readers.scores:
        yield reason or "Nobody has read yet."
        return
    for score in readers.scores:
        parts = [f"{score.reader} classed {exact(score.class_total)} % of the ROIs right"]
        if score.origin_total is not None:
            parts.append(f"told real from synthetic on {exact(score.origin_total)} %")
        yield f"{' and '.join(parts)} (Wilson)."


# --- limits ---------------------------------------------------------------------------------


def limits_section(
    study: StudyRecord,
    lesions: int,
    networks: ClassifierResults,
    readers: ReaderAnalyses | None,
    protocol: ProtocolRecord | None,
    found: ReportPictures,
) -> Section:
    """Facts of this study that bound what may be concluded; what they mean is for the authors."""
    said = [
        *_study_limits(study, lesions),
        *_network_limits(networks, found),
        *_reader_limits(readers, protocol),
        *flattered(readers, networks),
    ]
    return Section(titles.LIMITS, (), prose=tuple(said))


def _study_limits(study: StudyRecord, lesions: int) -> Iterable[str]:
    if study.simulated:
        yield "The images are simulated: nothing here is about patients."
    if lesions:
        half = wilson(round(lesions / 2), lesions)
        yield (
            f"{lesions} lesions: Wilson's 95 % interval of {half.successes} right of {lesions} is "
            f"{half.interval} percent."
        )
    yield "CNN, GANs and the condition ROI see one 64 × 64 picture of a lesion's key slice."


def _network_limits(networks: ClassifierResults, found: ReportPictures) -> Iterable[str]:
    if not networks.groups:
        return
    seeds = {len(g.seeds) for g in networks.chosen}
    if seeds == {1}:
        yield "Every network was trained with one seed: how much training varies is not measured."
    profiles = sorted({g.profile for g in networks.groups} - {"paper"})
    if profiles:
        yield (
            f"Profile {', '.join(profiles)}: networks and groups are smaller than the paper's; its "
            "values stand beside as printed, not as a target."
        )
    if any(one.is_selected for one in networks.comparisons):
        yield (
            "Groups of an arm were compared on the folds that chose them: their accuracy is a "
            "little optimistic, and p values of such comparisons describe only."
        )
    yield from _generator_limits(found)


def _generator_limits(found: ReportPictures) -> Iterable[str]:
    whole = [one for one in found.origins if _is_generator(one, found) and one.fold == "all"]
    own = [one for one in whole if found.data_hash and one.data_hash == found.data_hash]
    if own:
        yield (
            f"{len(own)} generator runs were trained on all ROIs of this study: networks trained "
            "on their draws are not quite out of fold."
        )
    if len(whole) > len(own):
        yield (
            f"{len(whole) - len(own)} generator runs were trained on other ROIs than this study "
            "has now: the copy audit of their draws need not have looked at what they learned from."
        )


def _is_generator(origin: RunOrigin, found: ReportPictures) -> bool:
    return any(origin.arm in n.users for n in found.networks if n.role == GENERATOR)


def _reader_limits(
    readers: ReaderAnalyses | None, protocol: ProtocolRecord | None
) -> Iterable[str]:
    if protocol is None:
        yield "There was no blinded reading."
        return
    if protocol.audit == "leak":
        yield (
            "The leak audit found that something other than anatomy tells synthetic from real ROIs."
        )
    if readers is None:
        return
    people = {s.reader for s in readers.results.scores if s.kind != "model"}
    if len(people) < _FEW_READERS:
        words = "reader" if len(people) == 1 else "readers"
        yield (
            f"{len(people)} {words}: readers are not taken as a random sample, and nothing is said "
            "of readers in general."
        )
    if readers.results.simulated_readers:
        yield f"Simulated readers, no people: {', '.join(readers.results.simulated_readers)}."
    if readers.results.gaps:
        yield f"{len(readers.results.gaps)} readings are not finished."


def flattered(readers: ReaderAnalyses | None, networks: ClassifierResults) -> Iterable[str]:
    """Which networks read draws of generators that may have fed their training; else nothing."""
    if readers is None or not readers.foldless:
        return
    fed = {g.arm.upper() for g in networks.groups if g.synthetic and g.arm != "cnn-extra"}
    names = [s.reader for s in readers.results.scores if s.kind == "model"]
    told = list(dict.fromkeys(name for name in names if name.upper() in fed))
    if told:
        were = "was" if len(told) == 1 else "were"
        yield (
            f"{readers.foldless} of the synthetic ROIs read come from generators without a fold, "
            f"and {join_words(told)} {were} trained on synthetic ROIs, perhaps of the same "
            f"generators: what {'it scores' if len(told) == 1 else 'they score'} on synthetic "
            "ROIs, and on all ROIs together, may be flattered."
        )


# --- provenance -----------------------------------------------------------------------------


def provenance_section(
    study: StudyRecord,
    protocol: ProtocolRecord | None,
    networks: ClassifierResults,
    found: ReportPictures,
    run_table: Table | None,
) -> Section:
    """Hashes, seeds, versions, devices: what it takes to make every number again."""
    rows = [("Report computed with", versions().rstrip("."))]
    if found.data_hash:
        rows.append(("Hash of the ROIs as they are now (SHA-256)", found.data_hash))
    if protocol is not None:
        rows.append(("Seal of the protocol (SHA-256)", protocol.seal_hash))
        rows.append(("Seed of the readers' orders", str(protocol.draft.seed)))
    rows.append(("ROI window", f"{study.window_low:g} to {study.window_high:g}"))
    for words, values in _shared(found.origins):
        rows.append((words, values))
    facts = Table("provenance", "What every number rests on", ("What", "Value"), tuple(rows))
    tables = [facts, _origin_table(found.origins, networks.simulated)]
    if not found.origins and run_table is not None:
        tables.append(run_table)
    return Section(titles.PROVENANCE, (), tuple(table for table in tables if table.rows))


def _shared(origins: Sequence[RunOrigin]) -> Iterable[tuple[str, str]]:
    if not origins:
        return
    yield "Seeds of the runs", _listed(str(one.seed) for one in origins)
    yield "Hashes of the ROIs they were trained on", _listed(one.data_hash for one in origins)
    yield "Precision of the runs", _listed(one.precision for one in origins)
    yield "Versions that wrote the checkpoints", _listed(one.versions for one in origins)


def _listed(values: Iterable[str]) -> str:
    return "; ".join(sorted(set(values)))


def _origin_table(origins: Sequence[RunOrigin], simulated: bool) -> Table:
    rows = tuple(
        (
            f"{arm_name(one.arm)}, {one.category}" if one.category else arm_name(one.arm),
            one.fold,
            str(one.seed),
            one.device,
            one.steps,
            one.seconds,
            one.data_hash[:8],
            one.run_hash,
        )
        for one in origins
    )
    columns = ("Arm", "Fold", "Seed", "Device", "Steps", "Seconds", "ROIs", "Run")
    note = (
        "Each run is a folder of its name in the study's runs: spec, checkpoint, curves. “ROIs”: "
        "the beginning of the hash of what it was trained on."
    )
    return Table("runs", "The runs behind these numbers", columns, rows, note, simulated)


# --- what is not there ----------------------------------------------------------------------

_EXPECTED = (
    ("Table 1", "table_1", "the training algorithm"),
    ("Table 2", "confusion_cnn-aug", "confusion matrix of CNN-AUG"),
    ("Table 3", "confusion_cnn-aug-gan", "confusion matrix of CNN-AUG-GAN"),
    ("Table 4", "table_4", "readers"),
    ("Table 5", "methods_generative", "generative models"),
    ("Table 6", "methods", "other methods"),
    ("Table 7", "classes_of_networks", "classes"),
    ("Figure 1", "figure_1", "examples and ROI extraction"),
    ("Figure 2", "figure_2", "the classifier"),
    ("Figure 3", "figure_3", "augmentations"),
    ("Figure 4", "figure_4", "training of the generators"),
    ("Figure 5", "figure_5", "generators and discriminators"),
    ("Figure 6", "figure_6", "synthetic ROIs"),
    ("Figure 7", "figure_7", "flowchart of the experiment"),
    ("Figure 8", "figure_8", "accuracy by training set size"),
    ("Figure 9", "figure_9", "t-SNE maps"),
)
_SYSTEMS = (
    "cnn", "cnn-aug", "cnn-aug-gan", "cnn-extra", "cnn-aug-acgan", "acgan-d", "bovw-multi",
    "bovw-single", "gabor", "glcm",
)  # fmt: skip
"""The paper's systems, section 4."""


def absent_section(
    sections: Sequence[Section], networks: ClassifierResults, *, draws: bool, blinded: bool
) -> Section:
    """The paper's tables, figures and systems that this study has not, in one list."""
    keys = [t.key for one in sections for t in one.tables]
    keys += [f.key for one in sections for f in one.figures]
    missing = [
        f"{number} ({words})"
        for number, key, words in _EXPECTED
        if (draws or number.startswith("Table"))
        and not any(found == key or found.startswith(f"{key}_") for found in keys)
    ]
    arms = {g.arm for g in networks.groups}
    systems = [arm_name(arm) for arm in _SYSTEMS if arm not in arms]
    said = []
    if missing:
        why = "nothing to show"
        if blinded:
            why += ", or not before the reading is unblinded"
        said.append(f"Left out ({why}): {'; '.join(missing)}.")
    if systems:
        said.append(f"Systems of the paper without a finished run: {'; '.join(systems)}.")
    return Section(
        titles.ABSENT,
        (),
        prose=tuple(said) or ("Every table, figure and system of the paper is in this report.",),
    )


def glossary_section(sections: Sequence[Section]) -> Section:
    """The technical words that the report uses, each in a sentence with its source."""
    texts = [text for one in sections for text in (*one.sentences, *one.prose)]
    for one in sections:
        texts += [figure.note for figure in one.figures]
        for table in one.tables:
            texts += [table.note, table.reading, table.title, *table.columns]
            texts += [cell for row in table.rows for cell in row]
    rows = tuple((t.word, t.sentence, t.source) for t in terms_in("\n".join(texts)))
    table = Table("glossary", "Technical words", ("Word", "What it is", "Source"), rows)
    return Section(titles.GLOSSARY, (), (table,) if rows else ())
