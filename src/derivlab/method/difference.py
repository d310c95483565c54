"""Finite differences: the derivative from values of the function alone."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UndefinedError, UnsupportedError
from derivlab.method.bilinear import Bilinear
from derivlab.method.estimate import Estimate, estimated
from derivlab.method.ladder import best_step
from derivlab.method.noise import tolerated_noise
from derivlab.method.path import Domain, Path
from derivlab.method.problem import ArgNums, Problem, name_of
from derivlab.method.seeds import check_order
from derivlab.method.stencils import HIGHEST, Stencil, named_stencil, stencil
from derivlab.method.steps import Quotients, fixed_step, judged_step

_SIDES = {"central": ("forward", "backward"), "forward": ("backward",), "backward": ("forward",)}


class Difference(Bilinear):
    """What the difference methods share: they see f along a line, any derivative at once, and know their error.

    A subclass gives :meth:`quotients`.
    """

    scheme = "central"
    domain: Domain = None
    derivative_order = 1
    unsupported = dict.fromkeys(["partial"], "differences of differences lose digits; use directional, or forward")

    def quotients(self, path: Path, scheme: str, judge: bool) -> Quotients:
        """The derivative along a path by one scheme; bounds on the errors where ``judge`` asks for them."""
        raise NotImplementedError

    def plain(self, path: Path) -> list[Any] | None:
        """The quotients leaf by leaf, with a step that sees no values; None where values choose it."""
        return None

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        path = Path(problem, tangents, self.domain)
        leaves = self.plain(path) if path.traced or self.domain is None else None
        if leaves is not None:
            return path.outputs, leaves
        if path.traced:
            raise UnsupportedError(f"{self.name}: cannot run inside another differentiation; use forward or reverse")
        found, _ = self._found(path, judge=False)
        defined = ~np.isfinite(path.here)
        if not np.all(defined | np.isfinite(found.value)):
            raise self._undefined(problem, "it has a value here, and none on either side within reach of the stencil")
        if not np.all(defined | np.isfinite(found.error)):
            raise self._undefined(
                problem,
                "the quotients grow as the step shrinks, as at a jump or an infinite slope; with_error shows them",
            )
        return path.outputs, path.unflatten(found.value)

    def _undefined(self, problem: Problem, reason: str) -> UndefinedError:
        return UndefinedError(f"{self.name}: no derivative of {name_of(problem.f)} found here: {reason}")

    def measured(self, problem: Problem, tangents: Sequence[Any]) -> tuple[Path, Quotients, tuple[str, ...]]:
        """The path, the quotients along it with bounds on their errors, and the schemes that gave them."""
        path = Path(problem, tangents, self.domain)
        if path.traced:
            raise UnsupportedError(f"{self.name}: no error estimate inside another differentiation")
        found, schemes = self._found(path, judge=True)
        lost = (path.noise > 0.1 * np.abs(path.here)) & (np.abs(found.value) < found.error)
        found.trusted = found.trusted & ~lost
        found.error = np.where(np.isnan(found.error), np.inf, found.error + path.epsilon * np.abs(found.value))
        return path, found, schemes

    def _found(self, path: Path, judge: bool) -> tuple[Quotients, tuple[str, ...]]:
        """The quotients, and the schemes that gave them: one-sided ones where the values end."""
        if not path.here.size:
            return Quotients(path.here, path.here, path.here, path.here == 0), (self.scheme,)
        with np.errstate(all="ignore"):
            found, schemes = self.quotients(path, self.scheme, judge), [self.scheme]
            if judge:
                steps = found.step[np.isfinite(found.step)]
                widest = float(np.median(steps)) / 4 if steps.size else path.scale
                path.noise = np.maximum(path.noise, tolerated_noise(path, widest))
                found = self.quotients(path, self.scheme, judge)
            edge = path.edge
            for side in _SIDES.get(self.scheme, ()) if edge.any() else ():
                other = self.quotients(path, side, judge)
                taken = edge & found.beaten_by(other)
                found = found.replaced(other, taken)
                schemes += [side] if taken.any() else []
        return found, tuple(schemes)

    def with_error(
        self, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0, order: int = 1
    ) -> Estimate:
        """The answer of "derivative", "grad", "jvp" or "jacobian" with its error, steps and evaluations.

        ``with_error("grad", f, x).error``, ``with_error("derivative", f, x, order=2)``,
        ``with_error("jvp", f, (x,), (v,))``.

        Cost: for each direction 6 evaluations more than without, for the noise of f.
        """
        return estimated(self.of_order(order), operator, f, *args, argnums=argnums)

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
        """The function of dᵏf/dxᵏ by one stencil, k ≤ 6; f of one real variable, with an answer of any shape."""
        return super(Difference, self.of_order(order)).derivative(f)

    def directional(
        self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], order: int = 1
    ) -> Any:
        """dᵏ/dtᵏ f(x + t v) at t = 0 by one stencil, k ≤ 6."""
        self.check("directional", f)
        return self.of_order(order).jvp(f, primals, tangents)[1]

    def push_twice(self, problem: Problem, v: Sequence[Any], w: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """vᵀ H w = (D²(av + bw) − D²(av − bw)) / 4ab, D² along a line, with a, b of the sizes of what moves."""
        twice = self.of_order(2)
        if v is w:
            return twice.push(problem, v)
        a, b = (_size(problem.primals, direction) for direction in (v, w))
        outputs, plus = twice.push(problem, [a * dv + b * dw for dv, dw in zip(v, w, strict=True)])
        _, minus = twice.push(problem, [a * dv - b * dw for dv, dw in zip(v, w, strict=True)])
        return outputs, [(p - m) / (4 * a * b) for p, m in zip(plus, minus, strict=True)]

    def of_order(self, order: int) -> Self:
        """This method with k-th derivatives along a line in place of first ones."""
        if check_order(order) > HIGHEST:
            raise UnsupportedError(
                f"{self.name}: derivatives beyond order {HIGHEST} lose their digits, and {order} was asked for; use "
                "forward, or nest"
            )
        method = copy.copy(self)
        method.derivative_order = order
        return method


class FiniteDifference(Difference):
    """Difference quotients Σ wⱼ f(x + oⱼ h v) / hᵈ along a direction v.

    Forward: (f(x + hv) − f(x)) / h, truncation error ½ h f″. Central: (f(x + hv) − f(x − hv)) / 2h, truncation
    error h² f‴/6. Rounding adds about ε |f| Σ|w| / hᵈ, so no step is good for every f. A stencil of order p for the
    d-th derivative errs by C hᵖ f⁽ᵈ⁺ᵖ⁾ and reaches a relative error of about ε^(p/(p+d)).

    Parameters
    ----------
    scheme
        ``"central"``, ``"forward"`` or ``"backward"``. Where f has no values on one side, the others of the same
        order stand in; :meth:`with_error` says which did.
    step
        h, absolute. ``"auto"``: for each entry of the answer the step of least estimated error on a ladder of steps
        (:func:`~derivlab.method.ladder.best_step`). ``"rule"``: ε^(1/(p+d)) max(1, |x|) without a
        look at f, ε being the unit roundoff of the dtype.
    order
        p, the order of accuracy: 2, 4, 6, 8 (central, 2 by default) or 1 … 8 (1 by default).
    relative
        h as a multiple of the largest |x| that moves (of 1 if that is 0), in place of ``step``.
    offsets
        Offsets in steps, in place of a scheme: any distinct numbers.
    domain
        (low, high): f is not evaluated where an entry that moves leaves it.

    Cost: with a given step or the rule, f(x) and one evaluation for each weight that is not 0, for each direction; a
    gradient of n entries takes n of them. "auto" takes three to six times as many, and more where f
    is noisy.

    Raises
    ------
    UndefinedError
        Where f has a value and none on either side, and where "auto" finds that the quotients grow over many steps
        as the step shrinks: at a jump or an infinite slope. Elsewhere an entry in doubt keeps the quotient of least
        error, and :meth:`with_error` does not trust it. At a kink the central quotient is the mean of the two slopes.
    """

    def __init__(
        self,
        scheme: str = "central",
        step: float | str = "auto",
        *,
        order: int | None = None,
        relative: float | None = None,
        offsets: Sequence[Any] | None = None,
        domain: Domain = None,
    ) -> None:
        check_step(step, ("auto", "rule"))
        if relative is not None and (step != "auto" or not _positive(relative)):
            raise ArgumentError(f"relative must be a positive number, without step, and is {relative!r}")
        if offsets is not None and (scheme != "central" or order is not None):
            raise ArgumentError("offsets stand in place of scheme and order; give one or the other")
        first = stencil(offsets) if offsets is not None else named_stencil(scheme, 1, order)
        self.scheme = "offsets" if offsets is not None else scheme
        self.offsets = None if offsets is None else tuple(offsets)
        self.step, self.relative, self.order = step, relative, order
        self.domain = check_domain(domain)
        self.name = f"{self.scheme}-difference"
        self.accuracy = 1e-5 if first.order == 1 else 1e-7

    def stencil(self, scheme: str | None = None) -> Stencil:
        """The stencil in use; with ``scheme``, that of another scheme and the same order of accuracy."""
        if self.offsets is not None:
            return stencil(self.offsets, self.derivative_order)
        own = named_stencil(self.scheme, self.derivative_order, self.order)
        return own if scheme is None else named_stencil(scheme, self.derivative_order, own.order)

    def quotients(self, path: Path, scheme: str, judge: bool) -> Quotients:
        weights = self.stencil(None if scheme == self.scheme else scheme)
        if self.step == "auto" and self.relative is None:
            return best_step(path, weights)
        return (judged_step if judge else fixed_step)(path, weights, self._given(path))

    def plain(self, path: Path) -> list[Any] | None:
        searched = self.step == "auto" and self.relative is None
        if searched and not path.traced:
            return None
        weights, h = self.stencil(), self._given(path)
        try:
            with np.errstate(all="ignore"):
                rows = [path.leaves(float(o) * h) if o else path.outputs for o in weights.offsets]
        except (ValueError, ArithmeticError):  # a domain ends here, or f is at fault: the slower way tells
            if path.traced:
                raise
            return None
        leaves = [
            sum(w * y for w, y in zip(weights.floats, column, strict=True)) / h**weights.derivative
            for column in zip(*rows, strict=True)
        ]
        fine = path.traced or all(np.isfinite(t).all() for t in leaves)
        return leaves if fine else None

    def _given(self, path: Path) -> float:
        """The step, where no search chooses it."""
        if self.relative is not None:
            return self.relative * path.scale
        if not isinstance(self.step, str):
            return float(self.step)
        power = 1 / (self.stencil().order + self.derivative_order)
        return float(2.0 ** np.round(np.log2(path.epsilon**power * max(path.unit, path.scale))))


def _size(primals: Sequence[Any], direction: Sequence[Any]) -> float:
    """The largest entry of x that a direction moves (1 if that is 0), over the largest of the direction."""
    if any(isinstance(z, Traced) for z in (*primals, *direction)):
        return 1.0
    pairs = list(zip(primals, direction, strict=True))
    moved = max((float(np.max(np.abs(x), where=np.asarray(v) != 0, initial=0.0)) for x, v in pairs), default=0.0)
    longest = max((float(np.max(np.abs(v), initial=0.0)) for _, v in pairs), default=0.0)
    return (moved or 1.0) / (longest or 1.0)


def _positive(number: Any) -> bool:
    return not isinstance(number, (str, bool)) and bool(np.isfinite(number)) and number > 0


def check_step(step: Any, words: tuple[str, ...]) -> None:
    """An error for a step that is neither a positive number nor one of the words."""
    if not (step in words if isinstance(step, str) else _positive(step)):
        raise ArgumentError(f"step must be {' or '.join(map(repr, words))} or a positive number, and is {step!r}")


def check_domain(domain: Any) -> Domain:
    """A domain as two floats in order, or an error."""
    if domain is None:
        return None
    try:
        low, high = (float(edge) for edge in domain)
    except (TypeError, ValueError):
        raise ArgumentError(f"domain must be two numbers (low, high), and is {domain!r}") from None
    if not low < high:
        raise ArgumentError(f"domain must have low < high, and is {domain!r}")
    return low, high
