"""Printing a graph as straight-line NumPy: a program that a student would write, and that runs as fast.

One operation a line; names from the function's own variables where they are known; shapes as comments. Where an
operand is read for the last time its memory may be written over (``a *= b``), unless the caller can see it.
"""

from __future__ import annotations

import inspect
import keyword
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivlab.graph.graph import Graph, Guard, Node, form_of, operands
from derivlab.libraries import numpy as numpy_library

_INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "matmul": "@", "power": "**", "equal": "==",
    "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "logical_and": "&",
    "logical_or": "|", "logical_xor": "^",
}  # fmt: skip
_NUMPY = {
    "abs": "abs", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "atan2": "arctan2", "round": "rint", "logical_not": "logical_not",
}  # fmt: skip
_HELPERS = {"sigmoid", "softmax", "logsumexp", "scatter", "polygamma"}
_SCIPY = {"erf": "erf", "gammaln": "gammaln"}
_VIEWS = {"reshape", "permute_dims", "matrix_transpose", "broadcast_to", "index", "flip"}
_IN_PLACE = {"add": "+=", "subtract": "-=", "multiply": "*=", "divide": "/="}
_UFUNCS = """
    add subtract multiply divide negative exp expm1 log log1p log2 log10 sqrt square reciprocal sin cos tan sinh cosh
    tanh
""".split()
_WORTH_REUSING = 2048
"""Entries above which a fresh array costs more than writing over an old one."""


@dataclass
class Source:
    """A printed program.

    Attributes
    ----------
    text
        The program: imports, helper functions if any, and one function.
    constants
        Arrays that the program reads under the names given: too large to print.
    name
        The function's name.
    """

    text: str
    name: str
    constants: dict[str, Any] = field(default_factory=dict)

    def compile(self) -> Callable[..., Any]:
        """The function, compiled. Nothing in the text comes from a user but identifiers that were checked."""
        scope: dict[str, Any] = dict(self.constants)
        exec(compile(self.text, f"<derivlab {self.name}>", "exec"), scope)
        return scope[self.name]


def print_graph(
    graph: Graph,
    arguments: Sequence[str],
    answer: Callable[[Sequence[str]], str],
    *,
    name: str = "derivative",
    preamble: Sequence[str] = (),
    leaves: Sequence[str] | None = None,
    buffers: bool = True,
    doc: str = "",
) -> Source:
    """Print a graph as a Python function over NumPy.

    Parameters
    ----------
    arguments
        Names of the function's arguments.
    answer
        Makes the expression to return from the names of the outputs.
    preamble
        Lines that take containers apart; ``leaves`` names the graph's inputs after them.
    buffers
        Write results over operands that nobody reads any more.
    """
    writer = _Writer(graph, list(leaves or arguments), buffers)
    body = [*preamble, *writer.body()]
    result = answer([writer.returned(y) for y in graph.outputs])
    lines = [f"def {name}({', '.join(arguments)}):"]
    lines += [f'    """{doc}"""'] if doc else []
    lines += [f"    {line}" if line else "" for line in body]
    lines.append(f"    return {result}")
    imports = ["import numpy as np", *writer.imports()]
    helpers = writer.helpers()
    text = "\n".join([*imports, "", *[part for h in helpers for part in ("", h)], "", *lines, ""])
    return Source(text, name, writer.constants)


class _Writer:
    """Names and lines for the nodes of one graph."""

    def __init__(self, graph: Graph, leaves: Sequence[str], buffers: bool) -> None:
        self.graph = graph
        self.constants: dict[str, Any] = {}
        self.used: set[str] = set()
        self.buffers = buffers
        self.names: dict[int, str] = dict(zip([node.index for node in graph.inputs], leaves, strict=True))
        self._taken = {*leaves, "np"}
        self._last = _last_reads(graph)
        self._roots = _roots(graph)
        self._visible = {self._roots[y.index] for y in graph.outputs if isinstance(y, Node)}
        self._visible |= {self._roots[node.index] for node in graph.inputs}
        self._returned: set[int] = set()
        self._guards: dict[int, list[Guard]] = {}
        for guard in graph.guards:
            self._guards.setdefault(guard.node.index, []).append(guard)

    def body(self) -> list[str]:
        """The lines of the function."""
        lines: list[str] = []
        for node in self.graph.nodes:
            if node.index in self.graph.marks:
                lines += ["", f"# {self.graph.marks[node.index]}"]
            if node.primitive is not None and not self._inline(node):
                lines.append(self._line(node))
            lines += [self._guard(guard) for guard in self._guards.get(node.index, ())]
        return lines

    def operand(self, x: Any) -> str:
        """An operand as an expression."""
        return self.names[x.index] if isinstance(x, Node) else self._constant(x)

    def returned(self, x: Any) -> str:
        """An output as an expression whose memory belongs to the caller alone."""
        text = self.operand(x)
        if not form_of(x).shape:
            return text
        root = self._roots[x.index] if isinstance(x, Node) else -1
        inputs = {node.index for node in self.graph.inputs}
        shared = root < 0 or root != x.index or root in inputs or root in self._returned
        self._returned.add(root)
        return f"{text}.copy()" if shared else text

    def imports(self) -> list[str]:
        """Imports beyond NumPy."""
        scipy = sorted(_SCIPY[name] for name in self.used if name in _SCIPY)
        scipy += ["polygamma as _polygamma"] if "polygamma" in self.used else []
        return [f"from scipy.special import {', '.join(scipy)}"] if scipy else []

    def helpers(self) -> list[str]:
        """The functions that NumPy lacks, as source."""
        wanted = [name for name in sorted(self.used) if name in _HELPERS]
        wanted = ["is_basic", *wanted] if "scatter" in wanted else wanted
        return [_helper_source(name) for name in wanted]

    def _inline(self, node: Node) -> bool:
        """A matrix transpose is no work, and reads best where it is used."""
        assert node.primitive is not None
        if node.primitive.name != "matrix_transpose" or node.index in self.graph.names:
            return False
        (x,) = operands(node)
        self.names[node.index] = f"{self.operand(x)}.{'T' if len(node.form.shape) == 2 else 'mT'}"
        return True

    def _line(self, node: Node) -> str:
        assert node.primitive is not None
        name, args = node.primitive.name, operands(node)
        self.used.add(name)
        comment = f"  # {node.form.shape}" if node.form.shape else ""
        if (target := self._reusable(node)) is not None:
            return self._over(node, target, args) + comment
        text = self._expression(name, [self.operand(x) for x in args], node.params, args)
        self.names[node.index] = self._name(node)
        return f"{self.names[node.index]} = {text}{comment}"

    def _over(self, node: Node, target: Node, args: Sequence[Any]) -> str:
        """An operation whose result takes the memory of an operand, under its name where that has no meaning."""
        assert node.primitive is not None
        name, old = node.primitive.name, self.names[target.index]
        texts = [self.operand(x) for x in args]
        anonymous = target.index not in self.graph.names and node.index not in self.graph.names
        if name in _IN_PLACE and anonymous and (args[0] is target or name in ("add", "multiply")):
            self.names[node.index] = old
            return f"{old} {_IN_PLACE[name]} {texts[1 if args[0] is target else 0]}"
        self.names[node.index] = self._name(node)
        return f"{self.names[node.index]} = np.{name}({', '.join(texts)}, out={old})"

    def _reusable(self, node: Node) -> Node | None:
        """An operand whose memory can take the result: same form, read here last, and seen by nobody else."""
        assert node.primitive is not None
        if not self.buffers or node.form.size < _WORTH_REUSING or node.primitive.name not in _UFUNCS:
            return None
        for x in operands(node):
            if (
                isinstance(x, Node)
                and x.primitive is not None
                and x.form == node.form
                and x.primitive.name not in _VIEWS
                and self._roots[x.index] == x.index
                and x.index not in self._visible
                and self._last[x.index] == node.index
                and sum(1 for y in operands(node) if isinstance(y, Node) and self._roots[y.index] == x.index) == 1
                and x.form.dtype.kind == "f"
            ):
                return x
        return None

    def _expression(self, name: str, texts: list[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
        if name in _INFIX:
            return f"{texts[0]} {_INFIX[name]} {texts[1]}"
        special = _SPECIAL.get(name)
        if special is not None:
            return special(texts, params, args)
        if name in _HELPERS or name in _SCIPY:
            rest = [f"{key}={self._parameter(value)}" for key, value in params.items()]
            return f"{name}({', '.join([*texts, *rest])})"
        rest = [
            f"{key}={self._parameter(value)}"
            for key, value in params.items()
            if value is not None and value is not False
        ]
        function = _NUMPY.get(name, name)
        return (
            f"np.{function}({', '.join([*texts, *rest])})"
            if name != "index"
            else f"{texts[0]}[{self._key(params['key'])}]"
        )

    def _key(self, key: Any) -> str:
        parts = key if isinstance(key, tuple) else (key,)
        return ", ".join(self._parameter(part) for part in parts) or "()"

    def _parameter(self, value: Any) -> str:
        if isinstance(value, tuple):
            inside = ", ".join(self._parameter(part) for part in value)
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        if isinstance(value, slice):
            bounds = ["" if b is None else str(b) for b in (value.start, value.stop)]
            return ":".join(bounds) + (f":{value.step}" if value.step is not None else "")
        if value is Ellipsis:
            return "..."
        if isinstance(value, np.dtype):
            return f"np.{value.name}"
        return self._constant(value)

    def _constant(self, value: Any) -> str:
        if isinstance(value, (bool, int, str)) or value is None:
            return repr(value)
        if isinstance(value, (float, np.floating)) and not isinstance(value, float):
            text = f"np.{value.dtype.name}({_number(float(value))})"
            return text if value.dtype != np.float64 else _number(float(value))
        if isinstance(value, float):
            return _number(float(value))
        for name, known in self.constants.items():
            if known is value:
                return name
        name = f"c{len(self.constants) + 1}"
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        self.constants[name] = value
        return name

    def _name(self, node: Node) -> str:
        wish = self.graph.names.get(node.index, "")
        usable = wish.isidentifier() and wish.isascii() and not keyword.iskeyword(wish)
        name = wish if usable else f"t{node.index}"
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def _guard(self, guard: Guard) -> str:
        value, text = guard.value, self.names[guard.node.index]
        if np.ndim(value) == 0 and np.asarray(value).dtype.kind == "b":
            condition = f"{text}" if not bool(value) else f"not {text}"
        elif np.ndim(value) == 0:
            condition = f"{text} != {self._constant(value.item() if hasattr(value, 'item') else value)}"
        else:
            condition = f"not np.array_equal({text}, {self._constant(np.asarray(value))})"
        return f'if {condition}: raise NotImplementedError("recorded for the other branch at {guard.place}")'


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}[repr(value)]
    return repr(value) if value >= 0 else f"({value!r})"


def _sum(texts: list[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
    axis, keepdims = params["axis"], params["keepdims"]
    if axis is None and not keepdims:
        return f"{texts[0]}.sum()"
    place = axis[0] if axis is not None and len(axis) == 1 else axis
    return f"{texts[0]}.sum(axis={place}{', keepdims=True' if keepdims else ''})"


def _extreme(name: str) -> Callable[..., str]:
    def text(texts: list[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
        axis = params["axis"]
        options = [f"axis={axis}"] if axis is not None else []
        options += ["keepdims=True"] if params["keepdims"] else []
        return f"{texts[0]}.{name}({', '.join(options)})"

    return text


def _transpose(texts: list[str], params: Mapping[str, Any], args: Sequence[Any]) -> str:
    return f"{texts[0]}.{'T' if len(form_of(args[0]).shape) == 2 else 'mT'}"


_SPECIAL: dict[str, Callable[..., str]] = {
    "negative": lambda t, p, a: f"-{t[0]}",
    "square": lambda t, p, a: f"{t[0]} * {t[0]}",
    "integer_power": lambda t, p, a: f"{t[0]} ** {p['n']}" if p["n"] >= 0 else f"{t[0]} ** ({p['n']})",
    "reciprocal": lambda t, p, a: f"1 / {t[0]}",
    "softplus": lambda t, p, a: f"np.logaddexp({t[0]}, 0)",
    "sum": _sum,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "matrix_transpose": _transpose,
    "reshape": lambda t, p, a: f"np.reshape({t[0]}, {p['shape']})",
    "permute_dims": lambda t, p, a: f"{t[0]}.transpose({p['axes']})",
    "concat": lambda t, p, a: f"np.concatenate(({', '.join(t)},), axis={p['axis']})",
    "cumulative_sum": lambda t, p, a: f"np.cumsum({t[0]}, axis={p['axis']})",
    "astype": lambda t, p, a: f"{t[0]}.astype(np.{np.dtype(p['dtype']).name})",
    "argsort": lambda t, p, a: f"np.argsort({t[0]}, axis={p['axis']}, stable=True)",
}


def _helper_source(name: str) -> str:
    text = inspect.getsource(getattr(numpy_library, name))
    return textwrap.dedent(text).replace('_special("polygamma")', "_polygamma")


def _last_reads(graph: Graph) -> dict[int, int]:
    """For each memory root the index of the node that reads it, or a view of it, last."""
    roots, last = _roots(graph), {}
    for node in graph.nodes:
        last[node.index] = node.index
        for parent in node.parents:
            if parent is not None:
                last[roots[parent.index]] = node.index
                last[parent.index] = node.index
    for guard in graph.guards:
        last[roots[guard.node.index]] = max(last[roots[guard.node.index]], guard.node.index)
    return last


def _roots(graph: Graph) -> dict[int, int]:
    """For each node the node whose memory it may share: itself, or the operand that it is a view of."""
    roots: dict[int, int] = {}
    for node in graph.nodes:
        view = node.primitive is not None and node.primitive.name in _VIEWS | {"astype"}
        parent = node.parents[0] if view else None
        roots[node.index] = node.index if parent is None else roots[parent.index]
    return roots
