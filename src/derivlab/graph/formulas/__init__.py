"""A graph as formulas in matrix notation."""
