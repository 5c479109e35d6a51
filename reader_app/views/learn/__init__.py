"""Learn: data, recipe, live training, runs, and the synthetic gallery."""
