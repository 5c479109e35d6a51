"""Compressed pixels, decoded where a crash takes nothing with it.

The codecs of the JPEG family are C libraries. Damaged JPEG-LS and lossless JPEG files end the
whole process in them (SIGABRT, SIGSEGV; seen within a few hundred one-byte mutations), which no
`except` can catch. So `unpack` is meant to run in a child process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, dcmread
from pydicom.uid import UID

from studies.errors import ImportRefusedError, StudyError
from studies.imaging.dicom.foreign import guarded

Frames = npt.NDArray[Any]
Decode = Callable[[Path], Frames]
"""The raw values of a compressed file, (rows, columns) or (frames, rows, columns).

Raises ImportRefusedError with the reason; never ends the program.
"""

_JPEG_FAMILY = "1.2.840.10008.1.2.4."


def needs_codec(dataset: Dataset) -> bool:
    """Whether the pixels are of the JPEG family; the rest is decoded without C libraries."""
    return _syntax(dataset).startswith(_JPEG_FAMILY)


def decoded(dataset: Dataset) -> Frames:
    """The raw values of a data set; ImportRefusedError where they cannot be had."""
    name = guarded(lambda: _syntax_name(dataset), "The transfer syntax is unusable.")
    return guarded(
        lambda: np.asarray(dataset.pixel_array),
        f"The pixels ({name}) cannot be decoded: they are damaged, cut short, or of a codec "
        "that is missing here.",
    )


def unpack(_: object, paths: tuple[Path, ...]) -> Generator[None, None, str]:
    """A child's work: decode the file paths[0] and write its raw values to paths[1] (.npy).

    Returns why the file cannot be decoded, "" when it was. StudyError when writing fails.
    """
    source, target = paths
    try:
        with _silenced():
            dataset = guarded(lambda: dcmread(source, force=True), "The file is damaged.")
            frames = decoded(dataset)
    except ImportRefusedError as refusal:
        return str(refusal)
    try:
        with target.open("wb") as file:
            np.save(file, frames, allow_pickle=False)
    except OSError as error:
        raise StudyError(
            f"Decoded pixels could not pass through {target.parent} ({error.strerror}). Make room "
            "on that disk, then import again: no series was half imported."
        ) from error
    yield from ()
    return ""


@contextmanager
def _silenced() -> Iterator[None]:
    """Without what C libraries write to the terminal about a damaged file."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _syntax(dataset: Dataset) -> str:
    return str(dataset.file_meta.get("TransferSyntaxUID", "")) if dataset.file_meta else ""


def _syntax_name(dataset: Dataset) -> str:
    syntax = _syntax(dataset)
    return (UID(syntax).name or "of unknown syntax")[:60] if syntax else "of unknown syntax"
