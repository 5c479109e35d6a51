"""DICOM Segmentation (PS3.3 A.51), BINARY: one file a series and author, a segment a lesion.

A pixel belongs to a segment where its centre lies inside the margin (contour/fill.py). Only slices
with such pixels have frames. The file refers to the slices it was drawn on and takes patient and
study from them, so it is as de-identified as they are.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from studies.errors import StudyError
from studies.imaging import contour
from studies.imaging.exchange import codes
from studies.imaging.exchange.codes import Coded
from studies.imaging.exchange.outgoing import Outgoing, OutgoingMargin, RoundTrip
from studies.imaging.exchange.provenance import (
    MACHINE_TOOLS,
    MAKER,
    SERIAL,
    keep_deidentification,
    person,
    program_version,
    pseudonyms_allowed,
    source_headers,
    text,
)
from studies.imaging.exchange.words import counted

if TYPE_CHECKING:
    from highdicom.content import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from pydicom import Dataset

Mask = npt.NDArray[np.bool_]
Lesion = tuple[OutgoingMargin, ...]

BY_HAND = ("freehand", "polygon", "nudge")
"""Tools whose line a person drew; any other makes a segment SEMIAUTOMATIC, or AUTOMATIC where no
person took part."""

SERIES_NUMBER = 9001
_GREY_OVER_WHITE = "#ffffff"


@dataclass(frozen=True)
class SegmentMask:
    """One frame read back: which lesion, on which slice, and its pixels (rows, columns)."""

    tracking_uid: str
    sop_uid: str
    pixels: Mask = field(repr=False, compare=False)


def written(outgoing: Outgoing, author: str) -> bytes:
    """The SEG of one author's margins on one series.

    StudyError for a series that is no DICOM, or where no margin holds the centre of a pixel.
    """
    lesions = lesions_with_pixels(outgoing, author)
    slices = tuple(sorted({margin.slice_index for lesion in lesions for margin in lesion}))
    sources = source_headers(outgoing.series, slices)
    with pseudonyms_allowed():
        dataset = _segmentation(outgoing, author, lesions, slices, sources)
    keep_deidentification(dataset, sources[0])
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _segmentation(
    outgoing: Outgoing,
    author: str,
    lesions: tuple[Lesion, ...],
    slices: tuple[int, ...],
    sources: list[Dataset],
) -> Dataset:
    from highdicom import UID
    from highdicom.seg import Segmentation, SegmentationTypeValues
    from pydicom.uid import ExplicitVRLittleEndian

    return Segmentation(
        source_images=sources,
        pixel_array=_pixel_array(outgoing, lesions, slices),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _description(outgoing, number, lesion) for number, lesion in enumerate(lesions, 1)
        ],
        series_instance_uid=UID.from_uuid(str(uuid4())),
        series_number=SERIES_NUMBER,
        sop_instance_uid=UID.from_uuid(str(uuid4())),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MAKER,
        software_versions=program_version(),
        device_serial_number=SERIAL,
        content_label="MARGINS",
        content_description=text(f"Lesion margins by {author}"),
        content_creator_name=person(author),
        series_description=series_description(outgoing, author),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        coding_schemes=codes.private_schemes(_used_codes(outgoing, lesions)) or None,
        specific_character_set="ISO_IR 192",
    )


def series_description(outgoing: Outgoing, author: str) -> str:
    """What a list of series shows; a simulated patient is named first."""
    simulated = "SIMULATED, " if outgoing.series.simulated else ""
    return text(f"{simulated}margins by {author}")


def lesions_with_pixels(outgoing: Outgoing, author: str) -> tuple[Lesion, ...]:
    """One author's lesions, without margins that hold no pixel's centre; StudyError for none.

    Where a lesion has no pixel at all it cannot be a segment and is left out.
    """
    kept = []
    for lesion in outgoing.lesions(author):
        full = tuple(margin for margin in lesion if pixels_of(outgoing, margin).any())
        kept += [full] if full else []
    if not kept:
        raise StudyError(
            f"No margin of {author} on series {outgoing.series.number} of "
            f"{outgoing.series.patient} holds the centre of a pixel, so there is no mask to write."
        )
    return tuple(kept)


def unmasked(margins: Sequence[OutgoingMargin], outgoing: Outgoing) -> str:
    """Which margins no mask can show, in a sentence; "" where masks show all."""
    empty = [one for one in margins if not pixels_of(outgoing, one).any()]
    if not empty:
        return ""
    named = dict.fromkeys(f"{one.lesion} on slice {one.slice_index + 1}" for one in empty)
    return f"Too small to hold the centre of a pixel, so not in the masks: {', '.join(named)}."


def pixels_of(outgoing: Outgoing, margin: OutgoingMargin) -> Mask:
    """The margin's pixels (rows, columns): those whose centre lies inside."""
    return contour.mask(margin.points, (outgoing.series.rows, outgoing.series.columns))


def read(data: bytes) -> tuple[SegmentMask, ...]:
    """The frames of a BINARY SEG, unpacked here and not by what wrote them.

    StudyError where the bytes are no such file.
    """
    from pydicom import dcmread

    try:
        dataset = dcmread(io.BytesIO(data))
        return tuple(_frames(dataset))
    except (AttributeError, KeyError, IndexError, ValueError, TypeError, EOFError) as error:
        raise StudyError("The segmentation just written cannot be read back.") from error


def round_trip(data: bytes, outgoing: Outgoing, author: str) -> RoundTrip:
    """Whether a SEG holds exactly the masks of the author's margins; `worst` in pixels."""
    found = {(mask.tracking_uid, mask.sop_uid): mask.pixels for mask in read(data)}
    frames = outgoing.series.frames
    wanted = {
        (margin.tracking_uid, frames[margin.slice_index].sop_uid): pixels_of(outgoing, margin)
        for lesion in lesions_with_pixels(outgoing, author)
        for margin in lesion
    }
    if found.keys() != wanted.keys():
        lost = len(found.keys() ^ wanted.keys())
        return RoundTrip(False, float("inf"), f"{counted(lost, 'mask')} not as written.")
    worst = max(int((found[key] != wanted[key]).sum()) for key in wanted)
    lesions = counted(len({uid for uid, _ in wanted}), "lesion")
    told = f"{counted(len(wanted), 'mask')} of {lesions} read back"
    same = "exactly" if worst == 0 else f"with up to {counted(worst, 'other pixel')} a mask"
    return RoundTrip(worst == 0, worst, f"{told} {same}.")


def _pixel_array(
    outgoing: Outgoing, lesions: tuple[Lesion, ...], slices: tuple[int, ...]
) -> npt.NDArray[np.uint16] | Mask:
    """Segment numbers (slices, rows, columns); where lesions share a pixel, masks of each.

    The masks (slices, rows, columns, segments) take as many times the memory as there are lesions.
    """
    series = outgoing.series
    labels = np.zeros((len(slices), series.rows, series.columns), dtype=np.uint16)
    for number, at, mask in _placed(outgoing, lesions, slices):
        if labels[at][mask].any():
            return _stacked(outgoing, lesions, slices)
        labels[at][mask] = number
    return labels


def _stacked(outgoing: Outgoing, lesions: tuple[Lesion, ...], slices: tuple[int, ...]) -> Mask:
    series = outgoing.series
    stack = np.zeros((len(slices), series.rows, series.columns, len(lesions)), dtype=np.bool_)
    for number, at, mask in _placed(outgoing, lesions, slices):
        stack[at, :, :, number - 1] = mask
    return stack


def _placed(
    outgoing: Outgoing, lesions: tuple[Lesion, ...], slices: tuple[int, ...]
) -> Iterator[tuple[int, int, Mask]]:
    """Every margin's segment number, place among the slices, and pixels."""
    places = {index: place for place, index in enumerate(slices)}
    for number, lesion in enumerate(lesions, 1):
        for margin in lesion:
            yield number, places[margin.slice_index], pixels_of(outgoing, margin)


def _description(outgoing: Outgoing, number: int, lesion: Lesion) -> SegmentDescription:
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription

    first = lesion[0]
    found = codes.finding(outgoing.scheme, first.category)
    return SegmentDescription(
        segment_number=number,
        segment_label=text(f"{first.lesion} {found.meaning}"),
        segmented_property_category=codes.group(outgoing.scheme, first.category).concept(),
        segmented_property_type=found.concept(),
        algorithm_type=algorithm_type(lesion),
        algorithm_identification=_algorithm(lesion),
        tracking_uid=first.tracking_uid,
        tracking_id=tracking_id(outgoing, first),
        anatomic_regions=[codes.LIVER.concept()],
        display_color=CIELabColor.from_rgb(*color(outgoing, first)),
    )


def tracking_id(outgoing: Outgoing, margin: OutgoingMargin) -> str:
    """A lesion's name that is its own in the whole study."""
    return text(f"{outgoing.series.patient} {margin.lesion}")


def algorithm_type(lesion: Lesion) -> str:
    """MANUAL, SEMIAUTOMATIC or AUTOMATIC (PS3.3 C.8.20.2), by the tools that drew the margins."""
    tools = {margin.tool for margin in lesion}
    if tools <= set(BY_HAND):
        return "MANUAL"
    return "AUTOMATIC" if tools <= set(MACHINE_TOOLS) else "SEMIAUTOMATIC"


def _algorithm(lesion: Lesion) -> AlgorithmIdentificationSequence | None:
    """Which aids took part; required for all but MANUAL segments."""
    aids = sorted({margin.tool for margin in lesion} - set(BY_HAND))
    if not aids:
        return None
    from highdicom.content import AlgorithmIdentificationSequence

    return AlgorithmIdentificationSequence(
        name=text(f"{MAKER} {', '.join(aids)}"),
        family=codes.EDGE_DETECTION.concept(),
        version=program_version(),
    )


def color(outgoing: Outgoing, margin: OutgoingMargin) -> tuple[int, int, int]:
    """The class's colour on dark grounds, white without a class: red, green, blue of 0 to 255."""
    known = outgoing.scheme.category(margin.category).color if margin.category else ""
    hexadecimal = (known or _GREY_OVER_WHITE).lstrip("#")
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (0, 2, 4))
    return red, green, blue


def _used_codes(outgoing: Outgoing, lesions: Sequence[Lesion]) -> tuple[Coded, ...]:
    return tuple(codes.finding(outgoing.scheme, lesion[0].category) for lesion in lesions)


def _frames(dataset: Dataset) -> list[SegmentMask]:
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    groups = dataset.PerFrameFunctionalGroupsSequence
    packed = np.frombuffer(dataset.PixelData, dtype=np.uint8)
    bits = np.unpackbits(packed, bitorder="little")[: len(groups) * rows * columns]  # PS3.5 8.1.1
    pixels = bits.reshape(len(groups), rows, columns).astype(np.bool_)
    names = {int(s.SegmentNumber): str(s.TrackingUID) for s in dataset.SegmentSequence}
    shared = dataset.SharedFunctionalGroupsSequence[0]
    return [
        SegmentMask(names[_segment(group, shared)], _source(group, shared), mask)
        for group, mask in zip(groups, pixels, strict=True)
    ]


def _segment(group: Dataset, shared: Dataset) -> int:
    """A frame's segment number; what all frames have in common stands in the shared group."""
    item = group if "SegmentIdentificationSequence" in group else shared
    return int(item.SegmentIdentificationSequence[0].ReferencedSegmentNumber)


def _source(group: Dataset, shared: Dataset) -> str:
    """The slice a frame was drawn on."""
    item = group if "DerivationImageSequence" in group else shared
    return str(item.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID)
