"""What an export or an import of margins came to, in the words and lists of the Cases page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from reader_app.state.cases_import import ImportSummary, Reason, Section
from reader_app.state.cases_rows import counted

if TYPE_CHECKING:
    from reader_app.workflows.export_margins import ExportedFile, MarginExport, RefusedFile
    from reader_app.workflows.import_margins import MarginsTaken

CHECKER = "dciodvfy"
KIND_NAMES = {
    "seg": "DICOM SEG", "sr": "DICOM SR", "rtstruct": "RTSTRUCT", "nifti": "NIfTI",
    "json": "JSON", "coco": "COCO", "csv": "CSV", "png": "PNG", "series": "Series",
}  # fmt: skip


def of_export(ended: MarginExport, folder: Path, seconds: float) -> ImportSummary:
    """Each file with how it read back and what the checker said; each refusal with its reason."""
    clean = tuple(one for one in ended.files if not one.checker)
    named = tuple(one for one in ended.files if one.checker)
    lists = (
        ("taken", "Written, round trip proven", tuple(_written(one) for one in clean)),
        ("badged", f"Written, {CHECKER} names errors", tuple(_written(one) for one in named)),
        ("left_out", "Not written", tuple(_refused(one) for one in ended.refused)),
    )
    sections = tuple(
        Section(kind, title, len(found), found, by_file=True) for kind, title, found in lists
    )
    line = f"{counted(len(ended.files), 'file')}{_of_kinds(ended.files)}, {seconds:.1f} s, in"
    return ImportSummary(
        len(ended.files), line, str(folder), sections, _text("Export to", folder, sections),
        "Last export", folder,
    )  # fmt: skip


def export_sentence(ended: MarginExport) -> str:
    """How an export went, in a sentence."""
    told = f"{counted(len(ended.files), 'file')} of margins written and read back"
    wrong = sum(bool(one.checker) for one in ended.files)
    parts = [f"{len(ended.refused):,} not written"] if ended.refused else []
    parts += [f"{CHECKER} names errors in {wrong:,}"] if wrong else []
    return "; ".join([told, *parts]) + "."


def _of_kinds(files: tuple[ExportedFile, ...]) -> str:
    counts = Counter(KIND_NAMES[one.kind] for one in files)
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    return f" ({told})" if told else ""


def _written(file: ExportedFile) -> Reason:
    words = [file.round_trip.words]
    if file.checker is not None:
        words.append(_checker(file.checker))
    words += [file.remark] if file.remark else []
    return Reason(file.path.name, " ".join(words), (file.path.name,))


def _checker(errors: tuple[str, ...]) -> str:
    return f"{CHECKER}: {'; '.join(errors)}." if errors else f"{CHECKER}: no error."


def _refused(one: RefusedFile) -> Reason:
    parts = (KIND_NAMES[one.kind], "of", one.patient) if one.patient else (KIND_NAMES[one.kind],)
    title = " ".join(parts) + (f" by {one.author}" if one.author else "")
    return Reason(title, one.reason, (title,))


def of_margins(taken: tuple[MarginsTaken, ...], source: str, seconds: float) -> ImportSummary:
    """Each file's lesions and what was left out of them; each refused file with its reason."""
    fine = tuple(_lesions(one) for one in taken if not one.refused and not one.notes)
    noted = tuple(_lesions(one) for one in taken if not one.refused and one.notes)
    refused = tuple(Reason(one.file, one.refused, (one.file,)) for one in taken if one.refused)
    lists = (
        ("taken", "Taken", fine),
        ("badged", "Taken with a remark", noted),
        ("left_out", "Left out", refused),
    )
    sections = tuple(
        Section(kind, title, len(found), found, by_file=True) for kind, title, found in lists
    )
    line = f"{counted(len(taken), 'file')} of margins, read in {seconds:.1f} s from"
    text = _text("Margins from", Path(source), sections)
    return ImportSummary(len(taken), line, source, sections, text, "Margins taken in")


def margins_sentence(taken: tuple[MarginsTaken, ...]) -> str:
    """How it went, in a sentence; of one refused file its reason."""
    refused = [one for one in taken if one.refused]
    if len(refused) == len(taken):
        return f"No margins were taken in. {refused[0].refused if refused else ''}".strip()
    lesions = sum(len(one.lesions) for one in taken)
    margins = sum(lesion.margins for one in taken for lesion in one.lesions)
    told = f"{counted(margins, 'margin')} of {counted(lesions, 'lesion')} taken in"
    return told + (f"; {counted(len(refused), 'file')} left out." if refused else ".")


def _lesions(one: MarginsTaken) -> Reason:
    margins = sum(lesion.margins for lesion in one.lesions)
    authors = ", ".join(sorted({lesion.author for lesion in one.lesions}))
    names = ", ".join(dict.fromkeys(lesion.name for lesion in one.lesions))
    words = f"{one.kind} on {one.patient}: {names}, {counted(margins, 'margin')} by {authors}."
    return Reason(one.file, " ".join((words, *one.notes)), (one.file,))


def _text(what: str, place: Path, sections: Iterable[Section]) -> str:
    """One line a file, to be pasted into a table."""
    lines = [f"{what} {place}", "verdict\tfile\twords"]
    for section in sections:
        lines += [f"{section.title}\t{one.title}\t{one.line}" for one in section.reasons]
    return "\n".join(lines) + "\n"
