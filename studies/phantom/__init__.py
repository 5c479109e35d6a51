"""Simulated portal-phase liver CT with known lesions, written as real DICOM.

`plan` says who is simulated, `render` draws the slices, `writer` stores them. Everything is
drawn from stored seeds; every file says SIMULATED in what a person reads.
"""
