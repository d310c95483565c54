"""What the tests judge derivatives by: the checks themselves are tested in ``test_checks_of_checks``.

Tolerances are in units of the last place u of the exact entry, times (1 + condition number) for what a change of
the last place of the inputs would do anyway; sums may lose u of their largest term.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import derivlab as dl
from derivlab import truth
from derivlab.array import surface as xp
from derivlab.method.problem import flatten
from derivlab.report.folder import load_study
from derivlab.report.study import Record, Study

ORDER_TWO = [("forward", "forward"), ("forward", "reverse"), ("reverse", "forward"), ("reverse", "reverse")]


_LAST: dict[Callable[..., Any], tuple[Any, Sequence[Any], Any]] = {}
"""For each way to judge by: the function and the arguments last judged, and what they are judged by."""


def once(exact: Callable[..., Any], f: Callable[..., Any], *args: Any) -> Any:
    """exact(f, *args), kept while the same function is judged at the same point, by one method after the other."""
    known, point, found = _LAST.get(exact, (None, (), None))
    alike = known == f and len(point) == len(args) and all(map(_same, point, args))
    if not alike:
        found = exact(f, *args)
        _LAST[exact] = (f, [np.array(x) for x in args], found)
    return found


def _same(a: Any, b: Any) -> bool:
    return a.dtype == np.asarray(b).dtype and np.array_equal(a, b)


def gradients(method: Any, f: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, ...]:
    """∇f for all arguments."""
    return method.grad(f, argnums=tuple(range(len(args))))(*args)


class _AtOnce:
    """JAX's gradient, compiled as a whole: each operation compiled for itself takes some three times as long."""

    name = "jax"

    def grad(self, f: Callable[..., Any], argnums: Any) -> Callable[..., Any]:
        """The prepared operator, prepared where it is called."""
        return lambda *args: dl.jax.prepare("grad", f, *args, argnums=argnums)(*args)


JAX_AT_ONCE = _AtOnce()


def check_gradient(method: Any, f: Callable[..., Any], args: Sequence[Any], ulps: float, *, sums: bool = False) -> None:
    """Each entry of ∇f within ``ulps`` (1 + condition) of its enclosure; with ``sums``, of the largest entry."""
    answers = gradients(method, f, args)
    enclosures, conditions = once(_enclosed, f, *args)
    largest = max(float(np.max(np.abs(e.value), initial=0.0)) for e in enclosures)
    for answer, enclosure, condition, x in zip(answers, enclosures, conditions, args, strict=True):
        assert answer.dtype == x.dtype, f"{method.name}: gradient has dtype {answer.dtype}, input {x.dtype}"
        assert answer.shape == x.shape, f"{method.name}: gradient has shape {answer.shape}, input {x.shape}"
        unit = np.spacing(np.abs(enclosure.value).astype(x.dtype)).astype(float)
        allowed = ulps * (1 + np.where(np.isfinite(condition), condition, 0.0))
        if sums:
            with np.errstate(over="ignore"):  # an entry that is exactly 0
                allowed = np.maximum(allowed, ulps * float(np.spacing(x.dtype.type(largest))) / unit)
        error = enclosure.error_ulps(answer)
        assert np.all(error <= allowed), (
            f"{method.name}: {answer} is {np.max(error):.3g} ulps off {enclosure.value} (allowed {allowed})"
        )


def _enclosed(f: Callable[..., Any], *args: Any) -> tuple[Any, Any]:
    """The enclosures of ∇f, and its condition numbers."""
    argnums = tuple(range(len(args)))
    return truth.grad(f, argnums)(*args), truth.condition(f, argnums)(*args)


def check_against_largest(method: Any, f: Callable[..., Any], args: Sequence[Any], ulps: float) -> None:
    """Each entry of ∇f within ``ulps`` of the largest entry, where a condition number would take too long."""
    answers, enclosures = gradients(method, f, args), once(_gradient, f, *args)
    largest = max(float(np.max(np.abs(e.value), initial=0.0)) for e in enclosures)
    for answer, enclosure in zip(answers, enclosures, strict=True):
        error = enclosure.error_ulps(answer) * np.spacing(np.abs(enclosure.value))
        assert np.all(error <= ulps * np.spacing(largest)), f"{method.name}: {answer} is off {enclosure.value}"


def _gradient(f: Callable[..., Any], *args: Any) -> Any:
    return truth.grad(f, tuple(range(len(args))))(*args)


def hessian_product(outer: str, inner: str, f: Callable[..., Any], x: Any, v: Any) -> Any:
    """H v by one of the four ways to nest two modes."""
    first, second = dl.methods[outer], dl.methods[inner]
    if (outer, inner) == ("forward", "reverse"):
        return first.jvp(second.grad(f), (x,), (v,))[1]
    if (outer, inner) == ("reverse", "forward"):
        return first.grad(lambda x: second.jvp(f, (x,), (v,))[1])(x)
    if (outer, inner) == ("reverse", "reverse"):
        return first.grad(lambda x: xp.sum(second.grad(f)(x) * v))(x)
    unit = np.eye(x.size).reshape(x.size, *x.shape)
    products = [first.jvp(lambda x: second.jvp(f, (x,), (v,))[1], (x,), (e[()],))[1] for e in unit]
    return np.reshape(np.array(products), x.shape)


def curvature(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The enclosed vᵀ H v, from the power series of f(x + t v)."""
    return truth.derivative(lambda t: f(x + t * v), order=2)(0.0)


def check_curvature(outer: str, inner: str, f: Callable[..., Any], x: Any, v: Any, ulps: float) -> None:
    """vᵀ H v within ``ulps`` of Σ |vᵢ Hᵢⱼ vⱼ|."""
    product = hessian_product(outer, inner, f, x, v)
    exact, scale = once(_curvature_and_terms, f, x, v)
    gap = abs(float(np.sum(product * v)) - exact)
    allowed = ulps * np.spacing(max(scale, abs(exact)))
    assert gap <= allowed, f"{outer} over {inner}: vᵀHv is off by {gap:.3g}, allowed {allowed:.3g}"


def _curvature_and_terms(f: Callable[..., Any], x: Any, v: Any) -> tuple[float, float]:
    """vᵀ H v, and Σ |vᵢ Hᵢⱼ vⱼ| for its size alone, which one of the ways tells."""
    columns = [hessian_product("forward", "reverse", f, x, e[()]) for e in np.eye(x.size).reshape(x.size, *x.shape)]
    terms = sum(abs(float(a)) * np.sum(np.abs(c * v)) for a, c in zip(np.ravel(v), columns, strict=True))
    return float(curvature(f, x, v)), float(terms)


def inner(left: Any, right: Any) -> tuple[float, float]:
    """⟨left, right⟩ over all leaves, and the same sum of magnitudes."""
    pairs = list(zip(flatten(left)[0], flatten(right)[0], strict=True))
    return (
        float(sum(np.sum(np.asarray(a) * np.asarray(b)) for a, b in pairs)),
        float(sum(np.sum(np.abs(np.asarray(a) * np.asarray(b))) for a, b in pairs)),
    )


def check_adjoint(forward: Any, reverse: Any, f: Callable[..., Any], args: Any, seed: int, ulps: float) -> None:
    """⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩, within ``ulps`` of the sums of magnitudes."""
    rng = np.random.default_rng(seed)
    tangents = tuple(rng.standard_normal(np.shape(x)) for x in args)
    y, y_dot = forward.jvp(f, tuple(args), tangents)
    y_bar = rng.standard_normal(np.shape(y))
    x_bar = reverse.vjp(f, *args)[1](y_bar)
    left, magnitude = inner(y_bar, y_dot)
    right, other = inner(x_bar, tangents)
    allowed = ulps * np.spacing(max(magnitude, other))
    assert abs(left - right) <= allowed, f"⟨ȳ, Jẋ⟩ = {left!r} but ⟨Jᵀȳ, ẋ⟩ = {right!r} (allowed {allowed:.3g})"


STUDIES = Path(__file__).parents[1] / "studies"


def measured_quickly(name: str) -> tuple[Study, list[Record]]:
    """A study and its records in quick mode."""
    study = load_study(STUDIES, name)
    return study, study.measure(True, lambda what, share: None)


def assert_whole(name: str, records: list[Record]) -> None:
    """Every figure holds something, and none reaches the edge of its canvas."""
    for drawing in load_study(STUDIES, name).draw(records):
        figure = drawing.figure
        figure.canvas.draw()
        ink = (np.asarray(figure.canvas.buffer_rgba())[..., :3] != 255).any(axis=-1)
        assert ink.mean() > 0.01, drawing.name
        edges = np.concatenate([ink[:, 0], ink[:, -1], ink[0], ink[-1]])
        assert not edges.any(), f"{drawing.name} is cropped"


def unlinked(markdown: str) -> str:
    """A page without the links of its numbers to their records."""
    return re.sub(r"\[([^\]]*)\]\(data\.jsonl[^)]*\)", r"\1", markdown)
