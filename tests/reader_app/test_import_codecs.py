"""Compressed CT: right pixels, and files that crash or hang a codec cost only themselves."""

from __future__ import annotations

from pathlib import Path

import gdcm
import numpy as np
import pydicom
import pytest
from foreign_ct import SIDE, ct
from import_desk import only_reason, run_import
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from reader_app.workflows.decoding import CodecProcess
from studies.errors import ImportRefusedError, StudyError
from studies.imaging import volume
from studies.store import Store

HU = np.random.default_rng(3).integers(-1000, 1000, (SIDE, SIDE))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def _compressed(path: Path, syntax: str, z: float = 0.0) -> Path:
    """A slice of HU in this transfer syntax."""
    dataset = ct(path, z, hu=HU)
    if syntax == JPEGLosslessSV1:
        _to_lossless_jpeg(path)
    else:
        dataset.compress(syntax)
        dataset.save_as(path, enforce_file_format=True)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == syntax
    return path


def _to_lossless_jpeg(path: Path) -> None:
    """By GDCM: pydicom has no encoder for it."""
    reader, writer = gdcm.ImageReader(), gdcm.ImageWriter()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(path))
    assert writer.Write()


def test_every_lossless_syntax_gives_the_same_hu(store: Store, tmp_path: Path):
    syntaxes = (JPEG2000Lossless, JPEGLSLossless, JPEGLosslessSV1, RLELossless)
    for number, syntax in enumerate(syntaxes):
        _compressed(tmp_path / "in" / str(number), syntax, 5.0 * number)
    report = run_import(store, tmp_path / "in")
    assert not report.left_out
    (series,) = report.series
    voxels = volume.load(series).voxels
    for plane in voxels:
        np.testing.assert_array_equal(plane, HU)


def test_near_lossless_is_badged(store: Store, tmp_path: Path):
    dataset = ct(tmp_path / "in" / "one", hu=HU)
    dataset.compress(JPEGLSNearLossless, jls_error=2)
    dataset.save_as(tmp_path / "in" / "one", enforce_file_format=True)
    (series,) = run_import(store, tmp_path / "in").series
    assert "lossy compression" in series.badges
    assert np.abs(volume.load(series).voxels[0] - HU).max() <= 2


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEGLosslessSV1, JPEG2000Lossless])
def test_damaged_compressed_files_end_in_a_verdict(store: Store, tmp_path: Path, syntax: str):
    """Some of these end the process that decodes them; the good slice among them comes in."""
    whole = np.frombuffer(_compressed(tmp_path / "seed", syntax).read_bytes(), np.uint8)
    pixels = len(pydicom.dcmread(tmp_path / "seed").PixelData)
    rng = np.random.default_rng(11)
    for number in range(40):
        content = whole.copy()
        places = rng.integers(len(content) - pixels, len(content), int(rng.integers(1, 9)))
        content[places] = rng.integers(0, 256, len(places))
        (tmp_path / f"m{number:02d}").write_bytes(content.tobytes())
    ct(tmp_path / "other" / "good", 500.0, uid="1.2.500", series="1.2.4")
    report = run_import(store, *sorted(tmp_path.glob("m*")), tmp_path / "other")
    assert len(report.files) == 41
    assert any(verdict.file.endswith("good") for verdict in report.taken)


def test_a_crash_costs_one_file(tmp_path: Path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    with CodecProcess(tmp_path, target="child_targets:decode_or_crash") as codecs:
        assert codecs.decode(good).tolist() == [1, 2]
        with pytest.raises(ImportRefusedError, match="crash"):
            codecs.decode(bad)
        assert codecs.decode(good).tolist() == [1, 2]
    assert not list(tmp_path.iterdir())


def test_a_hanging_codec_is_given_up(tmp_path: Path):
    target = "child_targets:decode_without_end"
    with (
        CodecProcess(tmp_path, target=target, longest_s=0.05) as codecs,
        pytest.raises(ImportRefusedError, match="without end"),
    ):
        codecs.decode(tmp_path / "any")


def test_a_workspace_that_cannot_be_written_is_named(tmp_path: Path):
    path = _compressed(tmp_path / "one", JPEGLSLossless)
    with CodecProcess(tmp_path / "gone") as codecs:
        with pytest.raises(StudyError, match="gone") as told:
            codecs.decode(path)
        assert not isinstance(told.value, ImportRefusedError)


def test_a_missing_codec_is_named(store: Store, tmp_path: Path):
    """12-bit lossy JPEG: no free codec of ours reads it."""
    source = Path(pydicom.__file__).parent / "data" / "test_files" / "JPEG-lossy.dcm"
    dataset = pydicom.dcmread(source)
    dataset.SOPClassUID, dataset.Modality = pydicom.uid.CTImageStorage, "CT"
    dataset.file_meta.MediaStorageSOPClassUID = pydicom.uid.CTImageStorage
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.ImagePositionPatient = [0, 0, 0]
    dataset.PixelSpacing = [1, 1]
    dataset.save_as(tmp_path / "one")
    reason = only_reason(run_import(store, tmp_path / "one"))
    assert "JPEG Extended" in reason
    assert "codec" in reason
