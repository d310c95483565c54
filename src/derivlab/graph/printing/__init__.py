"""A graph as NumPy source."""
