"""The Wengert list and its graph."""
