"""The tables of a study; rows never leave `studies`."""
