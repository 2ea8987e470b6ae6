"""What a model is worth: scores, matrices, comparisons, errors, the paper's tables."""
