"""Learning machines: arrays in; networks, images and numbers out. Usable from a script."""
