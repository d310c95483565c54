"""What to type instead of functions that turn their argument into plain numbers, by the names they are called by."""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from derivlab.array.callers import Call

_EIGH = "w, v = np.linalg.eigh(a) and (v * np.{0}(w)) @ v.T, if a is symmetric; else sum a series"
_GAUSS = (
    "a rule of Gauss: t, w = np.polynomial.legendre.leggauss(20), and np.sum(w * f((a + b) / 2 + (b - a) / 2 * t)) "
    "* (b - a) / 2; with SCIPY_ARRAY_API=1 scipy.integrate.cubature runs on such arrays"
)
_STEPS = "the steps of the method of Runge and Kutta in a loop: k1 = f(t, y), k2 = f(t + h / 2, y + h / 2 * k1), ..."
_NEWTON = (
    "scipy.optimize.newton(g, s, args=(x,)), which takes such arrays, from a number s near the root; or Newton's steps "
    "in a loop: s = s - g(s, x) / g_prime(s, x)"
)
_DESCENT = (
    "Newton's steps in a loop, from a number s near the answer: s = s - np.linalg.solve(H(s, x), g(s, x)), with the "
    "gradient g and the Hessian H of what is minimised"
)
_SOLVE = "np.linalg.solve(a, b)"
_PIECES = "np.interp(x, xp, fp), or the polynomial of the piece that x is in, by np.polyval"
_DISTANCES = "np.linalg.norm(a[:, None] - b[None], axis=-1), or the formula of the distance with NumPy's functions"
_STACKED = "np.stack([...]) of the terms in a list (or xp.stack)"
ITEMS = "for i in np.ndindex(x.shape): x[i]"
"""In place of an iterator over all entries."""
_DRAWN = "the shift of a draw that knows nothing of x: loc + scale * rng.standard_normal(size)"
_POLYNOMIAL = "np.polyval(c, x), highest power first"
_NORMAL = "-0.5 * ((x - loc) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))"

EXACT: dict[str, str] = {
    **{f"math.{name}": f"derivlab.special.{name}(x), or scipy.special.{name}(x)" for name in ("erf", "erfc")},
    "math.lgamma": "derivlab.special.gammaln(x), or scipy.special.gammaln(x)",
    "math.gamma": "np.exp(derivlab.special.gammaln(x)), for x > 0",
    "math.fabs": "abs(x)",
    "math.pow": "x ** y",
    "math.log": "np.log(x) or xp.log(x), and np.log(x) / np.log(base) for another base",
    "math.dist": "np.linalg.norm(a - b)",
    "math.sumprod": "np.dot(a, b)",
    "math.fsum": "np.sum(x), or sum(terms) of a list",
    "math.remainder": "x - y * np.round(x / y)",
    "cmath.phase": "np.angle(z)",
    "cmath.polar": "abs(z) and np.angle(z)",
    "cmath.rect": "r * np.exp(1j * phi)",
    **dict.fromkeys(("statistics.mean", "statistics.fmean"), "np.mean(x)"),
    "statistics.stdev": "np.std(x, ddof=1)",
    "statistics.variance": "np.var(x, ddof=1)",
    "statistics.pstdev": "np.std(x)",
    "statistics.pvariance": "np.var(x)",
    "numpy.r_": "np.concatenate([a, b]), and np.stack([s, t]) of single numbers",
    "numpy.c_": "np.column_stack([a, b])",
    "numpy.vectorize": "the function for whole arrays, with np.where in place of if (or xp.where), or call it on each "
    "entry: np.stack([f(t) for t in x]) (or xp.stack)",
    "numpy.fromiter": _STACKED,
    "numpy.full": "np.full_like(x, x[0], shape=3) for np.full(3, x[0]) (or xp.full)",
    **dict.fromkeys(("numpy.ndenumerate", "numpy.nditer"), ITEMS),
    **dict.fromkeys(("numpy.matrix", "numpy.asmatrix"), "a plain array, and a @ b for a * b"),
    **dict.fromkeys(("numpy.float64", "numpy.float32"), "the number as it is, which has that dtype already"),
    "scipy.linalg.cholesky": "np.linalg.cholesky(a), the lower triangle; SciPy's upper one is its .T",
    "scipy.linalg.expm": _EIGH.format("exp"),
    "scipy.linalg.logm": _EIGH.format("log"),
    "scipy.linalg.sqrtm": _EIGH.format("sqrt"),
    "scipy.linalg.block_diag": "np.block([[a, np.zeros((2, 3))], [np.zeros((3, 2)), b]])",
    "scipy.linalg.toeplitz": "c[abs(np.subtract.outer(np.arange(n), np.arange(n)))]",
    **{f"scipy.linalg.{name}": _SOLVE for name in "lu lu_factor lu_solve cho_factor cho_solve".split()},
    **{f"scipy.linalg.solve_{name}": _SOLVE for name in "triangular banded toeplitz circulant".split()},
    "scipy.stats.pearsonr": "np.corrcoef(x, y)[0, 1]",
    "scipy.stats.linregress": "np.cov(x, y)[0, 1] / np.var(x, ddof=1), which is the slope",
    "scipy.stats.norm.logpdf": _NORMAL,
    "scipy.stats.norm.pdf": f"np.exp({_NORMAL})",
    "scipy.stats.norm.cdf": "derivlab.special.ndtr((x - loc) / scale)",
    "scipy.stats.norm.sf": "derivlab.special.ndtr((loc - x) / scale)",
    "scipy.stats.norm.logcdf": "derivlab.special.log_ndtr((x - loc) / scale)",
    "scipy.stats.norm.logsf": "derivlab.special.log_ndtr((loc - x) / scale)",
    "scipy.stats.norm.ppf": "loc + scale * derivlab.special.ndtri(q)",
    **{f"scipy.signal.{name}": "np.convolve(a, b)" for name in ("convolve", "fftconvolve", "oaconvolve")},
    "scipy.signal.correlate": "np.correlate(a, b, 'full')",
    "scipy.signal.lfilter": "the recursion of the filter in a loop, or np.convolve with its impulse response",
    "scipy.integrate.trapezoid": "np.trapezoid(y, x)",
    "scipy.integrate.simpson": "np.sum(w * y) with the weights w of Simpson's rule, or np.trapezoid(y, x)",
    "scipy.spatial.distance.euclidean": "np.linalg.norm(a - b)",
    **{f"scipy.integrate.{name}": _STEPS for name in ("odeint", "solve_ivp", "ode")},
    **{f"scipy.optimize.{name}": _DESCENT for name in "minimize minimize_scalar fmin fmin_bfgs least_squares".split()},
    **{f"scipy.optimize.{name}": _DESCENT for name in "curve_fit leastsq nnls".split()},
}  # fmt: skip

HOMES: dict[str, str | Callable[[Call], str | None]] = {
    **dict.fromkeys(("math", "cmath", "statistics"), lambda call: _numpy(call)),
    "numpy.random": lambda call: _PICKED.get(call.name.rpartition(".")[2], _DRAWN),
    "numpy.polynomial": _POLYNOMIAL,
    "numpy.ma": "x itself, and np.where for the mask",
    "json": "the data outside of the function, which may return them with has_aux=True",
    "scipy.linalg": lambda call: _linear_algebra(call),
    "scipy.stats": "its formula, with functions of NumPy and of derivlab.special",
    "scipy.special": "its formula or series, with functions of NumPy and of derivlab.special",
    "scipy.optimize": _NEWTON,
    "scipy.integrate": _GAUSS,
    "scipy.integrate.ode": _STEPS,
    "scipy.interpolate": _PIECES,
    "scipy.spatial.distance": _DISTANCES,
    "scipy.sparse": "whole arrays in place of sparse ones: a.toarray() @ x",
    "scipy.ndimage": "np.convolve, or the weighted sum of shifted slices of the array",
}  # fmt: skip
"""For all functions of a module; those of a name longer by dots come first in :data:`EXACT`."""


_PICKED = {
    **dict.fromkeys(("permutation", "permuted"), "x[rng.permutation(len(x))]"),
    "choice": "x[rng.choice(len(x), size)]",
}


def _numpy(call: Call) -> str | None:
    """The function of NumPy's with the name of one of Python's, on the arguments that were typed."""
    home, _, name = call.name.rpartition(".")
    if not hasattr(np, name) or name in ("gcd", "lcm"):  # of integers
        return None
    from derivlab.array import surface

    typed = ", ".join(map(ast.unparse, call.arguments)) or "x"
    typed = "x" if "*" in typed else typed if len(typed) < _LONG else "..."
    standard = f" or xp.{name}({typed}), with xp = array_namespace(x)," if hasattr(surface, name) else ""
    return f"np.{name}({typed}){standard or ','} not {home}.{name}({typed})"


_LONG = 40
"""Characters of arguments that are not repeated."""


def _linear_algebra(call: Call) -> str | None:
    name = call.name.rpartition(".")[2]
    return f"np.linalg.{name}" if hasattr(np.linalg, name) else None


def instead(call: Call) -> str | None:
    """What to type instead of a call; None where nothing is known about it."""
    if call.name in EXACT:
        return f"write {EXACT[call.name]}"
    if call.name.startswith("numpy.") and (listed := _of_lists(call)) is not None:
        return listed
    home, _, name = call.name.rpartition(".")
    if name == "dot" and home != "numpy":
        return "write the operator: a @ x for a.dot(x)"
    while home:
        if home in HOMES:
            known = HOMES[home]
            text = known if isinstance(known, str) else known(call)
            return None if text is None else f"write {text}"
        home = home.rpartition(".")[0]
    return None


def _of_lists(call: Call) -> str | None:
    """Of a function of NumPy's that was given a list of arrays."""
    if not call.lists:
        return None
    typed, made, standard = "[a, b]", "np.stack([a, b])", "xp.stack"
    if call.lists > 1:
        typed, made, standard = "[[a, b], [c, d]]", "np.block([[a, b], [c, d]])", "xp.asarray"
    if call.name.removeprefix("numpy.") in _MAKERS:
        return f"write {made} (or {standard}), not {call.text}({typed})"
    return f"make the list an array first: {call.text}({made}) (or {standard})"


_MAKERS = frozenset("array asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite require stack".split())
