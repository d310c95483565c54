"""What a picture of a computational graph shows: operations, what their wires carry, and what is folded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from derivlab.graph.formulas.indices import key_of
from derivlab.graph.formulas.notation import symbol
from derivlab.graph.wengert import Line

MOST_NODES = 60
"""A graph with more nodes is folded."""
_ENDS = 7
"""Operations kept at either end of a folded graph."""
_INPUTS = 6
"""Inputs kept in a folded graph."""

_SIGNS = {
    "add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "negative": "×−1", "reciprocal": "1/x",
    "matmul": "@", "square": "x²", "power": "xʸ", "sqrt": "√", "log": "ln", "sum": "Σ", "sigmoid": "σ", "abs": "|x|",
    "maximum": "max", "minimum": "min", "matrix_transpose": "ᵀ", "where": "if", "equal": "=", "not_equal": "≠",
    "less": "<", "less_equal": "≤", "greater": ">", "greater_equal": "≥", "logical_and": "∧", "logical_or": "∨",
    "logical_not": "¬", "floor": "⌊x⌋", "ceil": "⌈x⌉", "logaddexp": "log add exp", "logsumexp": "log sum exp",
    "cumulative_sum": "cumsum", "broadcast_to": "broadcast", "permute_dims": "permute", "gammaln": "ln Γ",
    "polygamma": "ψ", "integer_power": "xⁿ", "erfinv": "erf⁻¹", "ndtri": "Φ⁻¹", "log_ndtr": "ln Φ", "xlogy": "x ln y",
    "xlog1py": "x ln(1+y)", "rel_entr": "x ln(x/y)", "log_ratio": "ln(x/y)", "kl_div": "KL", "bessel_i": "I",
    "bessel_ie": "e⁻ˣI", "betaln": "ln B", "gammainc": "P", "gammaincc": "Q",
}  # fmt: skip
_WITH_CONSTANT = {
    "add": ("+{}", "+{}"), "subtract": ("{}−x", "−{}"), "multiply": ("×{}", "×{}"), "divide": ("{}/x", "÷{}"),
    "power": ("{}ˣ", "x^{}"), "maximum": ("max {}", "max {}"), "minimum": ("min {}", "min {}"),
}  # fmt: skip


@dataclass
class Node:
    """One node of a picture.

    Attributes
    ----------
    label
        A sign for an operation, a name in TeX for an input.
    kind
        ``"input"``, ``"data"`` (an input without a derivative), ``"operation"`` or ``"fold"``.
    parents
        Numbers of the nodes that it reads, one for each operand.
    value, gradient
        What its wire carries; None where there is nothing to show.
    output
        The name of the answer, if it is one.
    """

    label: str
    kind: str
    parents: list[int] = field(default_factory=list)
    value: Any = None
    gradient: Any = None
    output: str = ""


def picture(
    lines: Sequence[Line],
    bars: Sequence[Any],
    outputs: Sequence[int],
    active: Iterable[int],
    names: Mapping[int, str],
    answer: str,
) -> list[Node]:
    """The nodes of a picture, each after those that it reads; what no answer needs is left out.

    An entry w[0] that is read from an input is an input of its own, w₀.
    """
    needed = _needed(lines, outputs)
    entries = _entries(lines, needed)
    whole = {lines[number].parents[0] for number in entries}
    nodes: list[Node] = []
    place: dict[int, int] = {}
    known: dict[Any, int] = {}
    active = frozenset(active)
    for number in needed:
        line = lines[number]
        if line.primitive is None:
            if number not in whole:
                place[number] = len(nodes)
                nodes.append(_input(names.get(number, "x"), number in active, line.value, bars[number]))
        elif number in entries:
            source = line.parents[0]
            assert source is not None
            key = (source, entries[number])
            if key not in known:
                known[key] = len(nodes)
                bar = None if bars[source] is None else bars[source][line.params["key"]]
                nodes.append(_input(names.get(source, "x"), source in active, line.value, bar, entries[number]))
            place[number] = known[key]
        else:
            place[number] = len(nodes)
            parents = [place[parent] for parent in line.parents if parent is not None]
            nodes.append(Node(_label(line), "operation", parents, line.value, bars[number]))
    taken = {names.get(number) for number in needed if lines[number].primitive is None}
    for k, number in enumerate(outputs):
        letter = answer if len(outputs) == 1 else f"{answer}{k + 1}"
        name = names.get(number, letter)
        rank = np.ndim(lines[number].value)
        nodes[place[number]].output = f"${symbol(letter if name in taken else name, rank)}$"
    return nodes


def _input(name: str, active: bool, value: Any, bar: Any, key: tuple[str, ...] = ()) -> Node:
    letter = symbol(name, np.ndim(value))
    text = f"${letter.entry(key) if key else letter}$"
    return Node(text, "input" if active else "data", [], value, bar if active else None)


def _needed(lines: Sequence[Line], outputs: Sequence[int]) -> list[int]:
    """The lines that the answers need, in order."""
    needed = set(outputs)
    for number in range(max(outputs, default=-1), -1, -1):
        if number in needed:
            needed.update(parent for parent in lines[number].parents if parent is not None)
    return sorted(needed)


def _entries(lines: Sequence[Line], needed: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The lines that read one entry of an input of which nothing else is read, with their subscripts."""
    found: dict[int, tuple[str, ...]] = {}
    readers: Counter[int] = Counter()
    reading: dict[int, list[int]] = defaultdict(list)
    for number in needed:
        line = lines[number]
        readers.update(parent for parent in line.parents if parent is not None)
        source = line.parents[0] if line.parents else None
        if source is None or lines[source].primitive is not None or line.primitive is None:
            continue
        key = key_of(line.params["key"]) if line.primitive.name == "index" else None
        if key and np.ndim(line.value) == 0 and len(key) == np.ndim(lines[source].value):
            found[number] = key
            reading[source].append(number)
    return {n: found[n] for source, all_of in reading.items() if readers[source] == len(all_of) for n in all_of}


def _label(line: Line) -> str:
    assert line.primitive is not None
    name = line.primitive.name
    if name == "integer_power":
        return f"x{_raised(int(line.params['n']))}"
    constants = [k for k, parent in enumerate(line.parents) if parent is None]
    if len(constants) == 1 and name in _WITH_CONSTANT and np.size(line.values[constants[0]]) == 1:
        return _WITH_CONSTANT[name][constants[0]].format(short(line.values[constants[0]]))
    return _SIGNS.get(name, name)


def _raised(n: int) -> str:
    return str(n).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def short(value: Any) -> str:
    """A number with three digits, or the shape of an array with more than one entry."""
    shape = np.shape(value)
    if np.size(value) != 1:
        return f"({'×'.join(map(str, shape))})"
    number = np.asarray(value).reshape(())
    if number.dtype.kind == "b":
        return str(bool(number)).lower()
    if number.dtype.kind == "c":
        return f"{complex(number):.3g}".replace("-", "−").replace("j", "i")
    text = f"{float(number):.3g}"
    digits, _, exponent = text.partition("e")
    raised = _raised(int(exponent)) if exponent else ""
    return (digits + (f"·10{raised}" if exponent else "")).replace("-", "−")


def layers_of(nodes: Sequence[Node]) -> list[int]:
    """For each node the length of the longest path to it."""
    layers: list[int] = []
    for node in nodes:
        layers.append(1 + max((layers[parent] for parent in node.parents), default=-1))
    return layers


def fold(nodes: Sequence[Node], most: int = MOST_NODES) -> list[Node]:
    """The nodes, the middle of a large graph as one box; its first and last operations stay."""
    if len(nodes) <= most:
        return list(nodes)
    layers = layers_of(nodes)
    operations = sorted((k for k, n in enumerate(nodes) if n.kind == "operation"), key=lambda k: (layers[k], k))
    first, middle, last = operations[:_ENDS], operations[_ENDS:-_ENDS], operations[-_ENDS:]
    if not middle:
        first, last = operations, []
    inputs = [k for k, n in enumerate(nodes) if n.kind != "operation"]
    near = {parent for k in (*first, *last) for parent in nodes[k].parents}
    shown = [k for k in inputs if k in near][: 2 * _INPUTS] or inputs[:_INPUTS]
    hidden = sorted(set(inputs) - set(shown))
    groups = [[k] for k in shown] + [hidden] * bool(hidden)
    groups += [[k] for k in first] + [middle] * bool(middle) + [[k] for k in last]
    return _grouped(nodes, groups)


def _grouped(nodes: Sequence[Node], groups: Sequence[Sequence[int]]) -> list[Node]:
    """One node for each group, in an order in which they can be drawn; one of several members is a box."""
    place = {k: position for position, group in enumerate(groups) for k in group}
    grouped: list[Node] = []
    for position, group in enumerate(groups):
        reads = [place[parent] for k in group for parent in nodes[k].parents]
        if len(group) == 1:
            grouped.append(replace(nodes[group[0]], parents=reads))
            continue
        what = "operations" if nodes[group[0]].kind == "operation" else "inputs"
        outside = [r for r in dict.fromkeys(reads) if r != position]
        grouped.append(Node(f"… {len(group):,} {what} …", "fold", outside))
    return grouped
