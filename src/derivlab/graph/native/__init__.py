"""A graph as loops over single numbers, for machine code."""
