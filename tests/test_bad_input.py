"""Each mistake gets one clear error that says what to type; a derivative is never silently wrong or zero."""

from __future__ import annotations

import copy
import json
import math
import pickle

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, special, truth
from derivlab.array import surface as xp
from derivlab.errors import ArgumentError, DerivativeLostError, DerivlabError, UnknownNameError, UnsupportedError
from derivlab.specs import registry

ALL = [name for name in dl.methods if name not in ("manual", "null")]
OURS = ["forward", "reverse", "complex-step", "symbolic", "symbolic-cse"]
MODES = ["forward", "reverse", "taylor"]
OPERATORS = ["grad", "value_and_grad", "derivative", "jacobian"]
V = np.array([1.0, 2.0, 3.0])

every = pytest.mark.parametrize("name", ALL)
ours = pytest.mark.parametrize("name", OURS)
mode = pytest.mark.parametrize("name", MODES)


def total(x):
    return array_namespace(x).sum(x * x)


# The call.


@every
@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("wrong", [3.0, None, "x**2", V])
def test_not_a_function(name: str, operator: str, wrong) -> None:
    with pytest.raises(ArgumentError, match=rf"{operator} needs a function.*Pass the function itself, {operator}\(f\)"):
        getattr(dl.methods[name], operator)(wrong)


@pytest.mark.parametrize("operator", ["grad", "value_and_grad", "derivative", "jacobian", "condition"])
def test_truth_of_no_function(operator: str) -> None:
    with pytest.raises(ArgumentError, match="needs a function"):
        getattr(truth, operator)(3.0)


@every
@pytest.mark.parametrize("operator", OPERATORS)
def test_prepare_of_no_function(name: str, operator: str) -> None:
    with pytest.raises(ArgumentError, match="needs a function"):
        dl.methods[name].prepare(operator, 3.0, 1.0)


INPUTS = {
    "integer": (3, "derivatives need floating point; write 3.0"),
    "boolean": (True, "derivatives need floating point; write 1.0"),
    "integers": (np.arange(3), r"dtype int64.*x\.astype\(float\)"),
    "booleans": (np.array([True, False]), r"dtype bool.*x\.astype\(float\)"),
    "complex": (np.array([1j]), "real and imaginary parts|holomorphic=True"),
    "objects": (np.array([1.0, None]), r"x\.astype\(float\)"),
    "nan": (np.array([1.0, np.nan]), r"nan at index \(1,\).*numpy\.isfinite"),
    "inf": (np.inf, r"inf.*numpy\.isfinite"),
    "overflowing square": (np.array([1e200, np.inf]), r"inf at index \(1,\)"),
    "list with nan": ([1.0, np.nan], r"nan.*numpy\.isfinite"),
    "text": ("3.0", "is str.*give a float or an array"),
    "none": (None, "holds no array"),
    "empty": ([], "holds no array"),
    "matrix class": (np.ones((1, 1)).view(np.matrix), r"numpy\.asarray"),
    "masked": (np.ma.array([1.0]), r"numpy\.asarray"),
}


@every
@pytest.mark.parametrize("operator", ["grad", "jacobian"])
@pytest.mark.parametrize("kind", INPUTS)
def test_input_that_has_no_derivative(name: str, operator: str, kind: str) -> None:
    wrong, message = INPUTS[kind]
    with pytest.raises(ArgumentError, match=message):
        getattr(dl.methods[name], operator)(total)(wrong)


@pytest.mark.parametrize("kind", INPUTS)
def test_truth_of_input_that_has_no_derivative(kind: str) -> None:
    wrong, message = INPUTS[kind]
    with pytest.raises(ArgumentError, match=message):
        truth.grad(total)(wrong)


def test_large_but_finite_input_is_fine() -> None:
    assert np.array_equal(dl.reverse.grad(lambda x: xp.sum(2 * x))(np.array([1e200, 1e300])), [2.0, 2.0])


@mode
def test_integers_of_another_library(name: str) -> None:
    jnp = pytest.importorskip("jax.numpy")
    with pytest.raises(ArgumentError, match="floating point"):
        dl.methods[name].grad(lambda x: xp.sum(0.5 * x))(jnp.arange(3))


@every
@pytest.mark.parametrize(
    ("argnums", "message"),
    [
        (2, "out of range.*2 arguments"), (-3, "out of range"), ((0, 5), "out of range"), (1.0, "must be an integer"),
        ("w", "must be an integer"), (True, "must be an integer"), ([0], "must be an integer"), ((0, 0), "twice"),
        ((0, -2), "twice"),
    ],
)  # fmt: skip
def test_wrong_argnums(name: str, argnums, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        dl.methods[name].grad(lambda w, x: total(w * x), argnums)(V, V)


@every
def test_derivative_of_a_vector_argument(name: str) -> None:
    with pytest.raises(ArgumentError, match=r"derivative needs one number.*shape \(3,\).*grad or jacobian"):
        dl.methods[name].derivative(total)(V)


@pytest.mark.parametrize("order", [0, -1, 1.5, "2", None])
@every
def test_order_that_is_no_order(name: str, order) -> None:
    with pytest.raises(ArgumentError, match="positive integer"):
        dl.methods[name].derivative(total, order=order)(1.0)


TANGENTS = {
    "shape": ((V,), (np.ones(2),), r"shapes of the primals.*\(3,\).*\(2,\)"),
    "scalar": ((V,), (1.0,), "shapes of the primals"),
    "integer": ((V,), (np.arange(3),), "^tangent 0 has dtype int64: derivatives need floating point"),
    "python integer": ((V, 1.0), (V, 1), r"^tangent 1 is the int 1: .*write 1\.0"),
    "text": ((1.0,), ("a",), r"^tangent 0 is str: 'a'; give a float or an array, numpy.asarray\(x, dtype=float\)$"),
    "nan": ((V,), (np.array([1.0, np.nan, 1.0]),), r"^tangent 0 holds nan at index \(1,\)"),
    "list": ([V], [V], r"tuples.*jvp\(f, \(x,\), \(v,\)\)"),
    "bare": (V, V, r"jvp\(f, \(x,\), \(v,\)\)"),
    "count": ((V,), (V, V), "tuples of one length"),
    "structure": (({"a": 1.0, "b": 2.0},), ({"a": 1.0, "c": 1.0},), "structure"),
    "container": (([1.0, 2.0],), (((1.0), 2.0),), "structure"),
}


@every
@pytest.mark.parametrize("kind", TANGENTS)
def test_wrong_tangents(name: str, kind: str) -> None:
    primals, tangents, message = TANGENTS[kind]
    with pytest.raises(ArgumentError, match=message):
        dl.methods[name].jvp(lambda *x: x[0], primals, tangents)


@pytest.mark.parametrize("kind", ["shape", "scalar", "integer", "nan", "structure"])
def test_wrong_tangents_of_the_truth(kind: str) -> None:
    primals, tangents, message = TANGENTS[kind]
    with pytest.raises(ArgumentError, match=message):
        truth.jvp(lambda x: x, primals, tangents)


@every
@pytest.mark.parametrize("wrong", [np.ones(2), 1.0, [1.0, 2.0, 3.0], {"a": V}])
def test_wrong_cotangents(name: str, wrong) -> None:
    pull = dl.methods[name].vjp(lambda x: 2.0 * x, V)[1]
    with pytest.raises(ArgumentError, match=r"cotangent has shape|structure"):
        pull(wrong)


@every
def test_what_is_no_cotangent(name: str) -> None:
    pull = dl.methods[name].vjp(lambda x: 2.0 * x, 1.0)[1]
    with pytest.raises(ArgumentError, match="the cotangent holds str 'a'; give a float or an array"):
        pull("a")
    with pytest.raises(ArgumentError, match=r"one array, and is None; of one array give numpy\.ones_like\(y\)"):
        pull(None)
    with pytest.raises(ArgumentError, match="takes one cotangent, in the structure of the answer, and got 2"):
        pull(1.0, 1.0)


WRONG_BY_HAND = {
    "shape": (lambda x: 2 * x[:2], "answers with shape (2,), and the derivative has shape (3,)"),
    "column": (lambda x: 2 * x[:, None], "answers with shape (3, 1), and the derivative has shape (3,)"),
    "number": (lambda x: 2.0, "answers with shape (), and the derivative has shape (3,)"),
    "pair": (lambda x: (x, 2 * x), "answers with 2 arrays of shapes (3,), (3,), and the derivative has shape (3,)"),
    "none": (lambda x: None, "answers None, and not with arrays of numbers"),
    "text": (lambda x: "2x", "answers '2x', and not with arrays of numbers"),
    "error": (lambda x: 1 / 0, "ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize("what", WRONG_BY_HAND)
def test_a_derivative_by_hand_of_another_form_is_a_failed_cell(what: str) -> None:
    manual, detail = WRONG_BY_HAND[what]
    comparison = dl.compare(total, V, manual=manual, methods=["manual", "reverse"], timing=False)
    assert [(cell.outcome, cell.detail) for cell in comparison] == [("failed", detail), ("ok", "")]
    assert "failed" in str(comparison)


@pytest.mark.parametrize("manual", [lambda x: None, lambda x: (1.0, 1.0), lambda x: "kink"])
def test_so_it_is_where_there_is_no_truth(manual) -> None:
    comparison = dl.compare(lambda x: abs(x), 0.0, manual=manual, methods=["manual", "reverse"], timing=False)
    assert next(iter(comparison)).outcome in ("failed", "undefined")


# Names.


@pytest.mark.parametrize(
    ("ask", "names"),
    [
        (lambda: dl.spec("logistic"), "logistic-map"),
        (lambda: dl.methods["revers"], "reverse"),
        (lambda: dl.reverse.prepare("hessien", total, V), "jacobian"),
        (lambda: dl.compare(total, V, methods=["backward"]), "reverse"),
        (lambda: dl.spec("logistic-map", m=3), "it has n"),
        (lambda: dl.spec("mlp-loss", size="huge"), "small, large"),
        (lambda: dl.FiniteDifference("centered"), "central"),
        (lambda: dl.compare(total, V, operator="hessien"), "jacobian"),
    ],
)
def test_unknown_names_list_the_known(ask, names: str) -> None:
    with pytest.raises(DerivlabError, match=names) as caught:
        ask()
    assert isinstance(caught.value, (UnknownNameError, ArgumentError))


def test_unknown_attribute_lists_the_known() -> None:
    with pytest.raises(AttributeError, match="reverse"):
        dl.reversed  # noqa: B018


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: dl.spec("mlp_loss"), "did you mean 'mlp-loss'"),
        (lambda: dl.spec("Logistic map"), "did you mean 'logistic-map'"),
        (lambda: dl.methods["Reverse"], "did you mean 'reverse'"),
        (lambda: dl.methods["central_difference"], "did you mean 'central-difference'"),
        (lambda: dl.methods["finite-differences"], "did you mean 'central-difference'"),
        (lambda: dl.methods["backprop"], "did you mean 'reverse'"),
        (lambda: dl.reverse.prepare("hesian", total, V), "did you mean 'hessian'"),
        (lambda: dl.SymbolicMethod("expand"), "did you mean 'expanded'"),
        (lambda: dl.compare(total, V, methods=["reverse"], timing=False)["revers"], "did you mean 'reverse'"),
        (lambda: dl.sparsity(total, V, operator="hessien"), "did you mean 'hessian'"),
    ],
)
def test_nearly_right_names_are_guessed(ask, says: str) -> None:
    with pytest.raises(UnknownNameError, match=says):
        ask()


def test_a_name_far_from_all_is_not_guessed() -> None:
    with pytest.raises(UnknownNameError, match=r"^no spec 'zebra'; there are"):
        dl.spec("zebra")


ATTRIBUTES = {
    "grad": (dl, r"methods have it: derivlab\.reverse\.grad"),
    "gradient": (dl, r"derivlab\.reverse\.grad"),
    "jvp": (dl, r"derivlab\.reverse\.jvp"),
    "central_difference": (dl, r"derivlab\.methods\['central-difference'\]"),
    "FiniteDifferences": (dl, "did you mean 'FiniteDifference'"),
    "tayler": (dl, "did you mean 'taylor'"),
    "reverse": (dl.methods, r"methods\['reverse'\]"),
    "reverse_compiled": (dl.methods, r"methods\['reverse-compiled'\]"),
    "revers": (dl.methods, "no method 'revers' .did you mean 'reverse'"),
    "Jacobian": (dl.reverse, "did you mean 'jacobian'.*it has .*value_and_grad"),
    "diff": (dl.taylor, "did you mean 'derivative'"),
    "jacrev": (dl.reverse, "did you mean 'jacobian'"),
    "hessian": (truth, r"it has derivative, grad.*truth\.directional\(f, \(x,\), \(v,\), order=2\)"),
    "gradients": (truth, "did you mean 'grad'"),
    "erff": (special, "did you mean 'erf'"),
    "concatenate": (xp, r"has no 'concatenate' .did you mean 'concat'.*np\.concatenate"),
    "power": (xp, "did you mean 'pow'"),
    "arctan": (xp, "did you mean 'atan'"),
    "einsum": (xp, r"has no 'einsum', .*np\.einsum"),
    "lambertw": (special, "has no 'lambertw'; it has"),
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes_that_are_not_there(name: str) -> None:
    owner, says = ATTRIBUTES[name]
    with pytest.raises(AttributeError, match=says):
        getattr(owner, name)
    assert not hasattr(owner, "__wrapped__")


def test_methods_are_copied_whole() -> None:
    assert copy.copy(dl.reverse).grad(total)(V).tolist() == [2.0, 4.0, 6.0]
    assert pickle.loads(pickle.dumps(dl.FiniteDifference(order=4))).order == 4


@pytest.mark.parametrize("step", [0.0, -1e-3, np.nan, np.inf, "automatic", True])
def test_step_that_is_no_step(step) -> None:
    for make in (lambda: dl.FiniteDifference("central", step=step), lambda: dl.ComplexStep(step=step)):
        with pytest.raises(ArgumentError, match="step must be"):
            make()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (3.0, r"needs a function.*compare\(f, x\)"),
        (None, "needs a function"),
        ("logistic-map", r"write compare\(derivlab\.spec\('logistic-map'\)\)"),
        ("logistic", r"names no spec; derivlab\.catalogue\(\) lists them"),
    ],
)
def test_compare_of_no_function(wrong, says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        dl.compare(wrong, 1.0)


@pytest.mark.parametrize("name", ["compare", "source", "latex", "draw", "sparsity", "noise"])
def test_what_takes_the_arguments_at_once_asks_for_them(name: str) -> None:
    with pytest.raises(ArgumentError, match=rf"{name} needs the arguments.*{name}\(total, x\)"):
        getattr(dl, name)(total)
    with pytest.raises(ArgumentError, match=rf"{name} needs a function, and got int 3\. .*{name}\(f, x\)"):
        getattr(dl, name)(3, V)


@pytest.mark.parametrize("name", ["source", "latex", "draw"])
def test_a_spec_is_asked_for_its_own_arguments(name: str) -> None:
    with pytest.raises(ArgumentError, match=rf"{name}\(spec\.function, \*spec\.args\)"):
        getattr(dl, name)(dl.spec("logistic-map"))


def test_what_is_no_derivative_by_hand() -> None:
    with pytest.raises(ArgumentError, match=r"manual must be a function.*manual=lambda x: 2"):
        dl.compare(total, V, manual=3)


@pytest.mark.parametrize("methods", [[], (), "reverse", {"reverse"}, [3], [dl.reverse]])
def test_methods_are_a_list_of_names(methods) -> None:
    with pytest.raises(ArgumentError, match="methods must be a list of names"):
        dl.compare(total, V, methods=methods)


@pytest.mark.parametrize("seconds", [0, -1.0, "soon", None, True, np.nan])
def test_a_budget_is_a_positive_number(seconds) -> None:
    with pytest.raises(ArgumentError, match="seconds must be a positive number, and is"):
        dl.compare(total, V, seconds=seconds)


def test_compare_of_a_vector_names_its_operator() -> None:
    with pytest.raises(ArgumentError, match=r"^compare needs a scalar-valued function.*operator='jacobian'"):
        dl.compare(lambda x: 2 * x, V, methods=["reverse"])


@pytest.mark.parametrize("wrong", [3, None, "", "two words", lambda: None, dl.spec("relu")])
def test_a_spec_is_registered_by_a_name(wrong) -> None:
    with pytest.raises(ArgumentError, match=r'register takes a name.*@derivlab\.register\("cubic"\)'):
        dl.register(wrong)


@pytest.mark.parametrize("wrong", [3, None, dl.spec("relu")])
def test_a_spec_is_made_by_a_function(wrong) -> None:
    with pytest.raises(ArgumentError, match="must be made by a function"):
        dl.register("no-function")(wrong)


def test_a_function_that_makes_no_spec(monkeypatch) -> None:
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    dl.register("nothing")(lambda: None)
    with pytest.raises(ArgumentError, match=r"spec 'nothing' returned NoneType; return Spec\(f, \(x,\)\)"):
        dl.spec("nothing")


def test_a_spec_has_a_function_and_a_tuple() -> None:
    with pytest.raises(ArgumentError, match="Spec needs a function, and got 3"):
        dl.Spec(3, (V,))
    with pytest.raises(ArgumentError, match=r"must be a tuple, \(x,\), and is ndarray"):
        dl.Spec(total, V)


PARAMETERS = {
    "negative count": ("logistic-map", {"n": -3}, "n must be an integer from 1 on, e.g. 4, and is -3"),
    "no count": ("logistic-map", {"n": 0}, "n must be an integer from 1 on"),
    "fraction": ("logistic-map", {"n": 2.5}, "n must be an integer"),
    "truth value": ("logistic-map", {"n": True}, "n must be an integer"),
    "text": ("logistic-map", {"x": "a"}, "x must be a number, e.g. 0.2, and is 'a'"),
    "seed": ("rosenbrock", {"seed": -1}, "seed must be an integer from 0 on"),
    "number": ("helmholtz", {"symmetric": 1}, "symmetric must be True or False"),
    "size": ("mlp-loss", {"size": 9}, "size must be a text, e.g. 'small', and is 9"),
}


@pytest.mark.parametrize("kind", PARAMETERS)
def test_parameters_of_a_spec(kind: str) -> None:
    name, parameters, says = PARAMETERS[kind]
    with pytest.raises(ArgumentError, match=says):
        dl.spec(name, **parameters)


def test_parameters_that_are_fine(monkeypatch) -> None:
    assert dl.spec("logistic-map", n=np.int64(3), x=1).args == (1,)
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))

    @dl.register
    def some_power(k: int = 2) -> dl.Spec:
        return dl.Spec(lambda x: x**k, (2.0,), operator="derivative")

    assert dl.spec("some-power", k=-1).parameters == {"k": -1}


def test_a_program_has_two_modes() -> None:
    with pytest.raises(UnknownNameError, match="no mode 'backward'; there are reverse, forward"):
        dl.source(total, V, mode="backward")


# What the function answers.

ANSWERS = {
    "vector": (lambda x: x, "jacobian", "vector"),
    "none": (lambda x: None, "forget to return", "none"),
    "text": (lambda x: "3", "returned str", "text"),
    "several": (lambda x: (x[0], x[1]), "2 arrays", "several"),
    "comparison": (lambda x: x[0] > 0, "moves in steps|bool", "steps"),
    "complex": (lambda x: x[0] * 1j, "complex", "complex"),
    "cast to complex": (lambda x: x[0].astype(complex), "complex", "complex"),
}


@every
@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.filterwarnings("ignore:Casting complex")
def test_answer_that_has_no_gradient(name: str, kind: str) -> None:
    f, message, _ = ANSWERS[kind]
    with pytest.raises((DerivlabError, TypeError), match=message) as caught:
        dl.methods[name].grad(f)(V)
    assert isinstance(caught.value, DerivlabError)


@mode
@pytest.mark.parametrize("operator", ["jacobian", "derivative"])
def test_integers_and_booleans_have_no_derivative(name: str, operator: str) -> None:
    for f in (lambda x: x > 0, lambda x: xp.astype(x, int)):
        with pytest.raises(ArgumentError, match="moves in steps"):
            getattr(dl.methods[name], operator)(f)(1.5)


@pytest.mark.parametrize("name", ["taylor", "complex-step", "symbolic"])
@pytest.mark.parametrize("f", [lambda x: abs(x * 1j + 1), lambda x: abs(xp.astype(x, complex) ** 2)])
def test_complex_numbers_inside_the_function(name: str, f) -> None:
    with pytest.raises(UnsupportedError, match=f"{name}: the function computes with complex numbers"):
        dl.methods[name].derivative(f)(2.0)


# What the function does with its argument. Finite differences run all of it, and may.


def _fill(x):
    y = np.zeros(3)
    y[0] = x[0]
    return np.sum(y)


def _fill_slice(x):
    y = np.zeros(3)
    y[:] = x
    return np.sum(y)


def _add_into(x):
    y = np.zeros(3)
    y += x
    return np.sum(y)


LOST = {
    "float": (lambda x: float(x[0]) * x[1], r"drop float\(\)|math"),
    "math.exp": (lambda x: math.exp(x[0]), r"xp\.exp\(x\[0\]\), .*not math\.exp\(x\[0\]\)"),
    "math.floor": (lambda x: math.floor(x[0]) * x[1], "xp"),
    "int": (lambda x: int(x[0]) * x[1], "len|Python integer"),
    "range": (lambda x: sum(x[0] for _ in range(x[1])), "Python integer"),
    "complex": (lambda x: complex(x[0]).real, r"drop complex\(\)"),
    "asarray": (lambda x: np.sum(np.asarray(x)), "array_namespace"),
    "array": (lambda x: np.sum(np.array([x[0], 2 * x[1]])), "xp"),
    "object array": (lambda x: np.sum(np.array([x[0], 2 * x[1]], dtype=object)), "xp"),
    "tolist": (lambda x: sum(x.tolist()), r"x\[i\]"),
    "item": (lambda x: x[0].item() * 2.0, "xp"),
    "fill": (_fill, "xp"),
    "fill slice": (_fill_slice, "xp"),
    "add into": (_add_into, "xp"),
    "out=": (lambda x: np.sum(np.multiply(x, 2.0, out=np.zeros(3))), "xp"),
    "where=": (lambda x: np.sum(np.multiply(x, 2.0, where=np.array([True, False, True]))), "xp"),
    "unknown function": (lambda x: np.sum(np.linalg.tensorinv(np.reshape(x, (3, 1)), 1)), "xp"),
    "unknown ufunc": (lambda x: np.sum(np.spacing(x)), "finfo"),
    "unknown option": (lambda x: np.percentile(x, 30, method="hazen"), "linear"),
    "general eigenvalues": (lambda x: np.linalg.eigvals(np.reshape(x, (3, 1)) * np.eye(3))[0], "eigvalsh"),
    "pickle": (lambda x: np.sum(pickle.loads(pickle.dumps(x))), "one process|pickle"),
    "json": (lambda x: json.loads(json.dumps(x)), "serializable"),
    "random": (lambda x: np.random.default_rng(0).normal(x[0]), r"loc \+ scale \* rng\.standard_normal"),
}


@ours
@pytest.mark.parametrize("loss", LOST)
def test_a_lost_derivative_is_an_error(name: str, loss: str) -> None:
    f, message = LOST[loss]
    with pytest.raises((DerivativeLostError, TypeError), match=message) as caught:
        dl.methods[name].grad(f)(V)
    assert isinstance(caught.value, DerivativeLostError) or loss == "json"


@pytest.mark.parametrize("loss", LOST)
def test_the_truth_loses_nothing_either(loss: str) -> None:
    with pytest.raises((DerivativeLostError, TypeError)):
        truth.grad(LOST[loss][0])(V)


@pytest.mark.parametrize("loss", ["float", "math.exp", "asarray", "tolist", "fill"])
def test_jax_says_so_too(loss: str) -> None:
    with pytest.raises((UnsupportedError, TypeError), match=r"trace|immutable"):
        dl.jax.grad(LOST[loss][0])(V)


@ours
def test_a_special_function_of_scipy_without_a_rule_is_refused(name: str) -> None:
    scipy_special = pytest.importorskip("scipy.special")
    with pytest.raises(DerivativeLostError, match="xp"):
        dl.methods[name].derivative(lambda x: scipy_special.jv(0, x))(1.0)


# What Python and NumPy do that is fine: the derivative must be right.

P = np.array([0.7, -1.2, 2.4])


def _accumulate(x):
    total = 0.0
    total += x[0]
    y = x
    y += 1.0
    y *= 2.0
    return total + y[0] * y[1]


def _reused_buffer(x):
    space, buffer, total = array_namespace(x), np.empty(3), 0.0
    for k in range(1, 4):
        buffer[:] = k
        total = total + space.sum(x * x * buffer)
    return total


def _reused_view(x):
    space, buffer, total = array_namespace(x), np.ones((2, 3)), 0.0
    for k in range(1, 4):
        total = total + space.sum(x * x * buffer[0])
        buffer *= k
    return total


def _reused_index(x):
    picked = np.array([0])
    first = x[picked][0] ** 2
    picked[0] = 2
    return first + 3 * x[picked][0] ** 2


def _reused_mask(x):
    mask = np.array([True, False, True])
    space = array_namespace(x)
    first = space.sum(space.where(mask, x * x, 0.0 * x))
    mask[:] = [False, True, False]
    return first + 3 * space.sum(space.where(mask, x**3, 0.0 * x))


FINE = {
    "in place": _accumulate,
    "reused buffer": _reused_buffer,
    "reused view": _reused_view,
    "reused index": _reused_index,
    "reused mask": _reused_mask,
    "sorted": lambda x: sorted(x)[0] ** 2 + 3 * sorted(x)[2],
    "max": lambda x: max(x[0], 0.0) ** 2 + min(x[1], 0.0) ** 3,
    "max of all": lambda x: max(x) ** 2 - min(x),
    "sum": lambda x: sum(x) ** 2,
    "abs": lambda x: abs(x[1]) * x[0],
    "round": lambda x: round(x[2]) * x[0],
    "floor": lambda x: x[2] // 1 * x[0],
    "remainder": lambda x: x[2] % 1 * x[0],
    "divmod": lambda x: divmod(x[2], 1.0)[0] * x[0] + divmod(x[2], 1.0)[1] ** 2,
    "right divmod": lambda x: 5.0 // x[2] * x[0] + 5.0 % x[2],
    "power": lambda x: x[0] ** 2.5 + 2.0 ** x[1] + x[1] ** 3 + x[1] ** -2,
    "branch": lambda x: x[0] ** 2 if x[0] > 0 and not x[1] > 0 else x[1],
    "while": lambda x: _doubled(x[0]),
    "iteration": lambda x: sum(t * t for t in x),
    "unpacking": lambda x: _unpacked(*x),
    "reversed": lambda x: next(reversed(x)) * 2.0,
    "enumerate": lambda x: sum(i * t * t for i, t in enumerate(x)),
    "deepcopy": lambda x: array_namespace(x).sum(copy.deepcopy({"x": x})["x"] ** 2),
    "copy": lambda x: array_namespace(x).sum(copy.copy(x) * x.copy()),
    "argmax": lambda x: x[array_namespace(x).argmax(x)] ** 2,
    "integer cast": lambda x: xp.astype(xp.astype(x[2], int), float) * x[0],
    "integer index": lambda x: x[xp.astype(x[2], int)] ** 2,
    "mask": lambda x: array_namespace(x).sum(x[x > 0] ** 2),
    "negative step": lambda x: (x[::-1] * x)[0],
    "newaxis": lambda x: array_namespace(x).sum(x[:, None] * x[None, :] * np.arange(9.0).reshape(3, 3)),
    "numpy scalar left": lambda x: np.float64(3.0) * x[0] - np.float64(2.0) / x[1] + np.float64(2.0) ** x[2],
    "numpy array left": lambda x: (np.arange(3.0) * x + np.ones(3) / x - np.eye(3) @ x)[1],
    "numpy comparison": lambda x: x[0] ** 2 if np.float64(0.5) < x[0] else 0.0 * x[0],
    "np.exp": lambda x: np.sum(np.exp(x) * np.sin(x)),
    "np.where": lambda x: np.sum(np.where(x > 0, x**2, -x)),
    "np.dot": lambda x: np.dot(x, np.arange(3.0)) * np.linalg.norm(x),
    "np.stack": lambda x: np.sum(np.stack([x, 2 * x])[1] * np.concatenate([x[1:], x[:1]])),
    "np.mean": lambda x: np.mean(x**2) + np.var(x) + np.max(x) * np.min(x) + np.prod(x),
    "np.clip": lambda x: np.sum(np.clip(x, -1.0, 1.0) ** 2),
    "np.minimum": lambda x: np.sum(np.maximum(x, 0.0) ** 2 + np.minimum(x, 0.0) ** 3),
    "np.linalg.norm": lambda x: np.linalg.norm(x - 1.0) + np.linalg.norm(np.reshape(x, (3, 1))),
    "np.cumsum": lambda x: np.sum(np.cumsum(x) ** 2) + np.sum(np.diff(x) ** 2),
    "np.outer": lambda x: np.sum(np.outer(x, x) * np.arange(9.0).reshape(3, 3)) + np.inner(x, x),
    "np.roll": lambda x: np.sum(np.roll(x, 1) * x) + np.sum(np.flip(x) * x) + np.sum(np.tile(x, 2) ** 2),
    "np.sort": lambda x: np.sum(np.sort(x) ** 2 * np.arange(3.0)),
    "np.add.reduce": lambda x: np.add.reduce(x) ** 2 + np.square(x)[0] + np.power(x, 3)[1],
    "np.full_like": lambda x: np.sum(np.full_like(x, x[0]) * x) + np.sum(np.ones_like(x) * x),
    "extreme by logsumexp": lambda x: special.logsumexp(x) * special.softmax(x)[0],
}


def _doubled(t):
    while t < 4.0:
        t = 2 * t
    return t


def _unpacked(a, b, c):
    return a * b + c**2


@mode
@pytest.mark.parametrize("what", FINE)
def test_python_and_numpy_code_differentiates(what: str, name: str) -> None:
    """Judged by central differences over plain NumPy, to their promise."""
    f = FINE[what]
    answer = dl.methods[name].grad(f)(P)
    expected = dl.methods["central-difference"].grad(lambda x: f(x.copy()))(P)
    size = 1 + np.max(np.abs(expected)) + abs(f(P.copy()))
    assert answer.shape == (3,)
    assert np.all(np.abs(answer - expected) <= 100 * np.finfo(float).eps ** (2 / 3) * size)


@mode
@pytest.mark.parametrize("what", FINE)
def test_the_value_is_the_functions_own(what: str, name: str) -> None:
    f = FINE[what]
    plain = float(f(P.copy()))
    value = float(dl.methods[name].value_and_grad(f)(P)[0])
    assert abs(value - plain) <= 8 * np.spacing(max(abs(plain), 1.0))


# What the caller does between recording and sweeping.


def test_a_pullback_does_not_see_later_writes() -> None:
    x, c = V.copy(), np.array([2.0, 3.0, 4.0])
    y, pull = dl.reverse.vjp(lambda x: array_namespace(x).exp(x) * c, x)
    expected = np.exp(V) * c
    y *= 0.0
    x[:] = 0.0
    c[:] = 0.0
    np.testing.assert_array_equal(pull(np.ones(3))[0], expected)


@mode
def test_answers_do_not_share_memory_with_inputs(name: str) -> None:
    x, v = V.copy(), np.ones(3)
    method = dl.methods[name]
    answers = [method.jvp(lambda x: x + 1.0, (x,), (v,))[1], method.vjp(lambda x: x + 1.0, x)[1](v)[0]]
    assert not any(np.shares_memory(answer, given) for answer in answers for given in (x, v))


def test_two_gradients_do_not_share_memory() -> None:
    left, right = dl.reverse.grad(lambda a, b: array_namespace(a).sum(a + b), argnums=(0, 1))(V, V)
    assert not np.shares_memory(left, right)


# Outside the domain: NaN or an error, never a finite number.

OUTSIDE = {
    "sqrt": (xp.sqrt, -1.0), "log": (xp.log, -1.0), "log2": (xp.log2, -1.0), "log10": (xp.log10, -1.0),
    "log1p": (xp.log1p, -2.0), "asin": (xp.asin, 2.0), "acos": (xp.acos, -2.0), "acosh": (xp.acosh, 0.5),
    "atanh": (xp.atanh, 2.0), "power": (lambda x: x**2.5, -2.0),
}  # fmt: skip


@pytest.mark.parametrize("what", OUTSIDE)
def test_complex_step_does_not_leave_the_real_line(what: str) -> None:
    f, x = OUTSIDE[what]
    assert np.isnan(dl.ComplexStep().derivative(f)(x))


@pytest.mark.parametrize("n", [3, 101, 1000, -101])
def test_complex_step_of_a_large_power_of_a_negative_number(n: int) -> None:
    x = -1.0078125
    exact = truth.derivative(lambda x: x**n)(x)
    assert exact.error_ulps(dl.ComplexStep().derivative(lambda x: x**n)(x)) <= 2 * (1 + abs(n))


@mode
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_empty_arrays(name: str, shape) -> None:
    method, x = dl.methods[name], np.zeros(shape)
    assert method.grad(lambda x: array_namespace(x).sum(x * x))(x).shape == shape
    assert method.jacobian(lambda x: x * 2.0)(x).shape == (*shape, *shape)


@every
@pytest.mark.parametrize("operator", ["grad", "jacobian", "hessian"])
def test_no_argument_to_differentiate(name: str, operator: str) -> None:
    with pytest.raises(ArgumentError, match="no argument to differentiate with respect to"):
        getattr(dl.methods[name], operator)(total, argnums=())(V)


@every
@pytest.mark.parametrize("operator", ["jvp", "hvp", "vhp", "directional"])
@pytest.mark.parametrize("args", [(), ((V,),), (None, None), (V, V)])
def test_prepare_without_primals_and_tangents(name: str, operator: str, args: tuple) -> None:
    if operator not in dl.methods[name].unsupported:
        with pytest.raises(ArgumentError, match=r"\(x,\)"):
            dl.methods[name].prepare(operator, total, *args)


def test_jax_judges_answers_and_tangents_like_the_others() -> None:
    for operator in ("hvp", "vhp"):
        take = getattr(dl.jax, operator)
        with pytest.raises(ArgumentError, match="scalar-valued"):
            take(lambda x: 2 * x, (V,), (V,))
        with pytest.raises(ArgumentError, match="shapes of the primals"):
            take(total, (V,), (np.ones(2),))
    with pytest.raises(ArgumentError, match="scalar-valued"):
        dl.jax.laplacian(lambda x: 2 * x)(V)
    with pytest.raises(ArgumentError, match="no entry"):
        dl.jax.partial(total, ((0, 9),))(V)
    with pytest.raises(ArgumentError, match="order must be"):
        dl.jax.prepare("derivative", total, 1.0, order=1.5)
    np.testing.assert_array_equal(dl.jax.grad(lambda x: 3.0)(V), np.zeros(3))


@pytest.mark.parametrize("methods", ["reverse", 3])
def test_compare_with_no_list_of_methods(methods: object) -> None:
    with pytest.raises(ArgumentError, match="list of names"):
        dl.compare(total, 1.0, methods=methods)


@mode
def test_missing_methods_and_options_name_the_function(name: str) -> None:
    method = dl.methods[name]
    with pytest.raises(AttributeError, match=r"no attribute 'tobytes'.*array_namespace\(x\)"):
        method.jacobian(lambda x: x.tobytes())(V)
    with pytest.raises(DerivativeLostError, match="quantile with weights="):
        method.grad(lambda x: np.quantile(x, 0.5, method="inverted_cdf", weights=np.ones(3)))(V)
    with pytest.raises(TypeError, match="an axis is an integer"):  # a mistake that is no missing option
        method.grad(lambda x: np.sum(x, axis=1.5))(V)


@mode
def test_numpy_sorts_joins_and_contracts_in_all_its_forms(name: str) -> None:
    jacobian = dl.methods[name].jacobian
    matrix = np.array([[3.0, 1.0], [2.0, 5.0]])
    assert np.array_equal(jacobian(lambda x: np.sort(x, axis=None))(matrix).reshape(4, 4), np.eye(4)[[1, 2, 0, 3]])
    assert np.array_equal(jacobian(lambda x: np.hstack([x[0], 2 * x[2]]))(V), [[1, 0, 0], [0, 0, 2]])
    assert np.array_equal(jacobian(lambda x: np.tensordot(x, V, axes=(0, 0)))(V), V)
    assert np.array_equal(jacobian(lambda x: np.amax(np.copy(x)) - np.amin(x))(V), [-1, 0, 1])
