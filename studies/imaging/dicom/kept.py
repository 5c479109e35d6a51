"""What is read of a foreign file: the keep-list of de-identification, and what tells the pixels.

All else is stepped over: it reaches no memory of ours, however large it is.
"""

from __future__ import annotations

KEPT = (
    "PatientSex", "PatientAge", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate",
    "Manufacturer", "ImageComments", "ConvolutionKernel", "PatientPosition",
    "FrameOfReferenceUID", "KVP", "XRayTubeCurrent", "ExposureTime", "Exposure", "SliceThickness",
    "ReconstructionDiameter", "GantryDetectorTilt", "WindowCenter", "WindowWidth",
)  # fmt: skip
"""What de-identification looks at; it keeps a value only where it is a known or a harmless one."""

PIXELS = (
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames",
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PixelPaddingValue", "PixelPaddingRangeLimit", "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths", "PixelData",
)  # fmt: skip
"""What decoding looks at."""
