"""Forward, reverse and Taylor mode over PyTorch, JAX and array_api_strict: the answers of NumPy, in that library."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, libraries
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.interpreters.foreign import adopted
from derivlab.interpreters.forward import Forward
from derivlab.method.problem import flatten
from rule_cases import SMOOTH, STEPS, Case

ULPS = 32  # of the largest entry: two libraries' functions, each good to a few ulps, through one rule
ULPS_TWICE = 128  # through two

PACKAGES = {"torch": "torch", "jax": "jax", "strict": "array_api_strict"}
_SPECIAL = """
    erf gammaln polygamma erfc erfinv ndtri log_ndtr logit xlogy xlog1py log_ratio rel_entr kl_div bessel_i bessel_ie
    betaln gammainc gammaincc
""".split()
LACKS: dict[str, dict[str, str]] = {
    "torch": {},
    "jax": {},
    "strict": dict.fromkeys(_SPECIAL, "the standard has no special functions"),
}
"""The primitives that a library has no form of, with the reason."""

OTHERS: dict[str, dict[str, str]] = {
    "torch": dict.fromkeys(("log_ndtr", "ndtri", "bessel_i", "bessel_ie"), "torch has none of its derivatives")
    | {"svd": "LAPACK's signs are free, and torch calls it otherwise", "betaln": "torch has no betaln: digits cancel"},
    "jax": {},
    "strict": {},
}
"""The primitives that a library has a form of, and whose derivatives cannot be NumPy's, with the reason."""

INSTALLED = [library for library, package in PACKAGES.items() if importlib.util.find_spec(package) is not None]
MODES = ["forward", "reverse"]
mode = pytest.mark.parametrize("name", MODES)
steps = pytest.mark.parametrize("case", STEPS, ids=lambda case: case.id)


def each(*ways: str) -> Any:
    """The cases that each library can run, in these ways; over JAX, which compiles each, one a primitive, one way."""
    chosen = {"jax": {case.name: case for case in SMOOTH}.values()}
    triples = [
        (library, case, way)
        for library in INSTALLED
        for case in chosen.get(library, SMOOTH)
        for way in ways[: 1 if library == "jax" else None]
        if case.name not in {**LACKS[library], **OTHERS[library]}
    ]
    ids = [f"{library}-{case.id}-{way}" for library, case, way in triples]
    return pytest.mark.parametrize(("base", "case", "name"), triples, ids=ids, indirect=["base"])


class Base:
    """A library under the interpreters: how to make its arrays, and to read them again."""

    def __init__(self, library: str) -> None:
        self.library = library
        self.module = libraries.load(library)

    def array(self, x: Any) -> Any:
        x = np.asarray(x)
        if self.library == "torch":
            return self.module.torch.tensor(x)
        return self.module.jnp.asarray(x) if self.library == "jax" else self.module.xp.asarray(x.copy())

    def numpy(self, x: Any) -> Any:
        """The numbers of an answer, which is an array of the library and of nothing else."""
        assert libraries.base(x) == self.library, f"{type(x).__name__} is no array of {self.library}"
        return self.module.host(x)

    def run(self, f: Callable[..., Any], *args: Any) -> Any:
        """f on arrays of the library; JAX compiles it whole, in a fraction of the time that each operation takes it."""
        arrays = tuple(map(self.array, args))
        return self.module.jax.jit(f)(*arrays) if self.library == "jax" else f(*arrays)


@pytest.fixture(params=INSTALLED)
def base(request: Any) -> Iterator[Base]:
    """Each library that is installed, JAX with float64."""
    base = Base(request.param)
    with base.module.double_precision() if base.library == "jax" else contextlib.nullcontext():
        yield base


def assert_close(found: Any, expected: Any, ulps: float, largest: float = 0.0) -> None:
    """Within ``ulps`` of the largest entry, or of a term that is larger; NaN and infinities alike."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    finite = np.isfinite(expected)
    assert np.array_equal(finite, np.isfinite(found))
    assert np.array_equal(found[~finite], expected[~finite], equal_nan=True)
    unit = np.spacing(np.max(np.abs(expected[finite]), initial=largest))
    assert np.all(np.abs(found[finite] - expected[finite]) <= ulps * unit), f"{found} is not {expected}"


# Every primitive.


def test_every_primitive_has_a_form_or_a_reason(base: Base) -> None:
    assert set(PRIMITIVES) - set(base.module.KERNELS) == set(LACKS[base.library])


def test_what_a_library_lacks_is_refused_by_name(base: Base) -> None:
    for case in SMOOTH:
        if case.name in LACKS[base.library]:
            args = [base.array(x) for x in case.inputs()]
            with pytest.raises(UnsupportedError, match=rf"{case.name}: {base.module.NAME} has no such function"):
                dl.reverse.grad(case.scalar)(*args)


@pytest.mark.parametrize("library", PACKAGES)
def test_each_library_is_installed(library: str) -> None:
    """The only place that tells which is not: its cases are not even collected."""
    pytest.importorskip(PACKAGES[library], reason=f"{PACKAGES[library]} is not installed")
    assert library in INSTALLED


@each("reverse", "forward")
def test_first_order_is_that_over_numpy(base: Base, name: str, case: Case) -> None:
    args = case.inputs()
    every = tuple(range(len(args)))
    value, expected = dl.methods[name].value_and_grad(case.scalar, every)(*args)
    found, gradients = base.run(dl.methods[name].value_and_grad(case.scalar, every), *args)
    assert_close(base.numpy(found), value, ULPS)
    for one, other in zip(gradients, expected, strict=True):
        assert_close(base.numpy(one), other, ULPS)


@each("forward-over-reverse", "reverse-over-forward", "reverse-over-reverse")
def test_second_order_is_that_over_numpy(base: Base, name: str, case: Case) -> None:
    args = case.inputs()
    tangents = [np.cos(np.arange(x.size)).reshape(x.shape)[()] + 2 for x in args]
    every = tuple(range(len(args)))
    outer, _, inner = name.partition("-over-")
    expected = product(outer, inner, case, args, tangents)
    hessian = dl.reverse.hessian(lambda *args: squared(case, *args), every)(*args)
    found = base.run(lambda *both: product(outer, inner, case, both[: len(args)], both[len(args) :]), *args, *tangents)
    for one, other, blocks in zip(found, expected, hessian, strict=True):
        terms = [np.abs(h) * v for h, v in zip(blocks, tangents, strict=True)]
        largest = max(np.max(np.sum(np.reshape(t, (*other.shape, -1)), axis=-1)) for t in terms)
        assert_close(base.numpy(one), other, ULPS_TWICE, max(largest, float(squared(case, *args))))


def squared(case: Case, *args: Any) -> Any:
    """Σ w y²: linear primitives get a second derivative."""
    y = case.apply(*args)
    return xp.sum(y * y * np.linspace(0.7, 1.3, int(np.prod(y.shape)) or 1).reshape(y.shape)[()])


def product(outer: str, inner: str, case: Case, args: Any, tangents: Any) -> Any:
    """H v by nesting two modes."""
    f, every, v = lambda *args: squared(case, *args), tuple(range(len(args))), tuple(tangents)
    if (outer, inner) == ("forward", "reverse"):
        return dl.forward.jvp(dl.reverse.grad(f, every), tuple(args), v)[1]
    if inner == "forward":
        return dl.reverse.grad(lambda *args: dl.forward.jvp(f, args, v)[1], every)(*args)
    total = lambda *args: sum(xp.sum(t * v) for t, v in zip(dl.reverse.grad(f, every)(*args), tangents, strict=True))
    return dl.reverse.grad(total, every)(*args)


@each("forward", "reverse")
def test_single_precision_stays(base: Base, name: str, case: Case) -> None:
    if case.name == "astype":
        pytest.skip("this case casts to float64")
    args = case.inputs(np.float32)
    every = tuple(range(len(args)))
    expected = dl.methods[name].grad(case.scalar, every)(*args)
    for one, other in zip(base.run(dl.methods[name].grad(case.scalar, every), *args), expected, strict=True):
        assert_close(base.numpy(one), other, ULPS)


@steps
@mode
def test_steps_have_the_values_of_numpy_and_derivative_zero(base: Base, name: str, case: Case) -> None:
    args = case.inputs()
    f = lambda *args: (case.apply(*args) * 1.0, sum(xp.sum(x) for x in args))
    (expected, _), _ = dl.methods[name].jvp(f, tuple(args), tuple(args))
    arrays = tuple(map(base.array, args))
    (found, _), (pushed, moved) = dl.methods[name].jvp(f, arrays, arrays)
    assert_close(base.numpy(found), expected, 0)
    assert not np.any(base.numpy(pushed))
    assert_close(base.numpy(moved), sum(np.sum(x) for x in args), ULPS)


# Programs: branches, indices, constants, containers.

W = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])
X = np.array([0.3, 1.2, -0.7])


def program(x: Any, w: Any) -> Any:
    """Branches, masks, indices, creation, and what the standard's names are made of."""
    xp = array_namespace(x)
    h = xp.sin(w @ x) + xp.zeros(2, dtype=x.dtype, device=x.device)
    if h[0] > 0:
        h = h * xp.arange(1, 3)
    while xp.sum(h) < 1:
        h = 2 * h + 1
    picked = x[x > 0] * xp.ones(2) + x[np.array([0, 0])] + xp.take(x, np.array([2, 1]))
    ordered = xp.sort(x) * np.array([1.0, 2.0, 4.0])
    spread = xp.std(w, axis=0) + xp.mean(w) + xp.prod(w, axis=0)[::-1]
    return xp.sum(h**3) + xp.sum(picked**2) + xp.sum(ordered * spread) + xp.max(xp.concat([h, x])) + float(len(x))


OPERATORS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "grad": lambda m, x, w: m.grad(program, (0, 1))(x, w),
    "value_and_grad": lambda m, x, w: m.value_and_grad(program)(x, w),
    "inactive": lambda m, x, w: m.grad(program, 1)(x, w),
    "jvp": lambda m, x, w: m.jvp(program, (x, w), (x, w)),
    "numpy tangents": lambda m, x, w: m.jvp(program, (x, w), (X, W)),
    "vjp": lambda m, x, w: m.vjp(lambda x: xp.matmul(w, x), x)[1](w @ x),
    "jacobian": lambda m, x, w: m.jacobian(lambda x, w: array_namespace(x).cos(w @ x) * x[0], (0, 1))(x, w),
    "hessian": lambda m, x, w: m.hessian(program, (0, 1))(x, w),
    "hvp": lambda m, x, w: m.hvp(program, (x, w), (x, w)),
    "vhp": lambda m, x, w: m.vhp(program, (x, w), (x, w)),
    "laplacian": lambda m, x, w: m.laplacian(program)(x, w),
    "directional": lambda m, x, w: m.directional(program, (x, w), (x, w), 3),
    "partial": lambda m, x, w: m.partial(program, ((0, 1), (1, 0, 0)))(x, w),
    "derivative": lambda m, x, w: m.derivative(lambda t: t**3 * (w @ x), 2)(x[1]),
    "identity": lambda m, x, w: m.jvp(lambda x: x, (x,), (x,)),
    "no dependence": lambda m, x, w: m.jacobian(lambda x: W)(x),
    "shared": lambda m, x, w: m.grad(lambda x, y: array_namespace(x).sum(x + y), (0, 1))(x, x),
    "containers": lambda m, x, w: m.grad(lambda p: program(p["x"], p["w"][0]))({"x": x, "w": [w]})["w"][0],
    "prepare": lambda m, x, w: m.prepare("grad", program, x, w)(x, w),
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("name", [*MODES, "taylor"])
def test_every_operator_answers_in_the_library(base: Base, name: str, operator: str) -> None:
    if base.library == "jax" and name != "reverse":
        pytest.skip("JAX compiles for each shape: reverse shows that every operator answers in it")
    run = lambda x, w: flatten(OPERATORS[operator](dl.methods[name], x, w))[0]
    for one, other in zip(run(base.array(X), base.array(W)), run(X, W), strict=True):
        assert_close(base.numpy(one), other, ULPS_TWICE)


def test_the_shorter_sweep_and_the_series(base: Base) -> None:
    f = lambda x: array_namespace(x).exp(x) * x[0]
    assert_close(base.numpy(dl.jacobian(f)(base.array(X))), dl.jacobian(f)(X), ULPS)
    g = lambda t: array_namespace(t).exp(t) / (1 + t)
    assert_close(base.numpy(dl.taylor.series(g, base.array(0.3), 8)), dl.taylor.series(g, 0.3, 8), ULPS)


@mode
def test_constants_of_either_kind_mix(base: Base, name: str) -> None:
    """The library's arrays in the closure, NumPy's beside an array under differentiation; either side of *."""
    theirs, ours = base.array(W), np.ones(3)
    f = lambda x: xp.sum((x * theirs[0, ...]) @ base.array(np.eye(3)) * ours + ours * x)
    assert_close(base.numpy(dl.methods[name].grad(f)(base.array(X))), W[0] + 1, ULPS)
    assert_close(base.numpy(dl.methods[name].grad(f)(X)), W[0] + 1, ULPS)
    if base.library != "strict":  # whose operators refuse what they do not know
        g = lambda x, w: xp.sum((w @ x) ** 2) - xp.sum(w[0] / x + w[1] * x[0]) + xp.sum(2 ** (w[0] - x))
        expected = dl.methods[name].grad(lambda x: g(x, W))(X)
        assert_close(base.numpy(dl.methods[name].grad(lambda x: g(x, theirs))(base.array(X))), expected, ULPS)


@mode
def test_writing_into_arrays_is_an_update(base: Base, name: str) -> None:
    """Into constants and into the argument, whose caller keeps what he had."""

    def f(x: Any, entry: Any) -> Any:
        h = xp.zeros(4, dtype=x.dtype)
        h[1:] = x * x
        h[0] = entry
        x[0] = h[1] * 2.0
        x += h[:3]
        return xp.sum(x * h[1:])

    x = base.array(X)
    found = dl.methods[name].grad(f)(x, base.array(2.5))
    assert_close(base.numpy(found), dl.methods[name].grad(f)(X, 2.5), ULPS)
    assert_close(base.numpy(x), X, 0)
    found = dl.methods[name].grad(lambda x: f(x, base.array(2.5)))(x)
    assert_close(base.numpy(found), dl.methods[name].grad(f)(X, 2.5), ULPS)


@mode
def test_a_gradient_of_zero_inside_another_is_the_librarys(base: Base, name: str) -> None:
    """The inner gradient does not depend on the outer argument: still it mixes with the library's own arrays."""
    if base.library == "strict":
        pytest.skip("whose operators refuse what they do not know")
    v, step = base.array(X), lambda x: xp.sum(xp.floor(x))
    f = lambda x: xp.sum(dl.reverse.grad(step)(x) * v + v * dl.forward.grad(step)(x) + x)
    assert_close(base.numpy(dl.methods[name].grad(f)(base.array(X))), np.ones(3), 0)


@mode
def test_a_slope_of_infinity_stays_with_its_own_argument(base: Base, name: str) -> None:
    """√ at 0: the columns of the other argument are numbers, as over NumPy."""
    f = lambda x, y: array_namespace(x).sqrt(x) + y
    args = (np.zeros(2), np.ones(2))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = dl.methods[name].jacobian(f, (0, 1))(*args)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = dl.methods[name].jacobian(f, (0, 1))(*map(base.array, args))
    for one, other in zip(found, expected, strict=True):
        assert_close(base.numpy(one), other, ULPS)


@mode
def test_answers_are_nan_where_the_function_is(base: Base, name: str) -> None:
    with np.errstate(invalid="ignore"):
        gradient = dl.methods[name].grad(lambda x: xp.sum(xp.log(x)))(base.array(X))
    assert np.all(np.isnan(base.numpy(gradient)))


def test_the_list_keeps_constants_as_they_were(base: Base) -> None:
    """A constant that the program writes into after use: the sweep needs what it was."""
    if base.library == "jax":
        pytest.skip("nobody can write into JAX's arrays")
    constant = base.array(np.array([1.0, 2.0, 3.0]))

    def f(x: Any) -> Any:
        y = x * constant
        constant[:] = 0.0
        return xp.sum(y)

    assert_close(base.numpy(dl.reverse.grad(f)(base.array(X))), np.array([1.0, 2.0, 3.0]), 0)


def test_answers_have_memory_of_their_own(base: Base) -> None:
    if base.library == "jax":
        pytest.skip("nobody can write into JAX's arrays")
    x, y = base.array(X), base.array(X)
    one, other = dl.reverse.grad(lambda x, y: xp.sum(x + y), (0, 1))(x, y)
    one[0] = 7.0
    assert_close(base.numpy(other), np.ones(3), 0)
    assert_close(base.numpy(one), np.array([7.0, 1.0, 1.0]), 0)
    _, pullback = dl.reverse.vjp(lambda x: x * x, x)
    x[0] = 100.0
    assert_close(base.numpy(pullback(y)[0]), 2 * X * X, ULPS)
    (tangent,) = dl.forward.jvp(lambda x: 1.0 * x, (x,), (y,))[1:]
    tangent[0] = 5.0
    assert_close(base.numpy(y), X, 0)


# What has no derivative.


@pytest.mark.parametrize("operator", ["grad", "jacobian"])
@pytest.mark.parametrize("name", [*MODES, "taylor"])
@pytest.mark.parametrize("kind", [np.int64, np.bool_, np.complex128])
def test_integers_are_refused_with_the_cast_to_write(base: Base, name: str, operator: str, kind: Any) -> None:
    x = base.array(np.array([1, 0, 1]).astype(kind))
    words = "real and imaginary" if kind is np.complex128 else re.escape(f"write {base.module.CAST}")
    with pytest.raises(ArgumentError, match=words):
        getattr(dl.methods[name], operator)(lambda x: xp.sum(x * 0.5))(x)


@mode
def test_inputs_that_are_no_numbers_are_refused(base: Base, name: str) -> None:
    with pytest.raises(ArgumentError, match=r"nan or inf.*isfinite"):
        dl.methods[name].grad(lambda x: xp.sum(x))(base.array(np.array([1.0, np.nan])))


def test_errors_of_shapes_name_the_primitive(base: Base) -> None:
    with pytest.raises((ValueError, TypeError), match=r"matmul of shapes \(3,\), \(2, 3\)"):
        dl.reverse.grad(lambda x: xp.sum(x @ base.array(W)))(base.array(X))


@pytest.mark.parametrize("name", ["symbolic", "central-difference", "complex-step", "reverse-compiled"])
def test_methods_over_numpy_alone_say_so(base: Base, name: str) -> None:
    if base.library == "jax":
        pytest.skip("these take JAX's arrays as NumPy's")
    with pytest.raises((ArgumentError, UnsupportedError), match="NumPy"):
        dl.methods[name].grad(lambda x: xp.sum(x * x))(base.array(X))


def test_libraries_do_not_mix() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    torch, jax = Base("torch"), Base("jax")
    with pytest.raises(ArgumentError, match="arrays of one library"):
        dl.reverse.grad(lambda x: xp.sum(x * jax.array(X)))(torch.array(X))


def test_lengths_keep_within_the_range_of_numbers(base: Base) -> None:
    """3-4-5 triangles whose squares are 0 or infinite to the computer."""
    for size in (1e-200, 1e200):
        slope = base.run(dl.reverse.grad(xp.linalg.vector_norm), size * np.array([3.0, 4.0]))
        assert_close(base.numpy(slope), np.array([0.6, 0.8]), ULPS)


def test_stacks_of_systems_are_solved_as_over_numpy(base: Base) -> None:
    """A matrix of right sides has the shape of a stack of vectors, and is a matrix."""
    f = lambda a, b: xp.sum(xp.sin(xp.linalg.solve(a, b)))
    a, b = 4 * np.eye(3) + 0.1 * np.arange(18.0).reshape(2, 3, 3), np.arange(6.0).reshape(3, 2)
    theirs = base.run(dl.reverse.grad(f, (0, 1)), a, b)
    for ours, over in zip(dl.reverse.grad(f, (0, 1))(a, b), theirs, strict=True):
        assert_close(base.numpy(over), ours, ULPS_TWICE)


COMPLEX: dict[str, Callable[[Any], Any]] = {
    "eigh": lambda z: xp.linalg.eigh(z @ xp.conj(z).mT).eigenvalues,
    "vectors": lambda z: abs(xp.linalg.eigh(z @ xp.conj(z).mT).eigenvectors[..., 0, 0]),
    "svd": lambda z: xp.linalg.svd(z, full_matrices=False).S,
    "slogdet": lambda z: xp.linalg.slogdet(z).logabsdet,
    "det": lambda z: abs(xp.linalg.det(z)),
    "inv": lambda z: abs(xp.linalg.inv(z)),
    "cholesky": lambda z: abs(xp.linalg.cholesky(z @ xp.conj(z).mT + 3 * xp.eye(3, dtype=z.dtype))),
    "qr": lambda z: abs(xp.linalg.qr(z).R),
    "norm": lambda z: xp.linalg.vector_norm(z, axis=0),
}


@mode
@pytest.mark.parametrize("what", COMPLEX)
def test_complex_matrices(base: Base, what: str, name: str) -> None:
    """Of real numbers: complex arguments are NumPy's alone."""
    parts = np.random.default_rng(5).standard_normal((2, 2, 3, 3))
    f = lambda x: xp.sum(COMPLEX[what](x[0, ...] + 1j * x[1, ...]) ** 2)
    method = dl.methods[name]
    assert_close(base.numpy(base.run(method.grad(f), parts)), method.grad(f)(parts), 32 * ULPS_TWICE)


def test_complex_arguments_are_numpys_alone(base: Base) -> None:
    z = base.array(np.ones(2, dtype=complex))
    with pytest.raises(ArgumentError, match=r"argument 0 is complex.*give NumPy's, or its real and imaginary parts"):
        dl.reverse.grad(lambda z: xp.sum(abs(z) ** 2))(z)


# PyTorch's own.


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="torch is not installed")


def test_torch_differentiates_through_ours(torch: Any) -> None:
    """requires_grad is respected: the gradient is part of torch's own graph, and without it no graph is made."""
    f = lambda x: xp.sum(xp.sin(x) * x)
    x = torch.tensor(X, requires_grad=True)
    gradient = dl.reverse.grad(f)(x)
    (curvature,) = torch.autograd.grad(gradient.sum(), x)
    assert_close(curvature.numpy(), np.diag(dl.reverse.hessian(f)(X)), ULPS)
    with torch.no_grad():
        assert not dl.reverse.grad(f)(x).requires_grad
    assert not dl.reverse.grad(f)(x.detach()).requires_grad
    parameter = torch.nn.Parameter(torch.tensor(X))
    assert_close(dl.forward.grad(f)(parameter).detach().numpy(), dl.forward.grad(f)(X), ULPS)


@pytest.mark.parametrize(
    "case",
    [c for c in SMOOTH if "torch" in INSTALLED and "mask" not in c.note and c.name not in OTHERS["torch"]],
    ids=lambda case: case.id,
)
def test_torch_tensors_stay_on_their_device(torch: Any, case: Case) -> None:
    """The meta device has shapes and no numbers: whatever would fetch them, or make them elsewhere, is an error.

    But for masks, whose entries are counted on the host.
    """
    level = Forward()
    meta = lambda x: adopted(torch.tensor(x, device="meta"))
    args = [level.dual(meta(x), meta(x)) for x in case.inputs()]
    y = case.apply(*args)
    assert y.value.value.device.type == y.attached.value.device.type == "meta"


# JAX's own.


def test_jax_keeps_the_precision_that_the_caller_set() -> None:
    jax = pytest.importorskip("jax", reason="jax is not installed")
    gradient = dl.reverse.grad(program)(jax.numpy.asarray(X), jax.numpy.asarray(W))
    assert gradient.dtype == np.float32
    assert not jax.config.jax_enable_x64


@mode
def test_jax_compiles_ours(name: str) -> None:
    """A derivative without branches runs on JAX's tracers; one with a branch says what to do."""
    jax = pytest.importorskip("jax", reason="jax is not installed")
    f = lambda x: xp.sum(xp.exp(x) * x)
    with Base("jax").module.double_precision():
        x = jax.numpy.asarray(X)
        assert_close(np.asarray(jax.jit(dl.methods[name].grad(f))(x)), dl.methods[name].grad(f)(X), ULPS)
        both = dl.methods[name].jacobian(lambda x, y: x * y, (0, 1))
        for one, other in zip(jax.jit(both)(x, x), both(X, X), strict=True):
            assert_close(np.asarray(one), other, ULPS)
        with pytest.raises(UnsupportedError, match=r"JAX is tracing.*xp\.where"):
            jax.jit(dl.methods[name].grad(lambda x: f(x) if x[0] > 0 else x[0]))(x)
