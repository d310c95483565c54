"""Sparse Jacobians and Hessians: find the pattern, colour it, and recover all entries from a few products."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, unknown
from derivlab.graph.sparse.colouring import Colouring, colour_hessian, colour_jacobian
from derivlab.graph.sparse.sparsity import pattern
from derivlab.graph.sparse.structure import Structure, same, structure
from derivlab.graph.wengert import Line, sweep
from derivlab.interpreters.batch import Batch
from derivlab.interpreters.record import Record, collector_paused
from derivlab.libraries.scipy import sparse
from derivlab.method.checks import ArgNums, check_argnums, check_function, check_given
from derivlab.method.named import in_name_of, keyword_error
from derivlab.method.problem import Problem, settle
from derivlab.method.reverse import ReverseMode
from derivlab.method.seeds import as_array, check_smooth
from derivlab.rules import RULES

ENTRIES = 2**14
"""Entries that an array may have over all products taken in one sweep; larger ones are faster one by one."""

_OPERATORS = ("jacobian", "hessian")


def sparse_jacobian(f: Callable[..., Any], argnums: ArgNums = 0) -> SparseDerivative:
    """The function of the Jacobian ∂fᵢ/∂xⱼ as a ``scipy.sparse.csr_array``.

    Row i is entry i of the answer and column j entry j of the active arguments, flattened in C order; several answers
    or arguments, and those in nested containers, follow each other. Entries where the answer is NaN are NaN.

    Cost: one recording of f and one product with its Jacobian (forward) or the transpose (reverse) for each colour,
    whichever takes fewer; at the first call also the pattern and its colouring. See :class:`SparseDerivative`.

    Raises
    ------
    ArgumentError
        For integer inputs or answers, arrays that are not NumPy's, or a pattern of more than 10⁸ entries.
    """
    return SparseDerivative("jacobian", f, argnums)


def sparse_hessian(f: Callable[..., Any], argnums: ArgNums = 0) -> SparseDerivative:
    """The function of the Hessian ∂²f/∂xᵢ∂xⱼ of a scalar-valued f as a ``scipy.sparse.csr_array``, exactly symmetric.

    Rows and columns are the entries of the active arguments, as in :func:`sparse_jacobian`.

    Cost: one recording of the gradient and one Hessian-vector product (forward over reverse) for each colour of a
    star colouring: three for a tridiagonal Hessian, two for an arrow, whatever its size.

    Raises
    ------
    ArgumentError
        As :func:`sparse_jacobian`, and for an answer that is no scalar.
    """
    return SparseDerivative("hessian", f, argnums)


def sparsity(f: Callable[..., Any], *args: Any, operator: str = "jacobian", argnums: ArgNums = 0) -> Any:
    """The pattern of the Jacobian or Hessian at ``args``: a ``scipy.sparse.csr_array`` of truth values.

    It holds for every point at which f takes the same branches and indices. All entries that are not stored are 0
    there; a stored one may be 0 by chance. An entry multiplied by a constant 0 (an array that f captures, or an
    argument not differentiated) is not stored.
    """
    if operator not in _OPERATORS:
        raise unknown("pattern of", operator, _OPERATORS)
    check_given("sparsity", check_function(f, "sparsity"), args)
    return SparseDerivative(operator, f, argnums).prepare(*args).pattern


class SparseDerivative:
    """A sparse Jacobian or Hessian: call it with the arguments of the function.

    The first call, or :meth:`prepare`, finds the pattern and its colouring; later calls reuse them as long as
    the function runs through the same primitives on the same shapes and indices, which each call compares. Where a
    branch goes another way, or a constant 0 is no longer 0, both are found anew: no answer uses another's pattern.

    Attributes
    ----------
    pattern
        The entries that may differ from 0, as a ``scipy.sparse.csr_array`` of bool.
    colouring
        The :class:`~derivlab.graph.sparse.colouring.Colouring`; its ``colours`` are those of the columns or rows.
    products
        How many products an evaluation takes: at most the number of colours.
    detections
        How often the pattern was found.
    """

    def __init__(self, operator: str, f: Callable[..., Any], argnums: ArgNums = 0) -> None:
        self.operator = operator
        self.f = check_function(f, f"sparse_{operator}")
        self.argnums: ArgNums = check_argnums(argnums, f"sparse_{operator}")
        self.detections = 0
        self._known: tuple[Structure, Any, Colouring] | None = None

    def prepare(self, *args: Any) -> SparseDerivative:
        """Find pattern and colouring at arguments like those to come; answers itself."""
        self._matched(self._record(args))
        return self

    def __call__(self, *args: Any, **options: Any) -> Any:
        if options:
            raise keyword_error(f"sparse_{self.operator}", self.f, options)
        recording = self._record(args)
        entries, colouring = self._matched(recording)
        return _recover(recording, entries, colouring)

    @property
    def pattern(self) -> Any:
        return self._prepared[1].copy()

    @property
    def colouring(self) -> Colouring:
        return self._prepared[2]

    @property
    def products(self) -> int:
        return len(self.colouring.products)

    @property
    def _prepared(self) -> tuple[Structure, Any, Colouring]:
        if self._known is None:
            raise ArgumentError(f"the pattern is found at a point: call {self!r}.prepare(x), or it itself, first")
        return self._known

    def _record(self, args: Sequence[Any]) -> Recording:
        derived = self.f if self.operator == "jacobian" else ReverseMode().grad(self.f, self.argnums)
        problem = Problem(derived, args, self.argnums)
        for primal in problem.primals:
            _check_plain(primal, self.operator)
        level = Record()
        try:
            with collector_paused(), in_name_of(f"sparse_{self.operator}", self.f):
                answers = problem([level.input(x) for x in problem.primals])
        finally:
            level.finish()
        own = [y.attached if isinstance(y, Traced) and y.level is level else None for y in answers]
        values = [as_array(y if number is None else y.value) for y, number in zip(answers, own, strict=True)]
        for operand in itertools.chain(values, *(line.values for line in level.lines)):
            if isinstance(operand, Traced):
                _check_plain(operand, self.operator)
        problem.check_inputs(values)
        for value in values:
            check_smooth(value, self.f)
        return Recording(level.lines, problem.primals, own, values)

    def _matched(self, recording: Recording) -> tuple[Any, Colouring]:
        """Pattern and colouring of a recording, found anew where it has another structure than the last."""
        sizes = [value.size for value in recording.values]
        found = structure(recording.lines, list(zip(recording.outputs, sizes, strict=True)))
        if self._known is None or not same(self._known[0], found):
            entries = pattern(found)
            if self.operator == "hessian":
                entries = sparse.csr_array(entries + entries.T)
                entries.sort_indices()
                self._known = found, entries, colour_hessian(entries)
            else:
                self._known = found, entries, colour_jacobian(entries)
            self.detections += 1
        return self._known[1:]

    def __repr__(self) -> str:
        return f"sparse_{self.operator}({getattr(self.f, '__name__', 'f')})"


def _check_plain(primal: Any, operator: str) -> None:
    if isinstance(primal, Traced):
        raise ArgumentError(
            f"sparse_{operator} answers a SciPy matrix, which carries no derivative: call it outside of other "
            f"operators, on plain arrays, or use dl.reverse.{operator} or jvp inside"
        )
    if not isinstance(primal, (np.ndarray, np.generic)):
        raise ArgumentError(
            f"sparse_{operator} works on NumPy arrays, and got {type(primal).__name__}; write numpy.asarray(x)"
        )


class Recording:
    """A function recorded at a point: its Jacobian is pushed and pulled through the lines, values being known.

    ``outputs`` are the lines of the answers, None for constants, whose ``values`` are.
    """

    def __init__(
        self, lines: Sequence[Line], primals: Sequence[Any], outputs: Sequence[int | None], values: Sequence[Any]
    ) -> None:
        self.lines = lines
        self.primals = primals
        self.outputs = outputs
        self.values = values

    @cached_property
    def _steps(self) -> list[tuple[int, set[int]]]:
        """The lines that the answers need, each with those that it reads last: their memory serves again."""
        held = {number for number in self.outputs if number is not None}
        steps: list[tuple[int, set[int]]] = []
        for number in range(len(self.lines) - 1, len(self.primals) - 1, -1):
            if number in held:
                parents = {parent for parent in self.lines[number].parents if parent is not None}
                steps.append((number, parents - held))
                held |= parents
        return steps[::-1]

    def push(self, seeds: Sequence[Any]) -> list[Any]:
        """J ẋ: tangents of the answers from those of the inputs."""
        tangents: dict[int, Any] = dict(enumerate(seeds))
        for number, ended in self._steps:
            primitive, parents, values, params, value = self.lines[number]
            assert primitive is not None  # the inputs come first
            own = [None if parent is None else tangents[parent] for parent in parents]
            active = any(t is not None for t in own)
            tangents[number] = RULES[primitive.name].push(primitive, own, value, values, params) if active else None
            for parent in ended:
                del tangents[parent]
        return settle([None if n is None else tangents[n] for n in self.outputs], self.values)

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """ȳᵀ J: cotangents of the inputs from those of the answers."""
        seeds: dict[int, Any] = {}
        for number, bar in zip(self.outputs, cotangents, strict=True):
            if number is not None:
                seeds[number] = seeds[number] + bar if number in seeds else bar
        return settle(sweep(self.lines, seeds, range(len(self.primals))), self.primals)


def _recover(recording: Recording, entries: Any, colouring: Colouring) -> Any:
    """The matrix with these entries, from one product for each colour."""
    dtype = np.result_type(np.float32, *recording.values)  # SciPy has no half precision
    data = np.empty(entries.nnz, dtype)
    for (_, chosen, places), product in zip(colouring.products, _products(recording, colouring), strict=True):
        data[chosen] = product[places]
    lost = np.isnan(_flat(recording.values))
    if lost.any():
        data[np.repeat(lost, np.diff(entries.indptr))] = np.nan
    return sparse.csr_array((data, entries.indices.copy(), entries.indptr.copy()), shape=entries.shape)


def _products(recording: Recording, colouring: Colouring) -> Iterator[Any]:
    """The flat products with the sums of columns or rows of each colour, in as few sweeps as arrays are small."""
    by_rows = colouring.mode == "rows"
    run, like = (recording.pull, recording.values) if by_rows else (recording.push, recording.primals)
    wanted = np.array([colour for colour, _, _ in colouring.products])
    width = max(1, ENTRIES // max(1, *(line.value.size for line in recording.lines)))
    for start in range(0, wanted.size, width):
        seeds = colouring.colours == wanted[start : start + width, None]
        if len(seeds) == 1:
            yield _flat(run(_split(seeds[0], like)))
            continue
        level = Batch(len(seeds))
        try:
            answers = run([level.batch(part) for part in _split(seeds, like)])
            yield from np.hstack([level.members(y).reshape(len(seeds), -1) for y in answers])
        finally:
            level.finish()


def _split(flat: Any, like: Sequence[Any]) -> list[Any]:
    """Flat vectors, along the last axis, as arrays of the shapes and dtypes of others."""
    ends = np.cumsum([x.size for x in like])[:-1]
    parts = np.split(flat, ends, axis=-1)
    return [part.reshape((*flat.shape[:-1], *x.shape)).astype(x.dtype)[()] for part, x in zip(parts, like, strict=True)]


def _flat(leaves: Sequence[Any]) -> Any:
    return np.concatenate([np.ravel(leaf) for leaf in leaves])
