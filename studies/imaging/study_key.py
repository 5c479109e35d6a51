"""The key of a study's pseudonyms: kept on this computer, never inside the study's folder.

Whoever has it can tell which original patient and series a pseudonym stands for.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from studies import places
from studies.errors import StudyError
from studies.files import write_synced

NAME_FILE = "study.id"
SHIFT_DAYS = 3650
_KEY_BYTES = 32


@dataclass(frozen=True)
class StudyKey:
    """The secret of one study, and which PatientID became which pseudonym."""

    path: Path
    secret: bytes
    patients: tuple[tuple[str, str], ...] = ()

    def uid(self, original: str) -> str:
        """2.25 UID (PS3.5 B.2): 128 bits of HMAC-SHA256(secret, original), at most 44 characters.

        The version and variant bits are those of a UUID, version 8 (RFC 9562).
        """
        number = int.from_bytes(self._digest("uid", original)[:16], "big")
        number = number & ~(0xF << 76) | (0x8 << 76)
        number = number & ~(0x3 << 62) | (0x2 << 62)
        return f"2.25.{number}"

    def shifted(self, patient: str, day: str) -> str:
        """A DICOM date (YYYYMMDD) moved back by this patient's own number of days, else ""."""
        try:
            known = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
            days = 1 + int.from_bytes(self._digest("date", patient)[:4], "big") % SHIFT_DAYS
            return (known - timedelta(days=days)).strftime("%Y%m%d")
        except (ValueError, OverflowError):
            return ""

    def pseudonym(self, patient: str) -> str | None:
        """The pseudonym of a PatientID that was imported before."""
        return dict(self.patients).get(patient)

    def named(self, patient: str, taken: frozenset[str] = frozenset()) -> StudyKey:
        """The key with a pseudonym for this PatientID: P-001, P-002, … in order of import.

        Names in `taken` belong to patients whom the key does not know (a manifest's, a demo's).
        """
        if self.pseudonym(patient) is not None:
            return self
        used = taken | {name for _, name in self.patients}
        numbers = itertools.count(len(self.patients) + 1)
        name = next(name for number in numbers if (name := f"P-{number:03d}") not in used)
        return replace(self, patients=(*self.patients, (patient, name)))

    def save(self) -> None:
        """Write the key file, readable by this user only; StudyError where that fails."""
        content = {"secret": self.secret.hex(), "patients": [list(pair) for pair in self.patients]}
        with suppress(OSError):  # writing says what is wrong
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.parent.chmod(0o700)
        write_synced(self.path, json.dumps(content, ensure_ascii=False, indent=1).encode())
        self.path.chmod(0o600)

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.new(self.secret, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()


def open_key(study_folder: Path) -> StudyKey:
    """The key of a study, made at its first import; StudyError where it is lost or damaged."""
    is_known = (study_folder / NAME_FILE).exists()
    path = places.keys_home() / "studies" / f"{_name_of(study_folder)}.json"
    if not path.exists():
        if is_known and next((study_folder / "series").glob("*/00000.dcm"), None):
            raise StudyError(
                f"The key of this study is not on this computer. Copy {path.name} from the "
                f"computer that imported its first CT into {path.parent}: without it the same "
                "patient would get a second pseudonym."
            )
        key = StudyKey(path, secrets.token_bytes(_KEY_BYTES))
        key.save()
        return key
    try:
        content = json.loads(path.read_text("utf-8"))
        patients = tuple((str(one), str(other)) for one, other in content["patients"])
        return StudyKey(path, bytes.fromhex(content["secret"]), patients)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"The key file {path} is damaged. Restore it from a backup: without it the same "
            "patient would get a second pseudonym."
        ) from error


def _name_of(study_folder: Path) -> str:
    """A random name kept in the study; it tells which key belongs to it, not the key itself."""
    file = study_folder / NAME_FILE
    try:
        name = file.read_text("utf-8").strip()
    except FileNotFoundError:
        name = secrets.token_hex(16)
        write_synced(file, name.encode())
    if len(name) != 32 or not name.isalnum():
        raise StudyError(f"{file} is damaged. Restore it from a backup of the study.")
    return name
