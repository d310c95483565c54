"""The catalogue: every function that a course on gradients shows is a spec, and every method is judged on each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

import derivlab as dl
from derivlab.measure.kinks import accepted
from derivlab.method import METHODS
from derivlab.method.problem import flatten
from spec_checks import check, enclosed, gradient, moved

RUNNING = """
    logistic-map logistic-map-closed sigmoid-neuron sigmoid-neuron-loss least-squares mlp-loss add-mul-gate relu-vector
    quadratic-bowl wengert-example
"""
LEARNING = """
    sigmoid tanh relu leaky-relu maxout elu
    linear-score fully-connected two-layer-scores three-layer-scores sigmoid-net
    softmax-cross-entropy multiclass-hinge squared-error classifier-loss
    l2-regulariser l1-regulariser elastic-net
    polynomial-regression
"""
HELMHOLTZ = "helmholtz x-log-half-x"
BENCHMARKS = """
    gmm bundle-adjustment lstm log-sum-exp least-squares k-means determinant-by-minors ode saddle particle
    rosenbrock speelpenning
"""
LISTED = sorted({*RUNNING.split(), *LEARNING.split(), *HELMHOLTZ.split(), *BENCHMARKS.split()})
BEYOND = {"absolute-value", "chebyshev-distance"}
"""Specs for their kinks alone."""

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("gmm", {"d": 1, "k": 2, "n": 4}),
    ("polynomial-regression", {"degree": 1, "l2": 0.5}),
    ("polynomial-regression", {"degree": 7}),
    ("bundle-adjustment", {"cameras": 1, "points": 2, "observations": 2, "seed": 1}),
    ("lstm", {"layers": 2, "bits": 1}),
    ("log-sum-exp", {"naive": True, "shift": 0.0}),
    ("k-means", {"n": 8, "k": 3, "d": 1}),
    ("determinant-by-minors", {"size": 1}),
    ("determinant-by-minors", {"size": 2}),
    ("ode", {"n": 5, "steps": 3, "order": 2}),
    ("saddle", {"coupling": 0.5}),
    ("particle", {"step": 1.0}),
    ("sigmoid", {"naive": True}),
    ("leaky-relu", {"slope": 0.01}),
    ("elu", {"alpha": 0.5}),
    ("fully-connected", {"n": 1, "c_in": 1, "c_out": 4, "seed": 3}),
    ("two-layer-scores", {"seed": 1}),
    ("three-layer-scores", {"seed": 1}),
    ("softmax-cross-entropy", {"naive": True}),
    ("elastic-net", {"beta": 2.0}),
    ("classifier-loss", {"loss": "softmax", "regulariser": "l1"}),
    ("classifier-loss", {"loss": "softmax", "regulariser": "elastic-net", "beta": 2.0}),
    ("classifier-loss", {"loss": "svm", "regulariser": "l2"}),
    ("classifier-loss", {"loss": "svm", "regulariser": "l1", "strength": 2.0}),
    ("classifier-loss", {"loss": "svm", "regulariser": "elastic-net"}),
]
"""Parameters other than the default ones, where they change the function."""

EACH = [*((name, {}) for name in LISTED), *VARIANTS]

each = pytest.mark.parametrize(("name", "parameters"), EACH)
kinked = pytest.mark.parametrize(("name", "parameters"), [(n, p) for n, p in EACH if dl.spec(n, **p).kinks])
listed = pytest.mark.parametrize("name", LISTED)

OVERFLOWING = {"log-sum-exp"}
"""Where a formula that is computed as it is printed is not a number, by intention."""


def test_the_catalogue_is_listed() -> None:
    """Both ways: what is listed is a spec, and a spec is listed."""
    assert set(dl.catalogue()) == {*LISTED, *BEYOND}


@pytest.mark.parametrize("name", [*LISTED, *sorted(BEYOND)])
def test_every_method_answers_or_says_that_it_cannot(name: str) -> None:
    """Those that have the operator are right against the truth; SymPy alone may run out of time."""
    spec = dl.spec(name)
    methods = [method for method in METHODS if method != "null"]
    by_formulas = [method for method in methods if "symbolic" in method]
    others = [method for method in methods if "symbolic" not in method]
    formulas = "inaccurate" if name in OVERFLOWING else "ok", "timed out"
    for names, seconds, outcomes in ((by_formulas, 1.0, formulas), (others, 60.0, ("ok",))):
        for cell in dl.compare(spec, methods=names, timing=False, sizes=False, seconds=seconds):
            able = spec.operator not in METHODS[cell.method].unsupported
            assert cell.outcome in (outcomes if able else ("unsupported",)), (
                f"{cell.method}: {cell.outcome}: {cell.detail}"
            )


@listed
def test_a_spec_says_what_it_is(name: str) -> None:
    spec = dl.spec(name)
    assert spec.summary
    assert spec.domain
    assert spec.latex
    assert spec.source
    value, slopes = spec.value_and_gradient(*spec.args)
    assert np.shape(value) == ()
    wanted = (spec.argnums,) if isinstance(spec.argnums, int) else spec.argnums
    shapes = [np.shape(leaf) for place in wanted for leaf in flatten(spec.args[place])[0]]
    assert [np.shape(leaf) for leaf in flatten(slopes)[0]] == shapes


@each
def test_formulas_render_in_figures(name: str, parameters: dict[str, Any]) -> None:
    MathTextParser("path").parse(f"${dl.spec(name, **parameters).latex}$")


@each
def test_by_hand_and_in_reverse_meet_the_truth_at_other_points(name: str, parameters: dict[str, Any]) -> None:
    """No kink is there: the enclosure would be undefined."""
    spec = dl.spec(name, **parameters)
    for seed in (1, 2):
        args = moved(spec, seed)
        value, slopes = enclosed(spec, *args)
        for method in ("manual", "reverse"):
            check(gradient(method, spec, *args), slopes, spec, *args)
        terms = 100 if name in CANCELLING else 1
        assert value.error_ulps(spec.value_and_gradient(*args)[0]) <= 32 * terms


CANCELLING = {"gmm", "particle"}
"""Values that are sums of larger terms of either sign, or the end of many steps."""


@kinked
def test_answers_at_kinks_are_accepted(name: str, parameters: dict[str, Any]) -> None:
    spec = dl.spec(name, **parameters)
    for kink in spec.kinks:
        for method in ("manual", "forward", "reverse", "taylor", "reverse-compiled"):
            assert accepted(gradient(method, spec, *kink.args), kink.slopes)


@kinked
def test_slopes_accepted_at_a_kink_are_the_limits_nearby(name: str, parameters: dict[str, Any]) -> None:
    """At 200 points within 1e-9 the derivative is one of the listed limits, and each limit is met."""
    spec = dl.spec(name, **parameters)
    wanted = (spec.argnums,) if isinstance(spec.argnums, int) else spec.argnums
    for kink in spec.kinks:
        limits = [np.concatenate([np.ravel(part) for part in flatten(slope)[0]]) for slope in kink.slopes]
        nearest: set[int] = set()
        for seed in range(200):
            noise = np.random.default_rng(seed).standard_normal
            near = [arg + 1e-9 * noise(np.shape(arg)) if i in wanted else arg for i, arg in enumerate(kink.args)]
            slopes = np.concatenate([np.ravel(part) for part in gradient("manual", spec, *near)])
            distances = [np.max(np.abs(slopes - limit)) for limit in limits]
            assert min(distances) <= 1e-7
            nearest.add(int(np.argmin(distances)))
        assert nearest == set(range(len(limits)))
