"""SciPy's functions with the array API switch on, unmodified, on our arrays: right, or refused, and never wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import derivlab as dl
from derivlab.errors import DerivativeLostError

REQUIRED = 38
"""The first calls of the table: those that must be right."""


@pytest.fixture(scope="session")
def verdicts() -> dict[str, dict]:
    """What became of each call, in a process that had the switch on before it imported SciPy."""
    script = Path(__file__).with_name("scipy_calls.py")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_the_calls_are_many(verdicts) -> None:
    assert len(verdicts) >= 80


def test_the_required_calls_are_right(verdicts) -> None:
    required = list(verdicts.items())[:REQUIRED]
    assert required[-1][0] == "Rotation.from_rotvec"
    assert {name: v for name, v in required if v["outcome"] != "right"} == {}


def test_no_call_is_silently_wrong(verdicts) -> None:
    assert {name: v for name, v in verdicts.items() if v["outcome"] not in ("right", "refused")} == {}


def test_refusals_name_what_happened(verdicts) -> None:
    for name, v in verdicts.items():
        if v["outcome"] == "refused":
            assert name.rpartition(".")[2].partition(" ")[0] in v["why"].partition("Instead")[0], (name, v["why"])
            assert any(w in v["why"] for w in ("namespace", "derivative", "under differentiation")), (name, v["why"])


def test_refusals_say_what_to_type(verdicts) -> None:
    says = {
        "linalg.det": "np.linalg.det",
        "signal.convolve": "w = xp.asarray(w)",
        "stats.pearsonr": "w = xp.asarray(w)",
        "stats.norm.logpdf": "-0.5 * ((x - loc) / scale) ** 2",
        "optimize.brentq": "scipy.optimize.newton(g, s, args=(x,))",
        "integrate.quad": "leggauss",
        "spatial.distance.euclidean": "np.linalg.norm(a - b)",
    }
    assert {name: verdicts[name]["why"] for name, text in says.items() if text not in verdicts[name]["why"]} == {}


def test_an_array_without_a_derivative_passes_freely_through_scipy() -> None:
    """A function of constants inside a differentiation is no loss."""
    stats = pytest.importorskip("scipy.stats")

    def f(x):
        weights = stats.rankdata(dl.array_namespace(x).asarray([3.0, 1.0, 2.0]))
        return (x * weights).sum()

    assert list(dl.reverse.grad(f)(dl.array_namespace(1.0).ones(3))) == [3.0, 1.0, 2.0]


def test_an_array_with_a_derivative_does_not() -> None:
    linalg = pytest.importorskip("scipy.linalg")
    with pytest.raises(DerivativeLostError, match="would lose it"):
        dl.reverse.grad(lambda x: linalg.norm(x))(dl.array_namespace(1.0).ones(3))
