"""The command ``check``: a verdict on a gradient that stands in a module of the user's."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from derivlab.arguments import listed
from derivlab.errors import ArgumentError, DerivlabError, unknown

OK, FAULTY = 0, 1
_OPERATORS = ("grad", "derivative", "jacobian", "hessian")
_ENDINGS = (".svg", ".pdf", ".png")


def add_check_command(commands: Any, common: dict[str, Any]) -> None:
    """Add it to the parser of the command line."""
    parser = commands.add_parser("check", help="whether a gradient of yours is right, and where it is not", **common)
    parser.add_argument("function", metavar="MODULE:FUNCTION", help="what is differentiated; the module is imported")
    parser.add_argument("gradient", metavar="MODULE:GRADIENT", help="its derivative, called with the same arguments")
    parser.add_argument("--at", metavar="X=...", action="append", required=True,
                        help="the arguments by name: x=0.7,y=2 or x=[1,2,3]")  # fmt: skip
    parser.add_argument(
        "--wrt", metavar="A,B", help="the arguments to differentiate with respect to (default: the first)"
    )
    parser.add_argument("--operator", metavar="NAME", default="grad", help=f"one of {', '.join(_OPERATORS)}")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="also write the step study, as SVG, PDF or PNG")
    parser.add_argument("--json", action="store_true", help="machine-readable output on stdout")
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    if options.operator not in _OPERATORS:
        raise unknown("operator", options.operator, _OPERATORS)
    if options.plot is not None and options.plot.suffix not in _ENDINGS:
        raise ArgumentError(f"--plot writes .svg, .pdf or .png, and not {options.plot.name!r}")
    verdict = _verdict(options)
    if options.json:
        print(json.dumps(_record(verdict), ensure_ascii=False))
    else:
        print(verdict)
    if options.plot is not None:
        from derivlab.report.figures import save_as

        print(save_as(verdict.plot(), options.plot), file=sys.stderr)
    return OK if verdict.outcome == "correct" else FAULTY


def _verdict(options: argparse.Namespace) -> Any:
    from derivlab.checking.gradient import check_gradient
    from derivlab.typed import read_point

    f, gradient = _imported(options.function), _imported(options.gradient)
    point = _in_order(f, options.function, read_point(",".join(options.at)))
    wrt = listed(options.wrt, "--wrt", list(point)) or list(point)[:1]
    for name in wrt:
        if name not in point:
            raise unknown("argument", name, point)
    places = tuple(list(point).index(name) for name in wrt)
    try:
        return check_gradient(
            f, gradient, *point.values(), argnums=places[0] if len(places) == 1 else places, operator=options.operator
        )
    except DerivlabError:
        raise
    except Exception as error:  # the user's code may raise anything
        raise ArgumentError(f"the check of {options.gradient} ended in {type(error).__name__}: {error}") from error


def _imported(name: str) -> Callable[..., Any]:
    """The function ``module:function``, from the current folder or wherever Python finds the module."""
    module_name, colon, path = name.partition(":")
    if not (colon and module_name and path):
        raise ArgumentError(f"{name!r} names no function; write module:function, e.g. losses:ridge")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found: Any = importlib.import_module(module_name)
    except Exception as error:  # the user's code may raise anything
        raise ArgumentError(f"importing {module_name} ended in {type(error).__name__}: {error}") from error
    for part in path.split("."):
        if not hasattr(found, part):
            functions = [key for key, value in vars(found).items() if callable(value) and not key.startswith("_")]
            raise unknown(f"function in {module_name}", part, functions)
        found = getattr(found, part)
    if not callable(found):
        raise ArgumentError(f"{name} is {type(found).__name__} and no function")
    return found


def _in_order(f: Callable[..., Any], name: str, point: dict[str, Any]) -> dict[str, Any]:
    """The point in the order of the function's parameters."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # written in C
        return point
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return point
    known = [parameter.name for parameter in parameters]
    for key in point:
        if key not in known:
            raise unknown(f"argument of {name}", key, known)
    wanted = [p.name for p in parameters if p.default is p.empty or p.name in point]
    missing = [key for key in wanted if key not in point]
    if missing:
        raise ArgumentError(f"{name} needs {', '.join(missing)} too; add e.g. --at {missing[0]}=0.7")
    return {key: point[key] for key in wanted}


def _record(verdict: Any) -> dict[str, Any]:
    """A verdict as plain data."""
    from dataclasses import asdict

    from derivlab.harness.store import plain

    keys = ("outcome", "subject", "reason", "off", "total", "source", "tolerance", "notes")
    pattern = None if verdict.pattern is None else asdict(verdict.pattern)
    entries = [asdict(entry) for entry in verdict.entries]
    return plain({**{key: getattr(verdict, key) for key in keys}, "pattern": pattern, "entries": entries})
