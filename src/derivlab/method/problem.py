"""A function at a point, with its active arguments flattened to a list of leaves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from derivlab.array import writing
from derivlab.array.level import CONSTANT, FinishedLevel, Traced, finished
from derivlab.array.parts import is_complex
from derivlab.array.primitive import PLAIN
from derivlab.errors import ArgumentError
from derivlab.interpreters.foreign import adopted, foreign_under, released
from derivlab.method.calling import called
from derivlab.method.checks import ArgNums as ArgNums
from derivlab.method.checks import check_function as check_function
from derivlab.method.checks import name_of as name_of
from derivlab.method.checks import positions
from derivlab.method.inputs import LARGE, all_finite, check_finite, check_leaf, complex_message
from derivlab.transpose import shape_of, whole


class Problem:
    """``f(*args)``, differentiated with respect to the arguments ``argnums``.

    Attributes
    ----------
    primals
        The leaves of the active arguments, in order: NumPy's arrays, or ours. With ``adopt``, arrays of another library
        become ours, here and wherever leaves come in; the caller gets that library's own again.
    base
        The first such array among the primals.
    output_tree
        The structure of f's last answer.
    complex
        Whether primals and answers may be complex; else they are refused.
    holomorphic
        Whether the function was said to be holomorphic.
    """

    base: Any = None
    _inside = False

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        argnums: ArgNums = 0,
        adopt: bool = False,
        *,
        complex: bool = False,
    ) -> None:
        self.f: Any = f
        self.adopt = adopt
        self.complex = complex
        self.holomorphic = False
        self.args = [_locked(arg) if type(arg) is np.ndarray and arg.size >= LARGE else arg for arg in args]
        self.argnums = argnums
        self.positions = positions(argnums, len(args))
        self.primals: list[Any] = []
        self._trees: list[Any] = []
        self.output_tree: Any = None
        self._large = False
        for position in self.positions:
            leaves, tree = flatten(args[position])
            if not leaves:
                raise ArgumentError(
                    f"argument {position} holds no array to differentiate with respect to: it is {args[position]!r:.60}"
                )
            where = f"argument {position}"
            for leaf in leaves:
                primal = check_leaf(leaf, where, adopt, complex)
                if type(primal) not in PLAIN and isinstance(primal, Traced):
                    if primal is leaf:
                        self._inside = True
                    elif self.base is None:
                        self.base = primal
                self._large = self._large or (type(primal) is np.ndarray and primal.size >= LARGE)
                self.primals.append(primal)
            self._trees.append((tree, len(leaves)))
        if adopt:
            for i, arg in enumerate(self.args):
                if type(arg) not in PLAIN:
                    self.args[i] = self._adopted(arg)

    def __call__(self, leaves: Sequence[Any]) -> list[Any]:
        """The leaves of f's answer, with ``leaves`` in place of the active arguments' own."""
        args = [arg if type(arg) is float else _own(arg) for arg in self.args]
        fresh = self._fresh(leaves)
        for position, argument in zip(self.positions, self._rebuild(fresh), strict=True):
            args[position] = argument
        answer = called(self.f, args, fresh)
        outputs, self.output_tree = flatten(answer)
        outputs = [y.value if isinstance(y, Traced) and y.level is CONSTANT else y for y in outputs]
        if not outputs:
            raise ArgumentError(f"{name_of(self.f)} returned {answer!r}; did you forget to return the result?")
        for i, leaf in enumerate(outputs):
            if type(leaf) is not np.float64:
                if self.adopt and not isinstance(leaf, Traced) and type(leaf) not in PLAIN:
                    outputs[i] = leaf = adopted(leaf)
                _check_answer(leaf, self.f, self.complex)
        return outputs

    def _fresh(self, leaves: Sequence[Any]) -> list[Any]:
        """Leaves that f may write into: copies of those that are primals, and of arrays that others may hold."""
        own = {id(x) for x in self.primals}
        return [leaf.copy("K") if type(leaf) is np.ndarray else _copied(leaf, own) for leaf in leaves]

    def check_inputs(self, outputs: Sequence[Any]) -> None:
        """Where an answer is not finite, blame the input that is not: large ones were not looked through before."""
        if not self._large:
            return
        plain = [y for y in outputs if isinstance(y, (np.ndarray, np.generic)) and y.dtype.kind in "fc"]
        if all(all_finite(y) for y in plain):
            return
        for position in self.positions:
            for leaf in flatten(self.args[position])[0]:
                if isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind in "fc":
                    check_finite(leaf, f"argument {position}")

    def replaced(self, args: Sequence[Any] | None = None, primals: Sequence[Any] | None = None) -> Problem:
        """The same problem with arguments or primals of another kind in place (symbols, balls)."""
        other = copy.copy(self)
        other.args = self.args if args is None else tuple(args)
        other.primals = self.primals if primals is None else list(primals)
        return other

    def pack_input(self, leaves: Sequence[Any]) -> Any:
        """Leaves in the structure of the active arguments: one tree, or a tuple if argnums is one."""
        if self.adopt and not (len(leaves) == 1 and type(leaves[0]) in PLAIN and self.base is None):
            leaves = self.released(leaves)
        trees = self._rebuild(leaves)
        return trees[0] if isinstance(self.argnums, int) else tuple(trees)

    def pack_output(self, leaves: Sequence[Any]) -> Any:
        """Leaves in the structure of f's last answer."""
        if self.adopt and not (len(leaves) == 1 and type(leaves[0]) in PLAIN and self.base is None):
            leaves = self.released(leaves)
        return leaves[0] if self.output_tree is None else unflatten(self.output_tree, leaves)

    def unpack_tangents(self, tangents: Sequence[Any]) -> list[Any]:
        """The leaves of tangents, one for each active argument and of its structure and shapes."""
        leaves: list[Any] = []
        for position, tangent, (tree, _) in zip(self.positions, tangents, self._trees, strict=True):
            parts, own = flatten(tangent)
            if own != tree:
                raise ArgumentError(
                    f"tangent {position} must have the structure of its primal, {tree or 'one array'}, and has "
                    f"{own or 'that of one array'}"
                )
            leaves += [check_leaf(leaf, f"tangent {position}", self.adopt, self.complex) for leaf in parts]
        for i, (t, x) in enumerate(zip(leaves, self.primals, strict=False)):
            if is_complex(t) and not is_complex(x):
                raise ArgumentError(
                    f"tangent {i} is complex and its primal real, which moves along real directions only; give a real "
                    "tangent, or a complex primal, x + 0j"
                )
        shapes, expected = [shape_of(t) for t in leaves], [shape_of(x) for x in self.primals]
        if shapes != expected:
            raise ArgumentError(f"tangents must have the shapes of the primals: expected {expected}, got {shapes}")
        return leaves

    def unpack_output(self, answer: Any) -> list[Any]:
        """The leaves of a cotangent, which has the structure of f's last answer."""
        leaves, tree = flatten(answer)
        if tree != self.output_tree or not leaves:
            raise ArgumentError(
                f"the cotangent must have the structure of the function's answer, {self.output_tree or 'one array'}, "
                f"and is {answer!r:.60}; of one array give numpy.ones_like(y)"
            )
        for leaf in leaves:
            if not hasattr(leaf, "dtype") and not isinstance(leaf, (bool, int, float, complex)):
                raise ArgumentError(f"the cotangent holds {type(leaf).__name__} {leaf!r:.60}; give a float or an array")
        return [adopted(leaf) for leaf in leaves] if self.adopt else leaves

    def released(self, leaves: Sequence[Any]) -> Sequence[Any]:
        """Leaves for the caller, in his library; inside another differentiation they stay ours."""
        return leaves if self._inside else [released(x, self.base) for x in leaves]

    def _adopted(self, arg: Any) -> Any:
        """An argument whose arrays of another library are ours, so that the function meets one namespace."""
        if isinstance(arg, Traced):
            return arg
        if self.base is None:
            return adopted(arg)
        leaves, tree = flatten(arg)
        return unflatten(tree, [adopted(leaf) for leaf in leaves]) if leaves else arg

    def _rebuild(self, leaves: Sequence[Any]) -> list[Any]:
        trees: list[Any] = []
        start = 0
        for tree, count in self._trees:
            part = leaves[start : start + count]
            trees.append(part[0] if tree is None else unflatten(tree, part))
            start += count
        return trees


def _copied(leaf: Any, own: Collection[int]) -> Any:
    """A copy of an array of ours that is one of those whose ids are given, or else itself."""
    return writing.copied(leaf) if isinstance(leaf, Traced) and id(leaf) in own else leaf


def _check_answer(leaf: Any, f: Any, complex_too: bool) -> None:
    if isinstance(leaf, Traced):
        if isinstance(leaf.level, FinishedLevel):
            raise finished(f"the answer of {name_of(f)}")
    elif isinstance(leaf, (np.ndarray, np.generic)):
        if leaf.dtype.kind not in ("fiubc" if complex_too else "fiub"):
            raise ArgumentError(
                f"{name_of(f)} returned an array of dtype {leaf.dtype}; return real arrays (xp.stack([a, b]) makes one)"
            )
    elif not hasattr(leaf, "shape") and not isinstance(leaf, (bool, int, float, *([complex] * complex_too))):
        raise ArgumentError(f"{name_of(f)} returned {type(leaf).__name__}; return an array or a float")


def _own(arg: Any) -> Any:
    """An argument that f may write into, call after call; a large constant stays locked, and is not copied."""
    if type(arg) is np.ndarray:
        return arg.copy("K") if arg.size < LARGE else arg
    if isinstance(arg, Traced):
        return writing.copied(arg)
    if type(arg) in (list, tuple, dict):
        leaves, tree = flatten(arg)
        return unflatten(tree, [_own(leaf) for leaf in leaves]) if leaves else arg
    return arg


def _locked(arg: Any) -> Any:
    """A view that the function cannot write into, so that a recording need not copy a large constant."""
    view = arg.view()
    view.flags.writeable = False
    return view


_LEAF_TYPES = frozenset({np.ndarray, np.float64, np.float32, float, np.complex128, complex})


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """The leaves of nested containers and their structure; a single array has structure None."""
    if type(tree) in _LEAF_TYPES or isinstance(tree, Traced):
        return [tree], None
    import optree

    leaves, structure = optree.tree_flatten(tree)  # type: ignore[arg-type]
    return list(leaves), None if structure.is_leaf() else structure


def unflatten(structure: Any, leaves: Sequence[Any]) -> Any:
    """The inverse of :func:`flatten`."""
    import optree

    return leaves[0] if structure is None else optree.tree_unflatten(structure, leaves)


def settle(bars: Sequence[Any], primals: Sequence[Any]) -> list[Any]:
    """Cotangents made whole, in the dtype of their primals, each with memory of its own."""
    settled: list[Any] = []
    taken: set[int] = set()
    for bar, primal in zip(bars, primals, strict=True):
        result = _settle(bar, primal)
        if isinstance(result, np.ndarray):
            if id(result) in taken or result.base is not None:
                result = result.copy()[()]
            taken.add(id(result))
        settled.append(result)
    return settled


def _settle(bar: Any, primal: Any) -> Any:
    if bar is None:
        bar = np.zeros(primal.shape, primal.dtype)[()]
    if type(primal) not in PLAIN and type(bar) in PLAIN and (below := foreign_under(primal)) is not None:
        bar = adopted(released(bar, below))
    if not isinstance(bar, Traced) and shape_of(bar) == primal.shape and bar.dtype == primal.dtype:
        return bar
    array: Any = bar
    if is_complex(array) and not is_complex(primal):  # rules keep to the kind of their array
        raise ArgumentError(complex_message("the function"))
    return whole(array if array.dtype == primal.dtype else array.astype(primal.dtype), primal.shape)
