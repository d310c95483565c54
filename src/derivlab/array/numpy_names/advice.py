"""What to type instead of a function of NumPy's that has no meaning here."""

from __future__ import annotations

INSTEAD: dict[str, str] = {
    "": "write it with functions of NumPy that have rules (np.sum, np.where, np.einsum, np.sort, np.take, ...), with "
    "operators, with those of xp = array_namespace(x) (the Python array API standard), or of derivlab.special",
    "numpy.roots": "find the root by a few of Newton's steps, x = x - np.polyval(c, x) / np.polyval(np.polyder(c), x)",
    "numpy.polyfit": "solve the normal equations of V = np.vander(x, deg + 1)",
    "numpy.histogram2d": "count with np.histogram, or sum a smooth kernel exp(-(x[:, None] - centres)**2)",
    "numpy.histogramdd": "count with np.histogram, or sum a smooth kernel exp(-(x[:, None] - centres)**2)",
    "numpy.i0": "sum the series of the Bessel function",
    "numpy.save": "return the array from the function, and save it outside",
    "numpy.savez": "return the arrays from the function, and save them outside",
    "numpy.savetxt": "return the array from the function, and save it outside",
    "numpy.copyto": "make the array that is written into by np.zeros_like(x, shape=...) (or xp.zeros(...)), so that it "
    "can take on the derivative",
    "numpy.einsum_path": "call np.einsum(..., optimize=True)",
    "numpy.shares_memory": "drop the question: every operation makes new entries here",
    "numpy.may_share_memory": "drop the question: every operation makes new entries here",
    "scipy.special.beta": "use np.exp(derivlab.special.betaln(a, b)), for a, b > 0",
    "scipy.special.lambertw": "take Newton's steps in a loop, w = w - (w - x * np.exp(-w)) / (1 + w)",
    "ddof=": "give no ddof=",
    "weights=": "repeat the entries as often as their weights say, by np.repeat",
}
