"""Aids for drawing a margin: a proposal around a point, and a line that keeps to edges.

Both look at a crop around the hand, never at the whole slice. Coordinates are px from the outer
corner of the first pixel. They propose; what is saved is the user's.
"""

from studies.imaging.aids.live_wire import live_wire
from studies.imaging.aids.polar import BESIDE_A_SIDE, Beside
from studies.imaging.aids.proposal import proposal

__all__ = ["BESIDE_A_SIDE", "Beside", "live_wire", "proposal"]
