"""What a class, a place and a way of drawing are called in coded words (DICOM PS3.16).

The default scheme's classes have SNOMED CT codes of morphologic abnormalities, the same as in
PS3.16's context groups; that they lie in the liver is said by the anatomic region. A class of
another scheme gets a private code, its coding scheme told in the file (PS3.3 C.12.1.1.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studies.records import DEFAULT_SCHEME, ClassScheme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from highdicom.coding_schemes import CodingSchemeIdentificationItem
    from highdicom.sr import CodedConcept

PRIVATE_SCHEME = "99BLINDREAD"
PROGRAM_UID = "2.25.61250915420364391215432197652310994120"
"""This program's own UID, also the implementation class of every file it writes."""

LONGEST_MEANING = 64


@dataclass(frozen=True)
class Coded:
    """A coded word: value, coding scheme designator and meaning."""

    value: str
    scheme: str
    meaning: str

    def concept(self) -> CodedConcept:
        """As highdicom takes it."""
        from highdicom.sr import CodedConcept

        return CodedConcept(self.value, self.scheme, self.meaning)


def _sct(value: str, meaning: str) -> Coded:
    return Coded(value, "SCT", meaning)


LIVER = _sct("10200004", "Liver")
ABNORMAL_STRUCTURE = _sct("49755003", "Morphologically Abnormal Structure")
TISSUE = _sct("85756007", "Tissue")
LESION = _sct("52988006", "Lesion")
CT = _sct("77477000", "Computed tomography")
AREA = _sct("42798000", "Area")
LONG_AXIS = _sct("103339001", "Long axis")
SHORT_AXIS = _sct("103340004", "Short axis")
MEAN = _sct("373098007", "Mean")
STANDARD_DEVIATION = _sct("386136009", "Standard Deviation")
ATTENUATION = Coded("112031", "DCM", "Attenuation Coefficient")
PERSON = Coded("121006", "DCM", "Person")
DEVICE = Coded("121007", "DCM", "Device")
EDGE_DETECTION = Coded("123103", "DCM", "Edge Detection")
MILLIMETER = Coded("mm", "UCUM", "millimeter")
SQUARE_MILLIMETER = Coded("mm2", "UCUM", "square millimeter")
HOUNSFIELD = Coded("[hnsf'U]", "UCUM", "Hounsfield unit")
BASIS = Coded("basis", PRIVATE_SCHEME, "Basis of the diagnosis")
_BASES = {
    "biopsy": _sct("86273004", "Biopsy"),
    "follow-up": Coded("followup", PRIVATE_SCHEME, "Follow-up"),
}
_DEFAULTS = (
    _sct("367643001", "Cyst"),
    _sct("128462008", "Metastasis"),
    _sct("2099007", "Hemangioma"),
)
"""Of DEFAULT_SCHEME's classes, in its order."""


def finding(scheme: ClassScheme, category: str) -> Coded:
    """What a lesion of this class is; "Lesion" (SNOMED CT) while it has no diagnosis.

    A class counts as the default's where code and name are the default's, so that a scheme that
    means something else by the same code does not get its SNOMED CT code.
    """
    if not category:
        return LESION
    chosen = scheme.category(category)
    for known, coded in zip(DEFAULT_SCHEME.categories, _DEFAULTS, strict=True):
        if (known.code, known.name) == (chosen.code, chosen.name):
            return coded
    return _private(chosen.code, chosen.name or chosen.code)


def _private(value: str, meaning: str) -> Coded:
    """A code of ours; one of more than 16 characters is written as LongCodeValue (PS3.3 8.8)."""
    return Coded(_plain(value), PRIVATE_SCHEME, _plain(meaning)[:LONGEST_MEANING])


def _plain(words: str) -> str:
    """Without what a DICOM string cannot hold: backslashes and control characters."""
    return "".join(" " if c == "\\" or not c.isprintable() else c for c in words).strip()


def group(scheme: ClassScheme, category: str) -> Coded:
    """Which kind of structure that is (CID 7150): an abnormal one, or tissue that is no lesion."""
    is_lesion = not category or scheme.category(category).is_lesion
    return ABNORMAL_STRUCTURE if is_lesion else TISSUE


def basis(word: str) -> Coded:
    """What a diagnosis stands on."""
    return _BASES.get(word) or _private(word, word)


def private_schemes(used: Iterable[Coded]) -> tuple[CodingSchemeIdentificationItem, ...]:
    """What the file says of our private codes; nothing where it uses none."""
    if all(coded.scheme != PRIVATE_SCHEME for coded in used):
        return ()
    from highdicom.coding_schemes import CodingSchemeIdentificationItem

    item = CodingSchemeIdentificationItem(
        designator=PRIVATE_SCHEME,
        name="Classes of a Blindread reader study",
        responsible_organization="Blindread",
    )
    return (item,)
