"""Home: where the study stands and what to do next."""
