"""NIfTI masks: the same pixels back, voxels where the slices are, several files where one lies."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from drawn_series import ANISOTROPIC, ANN, GEOMETRIES, OBLIQUE, TILTED, UNEVEN
from foreign_margins import handed_on, read

from studies.errors import ImportRefusedError, StudyError
from studies.imaging import contour
from studies.imaging.exchange import margins_json, nifti
from studies.imaging.exchange.incoming.grid import grid_of
from studies.imaging.exchange.outgoing import Outgoing


@pytest.fixture(scope="module", params=GEOMETRIES, ids=lambda geometry: geometry.name)
def handed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outgoing:
    return handed_on(tmp_path_factory.mktemp("nifti"), request.param)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Outgoing:
    return handed_on(tmp_path_factory.mktemp("nifti"))


def _saved(files: tuple[nifti.MaskFile, ...], folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for file in files:
        (folder / file.name).write_bytes(file.data)
    return [folder / file.name for file in files]


def _masks(handed: Outgoing, path: Path) -> dict[tuple[str, str, int], np.ndarray]:
    shape = (handed.series.rows, handed.series.columns)
    return {
        (lesion.author, lesion.name, margin.slice_index): contour.mask(margin.points, shape)
        for lesion in read(path, grid_of(handed.series)).lesions
        for margin in lesion.margins
    }


def _wanted(handed: Outgoing) -> dict[tuple[str, str, int], np.ndarray]:
    shape = (handed.series.rows, handed.series.columns)
    return {
        (m.author, m.lesion, m.slice_index): contour.mask(m.points, shape) for m in handed.margins
    }


def test_every_mask_comes_back(handed: Outgoing, tmp_path: Path):
    files = nifti.written(handed)
    assert nifti.round_trip(files, handed).exact
    found: dict[tuple[str, str, int], np.ndarray] = {}
    for path in _saved(files, tmp_path / "out"):
        if path.suffix == ".gz":
            found |= _masks(handed, path)
    wanted = _wanted(handed)
    assert found.keys() == wanted.keys()
    assert all((found[key] == wanted[key]).all() for key in wanted)


def test_a_round_trip_tells_another_mask(handed: Outgoing):
    files = nifti.written(handed)
    first, *rest = handed.margins
    moved = replace(first, points=tuple((x + 1, y) for x, y in first.points))
    told = nifti.round_trip(files, replace(handed, margins=(moved, *rest)))
    assert not told.exact
    assert told.worst > 0


def test_voxels_lie_at_the_pixels_centres(handed: Outgoing):
    for file in nifti.written(handed)[:-1]:
        image = nibabel.Nifti1Image.from_bytes(gzip.decompress(file.data))
        frames = handed.series.frames
        first = next(
            at
            for at, frame in enumerate(frames)
            if np.allclose(image.affine[:3, 3] * (-1, -1, 1), frame.position, atol=1e-3)
        )
        for number in range(image.shape[2]):
            voxel = image.affine @ (7, 11, number, 1)
            mm = frames[first + number].to_mm(((7.5, 11.5),))[0]
            assert voxel[:3] * (-1, -1, 1) == pytest.approx(mm, abs=1e-3)
        assert np.allclose(image.get_qform(), image.get_sform(), atol=1e-4)  # right angles only


@pytest.mark.parametrize(
    ("geometry", "runs"),
    [
        (ANISOTROPIC, ((0, 4),)),
        (OBLIQUE, ((0, 4),)),
        (TILTED, tuple((n, n) for n in range(5))),
        (UNEVEN, ((0, 1), (2, 3), (4, 4))),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_only_regular_runs_are_one_volume(geometry, runs, tmp_path: Path):
    handed = handed_on(tmp_path, geometry)
    assert nifti.regular_runs(handed.series.frames) == runs
    assert bool(nifti.remark(handed)) == (len(runs) > 1)


def test_lesions_that_share_pixels_lie_in_files_of_their_own(plain: Outgoing):
    files = nifti.written(plain)
    assert [tuple(label.lesion for label in file.labels) for file in files] == [
        ("L1",), ("L2",), ("L1",), (),
    ]  # fmt: skip
    far = tuple(
        replace(m, points=tuple((x - 6, y - 9) for x, y in m.points)) if m.lesion == "L1" else m
        for m in plain.by(ANN)
    )
    apart = nifti.written(replace(plain, margins=far))
    assert [tuple(label.lesion for label in file.labels) for file in apart] == [("L1", "L2"), ()]


def test_names_tell_the_series_and_nothing_else(plain: Outgoing):
    files = nifti.written(plain)
    assert [file.name for file in files] == [
        "P-001_1_margins.nii.gz",
        "P-001_1_margins_2.nii.gz",
        "P-001_1_margins_3.nii.gz",
        "P-001_1_margins.json",
    ]
    document = margins_json.parsed(files[-1].data, "json")
    assert [one.file for one in document.files] == [file.name for file in files[:-1]]


@pytest.mark.parametrize("axes", ["RAS", "LPI", "SAL", "IPR"])
def test_a_mask_with_turned_axes_is_the_same_mask(axes: str, tmp_path: Path):
    """As dcm2niix, FSL or Slicer would store it."""
    handed = handed_on(tmp_path, OBLIQUE)
    first, *_ = _saved(nifti.written(handed), tmp_path / "out")
    image = nibabel.load(first)
    turn = nibabel.orientations.ornt_transform(
        nibabel.io_orientation(image.affine), nibabel.orientations.axcodes2ornt(axes)
    )
    turned = tmp_path / "turned.nii"
    nibabel.save(image.as_reoriented(turn), turned)
    found = read(turned, grid_of(handed.series))
    shape = (handed.series.rows, handed.series.columns)
    assert [lesion.name for lesion in found.lesions] == ["Mask"]
    for margin in found.lesions[0].margins:
        wanted = _wanted(handed)[ANN, "L1", margin.slice_index]
        assert (contour.mask(margin.points, shape) == wanted).all()


def test_a_mask_of_part_of_the_slices_finds_them(plain: Outgoing, tmp_path: Path):
    first, *_ = _saved(nifti.written(plain), tmp_path / "out")
    image = nibabel.load(first)
    part = tmp_path / "part.nii.gz"
    nibabel.save(image.slicer[:, :, 2:4], part)
    found = read(part, grid_of(plain.series)).lesions[0]
    assert [margin.slice_index for margin in found.margins] == [2, 3]


@pytest.mark.parametrize("shift", [(0.3, 0, 0), (0, 0.5, 0), (0, 0, 1.5), (300, 0, 0)])
def test_another_grid_is_refused(
    shift: tuple[float, float, float], plain: Outgoing, tmp_path: Path
):
    first, *_ = _saved(nifti.written(plain), tmp_path / "out")
    image = nibabel.load(first)
    moved = image.affine.copy()
    moved[:3, 3] += shift
    other = tmp_path / "moved.nii"
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), moved), other)
    with pytest.raises(ImportRefusedError, match="another grid"):
        read(other, grid_of(plain.series))


def test_what_has_no_place_or_no_pixels_is_refused(plain: Outgoing):
    image = replace(plain, series=replace(plain.series, frames=(), kind="image"))
    with pytest.raises(StudyError, match="Export COCO or CSV"):
        nifti.written(image)
    tiny = ((5.6, 5.6), (5.9, 5.6), (5.9, 5.9))
    with pytest.raises(StudyError, match="no mask to write"):
        nifti.written(replace(plain, margins=(replace(plain.margins[0], points=tiny),)))


@pytest.mark.parametrize("kind", ["c8", [("R", "u1"), ("G", "u1"), ("B", "u1")]])
def test_colours_and_complex_values_are_no_labels(plain: Outgoing, tmp_path: Path, kind):
    series = plain.series
    values = np.zeros((series.columns, series.rows, series.slices), np.dtype(kind))
    path = tmp_path / "m.nii"
    nibabel.save(nibabel.Nifti1Image(values, nifti.affine(series.frames)), path)
    with pytest.raises(ImportRefusedError, match="colours or pairs of values"):
        read(path, grid_of(series))


def test_a_stream_of_several_members_is_one_mask(plain: Outgoing, tmp_path: Path):
    first, *_ = _saved(nifti.written(plain), tmp_path / "out")
    wanted = read(first, grid_of(plain.series))
    whole = gzip.decompress(first.read_bytes())
    first.write_bytes(gzip.compress(whole[:700]) + gzip.compress(whole[700:]))
    assert read(first, grid_of(plain.series)) == wanted


def test_a_damaged_stream_is_refused_by_its_checksum(plain: Outgoing, tmp_path: Path):
    first, *_ = _saved(nifti.written(plain), tmp_path / "out")
    content = bytearray(first.read_bytes())
    content[-6] ^= 1  # in the checksum: the voxels unpack as before
    first.write_bytes(content)
    with pytest.raises(ImportRefusedError, match="damaged"):
        read(first, grid_of(plain.series))


@pytest.mark.parametrize("change", [-1, 1])
def test_a_stream_of_another_length_than_its_header_is_refused(
    plain: Outgoing, tmp_path: Path, change: int
):
    first, *_ = _saved(nifti.written(plain), tmp_path / "out")
    whole = gzip.decompress(first.read_bytes())
    first.write_bytes(gzip.compress(whole[:change] if change < 0 else whole + b"\0"))
    with pytest.raises(ImportRefusedError, match="as many voxels"):
        read(first, grid_of(plain.series))
