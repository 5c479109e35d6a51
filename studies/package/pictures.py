"""A trial's picture from its file: read in pieces, so that no piece keeps a window waiting."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studies.errors import NotAStudyError
from studies.package.contents import GREY, PackageTrial
from studies.package.masking import PIECE, mask

PixelArray = npt.NDArray[np.integer[Any]]
"""(slices, rows, columns) of uint8 grey levels or int16 HU."""


class PictureReading:
    """Reads one picture, a piece at each `step`, and checks it against the package's hash.

    `uid` is that of a package whose files are masked, "" for one whose files are plain; `size` is
    that of the file where it was filled up.
    """

    def __init__(self, folder: Path, trial: PackageTrial, uid: str = "", size: int = 0) -> None:
        self.trial = trial
        self._uid = uid
        self._folder = folder
        self._path = folder / "items" / f"{trial.trial_id}.raw"
        self._bytes = np.empty(size or trial.picture.size, dtype=np.uint8)
        self._read = 0
        self._hash = hashlib.sha256()
        self.is_whole = False

    def step(self) -> None:
        """Read the next piece. NotAStudyError where the file is gone or was changed."""
        piece = memoryview(self._bytes)[self._read : self._read + PIECE]  # type: ignore[arg-type]
        try:
            with self._path.open("rb", buffering=0) as file:
                changed = os.fstat(file.fileno()).st_size != self._bytes.size
                file.seek(self._read)
                got = file.readinto(piece) or 0
        except OSError as error:
            raise _unreadable(self._folder, error) from error
        self._hash.update(piece[:got])
        if self._uid and not changed:
            self._unmask(got)
        self._read += got
        if changed or not got or self._read == self._bytes.size:
            self._finish(changed=changed)

    def _unmask(self, got: int) -> None:
        """Take the mask off the piece just read; a short read goes on within its piece."""
        start, end = self._read, self._read + got
        while start < end:
            number, offset = divmod(start, PIECE)
            here = min(end - start, PIECE - offset)
            stream = mask(self._uid, self.trial.trial_id, number, offset + here)
            self._bytes[start : start + here] ^= stream[offset:]
            start += here

    def pixels(self) -> PixelArray:
        """The picture, (slices, rows, columns), once `is_whole`. Read-only."""
        picture = self.trial.picture
        kind = np.dtype(np.uint8) if picture.values == GREY else np.dtype("<i2")
        pixels: PixelArray = (
            self._bytes[: picture.size]
            .view(kind)
            .reshape(picture.slices, picture.rows, picture.columns)
        )
        pixels.flags.writeable = False
        return pixels

    def _finish(self, *, changed: bool) -> None:
        if changed or self._hash.hexdigest() != self.trial.sha256:
            raise NotAStudyError(
                f"A picture of the package {self._folder.name} was changed or is damaged. "
                "Ask the coordinator for a new package; answers given so far are safe."
            )
        self.is_whole = True


def read_picture(folder: Path, trial: PackageTrial, uid: str = "", size: int = 0) -> PixelArray:
    """A trial's picture, (slices, rows, columns), read at once and checked; NotAStudyError."""
    reading = PictureReading(folder, trial, uid, size)
    while not reading.is_whole:
        reading.step()
    return reading.pixels()


def is_whole(folder: Path, trial: PackageTrial, size: int = 0, *, thoroughly: bool) -> bool:
    """Whether a picture is the one that was packed; not `thoroughly`: only that its size is.

    `size` is that of the file where it was filled up. NotAStudyError where it cannot be read.
    """
    path = folder / "items" / f"{trial.trial_id}.raw"
    try:
        if not thoroughly:
            return path.stat().st_size == (size or trial.picture.size)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == trial.sha256
    except OSError as error:
        raise _unreadable(folder, error) from error


def _unreadable(folder: Path, error: OSError) -> NotAStudyError:
    return NotAStudyError(
        f"A picture of the package {folder.name} cannot be read ({error.strerror}). "
        "Check that its disk is connected; answers given so far are safe."
    )
