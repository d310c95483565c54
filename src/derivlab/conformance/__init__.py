"""How far our arrays obey the Python array API standard: a namespace for suites, and a table by function and base."""

from derivlab.conformance.namespace import conformance_namespace

__all__ = ["conformance_namespace"]
