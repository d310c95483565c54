"""Imports point one way, and each outside library is imported in one module: read from the source itself."""

from __future__ import annotations

import ast
import functools
import sys
from pathlib import Path

import pytest

import derivlab

ROOT = Path(derivlab.__file__).parent
LAYERS = [
    ("errors", "version"),
    ("libraries",),
    ("array", "special"),
    ("namespace",),
    ("specs", "typed"),
    ("transpose", "matrix_rules", "rules", "densities"),
    ("interpreters", "graph"),
    ("method",),
    ("conformance",),
    ("enclosure",),
    ("truth",),
    ("measure",),
    ("harness",),
    ("checking",),
    ("report",),
    ("comparison",),
    ("run_commands",),
    ("cli", "pytest_plugin"),
    ("arguments",),
    ("run_commands", "compare_command", "check_command"),
    ("cli",),
    ("__init__", "__main__"),
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
LIBRARIES = {
    "sympy": "libraries/sympy.py",
    "flint": "libraries/flint.py",
    "jax": "libraries/jax.py",
    "torch": "libraries/torch.py",
    "array_api_strict": "libraries/strict.py",
    "autograd": "libraries/autograd.py",
    "casadi": "libraries/casadi.py",
    "numba": "libraries/numba.py",
    "numdifftools": "libraries/numdifftools.py",
    "scipy": "libraries/scipy.py",
    "matplotlib": "report/",
    "array_api_compat": "namespace.py",
    "threadpoolctl": "measure/runtime.py",
    "distributed": "harness/executors.py",
    "optree": "",
    "pytest": "pytest_plugin.py",
    "pygments": "libraries/pygments.py",
    "rich": ("cli.py", "run_commands.py", "report/running.py", "report/tables.py"),
    "jinja2": "report/pages.py",
    "markdown_it": "report/markup.py",
    "pylatexenc": "report/credit.py",
    "IPython": "report/notebook.py",
    "numpy": "",
}
LAZY_UPWARD = {("checking/verdict.py", "derivlab.report.verdicts")}
"""A verdict draws itself when it is asked to."""


class Imports(ast.NodeVisitor):
    """All imports of a module; those inside functions apart, those for type checkers left out."""

    def __init__(self) -> None:
        self.eager: list[str] = []
        self.lazy: list[str] = []
        self.depth = 0

    def visit_If(self, node: ast.If) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    def visit_Import(self, node: ast.Import) -> None:
        self._add(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0, "relative import"
        whole = node.module or ""
        self._add(
            f"{whole}.{a.name}" if (ROOT.parent / whole.replace(".", "/")).is_dir() else whole for a in node.names
        )

    def visit_Call(self, node: ast.Call) -> None:
        """importlib.import_module("name")."""
        if isinstance(node.func, ast.Attribute) and node.func.attr == "import_module":
            self._add(a.value for a in node.args if isinstance(a, ast.Constant))
        self.generic_visit(node)

    def _add(self, names) -> None:
        (self.lazy if self.depth else self.eager).extend(names)


@functools.cache
def imports(path: Path) -> Imports:
    found = Imports()
    found.visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


MODULES = sorted(ROOT.rglob("*.py"))
each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))


def layer(name: str) -> str:
    """The part of the package that a module belongs to."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in RANK else "__init__"


def _name(path: Path) -> str:
    return ".".join(["derivlab", *path.relative_to(ROOT).with_suffix("").parts])


@each_module
def test_imports_point_downward(path: Path) -> None:
    own, where = RANK[layer(_name(path))], str(path.relative_to(ROOT))
    found = imports(path)
    for name in [*found.eager, *(name for name in found.lazy if (where, name) not in LAZY_UPWARD)]:
        if name.startswith("derivlab"):
            assert RANK[layer(name)] <= own, f"{where} imports {name}, which is above it"


@each_module
def test_each_outside_library_has_one_home(path: Path) -> None:
    where = path.relative_to(ROOT).as_posix()
    found = imports(path)
    for name in {name.partition(".")[0] for name in [*found.eager, *found.lazy]}:
        if name not in sys.stdlib_module_names and name not in ("derivlab", "numpy"):
            assert name in LIBRARIES, f"{where} imports {name}, which is no dependency"
            assert where.startswith(LIBRARIES[name]), f"{where} imports {name}, whose home is {LIBRARIES[name]}"


@each_module
def test_specs_import_only_the_namespace(path: Path) -> None:
    if layer(_name(path)) != "specs" or path.stem in ("registry", "__init__"):
        return
    allowed = ("derivlab.namespace", "derivlab.special", "derivlab.errors", "derivlab.specs.registry", "numpy")
    for name in [*imports(path).eager, *imports(path).lazy]:
        assert name.startswith((*allowed, "derivlab.array_namespace")) or name in sys.stdlib_module_names | {
            "collections.abc",
            "__future__",
        }, f"{path.name} imports {name}"


@each_module
def test_truth_and_its_series_do_not_import_the_rules(path: Path) -> None:
    if path.stem in ("flint", "flint_functions", "flint_special", "ball"):
        assert not any("rules" in name for name in [*imports(path).eager, *imports(path).lazy])


def test_every_module_has_a_layer() -> None:
    for path in MODULES:
        top = path.relative_to(ROOT).parts[0].removesuffix(".py")
        assert top in RANK, f"{top} stands in no layer"
