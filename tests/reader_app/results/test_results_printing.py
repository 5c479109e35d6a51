"""HTML to PDF: whole pages, nothing fetched, no half file."""

from __future__ import annotations

import pytest

from reader_app.printing import printing_application, write_pdf
from studies.errors import StudyError


def test_a_long_page_becomes_several_and_is_a_pdf(qapp, tmp_path):
    assert printing_application() is qapp
    page = "<h1>T</h1>" + "".join(f"<p>Line {i}</p>" for i in range(200))
    path = write_pdf(page, tmp_path / "new" / "r.pdf")
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") >= 3
    assert list(tmp_path.rglob("*.part")) == []


def test_no_file_of_the_computer_is_loaded(qapp, tmp_path):
    secret = tmp_path / "secret.html"
    secret.write_text("x" * 5000)
    plain = write_pdf("<p>a</p>", tmp_path / "a.pdf").stat().st_size
    address = secret.as_uri()
    hostile = write_pdf(f"<p>a</p><img src='{address}'>", tmp_path / "b.pdf").stat().st_size
    assert abs(hostile - plain) < 2000


def test_a_folder_that_cannot_be_written_is_named(qapp, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StudyError, match="could not be written"):
        write_pdf("<p>a</p>", blocked / "r.pdf")
