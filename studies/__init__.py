"""The study domain: what is recorded, and what may be concluded from it."""
