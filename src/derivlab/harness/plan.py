"""Plans: which cells to measure, as the product of specs, sizes, methods, operators and measures, with filters."""

from __future__ import annotations

import fnmatch
import importlib.util
import itertools
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from derivlab.errors import ArgumentError, UnknownNameError
from derivlab.harness.tasks import MEASURES, OPERATORS, Task
from derivlab.method import METHODS
from derivlab.specs.registry import spec

_UNITS = {"MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30}


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes
    ----------
    specs
        Names, or mappings ``{"name": "helmholtz", "n": [1, 8, 50]}``: of a parameter that is a list, each in turn.
    methods
        Names; all but the null method by default.
    operators
        ``"derivative"``, ``"grad"``, ``"jacobian"``; by default each spec's own.
    measures
        ``"accuracy"``, ``"size"``, ``"time"``.
    only, skip
        Filters: mappings of fields (spec, method, operator, measure, parameters) to a pattern as of file names
        (``"symbolic*"``), a value, or a list of them. A cell is measured if one of ``only`` fits, where there are any,
        and none of ``skip``.
    seconds, memory
        Budget of one cell: seconds, and bytes of address space or a text such as ``"4 GiB"``.
    setup
        A Python file that registers specs of its own; a plan that is such a file is its own.
    """

    specs: Sequence[str | Mapping[str, Any]]
    methods: Sequence[str] = ()
    operators: Sequence[str] = ()
    measures: Sequence[str] = ("accuracy", "size", "time")
    only: Sequence[Mapping[str, Any]] = ()
    skip: Sequence[Mapping[str, Any]] = ()
    seconds: float = 10.0
    memory: int | str = "8 GiB"
    setup: str = ""
    name: str = field(default="plan", compare=False)

    def tasks(self) -> list[Task]:
        """The cells in the order in which they are measured: all of one function together.

        Raises
        ------
        ArgumentError, UnknownNameError
            If something in the plan does not exist, or nothing is left to measure.
        """
        check_names("method", self.methods, METHODS)
        check_names("measure", self.measures, MEASURES)
        check_names("operator", self.operators, OPERATORS)
        if not (isinstance(self.seconds, (int, float)) and self.seconds > 0):
            raise ArgumentError(f"seconds is a positive number, and is {self.seconds!r}")
        if not self.specs:
            raise ArgumentError('the plan names no spec: specs = ["logistic-map"]')
        left = [task for task in self._product() if self._wanted(task)]
        if not left:
            raise ArgumentError("the filters leave nothing to measure; see only and skip")
        return left

    def _product(self) -> Iterator[Task]:
        memory = in_bytes(self.memory)
        methods = self.methods or [name for name in METHODS if name != "null"]
        for name, parameters in itertools.chain.from_iterable(map(_sizes, self.specs)):
            own = spec(name, **parameters).operator
            for operator, measure, method in itertools.product(self.operators or (own,), self.measures, methods):
                yield Task(name, tuple(parameters.items()), method, operator, measure,
                           float(self.seconds), memory, self.setup)  # fmt: skip

    def _wanted(self, task: Task) -> bool:
        return (not self.only or any(_fits(task, one) for one in self.only)) and not any(
            _fits(task, one) for one in self.skip
        )


def _sizes(chosen: str | Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """A spec at each of its sizes."""
    if isinstance(chosen, str):
        chosen = {"name": chosen}
    if not isinstance(chosen, Mapping) or not isinstance(chosen.get("name"), str):  # pyright: ignore
        raise ArgumentError(f'a spec is a name or {{name = "helmholtz", n = [1, 8]}}, and not {chosen!r}')
    choices = {key: value if isinstance(value, list) else [value] for key, value in chosen.items() if key != "name"}
    return [
        (chosen["name"], dict(zip(choices, values, strict=True))) for values in itertools.product(*choices.values())
    ]


def _fits(task: Task, pattern: Mapping[str, Any]) -> bool:
    known = {"spec": task.spec, "method": task.method, "operator": task.operator, "measure": task.measure}
    for key, wanted in pattern.items():
        if key not in known and key not in dict(task.parameters):
            return False
        value = known[key] if key in known else dict(task.parameters)[key]
        choices: list[Any] = wanted if isinstance(wanted, list) else [wanted]
        if not any(_alike(value, choice) for choice in choices):
            return False
    return True


def _alike(value: Any, choice: Any) -> bool:
    both = isinstance(value, str) and isinstance(choice, str)
    return fnmatch.fnmatchcase(value, choice) if both else value == choice


def check_names(what: str, names: Sequence[str], known: Any) -> None:
    """Refuse names that do not exist.

    Raises
    ------
    UnknownNameError
        With those that do.
    """
    if isinstance(names, str):
        raise ArgumentError(f'{what}s is a list of names: ["{names}"]')
    for name in names:
        if name not in known:
            raise UnknownNameError(f"no {what} {name!r}; there are {', '.join(known)}")


def in_bytes(text: int | str) -> int:
    """A size of memory: a number of bytes, or a text such as ``"4 GiB"``."""
    if isinstance(text, int) and not isinstance(text, bool) and text > 0:
        return text
    number, _, unit = str(text).partition(" ")
    try:
        size = float(number) * _UNITS[unit]
    except (KeyError, ValueError):
        size = 0.0
    if not 0 < size < float("inf"):
        raise ArgumentError(
            f'memory is a number of bytes or a text such as "4 GiB" (MB, GB, MiB, GiB), and is {text!r}'
        )
    return int(size)


def load_plan(path: Path) -> Plan:
    """The plan of a TOML file, or of a Python file that defines ``PLAN``.

    Raises
    ------
    ArgumentError
        If there is no such file, it cannot be read, or a field does not exist; lists those that do.
    """
    if not path.is_file():
        raise ArgumentError(f"no plan {path}; a plan is a TOML file, or a Python file that defines PLAN")
    if path.suffix == ".py":
        return _of_module(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ArgumentError(f"{path}: {error}") from error
    known = [one.name for one in fields(Plan) if one.name != "name"]
    for key in data:
        if key not in known:
            raise ArgumentError(f"{path}: a plan has no {key!r}; it has {', '.join(known)}")
    if "specs" not in data:
        raise ArgumentError(f'{path}: the plan names no spec: specs = ["logistic-map"]')
    if data.get("setup"):
        data["setup"] = str((path.parent / data["setup"]).resolve())
        run_setup(data["setup"])
    return Plan(**data, name=path.stem)


def _of_module(path: Path) -> Plan:
    place = str(path.resolve())
    plan = getattr(run_setup(place), "PLAN", None)
    if not isinstance(plan, Plan):
        raise ArgumentError(f"{path} defines no PLAN; write PLAN = Plan(specs=[...])")
    return replace(plan, setup=place, name=path.stem)


def run_setup(place: str) -> Any:
    """The module of a Python file, run once in each process."""
    name = f"derivlab_setup_{Path(place).stem}"
    if name not in sys.modules or sys.modules[name].__file__ != place:
        found = importlib.util.spec_from_file_location(name, place)
        if found is None or found.loader is None or not Path(place).is_file():
            raise ArgumentError(f"no Python file {place} to set up with")
        module = importlib.util.module_from_spec(found)
        sys.modules[name] = module
        found.loader.exec_module(module)
    return sys.modules[name]
