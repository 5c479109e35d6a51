"""Protocols of reading: the questions, the order of trials, the image pipeline, the leak audit."""
