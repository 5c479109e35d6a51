"""Arrays as they are stored: they come back as they were, cannot be written to, and come fast."""

from __future__ import annotations

import io

import numpy as np
import pytest
from sqlalchemy.dialects import sqlite

from studies.model import columns
from studies.model.columns import ArrayColumn

DIALECT = sqlite.dialect()


def stored(array: np.ndarray) -> bytes:
    data = ArrayColumn().process_bind_param(array, DIALECT)
    assert data is not None
    return data


@pytest.mark.parametrize(
    "array",
    [
        np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(10)[::3],
        np.zeros((0, 5)),
        np.array(["cyst", "metastasis"]),
    ],
    ids=["roi", "by columns", "strided", "empty map", "words"],
)
def test_an_array_comes_back_as_it_was_and_cannot_be_written_to(array: np.ndarray) -> None:
    found = ArrayColumn().process_result_value(stored(array), DIALECT)
    assert found is not None
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)
    assert not found.flags.writeable


def test_files_that_numpy_alone_understands_are_left_to_it() -> None:
    by_columns, newer = io.BytesIO(), io.BytesIO()
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    np.save(by_columns, array)
    np.lib.format.write_array(newer, array, version=(2, 0))
    for stream in (by_columns, newer):
        found = ArrayColumn().process_result_value(stream.getvalue(), DIALECT)
        assert np.array_equal(found, array)


def test_damaged_bytes_and_objects_are_refused() -> None:
    whole, objects = stored(np.ones((4, 4))), io.BytesIO()
    np.save(objects, np.array([{}], dtype=object), allow_pickle=True)
    for data in (whole[:60], whole[:-1], b"\x93NUMPY", b"x", objects.getvalue()):
        with pytest.raises(ValueError, match=r"."):
            ArrayColumn().process_result_value(data, DIALECT)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=">f4").reshape(2, 3),
        np.array([True, False]),
        np.zeros((3, 0, 2), ">i2"),
        np.array(2.5),
        np.zeros(3, "V0"),
        np.zeros(2, [("a", "<f4"), ("b", "i1", (2,))]),
    ],
    ids=["big-endian", "bool", "empty", "a number", "no bytes", "fields"],
)
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_any_file_is_read_as_numpy_reads_it(array: np.ndarray, version: tuple[int, int]) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    found = ArrayColumn().process_result_value(stream.getvalue(), DIALECT)
    told = np.load(io.BytesIO(stream.getvalue()))
    assert found is not None
    assert (found.dtype, found.shape) == (told.dtype, told.shape)
    assert found.tobytes() == told.tobytes()


@pytest.mark.parametrize("shape", ["(-1,)", "(-4, -4)", "(-1, 4)", "(4, 5)", "(2**62, 4)"])
def test_a_shape_that_the_bytes_do_not_have_is_refused(shape: str) -> None:
    whole = stored(np.ones((4, 4)))
    told = shape.replace("2**62", str(2**62)).encode()
    head = whole[:128].replace(b"(4, 4)", told).rstrip(b" \n").ljust(127) + b"\n"
    with pytest.raises(ValueError, match=r"."):
        ArrayColumn().process_result_value(head + whole[128:], DIALECT)


def test_every_cut_is_refused() -> None:
    whole = stored(np.ones((4, 4), np.float32))
    for length in range(len(whole)):
        with pytest.raises((ValueError, EOFError)):
            ArrayColumn().process_result_value(whole[:length], DIALECT)


def test_a_header_is_understood_once_however_many_pictures_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, read = stored(np.ones((64, 64), np.float32)), np.lib.format.read_array_header_1_0
    calls: list[int] = []

    def counting(stream: io.BytesIO) -> object:
        calls.append(1)
        return read(stream)

    columns._form.cache_clear()
    monkeypatch.setattr(np.lib.format, "read_array_header_1_0", counting)
    for _ in range(100):
        ArrayColumn().process_result_value(data, DIALECT)
    assert len(calls) == 1
