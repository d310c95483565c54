"""How each primitive is written as Python: over NumPy arrays, and over plain floats."""

from __future__ import annotations

import ast
import inspect
import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.graph.graph import Node, form_of
from derivlab.libraries import numpy as numpy_library
from derivlab.libraries import numpy_linalg

Text = Callable[[Sequence[str], Mapping[str, Any], Sequence[Any]], str]
"""The expression from the texts of the operands, the parameters, and the operands themselves."""

_INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "matmul": "@", "power": "**", "equal": "==",
    "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "logical_and": "&",
    "logical_or": "|", "logical_xor": "^",
}  # fmt: skip
_OTHER_NAME = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "atan2": "arctan2", "round": "rint",
}  # fmt: skip
HELPER_NAMES = {
    "cofactor": "cofactors", "completion": "orthogonal_completion", "eigh": "packed_eigh", "norm": "euclidean_norm",
    "qr": "packed_qr", "slogdet": "packed_slogdet", "svd": "packed_svd", "undefined": "undefined", "kink": "undefined",
}  # fmt: skip
HELPERS = (
    "assign", "bessel_i", "bessel_ie", "is_basic", "kl_div", "log_ndtr", "log_ratio", "logsumexp", "polygamma",
    "scatter", "sigmoid", "softmax", *numpy_linalg.HELPERS,
)  # fmt: skip
"""Functions that NumPy lacks: their source is printed with a program that needs them."""
SCIPY = (
    "betaln", "erf", "erfc", "erfinv", "gammainc", "gammaincc", "gammaln", "logit", "ndtri", "rel_entr", "xlog1py",
    "xlogy",
)  # fmt: skip
"""Functions that a program imports from SciPy."""
RESERVED = frozenset("np math scipy float complex abs range slice zip NotImplementedError".split()) | {*HELPERS, *SCIPY}
"""Names that programs use, and that none of their variables may have."""
_LARGE_PRODUCT = 2**16
"""Entries of a product above which ``dot`` is slower than ``@``."""


def _sum(t: Sequence[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
    return f"{_array(t, args)}.sum({_axis(params)})"


def _extreme(name: str) -> Text:
    return lambda t, params, args: f"{_array(t, args)}.{name}({_axis(params)})"


def _array(t: Sequence[str], args: Sequence[Any]) -> str:
    """The first operand as an array: a single number may be Python's, without methods and not to be indexed."""
    return t[0] if form_of(args[0]).shape else f"np.asarray({t[0]})"


def _axis(params: Mapping[str, Any]) -> str:
    axis = params["axis"]
    place = axis[0] if axis is not None and len(axis) == 1 else axis
    return ", ".join([f"axis={place}"] * (axis is not None) + ["keepdims=True"] * params["keepdims"])


def _transpose(t: Sequence[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
    return f"{t[0]}.{'T' if len(form_of(args[0]).shape) == 2 else 'mT'}"


def _scatter(t: Sequence[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
    return f"scatter({t[0]}, np.s_[{index_text(params['key'])}], {params['shape']})"


def _reshape(t: Sequence[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
    shape = params["shape"]
    if not form_of(args[0]).shape:
        return f"np.reshape({t[0]}, {shape})"
    return f"{t[0]}.ravel()" if len(shape) == 1 else f"{t[0]}.reshape({shape})"


def _transformed(t: Sequence[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
    last, norm = params["axis"] == len(form_of(args[0]).shape) - 1, params["norm"]
    return ", ".join([t[0], *[f"axis={params['axis']}"] * (not last), *[f"norm={norm!r}"] * (norm != "backward")])


def _astype(text: str, name: str, shape: tuple[int, ...]) -> str:
    return f"{text}.astype(np.{name})" if shape else f"np.{name}({text})"


_NUMPY: dict[str, Text] = {
    "negative": lambda t, p, a: f"-{t[0]}",
    "square": lambda t, p, a: f"{t[0]} * {t[0]}",
    "integer_power": lambda t, p, a: f"{t[0]} ** {p['n']}" if p["n"] >= 0 else f"{t[0]} ** ({p['n']})",
    "reciprocal": lambda t, p, a: f"1 / {t[0]}" if form_of(a[0]).dtype.kind in "fc" else f"np.reciprocal({t[0]})",
    "softplus": lambda t, p, a: f"np.logaddexp({t[0]}, 0)",
    "sum": _sum,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "all": lambda t, p, a: f"np.all({', '.join([t[0], *_options(p)])})",
    "matrix_transpose": _transpose,
    "index": lambda t, p, a: f"{_array(t, a)}[{index_text(p['key'])}]",
    "scatter": _scatter,
    "assign": lambda t, p, a: f"assign({t[0]}, {t[1]}, np.s_[{index_text(p['key'])}])",
    "reshape": _reshape,
    "permute_dims": lambda t, p, a: f"np.transpose({t[0]}, {p['axes']})",
    "broadcast_to": lambda t, p, a: f"np.broadcast_to({t[0]}, {p['shape']})",
    "concat": lambda t, p, a: f"np.concatenate(({', '.join(t)},), axis={p['axis']})",
    "cumulative_sum": lambda t, p, a: f"np.cumsum({t[0]}, axis={p['axis']})",
    "astype": lambda t, p, a: _astype(t[0], np.dtype(p["dtype"]).name, form_of(a[0]).shape),
    "fft": lambda t, p, a: f"np.fft.fft({_transformed(t, p, a)})",
    "ifft": lambda t, p, a: f"np.fft.ifft({_transformed(t, p, a)})",
    "argsort": lambda t, p, a: f"np.argsort({t[0]}, axis={p['axis']})",
    "polygamma": lambda t, p, a: f"polygamma({t[0]}, {p['n']})",
    **{name: (lambda t, p, a, name=name: f"{name}({', '.join(t)})") for name in (*SCIPY, "kl_div", "log_ratio")},
    "log_ndtr": lambda t, p, a: f"log_ndtr({t[0]}, {p['n']})",
    "bessel_i": lambda t, p, a: f"bessel_i({t[0]}, {p['n']})",
    "bessel_ie": lambda t, p, a: f"bessel_ie({t[0]}, {p['order']}, {p['n']})",
    "sigmoid": lambda t, p, a: f"sigmoid({t[0]})",
    "softmax": lambda t, p, a: f"softmax({t[0]}, axis={p['axis']})",
    "logsumexp": lambda t, p, a: f"logsumexp({t[0]}, axis={p['axis']}, keepdims={p['keepdims']})",
    **{
        name: (lambda t, p, a, name=name: f"np.linalg.{name}({', '.join(t)})")
        for name in "inv solve det cholesky eigvalsh svdvals".split()
    },
    **{
        name: (lambda t, p, a, helper=helper: f"{helper}({t[0]})")
        for name, helper in HELPER_NAMES.items()
        if name not in ("completion", "norm")
    },
    "completion": lambda t, p, a: f"orthogonal_completion({t[0]}, {p['of']!r})",
    "norm": lambda t, p, a: f"euclidean_norm({t[0]}, axis={p['axis']}, keepdims={p['keepdims']})",
    "pinv": lambda t, p, a: f"np.linalg.pinv({t[0]}, rtol={_index_part(p['rtol'])})",
}

_FLOAT: dict[str, Text] = {
    "negative": _NUMPY["negative"],
    "square": _NUMPY["square"],
    "integer_power": _NUMPY["integer_power"],
    "reciprocal": lambda t, p, a: f"1 / {t[0]}",
    "where": lambda t, p, a: f"{t[1]} if {t[0]} else {t[2]}",
    "abs": lambda t, p, a: f"abs({t[0]})",
    "gammaln": lambda t, p, a: f"math.lgamma({t[0]})",
    **{
        name: (lambda t, p, a, name=name: f"math.{name}({', '.join(t)})")
        for name in "exp expm1 log log1p log2 log10 sqrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh "
        "acosh atanh hypot erf".split()
    },
}
_NUMBER_ONLY: dict[str, Text] = {
    "maximum": lambda t, p, a: f"np.maximum({t[0]}, {t[1]})",
    "minimum": lambda t, p, a: f"np.minimum({t[0]}, {t[1]})",
    "sign": lambda t, p, a: f"np.sign({t[0]})",
    "logical_not": lambda t, p, a: f"not {t[0]}",
    "floor": lambda t, p, a: f"np.floor({t[0]})",
    "ceil": lambda t, p, a: f"np.ceil({t[0]})",
    "trunc": lambda t, p, a: f"np.trunc({t[0]})",
    "round": lambda t, p, a: f"np.rint({t[0]})",
    "isnan": lambda t, p, a: f"{t[0]} != {t[0]}",
    "isfinite": lambda t, p, a: f"abs({t[0]}) < np.inf",
    "isinf": lambda t, p, a: f"abs({t[0]}) == np.inf",
    "astype": lambda t, p, a: f"{t[0]} != 0" if np.dtype(p["dtype"]) == bool else f"np.{np.dtype(p['dtype'])}({t[0]})",
    "sigmoid": lambda t, p, a: f"sigmoid({t[0]})",
    "softplus": lambda t, p, a: f"logaddexp({t[0]}, 0.0)",
    "logaddexp": lambda t, p, a: f"logaddexp({t[0]}, {t[1]})",
    "broadcast_to": lambda t, p, a: t[0],
}
"""Forms for a compiler, that plain Python would run slower or with other answers at NaN."""

_ON_FLOATS = frozenset([*_FLOAT, "add", "subtract", "multiply", "divide"])
_ON_BOOLS = frozenset("equal not_equal less less_equal greater greater_equal where".split())
"""Primitives with a truth value that Python has as well: True + True is not one of them."""


def runs_on_floats(nodes: Sequence[Node]) -> bool:
    """Whether a program can run on Python's own floats, which are twice as fast as NumPy's for single numbers."""
    return all(
        node.form.shape == ()
        and node.form.dtype in (np.dtype(float), np.dtype(bool))
        and (node.primitive is None or node.primitive.name in (_ON_FLOATS if node.form.dtype == float else _ON_BOOLS))
        for node in nodes
    )


def is_narrow(x: Any) -> bool:
    """Whether an operand is of floats with fewer digits than a double."""
    dtype = form_of(x).dtype
    return dtype is not None and dtype.kind == "f" and dtype.itemsize < 8


def has_float_form(name: str) -> bool:
    """Whether a primitive on single numbers can be written with Python's floats."""
    return name in _ON_FLOATS


def scalar_text(name: str, texts: Sequence[str], params: Mapping[str, Any], args: Sequence[Any]) -> str | None:
    """An elementwise primitive on single numbers, for a compiler; None if it has no such form."""
    if name in _FLOAT or name in _NUMBER_ONLY:
        return (_FLOAT.get(name) or _NUMBER_ONLY[name])(texts, params, args)
    return f"{texts[0]} {_INFIX[name]} {texts[1]}" if name in _INFIX and name != "matmul" else None


def expression(name: str, texts: Sequence[str], params: Mapping[str, Any], args: Sequence[Any], floats: bool) -> str:
    """A primitive applied to operands, as Python."""
    if name == "matmul" and _is_small_product(form_of(args[0]).shape, form_of(args[1]).shape):
        return f"{texts[0]}.dot({texts[1]})"  # the product of @, with half its overhead
    truths = [isinstance(x, bool) or form_of(x).dtype == bool for x in args]
    if name in ("add", "multiply") and all(truths):  # Python would count
        return f"np.{name}({texts[0]}, {texts[1]})"
    if name in _INFIX and not (name.startswith("logical_") and not all(truths)):
        return f"{texts[0]} {_INFIX[name]} {texts[1]}"
    special = (_FLOAT if floats else _NUMPY).get(name)
    if special is not None:
        return special(texts, params, args)
    return f"np.{_OTHER_NAME.get(name, name)}({', '.join([*texts, *_options(params)])})"


def _is_small_product(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether a product is one of vectors or of matrices, and small: ``dot`` fills a result with zeros first."""
    return max(len(a), len(b)) <= 2 and math.prod(a[:-1]) * math.prod(b[1:]) < _LARGE_PRODUCT


def _options(params: Mapping[str, Any]) -> list[str]:
    return [f"{key}={literal(value)}" for key, value in params.items() if value is not None and value is not False]


def literal(value: Any) -> str:
    """A number, tuple or dtype as Python that means the same bits."""
    if isinstance(value, tuple):
        inside = ", ".join(literal(part) for part in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, np.dtype):
        return f"np.{value.name}"
    if isinstance(value, (float, np.floating)):
        return number(float(value))
    if isinstance(value, (complex, np.complexfloating)):
        if str(value.real) == "0.0" and 0 < value.imag < math.inf:
            return repr(complex(value))
        return f"complex({number(float(value.real))}, {number(float(value.imag))})"
    return repr(value.item() if isinstance(value, np.generic) else value)


def number(value: float) -> str:
    """A double as Python."""
    if value != value or abs(value) == float("inf"):
        return {"nan": "np.nan", "inf": "np.inf", "-inf": "(-np.inf)"}[repr(value)]
    return repr(value) if value >= 0 else f"({value!r})"


def index_text(key: Any) -> str:
    """An index as it is written between brackets."""
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(_index_part(part) for part in parts) or "()"


class Named(str):
    """A constant that stands under a name in the program."""


def _index_part(part: Any) -> str:
    if isinstance(part, Named):
        return str(part)
    if isinstance(part, slice):
        text = ":".join("" if bound is None else str(bound) for bound in (part.start, part.stop))
        return text if part.step is None else f"{text}:{part.step}"
    if isinstance(part, np.ndarray):
        return f"np.array({part.tolist()!r}, dtype={literal(part.dtype)})"
    return "..." if part is Ellipsis else repr(part)


def helper_source(name: str, module: Any = numpy_library) -> str:
    """The source of a function that NumPy lacks, without annotations."""
    function = getattr(module if hasattr(module, name) else numpy_linalg, name)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    return re.sub(r"\w*_special\('(\w+)'\)", r"scipy.special.\1", ast.unparse(tree))


def imports(used: set[str], floats: bool, helpers: Sequence[str] = ()) -> list[str]:
    """The imports of a program that uses some primitives, and has the source of some helpers."""
    if floats:
        return ["import math"] if used & {"math", *_FLOAT} - {"negative", "square", "integer_power", "where"} else []
    lines = ["import numpy as np"]
    lines += ["import scipy.special"] * any("scipy.special." in source for source in helpers)
    scipy = sorted(used & set(SCIPY))
    return [*lines, f"from scipy.special import {', '.join(scipy)}"] if scipy else lines
