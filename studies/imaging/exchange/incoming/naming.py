"""Names in foreign files: who drew, and what a lesion is called without naming the patient."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydicom import Dataset

from studies.imaging.exchange.incoming.wording import plain
from studies.imaging.exchange.words import counted

_ABOUT_PATIENT = (
    "PatientName", "PatientID", "PatientBirthName", "PatientBirthDate", "AccessionNumber",
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_LONG = 5


@dataclass(frozen=True)
class Naming:
    """Which words of a file name its patient, casefolded."""

    words: frozenset[str]

    @classmethod
    def of(cls, dataset: Dataset) -> Naming:
        """The words of the patient's name and numbers, as far as the file tells them."""
        told = (str(dataset.get(name, "") or "") for name in _ABOUT_PATIENT)
        return cls(frozenset(word for text in told for word in _words(text)))

    def told(self, name: object, otherwise: str) -> str:
        """A lesion's name as the file has it; `otherwise` where it is blank or names the patient.

        A word of the patient's counts wherever it stands alone, a long one also within another.
        """
        shown = plain(name)
        own = _words(shown)
        hidden = any(
            word in own or (len(word) >= _LONG and word in shown.casefold()) for word in self.words
        )
        return otherwise if hidden or not shown else shown


def person(value: object) -> str:
    """A DICOM person name (PS3.5 6.2.1.1) as people write it: given names before the family's."""
    parts = [plain(part) for part in str(value or "").split("=")[0].split("^")]
    family, given, middle, prefix, suffix = (parts + [""] * 5)[:5]
    return plain(" ".join(part for part in (prefix, given, middle, family, suffix) if part))


def renamed(number: int) -> tuple[str, ...]:
    """What is said of names that were left out, as notes of a file."""
    if not number:
        return ()
    return (
        f"{counted(number, 'name')} in the file held words of the patient's name or number and "
        "were not taken over.",
    )


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
