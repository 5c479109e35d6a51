"""Results: readers, classifier, t-SNE, export."""
