"""Compressed CT: right pixels, and files that crash or hang a codec cost only themselves."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
from pathlib import Path

import gdcm
import numpy as np
import pydicom
import pytest
from foreign_ct import SIDE, ct, with_bits
from import_desk import only_reason, run_import
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
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
        _by_gdcm(path, gdcm.TransferSyntax.JPEGLosslessProcess14_1)
    else:
        dataset.compress(syntax)
        dataset.save_as(path, enforce_file_format=True)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == syntax
    return path


def _by_gdcm(path: Path, syntax: int) -> None:
    """Change a file's syntax by GDCM: pydicom has no encoder for most of the family."""
    reader, writer = gdcm.ImageReader(), gdcm.ImageWriter()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
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


# --- a smooth picture in every JPEG: 32 x 32 px, 12 bits ------------------------------------------

PLACES = np.mgrid[:32, :32]
SMOOTH = PLACES[0] * PLACES[1] // 4 - 16 * PLACES[0]
HTJ2K = (
    "/0//UQApQAAAAAAgAAAAIAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB/1wA"
    "EyCIkJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAANMAAf+TwAAm+fgFB3QAwAASwAAS"
    "wAASgNIAh3QA8wGHdACmAQd0AMAAE0AAE0AAEwCA9AAiVAAjzwGOdABA/QACVADAABPAABVQAATAIEDEoPJUAI9+e/3ARAe3"
    "dgDggCFT5QDAABWQAAWhAABKQCDU54AU+0nRP9kAx6HnGtf5/YAAe/YAgey6AP7+gEQAwAAr4AAWxAACqAAKSOT+vwU9PJ6e"
    "T08bAP8772beVc1E/P94Zye/fJ798nv3yey/AAD/eGClKUpSyQD/2Q=="
)
"""SMOOTH + 1024, reversibly encoded by OpenJPH 0.26.3: what we install only decodes it."""


@pytest.mark.parametrize(
    ("kind", "bound"),
    [
        (gdcm.TransferSyntax.JPEGExtendedProcess2_4, 4),
        (gdcm.TransferSyntax.JPEGLosslessProcess14, 0),
        (gdcm.TransferSyntax.JPEGLosslessProcess14_1, 0),
        (gdcm.TransferSyntax.JPEGLSLossless, 0),
        (gdcm.TransferSyntax.JPEGLSNearLossless, 4),
        (gdcm.TransferSyntax.JPEG2000Lossless, 0),
        (gdcm.TransferSyntax.JPEG2000, 4),
    ],
)
def test_every_12_bit_jpeg_comes_in(store: Store, tmp_path: Path, kind: int, bound: int):
    with_bits(tmp_path / "in" / "one", SMOOTH, stored_bits=12, RescaleType="HU")
    _by_gdcm(tmp_path / "in" / "one", kind)
    (series,) = run_import(store, tmp_path / "in").series
    assert np.abs(volume.load(series).voxels[0] - SMOOTH).max() <= bound
    assert series.badges == (("lossy compression",) if bound else ())


def test_baseline_jpeg_comes_in_through_its_rescale(store: Store, tmp_path: Path):
    """8 bits at slope 4: an error of one stored value is 4 HU."""
    with_bits(tmp_path / "in" / "one", SMOOTH, allocated=8, stored_bits=8, slope=4, intercept=-520)
    raw = pydicom.dcmread(tmp_path / "in" / "one")
    buffer = io.BytesIO()
    Image.fromarray(raw.pixel_array).save(buffer, "JPEG", quality=98)
    raw.PixelData = encapsulate([buffer.getvalue()])
    raw["PixelData"].is_undefined_length = True
    raw.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    raw.save_as(tmp_path / "in" / "one", enforce_file_format=True)
    (series,) = run_import(store, tmp_path / "in").series
    assert np.abs(volume.load(series).voxels[0] - SMOOTH).max() <= 4 * 3
    assert series.badges == ("lossy compression",)


@pytest.mark.parametrize("option", ["+es", "+ep"])
def test_progressive_jpeg_comes_in(store: Store, tmp_path: Path, option: str):
    """Retired syntaxes, written by DCMTK."""
    if (tool := shutil.which("dcmcjpeg")) is None:
        pytest.skip("DCMTK's dcmcjpeg is not on this machine")
    with_bits(tmp_path / "raw", SMOOTH, stored_bits=12)
    subprocess.run([tool, option, tmp_path / "raw", tmp_path / "one"], check=True)
    (series,) = run_import(store, tmp_path / "one").series
    assert np.abs(volume.load(series).voxels[0] - SMOOTH).max() <= 8
    assert series.badges == ("lossy compression",)


@pytest.mark.parametrize(("syntax", "said", "lossy"), [
    ("201", None, False), ("202", None, False), ("203", None, True), ("203", "00", False),
])  # fmt: skip
def test_htj2k_comes_in(store: Store, tmp_path: Path, syntax: str, said: str | None, lossy: bool):
    dataset = with_bits(tmp_path / "in" / "one", SMOOTH, LossyImageCompression=said)
    dataset.PixelData = encapsulate([base64.b64decode(HTJ2K)])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = f"1.2.840.10008.1.2.4.{syntax}"
    dataset.save_as(tmp_path / "in" / "one", enforce_file_format=True)
    (series,) = run_import(store, tmp_path / "in").series
    np.testing.assert_array_equal(volume.load(series).voxels[0], SMOOTH)
    assert series.badges == (("lossy compression",) if lossy else ())


# --- uncompressed, in every order of bytes --------------------------------------------------------


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian,
                                    ExplicitVRBigEndian])  # fmt: skip
@pytest.mark.parametrize("has_preamble", [True, False])
def test_every_byte_order_is_read_with_and_without_a_preamble(
    store: Store, tmp_path: Path, syntax: UID, has_preamble: bool
):
    dataset = pydicom.Dataset()
    dataset.update(ct(tmp_path / "raw", hu=HU))
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = (HU + 1024).astype(">u2").tobytes()
    if has_preamble:
        dataset.file_meta = pydicom.dcmread(tmp_path / "raw").file_meta
        dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(
        tmp_path / "one", dataset, implicit_vr=syntax.is_implicit_VR, overwrite=True,
        little_endian=syntax.is_little_endian, enforce_file_format=has_preamble,
    )  # fmt: skip
    assert ((tmp_path / "one").read_bytes()[128:132] == b"DICM") == has_preamble
    (series,) = run_import(store, tmp_path / "one").series
    np.testing.assert_array_equal(volume.load(series).voxels[0], HU)


# --- damage ---------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("syntax", "name"),
    [("92", "JPEG 2000 Part 2"), ("100", "MPEG2"), ("110", "JPEG XL Lossless")],
)
def test_a_missing_codec_is_named(store: Store, tmp_path: Path, syntax: str, name: str):
    dataset = ct(tmp_path / "one", hu=HU)
    dataset.PixelData = encapsulate([b"\xff\x0a" + bytes(64)])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
    dataset.save_as(tmp_path / "one", enforce_file_format=True)
    own, wanted = (f"1.2.840.10008.1.2.4.{one}".ljust(24, "\0") for one in ("100", syntax))
    content = (tmp_path / "one").read_bytes().replace(own.encode(), wanted.encode())
    (tmp_path / "one").write_bytes(content)
    reason = only_reason(run_import(store, tmp_path / "one"))
    assert name in reason
    assert "codec is missing" in reason


def test_compression_that_no_header_names_is_said_so(store: Store, tmp_path: Path):
    """Without meta information a compressed file does not tell its syntax."""
    dataset = ct(tmp_path / "one", hu=HU)
    dataset.compress(RLELossless)
    dataset.save_as(tmp_path / "one", enforce_file_format=True)
    content = (tmp_path / "one").read_bytes()
    start = content.index(b"\x08\x00\x08\x00CS")
    (tmp_path / "one").write_bytes(content[start:])
    assert "does not name" in only_reason(run_import(store, tmp_path / "one"))
