"""One sitting at a package that lies anywhere: opened from a folder or a zip, packed at its end.

Knows the package alone; there need be no study on this computer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from studies.errors import NotAStudyError, StudyError
from studies.package import FILE_NAME, ReadingPackage, pack_answers, unpack


class Sitting:
    """An open package and where its answers go: beside the zip, where it came as one."""

    def __init__(self, package: ReadingPackage, answers_to: Path | None) -> None:
        self.package = package
        self._answers_to = answers_to

    @classmethod
    def open(cls, target: Path) -> Sitting:
        """Open a package folder, or NAME.reading.zip, unpacked to a folder beside it.

        StudyError where it is damaged, no package, or not to be read yet.
        """
        target = target.absolute()
        if not target.exists():
            raise NotAStudyError(
                f"There is nothing at {target}. Check the path, or ask the coordinator."
            )
        zipped = target.is_file()
        if not zipped and not (target / FILE_NAME).is_file():
            raise NotAStudyError(
                f"{target.name} is no reading package. "
                "Choose the zip or folder that the coordinator gave."
            )
        package = ReadingPackage.open(unpack(target, target.parent) if zipped else target)
        sentence = too_early(package.contents.not_before, datetime.now(UTC))
        if sentence:
            package.close()
            raise StudyError(sentence)
        return cls(package, target.parent if zipped else None)

    def end(self) -> Path | None:
        """Close the package and pack its answers; the file to send, None for a folder.

        StudyError where it could not be written; the answers are safe in the package.
        """
        self.package.close()
        if self._answers_to is None:
            return None
        return pack_answers(self.package.folder, self._answers_to)


def too_early(not_before: str, now: datetime) -> str:
    """Why a package cannot be read `now`, "" when it can. `not_before` is UTC, ISO 8601, or "".

    Example: too_early("2026-12-24T08:00:00+00:00", 1 December 2026) names the 24 December 2026.
    StudyError for a date that is none.
    """
    if not not_before:
        return ""
    try:
        opens = datetime.fromisoformat(not_before)
    except ValueError as error:
        raise StudyError(
            "This package names no readable date to begin. Ask the coordinator for a new one."
        ) from error
    opens = opens if opens.tzinfo else opens.replace(tzinfo=UTC)
    if now >= opens:
        return ""
    local = opens.astimezone()
    return (
        f"This reading opens on {local.day} {local:%B %Y} at {local:%H:%M}, when enough time has "
        "passed since your last one. Until then nothing of it is shown: come back then, with the "
        "same file."
    )
