"""Text pieces of the examples, written by hand for this project; no sentence is taken from anywhere."""
