"""Typical mistakes of a first hour: each ends in a message that says what, where, and what to type instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab import special
from derivlab.array import surface as xp
from derivlab.errors import DerivlabError

V = np.array([1.0, 2.0, 3.0])
W = np.arange(6.0).reshape(2, 3) + 1


def total(x):
    return np.sum(x * x)


def gradient(f: Callable[..., Any], x: Any = V) -> Callable[[], Any]:
    return lambda: dl.reverse.grad(f)(x)


def _kept() -> Any:
    kept: list[Any] = []
    dl.reverse.grad(lambda x: (kept.append(x), total(x))[1])(V)
    return kept[0] * 2.0


def _outer_buffer() -> Any:
    out = np.zeros(3)

    def f(x: Any) -> Any:
        for i in range(3):
            out[i] = x[i] ** 2
        return out.sum()

    return dl.reverse.grad(f)(V)


OURS: dict[str, tuple[Callable[[], Any], str]] = {
    # The result.
    "no return": (gradient(lambda x: None), r"<lambda> returned None; did you forget to return"),
    "vector": (gradient(lambda x: 2 * x), r"returned an array of shape \(3,\)\. Use jacobian\(f\).*xp\.sum\(y\)"),
    "array of one": (gradient(lambda x: x[:1]), r"shape \(1,\).*y\[0\]"),
    "value and data": (gradient(lambda x: (total(x), x)), r"returned 2 arrays.*has_aux=True"),
    "text": (gradient(lambda x: "3.0"), r"returned str; return an array or a float"),
    "truth value": (gradient(lambda x: x[0] > 0), r"returned bool, which moves in steps"),
    "integer": (gradient(lambda x: x.astype(int)[0]), r"returned int64, which moves in steps.*return a float"),
    "generator": (gradient(lambda x: (t for t in x)), r"returned generator; return an array"),
    # The argument.
    "integers": (gradient(total, np.array([1, 2, 3])), r"dtype int64.*x\.astype\(float\)"),
    "an integer": (lambda: dl.reverse.derivative(total)(3), r"is the int 3: .*write 3\.0"),
    "nothing": (gradient(total, None), r"argument 0 holds no array.*it is None"),
    "a string": (gradient(total, "3.0"), r"argument 0 is str: '3\.0'; give a float or an array"),
    "a second argument of integers": (
        lambda: dl.reverse.grad(lambda x, n: total(x) * n, argnums=(0, 1))(V, 2),
        r"argument 1 is the int 2: .*write 2\.0",
    ),
    "array for derivative": (lambda: dl.reverse.derivative(total)(V), r"derivative needs one number.*grad or jacobian"),
    # The call.
    "no tuples": (lambda: dl.reverse.jvp(total, V, V), r"tuples of one length: jvp\(f, \(x,\), \(v,\)\)"),
    "no tuples of the truth": (lambda: dl.truth.jvp(total, V, V), r"truth\.jvp\(f, \(x,\), \(v,\)\)"),
    "lists": (lambda: dl.reverse.hvp(total, [V], [V]), r"hvp\(f, \(x,\), \(v,\)\)"),
    "shape of a tangent": (
        lambda: dl.reverse.jvp(total, (V,), (V[:2],)),
        r"shapes of the primals: expected \[\(3,\)\], got \[\(2,\)\]",
    ),
    "place of partial": (lambda: dl.reverse.partial(total, 0)(V), r"partial needs a tuple.*got 0"),
    "entry of partial": (lambda: dl.reverse.partial(total, (0,))(V), r"name one as \(i, j\) with i = 0"),
    "order of a series": (lambda: dl.taylor.series(np.sin, 1.0, -1), r"order must be an integer from 0 on, and is -1"),
    "float order": (lambda: dl.taylor.series(np.sin, 1.0, 2.0), r"order must be an integer from 0 on, and is 2\.0$"),
    "prepare without arguments": (lambda: dl.reverse.prepare("grad", total), r"prepare\('grad', total, x\)"),
    "prepare the wrong way": (
        lambda: dl.reverse.prepare(total, "grad", V),
        r"operator first: prepare\('grad', total, x\)",
    ),
    "prepare what is no operator": (lambda: dl.reverse.prepare("gradient", total, V), r"did you mean 'grad'"),
    "compare a gradient": (
        lambda: dl.compare(dl.reverse.grad(total), V, methods=["reverse"]),
        r"grad\(total\) returned an array.*operator='jacobian'",
    ),
    # Inside the function.
    "a list of results": (gradient(lambda x: np.sum([t**2 for t in x])), r"np\.sum\(np\.stack\(\[a, b\]\)\)"),
    "a buffer from outside": (_outer_buffer, r"filling a NumPy array.*np\.zeros_like"),
    "an array kept": (_kept, r"finished differentiation is used again.*Return it from the function"),
    "a number": (gradient(lambda x: x.sum().item()), r"item of .*index the array"),
    "a list": (gradient(lambda x: sum(x.tolist())), r"tolist of .*loop over it"),
    "an index": (gradient(lambda x: x[int(x[0])]), r"int of .*Python integer"),
    "lists beside arrays": (
        gradient(lambda x: np.sum(x + [1, 2, 3])),  # noqa: RUF005
        r"add: cannot compute with list.*numpy\.asarray",
    ),
    "None beside arrays": (gradient(lambda x: np.sum(x + None)), r"add: cannot compute with NoneType"),
    "text file": (gradient(lambda x: json.dumps(x)), r"^json\.dumps: .*outside of the function"),
    "fraction of an order": (
        gradient(lambda x: np.sum(special.polygamma(1.5, x))),
        r"special\.polygamma needs an integer n from 0 on, and got 1\.5",
    ),
    "inverse of no square": (
        gradient(lambda x: np.sum(np.linalg.inv(x)), W),
        r"linalg\.inv needs a square matrix.*\(2, 3\)",
    ),
}


@pytest.mark.parametrize("mistake", OURS)
def test_the_message_says_what_to_type(mistake: str) -> None:
    make, says = OURS[mistake]
    with pytest.raises(DerivlabError, match=says):
        make()


NUMPYS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "product of shapes": (gradient(lambda x: np.sum(W.T @ x)), ValueError, r"matmul of shapes \(3, 2\), \(3,\)"),
    "sum of shapes": (gradient(lambda x: np.sum(x + np.ones(2))), ValueError, r"add of shapes \(3,\), \(2,\)"),
    "shape": (gradient(lambda x: np.sum(x.reshape(2, 2))), ValueError, r"cannot reshape array of size 3"),
    "axis": (gradient(lambda x: np.sum(x, axis=2)), ValueError, r"axis 2 is out of range"),
    "too many indices": (gradient(lambda x: x[0, 0]), IndexError, r"index of shapes \(3,\): too many indices"),
    "beyond the end": (gradient(lambda x: x[7]), IndexError, r"index 7 is out of bounds"),
    "if": (gradient(lambda x: x[0] if x > 0 else x[1]), ValueError, r"ambiguous.*np\.where\(c, a, b\).*in place of if"),
    "max": (gradient(lambda x: np.sum(max(x, 0))), ValueError, r"np\.maximum\(x, 0\) in place of max\(x, 0\)"),
    "singular": (gradient(lambda x: np.sum(np.linalg.inv(x)), np.ones((2, 2))), np.linalg.LinAlgError, r"linalg\.pinv"),
    "missing argument": (gradient(lambda x, y: x * y, 1.0), TypeError, r"missing 1 required positional argument: 'y'"),
    "misspelt name": (gradient(lambda x: totl(x)), NameError, r"totl"),  # noqa: F821
    "misspelt method": (gradient(lambda x: x.mena()), AttributeError, r"no attribute 'mena'; use functions"),
    "positional axis": (gradient(lambda x: xp.sum(x, 0)), TypeError, r"positional"),
}


@pytest.mark.parametrize("mistake", NUMPYS)
def test_errors_of_array_code_are_those_of_numpy(mistake: str) -> None:
    make, kind, says = NUMPYS[mistake]
    with pytest.raises(kind, match=says):
        make()


def test_a_function_of_another_type_is_not_looked_into() -> None:
    with pytest.raises(TypeError, match="upper"):
        dl.reverse.grad(str.upper)(V)


def test_a_branch_on_a_number_is_fine() -> None:
    assert dl.reverse.derivative(lambda x: max(x, 0.0) ** 2)(3.0) == 6.0
