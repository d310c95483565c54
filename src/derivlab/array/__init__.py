"""Our array: its class, primitives, levels, the standard's surface, and NumPy's protocols."""

from derivlab.array import protocols

__all__ = ["protocols"]
