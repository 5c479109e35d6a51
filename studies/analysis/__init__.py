"""Ratings from elsewhere: read from a file, analysed as far as they allow, told as JSON or text."""

from studies.analysis.against import Against, OneReader
from studies.analysis.analysing import Analysis, analyse
from studies.analysis.json_document import as_json
from studies.analysis.text_document import as_text
from studies.exchange import Columns, Rating, Ratings, read_ratings

__all__ = [
    "Against",
    "Analysis",
    "Columns",
    "OneReader",
    "Rating",
    "Ratings",
    "analyse",
    "as_json",
    "as_text",
    "read_ratings",
]
