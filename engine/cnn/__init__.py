"""The classifier of the paper (section 2.2): network, training, evaluation."""
