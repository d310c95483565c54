"""The closed list of primitives: everything that an interpreter must give a meaning to, and no more.

They are the names that :data:`derivlab.libraries.numpy.KERNELS` computes; :mod:`derivlab.rules` gives each its
derivative. The rest of the standard (mean, var, stack, tensordot, ...) is written in terms of these, once, in
:mod:`derivlab.array.surface`. Import the module and call ``primitives.exp(x)``.
"""

from __future__ import annotations

from derivlab.array.primitive import Primitive
from derivlab.libraries import numpy as numpy_library

PRIMITIVES: dict[str, Primitive] = {name: Primitive(name) for name in numpy_library.KERNELS}
globals().update(PRIMITIVES)


def __getattr__(name: str) -> Primitive:
    raise AttributeError(f"no primitive {name!r}; there are {', '.join(sorted(PRIMITIVES))}")
