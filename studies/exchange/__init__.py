"""Ratings to and from the files of other programs: CSV, FDA's iMRMC, RJafroc, MRMCaov."""

from studies.exchange.imrmc import read_imrmc, write_imrmc
from studies.exchange.long_csv import Columns, read_csv, write_mrmcaov, write_tidy
from studies.exchange.opening import read_ratings
from studies.exchange.ratings import ONE_CONDITION, Rating, Ratings, checked
from studies.exchange.rjafroc import read_rjafroc, write_rjafroc

__all__ = [
    "ONE_CONDITION",
    "Columns",
    "Rating",
    "Ratings",
    "checked",
    "read_csv",
    "read_imrmc",
    "read_ratings",
    "read_rjafroc",
    "write_imrmc",
    "write_mrmcaov",
    "write_rjafroc",
    "write_tidy",
]
