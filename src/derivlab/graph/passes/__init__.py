"""Optimising passes: a graph written anew."""
