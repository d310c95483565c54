"""How each primitive is written: a table from names to formulas, and ``\\operatorname{name}`` for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from derivlab.graph.formulas.called import Params, applied, letters
from derivlab.graph.formulas.chains import matmul, multiply, transpose
from derivlab.graph.formulas.formula import (
    APPLY,
    ATOM,
    BIG,
    ODOT,
    POWER,
    SUM,
    TIMES,
    Formula,
    Relation,
    Shape,
    divide,
    of_number,
    parentheses,
    power,
    product_of,
    size_of,
)
from derivlab.graph.formulas.indices import broadcast, concat, index, permute, reshape, scatter
from derivlab.graph.formulas.sums import add, negative

_RELATIONS = {
    "equal": "=", "not_equal": r"\neq", "less": "<", "less_equal": r"\leq", "greater": ">", "greater_equal": r"\geq",
}  # fmt: skip
_OPPOSITE = {"=": r"\neq", r"\neq": "=", "<": r"\geq", r"\geq": "<", ">": r"\leq", r"\leq": ">"}
_LOGIC = {"logical_and": r"\wedge", "logical_or": r"\vee", "logical_xor": r"\oplus"}
_AROUND = {"abs": ("|", "|"), "floor": (r"\lfloor", r"\rfloor"), "ceil": (r"\lceil", r"\rceil")}
_REDUCTIONS = {
    "sum": r"\sum", "max": r"\max", "min": r"\min", "argmax": r"\arg\max", "argmin": r"\arg\min",
    "logsumexp": r"\ln\sum",
}  # fmt: skip


def typeset(name: str, args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    """The formula of a primitive on formulas.

    ``shape`` is that of the result. Indices of sums and of maxima over an axis are i, j, k, ... for axes 0, 1, 2, ...
    """
    special = _SPECIAL.get(name)
    if special is not None:
        return special(args, params, shape)
    size = size_of(args) + 1
    if name in _RELATIONS:
        relation = Relation(args[0], _RELATIONS[name], args[1])
        return Formula(_related(relation), SUM, shape, size, relation)
    if name in _LOGIC:
        return Formula(f" {_LOGIC[name]} ".join(x.held(BIG) for x in args), SUM, shape, size)
    if name in _AROUND:
        left, right = _AROUND[name]
        return Formula(rf"\left{left} {args[0].text} \right{right}", ATOM, shape, size)
    if name in _REDUCTIONS:
        return _reduction(name, args[0], params, shape)
    return applied(name, args, params, shape, size)


def _reduction(name: str, x: Formula, params: Params, shape: Shape) -> Formula:
    axes = params["axis"]
    count = len(x.shape) if axes is None else len(axes) if isinstance(axes, tuple) else 1
    sign = _REDUCTIONS[name] + (f"_{{{letters(axes, len(x.shape))}}}" if 0 < count < len(x.shape) else "")
    body = f"e^{{{x.text}}}" if name == "logsumexp" else x.held(ODOT)
    return Formula(f"{sign} {body}", BIG, shape, x.size + 1)


def _related(relation: Relation) -> str:
    return f"{relation.left.text} {relation.sign} {relation.right.text}"


def indicator(condition: Formula, holds: bool = True) -> Formula:
    """1[condition]: 1 where it holds and 0 elsewhere, or the other way round."""
    text = condition.text
    if not holds:
        relation = condition.structure
        turned = isinstance(relation, Relation)
        text = _related(replace(relation, sign=_OPPOSITE[relation.sign])) if turned else rf"\neg {condition.held(ATOM)}"
    inside = rf"\left[{text}\right]" if r"\frac" in text or r"\left" in text else f"[{text}]"
    return Formula(rf"\mathbf{{1}}{inside}", ATOM, condition.shape, condition.size, condition.structure)


def _where(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    condition, x, y = args
    terms: list[Formula] = []
    if not _zero(x):
        terms.append(_gated(condition, True, x, shape))
    if not _zero(y):
        implied = any(_excludes(condition, factor) for factor in product_of(y).tops)
        terms.append(y if implied else _gated(condition, False, y, shape))
    return add(terms, shape) if terms else of_number(0)


def _gated(condition: Formula, holds: bool, x: Formula, shape: Shape) -> Formula:
    gate = indicator(condition, holds)
    return multiply(gate, x, shape)


def _zero(x: Formula) -> bool:
    return x.text == "0"


def _excludes(condition: Formula, factor: Formula) -> bool:
    """Whether a factor 1[x = y] is 0 wherever x > y or x < y holds."""
    a, b = condition.structure, factor.structure
    if not isinstance(a, Relation) or not isinstance(b, Relation) or not factor.text.startswith(r"\mathbf{1}"):
        return False
    return a.sign in "<>" and b.sign == "=" and {a.left.text, a.right.text} == {b.left.text, b.right.text}


def _exp(x: Formula, shape: Shape) -> Formula:
    size = x.size + 1
    if len(x.text) <= 60 and r"\frac" not in x.text:
        return Formula(f"e^{{{x.text}}}", POWER, shape, size)
    return Formula(rf"\exp{parentheses(x.text)}", APPLY, shape, size)


def _over_one(x: Formula, shape: Shape) -> Formula:
    return divide(of_number(1), x, shape)


def _integer_power(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    x, n = args[0], int(params["n"])
    if n < 0:
        return _over_one(x if n == -1 else power(x, str(-n)), shape)
    return replace(power(x, str(n)), shape=shape)


def _root(x: Formula, shape: Shape) -> Formula:
    return Formula(rf"\sqrt{{{x.text}}}", ATOM, shape, x.size + 1)


def _log_of(x: Formula, shape: Shape) -> Formula:
    return Formula(rf"\ln{parentheses(x.text)}", APPLY, shape, x.size + 1)


def _hypot(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    return _root(add([power(x, "2") for x in args], shape), shape)


def _gammaln(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    return Formula(rf"\ln \left|\Gamma{parentheses(args[0].text)}\right|", APPLY, shape, args[0].size + 1)


def _polygamma(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    order = f"^{{({params['n']})}}" if params["n"] else ""
    return Formula(rf"\psi{order}{parentheses(args[0].text)}", APPLY, shape, args[0].size + 1)


def _called(name: str) -> Callable[[Sequence[Formula], Params, Shape], Formula]:
    """A function under its mathematical name, which its parameters may fill."""

    def call(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
        inside = parentheses(r",\, ".join(x.text for x in args))
        return Formula(name.format(**params) + inside, APPLY, shape, size_of(args) + 1)

    return call


def _derived(name: str, plain: str) -> Callable[[Sequence[Formula], Params, Shape], Formula]:
    """The n-th derivative of a function, which is ``plain`` itself for n = 0."""
    derived = rf"\left({name}\right)^{{{{({{n}})}}}}"
    return lambda args, params, shape: _called(derived if params["n"] else plain)(args, params, shape)


def _log_ratio(args: Sequence[Formula], shape: Shape) -> Formula:
    return _log_of(args[0] if args[1].text == "1" else divide(args[0], args[1], shape), shape)


def _inverse(x: Formula, exponent: str, shape: Shape) -> Formula:
    return Formula(f"{x.held(ATOM)}^{{{exponent}}}", POWER, shape, x.size + 1)


def _norm(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    (x,), axes = args, params["axis"]
    index = "" if axes is None or len(axes) == len(x.shape) else f"_{{{letters(axes, len(x.shape))}}}"
    return Formula(rf"\left\| {x.text} \right\|{index}", ATOM, shape, x.size + 1)


def _fourier(power: str) -> Callable[[Sequence[Formula], Params, Shape], Formula]:
    """The transform of one axis, and its scale where that is not the usual one."""
    norm = lambda params: "" if params["norm"] == "backward" else rf"_{{\mathrm{{{params['norm']}}}}}"
    return lambda a, params, s: Formula(
        rf"\mathcal{{F}}{power}{norm(params)}{parentheses(a[0].text)}", APPLY, s, a[0].size + 1
    )


_SPECIAL: dict[str, Callable[[Sequence[Formula], Params, Shape], Formula]] = {
    "negative": lambda a, p, s: negative(a[0]),
    "add": lambda a, p, s: add(a, s),
    "subtract": lambda a, p, s: add([a[0], negative(a[1])], s),
    "multiply": lambda a, p, s: multiply(a[0], a[1], s),
    "divide": lambda a, p, s: divide(a[0], a[1], s),
    "reciprocal": lambda a, p, s: _over_one(a[0], s),
    "square": lambda a, p, s: multiply(a[0], a[0], s),
    "integer_power": _integer_power,
    "power": lambda a, p, s: replace(power(a[0], a[1].text), shape=s),
    "sqrt": lambda a, p, s: _root(a[0], s),
    "hypot": _hypot,
    "exp": lambda a, p, s: _exp(a[0], s),
    "expm1": lambda a, p, s: add([_exp(a[0], s), of_number(-1)], s),
    "log1p": lambda a, p, s: _log_of(add([of_number(1), a[0]], s), s),
    "logaddexp": lambda a, p, s: _log_of(add([_exp(x, s) for x in a], s), s),
    "softplus": lambda a, p, s: _log_of(add([of_number(1), _exp(a[0], s)], s), s),
    "gammaln": _gammaln,
    "polygamma": _polygamma,
    "erfc": _called(r"\operatorname{{erfc}}"),
    "erfinv": _called(r"\operatorname{{erf}}^{{-1}}"),
    "ndtri": _called(r"\Phi^{{-1}}"),
    "log_ndtr": _derived(r"\ln \Phi", r"\ln \Phi"),
    "bessel_i": _called("I_{{{n}}}"),
    "bessel_ie": _derived(r"e^{{-|\cdot|}} I_{{{order}}}", r"\left(e^{{-|\cdot|}} I_{{{order}}}\right)"),
    "betaln": lambda a, p, s: _log_of(_called("B")(a, p, s), s),
    "gammainc": _called("P"),
    "gammaincc": _called("Q"),
    "log_ratio": lambda a, p, s: _log_ratio(a, s),
    "xlogy": lambda a, p, s: multiply(a[0], _log_of(a[1], s), s),
    "xlog1py": lambda a, p, s: multiply(a[0], _log_of(add([of_number(1), a[1]], s), s), s),
    "rel_entr": lambda a, p, s: multiply(a[0], _log_ratio(a, s), s),
    "kl_div": lambda a, p, s: add([multiply(a[0], _log_ratio(a, s), s), negative(a[0]), a[1]], s),
    "real": _called(r"\operatorname{{Re}}"),
    "imag": _called(r"\operatorname{{Im}}"),
    "conj": lambda a, p, s: Formula(rf"\overline{{{a[0].text}}}", ATOM, s, a[0].size + 1),
    "fft": _fourier(""),
    "ifft": _fourier("^{-1}"),
    "logical_not": lambda a, p, s: Formula(rf"\neg {a[0].held(ATOM)}", TIMES, s, a[0].size + 1),
    "where": _where,
    "matmul": lambda a, p, s: matmul(a[0], a[1], s),
    "matrix_transpose": lambda a, p, s: transpose(a[0], s),
    "permute_dims": permute,
    "reshape": reshape,
    "broadcast_to": broadcast,
    "astype": lambda a, p, s: a[0],
    "concat": concat,
    "index": index,
    "scatter": scatter,
    "inv": lambda a, p, s: _inverse(a[0], "-1", s),
    "pinv": lambda a, p, s: _inverse(a[0], "+", s),
    "solve": lambda a, p, s: matmul(_inverse(a[0], "-1", a[0].shape), a[1], s),
    "norm": _norm,
    "det": lambda a, p, s: Formula(rf"\det {a[0].held(ATOM)}", APPLY, s, a[0].size + 1),
}
