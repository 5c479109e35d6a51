"""Statistics of reading and classification: pure functions on arrays, frozen results.

Each function names its source and the units of what it takes and gives; each is tested
against figures printed by a recognised program or in a paper.
"""
