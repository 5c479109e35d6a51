"""Generators of lesion ROIs (section 3.2): networks, losses, training, synthesis."""
