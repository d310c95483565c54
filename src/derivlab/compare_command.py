"""The command ``compare``: every method on a spec, or on a formula as it is typed."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from derivlab.arguments import listed, positive, truth_value
from derivlab.errors import ArgumentError, UnknownNameError, unknown

OK, FAULTY = 0, 1
_FAULTS = ("inaccurate", "failed")
_ENDINGS = (".svg", ".pdf", ".png")


def add_compare_command(commands: Any, common: dict[str, Any], typed: Sequence[str]) -> None:
    """Add it to the parser of the command line."""
    from derivlab.method import OPERATORS

    parser = commands.add_parser("compare", help="every method on one spec or formula, judged", **common)
    parser.add_argument(
        "spec",
        metavar="SPEC",
        help="name of a spec, its own parameters are options too: --n 8; or a formula, with --at",
    )
    parser.add_argument("--at", metavar="X=...", action="append",
                        help="makes SPEC a formula, and says where: x=0.7,y=2 or x=[1,2,3]")  # fmt: skip
    parser.add_argument("--methods", metavar="A,B", help="names of methods, with commas; all by default")
    parser.add_argument("--operator", metavar="NAME", help=f"one of {', '.join(OPERATORS)}; the spec's own by default")
    parser.add_argument("--seconds", type=positive, default=10.0, help="budget of one method (default: 10)")
    parser.add_argument("--latex", action="store_true", help="also print the function and its gradient in TeX")
    parser.add_argument("--source", action="store_true", help="also print the gradient as a NumPy program")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="also write error against time, as SVG, PDF or PNG")
    parser.add_argument(
        "--steps", type=Path, metavar="FILE", help="also write the error of differences against the step"
    )
    parser.add_argument("--graph", type=Path, metavar="FILE", help="also write the graph, with values and gradients")
    parser.add_argument("--json", action="store_true", help="machine-readable output on stdout")
    if typed[:1] == ["compare"] and not any(word.startswith("--at") for word in typed):
        _add_parameters(parser, typed[1:])
    parser.set_defaults(run=_compare)


def _add_parameters(parser: argparse.ArgumentParser, typed: Sequence[str]) -> None:
    """The parameters of the spec that was typed, each of its default's type."""
    from derivlab.specs.registry import catalogue

    specs = catalogue()
    name = next((word for word in typed if word in specs), None)
    if name is None:
        words = [word for word in typed if not word.startswith("-")]
        if words:
            raise UnknownNameError(f"{unknown('spec', words[0], specs)}; a formula needs --at x=0.7")
        return
    group = parser.add_argument_group(f"parameters of {name}")
    for key, parameter in inspect.signature(specs[name]).parameters.items():
        kind: Callable[[str], Any] = {bool: truth_value, int: int, float: float}.get(type(parameter.default), str)
        text = f"default: {parameter.default}"
        group.add_argument(f"--{key.replace('_', '-')}", dest=f"parameter_{key}", type=kind, help=text)


def _compare(options: argparse.Namespace) -> int:
    from derivlab.comparison import compare
    from derivlab.method import METHODS, OPERATORS

    if options.operator is not None and options.operator not in OPERATORS:
        raise unknown("operator", options.operator, OPERATORS)
    for option in ("plot", "steps", "graph"):
        path = getattr(options, option)
        if path is not None and path.suffix not in _ENDINGS:
            raise ArgumentError(f"--{option} writes .svg, .pdf or .png, and not {path.name!r}")
    target = _spec(options) if options.at is None else _formula(options)
    methods = listed(options.methods, "--methods", list(METHODS))
    comparison = compare(target, methods=methods, operator=options.operator, seconds=options.seconds)
    _print(comparison, target, options)
    _write_figures(comparison, target, options)
    return FAULTY if any(cell.outcome in _FAULTS for cell in comparison) else OK


def _spec(options: argparse.Namespace) -> Any:
    from derivlab.specs.registry import spec

    chosen = {key: value for key, value in vars(options).items() if key.startswith("parameter_") and value is not None}
    return spec(options.spec, **{key.removeprefix("parameter_"): value for key, value in chosen.items()})


def _formula(options: argparse.Namespace) -> Any:
    """The typed formula as a spec at the typed point: of a scalar its gradient, of an array its Jacobian."""
    import numpy as np

    from derivlab.specs.registry import Spec
    from derivlab.typed import parse, read_point

    point = read_point(",".join(options.at))
    f = parse(options.spec.strip(), list(point))
    args = tuple(point.values())
    try:
        with np.errstate(all="ignore"):
            shape = np.shape(f(*args))
    except (TypeError, ValueError, IndexError, ArithmeticError) as error:
        raise ArgumentError(f"{f} cannot be computed at {', '.join(options.at)}: {error}") from None
    single = len(args) == 1 and isinstance(args[0], float)
    operator = "jacobian" if shape else "derivative" if single else "grad"
    argnums = 0 if len(args) == 1 else tuple(range(len(args)))
    return Spec(f, args, operator, argnums, name=f.text)


def _print(comparison: Any, target: Any, options: argparse.Namespace) -> None:
    from derivlab.harness.store import plain
    from derivlab.method.formulas import latex
    from derivlab.method.printed import source

    texts: dict[str, str] = {}
    if options.latex:
        texts["latex"] = str(latex(target.function, *target.args, argnums=target.argnums))
    if options.source:
        operator = "jacobian" if target.operator == "jacobian" else "value_and_grad"
        texts["source"] = source(target.function, *target.args, argnums=target.argnums, operator=operator).strip()
    if options.json:
        data = {"spec": target.label, "records": comparison.records, **texts}
        if options.at is not None:
            data["at"] = dict(zip(target.function.names, target.args, strict=True))
        print(json.dumps(plain(data), ensure_ascii=False))
        return
    if options.at is not None:
        print(f"f({', '.join(target.function.names)}) = {target.function}   at {', '.join(options.at)}\n")
    print("\n\n".join([str(comparison).rstrip(), *texts.values()]))


def _write_figures(comparison: Any, target: Any, options: argparse.Namespace) -> None:
    from derivlab.report.drawing import draw
    from derivlab.report.figures import save_as
    from derivlab.report.steps import step_errors, step_figure

    if options.plot is not None:
        _tell(save_as(comparison.plot(), options.plot))
    if options.steps is not None:
        title = f"{comparison.title}: error against step"
        _tell(save_as(step_figure(step_errors(target, options.operator), title), options.steps))
    if options.graph is not None:
        _tell(draw(target.function, *target.args, argnums=target.argnums).save(options.graph))


def _tell(path: Path) -> None:
    print(path, file=sys.stderr)
