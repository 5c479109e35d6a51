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
from pydicom.pixels import get_decoder
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from studies.errors import ImportRefusedError, StudyError
from studies.imaging.dicom.claims import DEFLATED
from studies.imaging.dicom.foreign import guarded
from studies.imaging.dicom.kept import KEPT, PIXELS

Frames = npt.NDArray[Any]
Decode = Callable[[Path], Frames]
"""The raw values of a compressed file, (rows, columns) or (frames, rows, columns).

Raises ImportRefusedError with the reason; never ends the program.
"""

_JPEG_FAMILY = "1.2.840.10008.1.2.4."
BY_GDCM = frozenset(_JPEG_FAMILY + last for last in ("51", "53", "55"))
"""JPEG extended, spectral selection and full progression: pydicom has 8 bits of the first."""
_SYNTAXES = {
    (True, True): ImplicitVRLittleEndian,
    (False, True): ExplicitVRLittleEndian,
    (False, False): ExplicitVRBigEndian,
}
_NEW_SYNTAXES = {
    _JPEG_FAMILY + "110": "JPEG XL Lossless",
    _JPEG_FAMILY + "111": "JPEG XL JPEG Recompression",
    _JPEG_FAMILY + "112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
}
_GREY = (("SamplesPerPixel", 1), ("PhotometricInterpretation", "MONOCHROME2"))


def needs_codec(dataset: Dataset) -> bool:
    """Whether the pixels are of the JPEG family; the rest is decoded without C libraries."""
    return _syntax(dataset).startswith(_JPEG_FAMILY)


def read_whole(path: Path) -> Dataset:
    """A file with its pixels, what its description lacks filled in; ImportRefusedError if damaged.

    A file without meta information is read in the byte order in which its header was understood
    (PS3.5 A.4: only uncompressed files may leave it out). Where a file says nothing about grey
    levels, it is as every CT is.
    """

    def read() -> Dataset:
        dataset = dcmread(path, force=True, specific_tags=[*KEPT, *PIXELS])
        if not _syntax(dataset) and not dataset["PixelData"].is_undefined_length:
            dataset.file_meta.TransferSyntaxUID = _SYNTAXES[dataset.original_encoding]
        bits = dataset.get("BitsStored") or dataset.get("BitsAllocated")
        for name, value in (*_GREY, ("BitsStored", bits), ("HighBit", bits and bits - 1)):
            if dataset.get(name) is None and value is not None:
                setattr(dataset, name, value)
        return dataset

    return guarded(read, "The file is damaged behind its header.")


def decoded(dataset: Dataset) -> Frames:
    """The raw values of a data set; ImportRefusedError where they cannot be had."""
    name = guarded(lambda: _syntax_name(dataset), "The transfer syntax is unusable.")
    if dataset.get("PixelRepresentation") is None:
        raise ImportRefusedError("The header does not say whether its values may be negative.")
    refuse_unknown(dataset)
    return guarded(
        lambda: np.asarray(dataset.pixel_array),
        f"The pixels ({name}) cannot be decoded: they are damaged or cut short.",
    )


def refuse_unknown(dataset: Dataset) -> None:
    """ImportRefusedError, naming the codec, for pixels that nothing here decodes."""
    name = guarded(lambda: _syntax_name(dataset), "The transfer syntax is unusable.")
    if not guarded(lambda: _is_known(dataset), "The transfer syntax is unusable."):
        raise ImportRefusedError(f"The pixels are compressed by {name}, whose codec is missing.")


def _is_known(dataset: Dataset) -> bool:
    """Whether any decoder for the syntax is at hand."""
    syntax = UID(_syntax(dataset))
    if not syntax:
        raise ImportRefusedError("The pixels are compressed in a way that the file does not name.")
    try:
        is_plain = not syntax.is_compressed or syntax == DEFLATED
        return is_plain or get_decoder(syntax).is_available
    except (NotImplementedError, ValueError):  # newer than the reader, or somebody's own
        return False


def _by_gdcm(path: Path, dataset: Dataset) -> Frames:
    """The 12-bit and progressive JPEGs that GDCM decodes from a file, though not for pydicom.

    ImportRefusedError for what it cannot decode either.
    """
    import gdcm

    def read() -> Frames:
        reader = gdcm.ImageReader()
        reader.SetFileName(str(path))
        if not reader.Read():
            raise ValueError
        image = reader.GetImage()
        kind = image.GetPixelFormat()
        content = image.GetBuffer().encode("utf-8", "surrogateescape")
        sort = f"{'i' if kind.GetPixelRepresentation() else 'u'}{kind.GetBitsAllocated() // 8}"
        values = np.frombuffer(content, f"<{sort}")
        return values.reshape(-1, int(dataset.Rows), int(dataset.Columns))

    name = guarded(lambda: _syntax_name(dataset), "The transfer syntax is unusable.")
    return guarded(read, f"The pixels ({name}) cannot be decoded: they are damaged or cut short.")


def unpack(_: object, paths: tuple[Path, ...]) -> Generator[None, None, str]:
    """A child's work: decode the file paths[0] and write its raw values to paths[1] (.npy).

    Returns why the file cannot be decoded, "" when it was. StudyError when writing fails.
    """
    source, target = paths
    try:
        with _silenced():
            dataset = read_whole(source)
            is_old = _syntax(dataset) in BY_GDCM
            frames = _by_gdcm(source, dataset) if is_old else decoded(dataset)
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
    return _NEW_SYNTAXES.get(syntax, UID(syntax).name)[:60] or "unnamed"
