"""What the functions of NumPy mean on our arrays: one file for each theme, each with a table from NumPy's function.

A meaning takes NumPy's names in NumPy's order with NumPy's defaults. Options that it leaves out are handled by
:mod:`derivlab.array.protocols`: ``out=`` for all alike, the rest refused by name where they are given.
"""

from __future__ import annotations

import importlib

from derivlab.array.array import UFUNCS
from derivlab.array.methods import FUNCTIONS
from derivlab.array.numpy_names import elementwise

_THEMES = """
    asking creating einsum elementwise filling fourier interpolation joining linear_algebra nans picking products
    reductions running sets shaping sorting statistics
""".split()

UFUNCS.update(elementwise.UFUNC_TABLE)
for _theme in _THEMES:
    FUNCTIONS.update(importlib.import_module(f"{__name__}.{_theme}").TABLE)
