"""Voxels, windows, margins and ROIs: arrays in, arrays and frozen records out; no database."""
