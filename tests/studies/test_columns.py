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
