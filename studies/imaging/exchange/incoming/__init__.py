"""Margins that other programs drew: DICOM SEG and RTSTRUCT, NIfTI masks, our own JSON."""
