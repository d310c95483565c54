"""``compare``: every method on one function, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from derivlab.errors import AnswerError, ArgumentError, unknown
from derivlab.harness.cells import Cell
from derivlab.harness.evaluate import measure_cells
from derivlab.method import METHODS
from derivlab.method.checks import ArgNums, check_argnums, check_function, check_given, name_of
from derivlab.report import tables
from derivlab.specs.registry import Spec, catalogue


class Comparison:
    """The cells of one comparison: prints as a table, shows as HTML in a notebook, plots as a figure.

    Attributes
    ----------
    cells
        One :class:`~derivlab.harness.cells.Cell` for each method.
    records
        The same as plain dictionaries.
    """

    def __init__(self, spec: Spec, cells: Sequence[Cell]) -> None:
        self.spec = spec
        self.cells = list(cells)

    @property
    def title(self) -> str:
        """What was compared, in words."""
        operator = self.cells[0].operator if self.cells else self.spec.operator
        return f"{operator} of {self.spec.label}"

    @property
    def records(self) -> list[dict[str, Any]]:
        return [cell.record() for cell in self.cells]

    def __getitem__(self, method: str) -> Cell:
        for cell in self.cells:
            if cell.method == method:
                return cell
        raise unknown("method", method, (cell.method for cell in self.cells))

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def __str__(self) -> str:
        return tables.comparison_text(self.title, self.records)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return tables.comparison_html(self.title, self.records)

    def plot(self) -> Any:
        """A matplotlib figure: error against time, one labelled point a method."""
        from derivlab.report.charts import error_against_time

        return error_against_time(self.records, f"{self.title}: error against time")


def default_methods() -> list[str]:
    """All methods but the null method."""
    return [name for name in METHODS if name != "null"]


def compare(
    f: Callable[..., Any] | Spec,
    *args: Any,
    methods: Sequence[str] | None = None,
    operator: str | None = None,
    manual: Callable[..., Any] | None = None,
    argnums: ArgNums = 0,
    seconds: float = 10.0,
    timing: bool = True,
    sizes: bool = True,
    progress: Callable[[str], None] = lambda name: None,
) -> Comparison:
    """Differentiate one function by every method and judge each against the certified derivative.

    Parameters
    ----------
    f, *args
        A function and where to differentiate it; or a spec alone, which brings its own arguments.
    methods
        Names from ``derivlab.methods``; all but the null method by default.
    operator
        "derivative", "grad" or "jacobian"; by default the spec's own, and for a function of one number
        "derivative", else "grad".
    manual
        A hand-written derivative, called with ``*args``, to be judged like the others.
    seconds
        Budget of one method; one that exceeds it is ``timed out`` in the table.
    timing, sizes
        Whether to time the methods, and to count their operations.
    progress
        Called with each method's name before it runs.

    Raises
    ------
    ArgumentError
        If f is no function, or the arguments are not finite floating point.
    UnknownNameError
        If a method does not exist.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise ArgumentError(f"seconds must be a positive number, and is {seconds!r}")
    if methods is not None:
        _check_methods(methods)
    spec = _as_spec(f, args, operator, manual, argnums)
    names = default_methods() if methods is None else list(methods)
    if spec.value_and_gradient is None and methods is None:
        names.remove("manual")
    try:
        cells = measure_cells(spec, names, operator, seconds=seconds, timing=timing, sizes=sizes, progress=progress)
    except AnswerError as error:
        raise ArgumentError(f"compare {error.needs}. Write operator='jacobian', or return one number.") from None
    return Comparison(spec, cells)


def _check_methods(methods: Any) -> None:
    """An error for methods that are no list of names."""
    if not isinstance(methods, (list, tuple)) or not methods or not all(isinstance(name, str) for name in methods):
        raise ArgumentError(f"methods must be a list of names, e.g. methods=['reverse', 'jax'], and is {methods!r}")


def _as_spec(f: Any, args: tuple[Any, ...], operator: str | None, manual: Any, argnums: ArgNums) -> Spec:
    if isinstance(f, Spec):
        chosen = f if not args else replace(f, args=args)
        return chosen if manual is None else replace(chosen, value_and_gradient=_with_value(chosen.function, manual))
    if isinstance(f, str):
        raise _of_text(f)
    check_function(f, "compare")
    check_given("compare", f, args)
    check_argnums(argnums)
    single = isinstance(args[0], float) or getattr(args[0], "shape", None) == ()
    chosen_operator = operator or ("derivative" if single and len(args) == 1 and argnums == 0 else "grad")
    by_hand = None if manual is None else _with_value(f, manual)
    return Spec(f, args, chosen_operator, argnums, by_hand, name=name_of(f))


def _of_text(text: str) -> ArgumentError:
    """The error of a spec's name in the place of the spec."""
    what = f"compare needs a function or a spec, and got the text {text!r}"
    if text not in catalogue():
        return ArgumentError(f"{what}, which names no spec; derivlab.catalogue() lists them")
    return ArgumentError(f"{what}: write compare(derivlab.spec({text!r}))")


def _with_value(f: Callable[..., Any], gradient: Callable[..., Any]) -> Callable[..., Any]:
    if not callable(gradient):
        raise ArgumentError(
            f"manual must be a function, called with the arguments for the derivative there, and is {gradient!r:.60}; "
            "of f(x) = x² write manual=lambda x: 2 * x"
        )
    return lambda *args: (f(*args), gradient(*args))
