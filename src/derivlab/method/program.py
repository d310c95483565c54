"""A derivative as printed programs: one variant for each way that the function runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from derivlab import libraries
from derivlab.array.level import Traced
from derivlab.errors import UnsupportedError
from derivlab.graph.graph import Graph
from derivlab.graph.native.program import print_native
from derivlab.graph.passes.optimise import optimise
from derivlab.graph.printing.source import Source, double_only, print_graph
from derivlab.graph.trace import Trace, local_variables
from derivlab.graph.wengert import sweep
from derivlab.interpreters.record import Record, collector_paused
from derivlab.method.abstract import Method, Prepared
from derivlab.method.layout import Layout, identifier
from derivlab.method.named import keyword_error
from derivlab.method.problem import ArgNums, Problem, flatten, name_of, settle, unflatten
from derivlab.method.seeds import lost, unit_cotangent

MANY_VARIANTS = 32
"""Above this number of recordings of one function a warning names the branch."""


class Ready(Prepared):
    """A prepared program: the newest variant is tried at once, and the whole of them only where it does not fit."""

    def __call__(self, *args: Any) -> Any:
        try:
            return self.function.newest(*args)  # type: ignore[attr-defined]
        except (NotImplementedError, ArithmeticError, ValueError, TypeError):
            return self.function(*args)


class Program:
    """A derivative operator on one function, with one printed variant for each way the function runs."""

    def __init__(
        self,
        inner: Method,
        operator: str,
        f: Callable[..., Any],
        argnums: ArgNums = 0,
        order: int = 1,
        *,
        native: bool = False,
    ) -> None:
        self.machine = native
        self.order = order
        self.inner = inner
        self.operator = operator
        self.f = f
        self.argnums = argnums
        self.variants: list[Variant] = []
        self.newest: Callable[..., Any] = self

    def __call__(self, *args: Any, **options: Any) -> Any:
        if options:
            raise keyword_error(self.operator, self.f, options)
        for variant in self.variants:
            try:
                return variant.run(*args)
            except NotImplementedError:  # other arguments, or another branch
                continue
            except (ArithmeticError, ValueError):
                try:
                    return variant.careful(*args)
                except NotImplementedError:
                    continue
            except TypeError:
                if len(args) == len(variant.layout.arguments):
                    raise
        if any(isinstance(leaf, Traced) for arg in args for leaf in flatten(arg)[0]):
            return self._eager()(*args)
        variant = self.record(args)
        try:
            return variant.run(*args)
        except (ArithmeticError, ValueError):
            return variant.careful(*args)
        except NotImplementedError:  # a branch that the last bit of a rounding decides
            return self._eager()(*args)

    def record(self, args: Sequence[Any]) -> Variant:
        """Record, optimise and print for arguments like these; the newest variant is tried first."""
        self._eager()(*args)  # refuses what has no derivative, in the same words
        with collector_paused():
            variant = Variant(self, args)
        self.variants.insert(0, variant)
        self.newest = variant.run
        if len(self.variants) == MANY_VARIANTS + 1:
            places = sorted({guard.place for v in self.variants for guard in v.graph.guards})
            where = f"it branches at {', '.join(places[:3])}" if places else "its shapes keep changing"
            warnings.warn(
                f"{self.operator} of {name_of(self.f)} was recorded {len(self.variants)} times: {where}. Use xp.where "
                f"for the branch, or the eager method {self.inner.name!r}.",
                stacklevel=3,
            )
        return variant

    def trace(self, trace: Trace, args: Sequence[Any], inputs_named: Sequence[str]) -> Any:
        """Run the operator on arrays of a recording, keeping the names of the function's variables."""
        if self.operator in ("value_and_grad", "grad") and self.inner.name == "reverse":
            return self._trace_gradient(trace, args, inputs_named)
        with local_variables(self.f) as variables:
            answer = self._eager()(*args)
        for name, value in variables.items():
            trace.name(value, name)
        return answer

    def _trace_gradient(self, trace: Trace, args: Sequence[Any], inputs_named: Sequence[str]) -> Any:
        """Reverse mode within the recording, so that cotangents get names: grad_h for that of h."""
        problem = Problem(self.f, args, self.argnums, complex=self.inner.complex)
        level = Record()
        inputs = [level.input(x) for x in problem.primals]
        places = [x.attached for x in inputs]  # f may write into them
        try:
            with local_variables(self.f) as variables:
                answer = problem(inputs)[0]
        finally:
            level.finish()
        mine = isinstance(answer, Traced) and answer.level is level
        value = answer.value if mine else answer
        for name, variable in variables.items():
            trace.name(variable, name)
        trace.name(value, "value")
        one = unit_cotangent([value], self.f)
        trace.mark("backward")
        watch = {v.attached: None for v in variables.values() if isinstance(v, Traced) and v.level is level}
        bars = sweep(level.lines, {answer.attached: one} if mine else {}, places, watch)
        bars = settle(bars, problem.primals)
        if lost(value) is not None:
            bars = [bar * float("nan") for bar in bars]
        for name, variable in variables.items():
            if isinstance(variable, Traced) and variable.level is level:
                trace.name(watch[variable.attached], f"grad_{name}")
        gradient = problem.pack_input(bars)
        for primal, bar in zip(problem.primals, bars, strict=True):
            trace.name(bar, f"grad_{inputs_named[primal.attached]}")
        return (problem.pack_output([value]), gradient) if self.operator == "value_and_grad" else gradient

    def _eager(self) -> Callable[..., Any]:
        return self.inner.bound(self.operator, self.f, self.argnums, self.order)


class Variant:
    """One recording, printed and compiled.

    Attributes
    ----------
    recorded, graph
        The recording as it came, and optimised.
    source
        The program that runs.
    run
        The program; :class:`NotImplementedError` says that the arguments, or a branch, are not those recorded.
    """

    def __init__(self, program: Program, args: Sequence[Any]) -> None:
        self.layout = Layout(program.f, args)
        trace = Trace()
        self.recorded: Graph = trace.run(lambda leaves: self._run(program, trace, leaves), self.layout.leaves)
        self.graph = optimise(self.recorded, without=["flat dots"] if program.machine else ())
        self.name = f"{program.operator}_of_{identifier(name_of(program.f))}"
        self.source = self.print()
        self.run = self._native(args) if program.machine else self._compiled(self.source)
        self._careful: Callable[..., Any] | None = None

    def careful(self, *args: Any) -> Any:
        """The same over NumPy's numbers, which answer inf and NaN where Python's floats raise."""
        if self._careful is None:
            self._careful = self._compiled(self.print(floats=False))
        return self._careful(*args)

    def _compiled(self, source: Source) -> Callable[..., Any]:
        run, tree = source.compile(*self.layout.test()), self.answer_tree
        return run if _is_plain(tree) else lambda *args: unflatten(tree, run(*args))

    def _native(self, args: Sequence[Any]) -> Callable[..., Any]:
        """The program as machine code, or as it is where that cannot be made, with a warning that says why."""
        library, names, tree = libraries.load("numba"), self.layout.leaf_names, self.answer_tree
        whole = _is_tuples(tree)  # the kernel answers as it is asked to, else with a tuple of arrays to pack
        answer = lambda texts: _expression(tree, texts) if whole else f"({', '.join(texts)},)"
        try:
            source = print_native(self.graph, names, answer, f"{self.name}_kernel")
            function = source.compile()
            kernel, large = library.machine_code(function), function.__defaults__ or ()
            kernel(*self.layout.leaves, *large)  # compiles
        except (UnsupportedError, *library.REFUSALS) as error:
            why = str(error).strip().splitlines()[0]
            warnings.warn(f"{self.name} runs as NumPy, not as machine code: {why}", stacklevel=6)
            return self._compiled(self.source)
        self.source = source
        condition, scope = self.layout.test()
        constants = {f"_large{i}": value for i, value in enumerate(large)}
        call = f"_kernel({', '.join([*names, *constants])})"
        lines = [*self.layout.preamble, f"return {call if whole else f'_pack({call})'}"]
        text = f"def {self.name}({', '.join(self.layout.arguments)}):\n" + "".join(f"    {line}\n" for line in lines)
        scope |= {"_kernel": kernel, "_pack": lambda leaves: unflatten(tree, leaves), **constants}
        return Source(text, self.name).compile(condition, scope)

    def _run(self, program: Program, trace: Trace, leaves: Sequence[Any]) -> Sequence[Any]:
        answer = program.trace(trace, self.layout.rebuild(leaves), self.layout.leaf_names)
        outputs, self.answer_tree = flatten(answer)
        return outputs

    def print(self, buffers: bool = True, floats: bool = True) -> Source:
        """The program as source.

        Without ``buffers`` it never writes over its own arrays, and reads easier; without ``floats`` single numbers
        are NumPy's.
        """
        floats = floats and double_only(self.graph)
        source = print_graph(
            self.graph,
            self.layout.arguments,
            lambda names: _expression(self.answer_tree, names),
            name=self.name,
            preamble=[*self.layout.preamble, *self.layout.conversions(floats)],
            leaves=self.layout.leaf_names,
            buffers=buffers,
            floats=floats,
        )
        keys = [f"# {name}: the key {key!r}".replace("\n", " ") for name, key in self.layout.keys.items()]
        return replace(source, text="\n".join([*keys, source.text]))


def _is_tuples(tree: Any) -> bool:
    """Whether a structure is one array, or is made of tuples alone."""
    return tree is None or _only_tuples(unflatten(tree, [_Name("x")] * tree.num_leaves))


def _only_tuples(value: Any) -> bool:
    return isinstance(value, _Name) or (type(value) is tuple and all(_only_tuples(part) for part in value))


class _Name:
    """Stands for a variable in a printed answer."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


def _expression(tree: Any, names: Sequence[str]) -> str:
    if not _is_plain(tree):
        return f"[{', '.join(names)}]"
    return repr(unflatten(tree, [_Name(name) for name in names]))


def _is_plain(tree: Any) -> bool:
    """Whether a structure is one array, or is made of tuples, lists and dictionaries with literal keys."""
    if tree is None:
        return True
    return _literal(unflatten(tree, [_Name("x")] * tree.num_leaves))


def _literal(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(_literal(part) for part in value)
    if type(value) is dict:
        return all(type(key) in (str, int) and _literal(part) for key, part in value.items())
    return value is None or isinstance(value, _Name)
