"""A file that is read only so often: a header of millions of values would keep its reader busy."""

from __future__ import annotations

import io
from typing import BinaryIO

from studies.errors import ImportRefusedError

MOST_READS = 1_000_000
"""A value takes two or three; an enhanced CT of 4,096 frames takes about half of them."""


class ImpatientFile(io.RawIOBase):
    """The file, until it was read too often: then ImportRefusedError."""

    def __init__(self, file: BinaryIO, most: int = MOST_READS) -> None:
        super().__init__()
        self._file = file
        self._left = most

    def read(self, size: int = -1) -> bytes:
        """As the file's; counted."""
        self._left -= 1
        if self._left < 0:
            raise ImportRefusedError("The header holds more values than any CT's; it is not read.")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As the file's."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As the file's."""
        return self._file.tell()
