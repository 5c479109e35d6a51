"""The kinds of files margins are handed on as. Imports nothing: the command line names them."""

from __future__ import annotations

PER_AUTHOR = ("seg", "sr", "rtstruct")
"""DICOM, a file a series and author."""
PER_SERIES = ("nifti", "json")
PER_STUDY = ("coco", "csv")
KINDS = (*PER_AUTHOR, *PER_SERIES, *PER_STUDY)
