"""Reusable widgets that know no study."""
