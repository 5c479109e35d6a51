"""A reading package: all that a reader's process opens, and nothing that tells class or origin.

A folder with `reading.sqlite` (questions, opaque trial ids in their order, the append-only log)
and `items/<trial id>.raw` (64x64 grey levels, one byte each, no header, masked so that no two
files of one picture are alike). The map from trial ids
to lesions, classes and generators stays in the coordinator's study. A package holds one stage.
"""

from studies.package.contents import (
    GREY,
    HU,
    Clock,
    PackageContents,
    PackageTrial,
    Picture,
    Response,
    contents_json,
    new_opaque,
    response_of,
)
from studies.package.entries import (
    Attempt,
    DisplayCheck,
    Entry,
    Feedback,
    Questionnaire,
    Unusual,
    WindowChange,
)
from studies.package.log import FILE_NAME, answers_given, answers_standing
from studies.package.masking import stored_bytes
from studies.package.pictures import PictureReading, PixelArray
from studies.package.reading_package import ReadingPackage, chain_sentence
from studies.package.transport import (
    ReturnedAnswers,
    pack,
    pack_answers,
    read_answers,
    unpack,
)
from studies.package.writing import create

__all__ = [
    "FILE_NAME",
    "GREY",
    "HU",
    "Attempt",
    "Clock",
    "DisplayCheck",
    "Entry",
    "Feedback",
    "PackageContents",
    "PackageTrial",
    "Picture",
    "PictureReading",
    "PixelArray",
    "Questionnaire",
    "ReadingPackage",
    "Response",
    "ReturnedAnswers",
    "Unusual",
    "WindowChange",
    "answers_given",
    "answers_standing",
    "chain_sentence",
    "contents_json",
    "create",
    "new_opaque",
    "pack",
    "pack_answers",
    "read_answers",
    "response_of",
    "stored_bytes",
    "unpack",
]
