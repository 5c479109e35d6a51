"""Margins handed to other programs and taken from them: DICOM SEG, SR, RTSTRUCT, and the rest."""
