"""Why files were left out, as headings that radiologists know: reasons of one kind together."""

from __future__ import annotations

_REASONS = (  # how a reason begins, its title, what the line below says ("" = the reason itself)
    ("A copy of ", "Duplicates", "Same SOPInstanceUID, equal pixels: one kept"),
    ("Has the SOPInstanceUID of ", "Conflicting copies", "Same SOPInstanceUID, other pixels"),
    ("A localizer", "Localizers", "Scout pictures, not axial slices"),
    ("A dose, protocol", "Dose and protocol pages", "Not cross-sectional images"),
    ("Text is burned", "Burned-in annotation", ""),
    ("Not CT", "Not CT", ""),
    ("The file is not DICOM", "Not DICOM", "Other files, or a damaged header"),
    ("The header", "Damaged header", ""),
    ("The file does not tell", "Incomplete header", ""),
    ("The file claims", "Impossible size", ""),
    ("The file holds no picture", "No picture", ""),
    ("The file holds fewer", "Cut short", ""),
    ("The file has no pixels", "Cut short", ""),
    ("The picture has another size", "Cut short", ""),
    ("The pixel spacing", "No pixel spacing", ""),
    ("The orientation", "Impossible orientation", ""),
    ("A colour picture", "Colour pictures", ""),
    ("This series is in the study", "In the study already", "Nothing was stored twice"),
    ("This picture is in the study", "In the study already", "Nothing was stored twice"),
    ("Its series came into the study without", "Late for its series", ""),
    ("Its series was not chosen", "Not chosen", "You left their series out"),
    ("The file is not there any more", "Gone since it was listed", ""),
    ("The file has changed since", "Changed since it was listed", ""),
    ("The folder is empty", "Empty folder", ""),
    ("There is no such file", "Not found", ""),
    ("The file is not a picture", "Not a picture", ""),
    ("The file cannot be read", "Not readable", ""),
    ("The zip", "Zip not opened", ""),
    ("A zip", "Zip inside a zip", ""),
    ("The polygon", "Polygon", ""),
    # damaged, or not what it says
    ("The file is damaged", "Damaged file", ""),
    ("The file's beginning", "Damaged file", ""),
    ("The DICOM header is damaged", "Damaged header", ""),
    ("The picture is damaged", "Damaged file", ""),
    ("The array cannot be read", "Damaged file", ""),
    ("The pixels (", "Damaged pixels", ""),
    ("The compressed pixels", "Damaged pixels", ""),
    ("The compressed picture has another size", "Damaged pixels", ""),
    ("Some values are far beyond", "Damaged pixels", ""),
    ("The padding value", "Damaged header", ""),
    ("The transfer syntax", "Damaged header", ""),
    ("The syntax", "Damaged header", ""),
    ("The rescale", "No usable rescale", ""),
    ("The slice lies", "Impossible place", ""),
    ("The file names another number", "Header and pixels disagree", ""),
    ("The file holds more pixels", "Header and pixels disagree", ""),
    ("Several frames", "Header and pixels disagree", ""),
    ("The file describes its frames", "Impossible size", ""),
    ("The file unpacks", "Impossible size", ""),
    ("The file is larger", "Too large", ""),
    ("The picture is larger", "Too large", ""),
    ("It is larger", "Too large", ""),
    # of another kind
    ("The pixels are compressed", "Codec missing", ""),
    ("The pixels are indices", "Colour pictures", ""),
    ("A picture, not DICOM", "Pictures", "Import pictures as ROIs, with a CSV manifest"),
    ("An archive", "Archives", "Unpack them first and import the folder"),
    ("The file is empty", "Empty files", "They hold nothing"),
    ("The picture", "Not a usable picture", ""),
    ("The array", "Not a usable picture", ""),
    ("The npz", "Several pictures in a file", ""),
    ("The file holds several", "Several pictures in a file", ""),
    # where it lies
    ("The same file as", "Named twice", "The same file by two names: looked at once"),
    ("A link", "Links", ""),
    ("Neither a file", "Neither file nor folder", ""),
    ("The path cannot", "Not readable", ""),
    ("The folder cannot", "Not readable", ""),
    ("The DICOMDIR", "DICOMDIR and disc disagree", ""),
    ("It is damaged inside", "Damaged in the zip", ""),
    ("It is protected", "Locked in the zip", ""),
    ("It is packed", "Oddly packed in the zip", ""),
    ("Unpacking takes", "No room to unpack", ""),
    ("There is no room", "No room to unpack", ""),
    ("Series ", "In the study already", "Another import brought it in meanwhile"),
)

OTHERWISE = "Not usable"


def titled(reason: str) -> tuple[str, str]:
    """The heading that a reason is grouped under, and the line below it."""
    for begins, title, line in _REASONS:
        if reason.startswith(begins):
            return title, line or reason
    return OTHERWISE, reason
