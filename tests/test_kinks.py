"""At a kink that a spec lists every answer is classified: inside or outside the accepted set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab.measure.kinks import accepted
from derivlab.method.problem import flatten

KINKS = [(name, kink) for name in dl.catalogue() for kink in dl.spec(name).kinks]
LISTED = pytest.mark.parametrize(("name", "kink"), KINKS, ids=[f"{name}-{i}" for i, (name, _) in enumerate(KINKS)])


def test_there_are_kinks_to_judge() -> None:
    assert len({name for name, _ in KINKS}) >= 4


@LISTED
def test_our_methods_answer_inside(name: str, kink: Any) -> None:
    cells = dl.compare(dl.spec(name), *kink.args, timing=False, sizes=False)
    for cell in cells:
        assert cell.outcome in ("undefined", "unsupported", "unavailable")
        assert (cell.kink in ("inside", "outside")) == (cell.outcome == "undefined")
    for method in ("forward", "reverse", "taylor", "reverse-compiled", "forward-compiled", "manual", "complex-step"):
        assert cells[method].kink == "inside", method
    assert "(inside)" in str(cells)
    assert "(inside)" in cells._repr_html_()


@LISTED
def test_zero_slopes_are_not_always_accepted(name: str, kink: Any) -> None:
    """The corners are inside, their middle too, and twice the farthest corner and NaN are not."""
    flat = [np.concatenate([np.ravel(leaf) for leaf in flatten(slope)[0]]) for slope in kink.slopes]
    assert all(accepted(slope, kink.slopes) for slope in kink.slopes)
    assert accepted(np.mean(flat, axis=0), flat)
    far = max(flat, key=np.linalg.norm)
    assert not accepted(2 * far, flat)
    assert not accepted(far * np.nan, flat)
    assert not accepted(far * (1 + 1e-9), flat)


def test_a_wrong_answer_at_a_kink_is_outside() -> None:
    tied = np.array([1.0, 1.0])
    kink = dl.Kink((tied,), [np.array([1.0, 0.0]), np.array([0.0, 1.0])])
    spec = dl.Spec(lambda x: dl.array_namespace(x).max(x), (tied,), kinks=[kink])
    cells = dl.compare(spec, methods=["null", "forward-difference", "central-difference"], timing=False)
    assert cells["null"].kink == "outside"
    assert cells["forward-difference"].kink == "outside"  # (1, 1): each entry alone raises the maximum
    assert cells["central-difference"].kink == "inside"  # (½, ½), but for rounding


def test_elsewhere_nothing_is_classified() -> None:
    cells = dl.compare(dl.spec("relu"), methods=["forward"], timing=False)
    assert cells["forward"].outcome == "ok"
    assert cells["forward"].kink is None
    assert dl.compare(lambda x: abs(x), 0.0, methods=["forward"], timing=False)["forward"].kink is None
