"""Ratings from elsewhere: read from a file, analysed as far as they allow, told as JSON or text."""

from studies.analysis.analysing import Analysis, analyse
from studies.analysis.ratings import Columns, Rating, Ratings, read_ratings
from studies.analysis.telling import as_json, as_text

__all__ = [
    "Analysis",
    "Columns",
    "Rating",
    "Ratings",
    "analyse",
    "as_json",
    "as_text",
    "read_ratings",
]
