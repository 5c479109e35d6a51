"""What a packed reading says of its pictures below the mask: canaries are sought there too."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from studies.chain import canonical
from studies.package.contents import parse_contents
from studies.package.log import FILE_NAME, sqlite


def plain_contents(archive: Path) -> bytes:
    """The contents of a NAME.reading.zip without any mask, b"" of a zip that holds none."""
    with zipfile.ZipFile(archive) as packed, tempfile.TemporaryDirectory() as place:
        if FILE_NAME not in packed.namelist():
            return b""
        packed.extract(FILE_NAME, place)
        with closing(sqlite.connect(Path(place) / FILE_NAME)) as log:
            text = log.execute("SELECT json FROM contents").fetchone()[0]
    return canonical(asdict(parse_contents(text, archive))).encode()
