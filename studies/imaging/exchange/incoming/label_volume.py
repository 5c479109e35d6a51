"""A NIfTI mask in: voxels laid on the series by the affine, never resampled.

The voxel-to-patient matrix (sform, else qform; RAS mm, the NIfTI-1 standard of 2003) must be the
series' own up to the order and direction of the axes.
"""

from __future__ import annotations

import io
import math
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt

from studies.errors import ImportRefusedError
from studies.imaging.dicom.foreign import guarded
from studies.imaging.exchange.incoming.axes import AxisOrder, axis_order
from studies.imaging.exchange.incoming.grid import Grid
from studies.imaging.exchange.incoming.margins_document import MarginsDocument
from studies.imaging.exchange.incoming.masks import Masks, lesions_of
from studies.imaging.exchange.incoming.taken import (
    FileReferences,
    Incoming,
    IncomingLesion,
    Reading,
)

MOST_SIDE, MOST_LABELS, MOST_BYTES = 8192, 256, 4 << 30
WHOLE = 1e-3
"""How far a label may be from a whole number: rounding of a scaled file."""
_GZIP = b"\x1f\x8b"
LPS = np.diag((-1.0, -1.0, 1.0, 1.0))
"""From NIfTI's RAS to DICOM's LPS and back."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LabelVolume:
    """An opened NIfTI mask: its size, its affine (LPS mm) and the names of its labels.

    `names` come from the JSON that this program writes beside its masks.
    """

    path: Path
    shape: tuple[int, int, int]
    affine: Array = field(repr=False, compare=False)
    names: tuple[tuple[int, str, str], ...] = ()  # label, lesion, author
    references: FileReferences = field(default_factory=FileReferences)
    kind: str = "NIfTI"

    @classmethod
    def opened(cls, path: Path) -> LabelVolume:
        """The header of a mask; ImportRefusedError where it is damaged or no mask of one series."""
        image = guarded(lambda: _loaded(path), f"{path.name} is no NIfTI file, or is damaged.")
        shape = tuple(int(side) for side in image.shape)
        while len(shape) > 3 and shape[-1] == 1:
            shape = shape[:-1]
        shape = (*shape, 1) if len(shape) == 2 else shape
        if len(shape) != 3 or not all(0 < side <= MOST_SIDE for side in shape):
            raise ImportRefusedError(
                f"{path.name} has the size {' x '.join(map(str, image.shape))}, which is no mask "
                "of one CT series."
            )
        if image.get_data_dtype().kind not in "biuf":
            raise ImportRefusedError(f"{path.name} holds colours or pairs of values, no labels.")
        if not _has_place(image):
            raise ImportRefusedError(
                f"{path.name} does not say where it lies in the patient. Save it with its affine."
            )
        affine = LPS @ np.asarray(image.affine, dtype=np.float64)
        if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
            raise ImportRefusedError(f"{path.name} has an affine that places no volume.")
        names, references = _beside(path)
        return cls(path, (shape[0], shape[1], shape[2]), affine, names, references)

    def fits(self, grid: Grid) -> bool:
        """Whether the mask lies on this series' grid."""
        return axis_order(self.affine, self.shape, grid) is not None

    def read(self, grid: Grid, *, apart: bool = False) -> Reading:
        """Each label as a lesion; ImportRefusedError where the grid is not the series' own."""
        order = self._order(grid)
        yield self.path.name
        damaged = f"{self.path.name} is damaged or cut short."
        values = guarded(lambda: np.asarray(_loaded(self.path).dataobj), damaged)
        turned = order.turned(values.reshape(self.shape))
        by_label: dict[int, Masks] = {}
        for number in range(turned.shape[2]):
            yield f"{self.path.name}, slice {order.first + number + 1}"
            self._sort(by_label, order.first + number, turned[:, :, number].T)
        found: list[IncomingLesion] = []
        for label, masks in sorted(by_label.items()):
            name, author = self._named(label, len(by_label))
            found += yield from lesions_of(name, author, masks, grid, apart=apart)
        return Incoming(self.kind, tuple(found))

    def _sort(self, by_label: dict[int, Masks], index: int, plane: npt.NDArray[Any]) -> None:
        """One slice's pixels to the masks of their labels."""
        whole = np.rint(plane)
        if not np.isfinite(plane).all() or np.abs(plane - whole).max() > WHOLE:
            raise ImportRefusedError(
                f"{self.path.name} holds fractions, no labels. Save a mask of whole numbers."
            )
        for label in np.unique(whole[whole != 0]).tolist():
            by_label.setdefault(int(label), {})[index] = np.asarray(whole == label)
        if len(by_label) > MOST_LABELS:
            raise ImportRefusedError(
                f"{self.path.name} holds more than {MOST_LABELS} values: a picture, no mask of "
                "lesions."
            )

    def _named(self, label: int, labels: int) -> tuple[str, str]:
        """The lesion and author of a label: as the JSON beside tells, else by its number.

        Never after the file, whose name may be the patient's.
        """
        for value, lesion, author in self.names:
            if value == label:
                return lesion, author
        return ("Mask" if labels == 1 else f"Label {label}"), ""

    def _order(self, grid: Grid) -> AxisOrder:
        """How the voxels lie on the slices; ImportRefusedError where they do not."""
        order = axis_order(self.affine, self.shape, grid)
        if order is None:
            raise ImportRefusedError(
                f"{self.path.name} lies on another grid than the series. Save the mask on the grid "
                "of the CT: the same pixels, the same slices."
            )
        return order


def _loaded(path: Path) -> Any:
    """The image, its data not yet looked at."""
    content = path.read_bytes()
    kind = _kind(content)
    return kind.from_bytes(_unzipped(content) if content[:2] == _GZIP else content)


def _kind(content: bytes) -> Any:
    """NIfTI-1 or NIfTI-2, by the size the header says it has."""
    start = zlib.decompressobj(31).decompress(content, 4) if content[:2] == _GZIP else content[:4]
    sizes = (int.from_bytes(start, "little"), int.from_bytes(start, "big"))
    return nibabel.Nifti2Image if 540 in sizes else nibabel.Nifti1Image


def _unzipped(content: bytes) -> bytes:
    """No more than the header claims: a small file must not fill the memory."""
    start = zlib.decompressobj(31).decompress(content, 540)
    header = _kind(content).header_class.from_fileobj(io.BytesIO(start), check=False)
    voxels = math.prod(int(side) for side in header.get_data_shape())
    needed = int(header.get_data_offset()) + voxels * int(header.get_data_dtype().itemsize)
    if not 0 < needed <= MOST_BYTES:
        raise ImportRefusedError("The file claims more voxels than a mask of a CT series has.")
    whole = _members(content, needed + 1)
    if len(whole) != needed:
        raise ImportRefusedError("The file does not hold as many voxels as its header says.")
    return whole


def _members(content: bytes, most: int) -> bytes:
    """What a gzip of one or several members holds, up to `most` bytes, its checksums compared."""
    whole, rest = bytearray(), content
    while rest and len(whole) < most:
        unpacking = zlib.decompressobj(31)
        whole += unpacking.decompress(rest, most - len(whole))
        if not unpacking.eof:
            break
        rest = unpacking.unused_data.lstrip(b"\0")
    if len(whole) < most and not unpacking.eof:
        raise ImportRefusedError("The file is cut short.")
    return bytes(whole)


def _has_place(image: Any) -> bool:
    return bool(int(image.header["sform_code"]) or int(image.header["qform_code"]))


def _beside(path: Path) -> tuple[tuple[tuple[int, str, str], ...], FileReferences]:
    """Names of the labels and the series, where this program's own JSON lies beside the mask."""
    stem = path.name.removesuffix(".gz").removesuffix(".nii")
    for beside in dict.fromkeys((stem, re.sub(r"_\d+$", "", stem))):
        try:
            document = MarginsDocument.opened(path.with_name(f"{beside}.json"))
        except ImportRefusedError:  # none, or another program's: the mask stands alone
            continue
        for one in document.document.files:
            if one.file == path.name:
                names = tuple((label.value, label.lesion, label.author) for label in one.labels)
                return names, document.references
    return (), FileReferences()
