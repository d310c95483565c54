"""What is loaded when, and what happens when a package is not installed."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

HEAVY = ("jax", "jaxlib", "sympy", "flint", "matplotlib", "scipy", "rich", "jinja2")


def fresh(code: str) -> str:
    """What a new process prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def loaded(code: str) -> set[str]:
    return set(json.loads(fresh(f"{textwrap.dedent(code)}\nimport sys, json; print(json.dumps(list(sys.modules)))")))


def test_import_loads_nothing_heavy() -> None:
    modules = loaded("import derivlab")
    assert not modules & set(HEAVY)


def test_import_is_at_most_half_as_much_again_as_numpy() -> None:
    """In modules, which a clock cannot blur."""
    assert len(loaded("import derivlab")) <= 1.5 * len(loaded("import numpy"))


@pytest.mark.parametrize(
    ("use", "allowed"),
    [
        ("dl.reverse.grad(lambda x: x * x)(3.0)", set()),
        ("dl.forward.derivative(lambda x: x * x)(3.0)", set()),
        ("dl.forward.jvp(lambda x: dl.array_namespace(x).exp(x), (3.0,), (1.0,))", set()),
        ("dl.methods['complex-step'].derivative(lambda x: x * x)(3.0)", set()),
        ("dl.FiniteDifference().derivative(lambda x: x * x)(3.0)", set()),
        ("list(dl.methods), dl.spec('logistic-map'), list(dl.catalogue())", set()),
        ("dl.truth.derivative(lambda x: x * x)(3.0)", {"flint"}),
        ("dl.symbolic.derivative(lambda x: x * x)(3.0)", {"sympy", "scipy", "flint"}),  # SymPy counts with FLINT
    ],
)
def test_use_loads_only_what_it_needs(use: str, allowed: set[str]) -> None:
    modules = loaded(f"import derivlab as dl\n{use}")
    assert modules & set(HEAVY) <= allowed


def test_every_public_name_exists() -> None:
    import derivlab as dl

    for name in dir(dl):
        assert getattr(dl, name) is not None, name
    assert set(dl.__all__) <= set(dir(dl))


BLOCK = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
import derivlab as dl
"""

MISSING = {"jax": (["jax"], "jax"), "sympy": (["symbolic", "symbolic-cse"], "sympy")}


@pytest.mark.parametrize("package", MISSING)
def test_a_missing_package_is_unavailable_and_the_rest_goes_on(package: str) -> None:
    methods, install = MISSING[package]
    code = BLOCK.format(blocked={package, *(["jaxlib"] if package == "jax" else [])})
    code += """
import json
cells = dl.compare(dl.spec("logistic-map"), timing=False)
print(json.dumps({cell.method: [cell.outcome, cell.detail] for cell in cells}))
"""
    outcomes = json.loads(fresh(code))
    for name, (outcome, detail) in outcomes.items():
        if name in methods:
            assert outcome == "unavailable"
            assert f"pip install {install}" in detail
        else:
            assert outcome == "ok", (name, detail)


def test_without_the_truth_every_cell_says_what_to_install() -> None:
    code = BLOCK.format(blocked={"flint"})
    code += """
import json
cells = dl.compare(dl.spec("logistic-map"), timing=False)
print(json.dumps({cell.method: [cell.outcome, cell.detail] for cell in cells}))
"""
    for outcome, detail in json.loads(fresh(code)).values():
        assert outcome == "unavailable"
        assert "pip install python-flint" in detail


@pytest.mark.parametrize(("use", "package"), [
    ("dl.jax.grad(lambda x: x)(1.0)", "jax"), ("dl.symbolic.grad(lambda x: x)(1.0)", "sympy"),
    ("dl.truth.grad(lambda x: x)(1.0)", "flint"),
])  # fmt: skip
def test_a_direct_call_says_the_install_line(use: str, package: str) -> None:
    code = BLOCK.format(blocked={package, "jaxlib"})
    code += f"""
from derivlab.errors import UnavailableError
try:
    {use}
except UnavailableError as error:
    print(error)
"""
    assert "pip install" in fresh(code)
