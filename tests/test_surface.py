"""The surface obeys the array API standard: every function, dtype and kind of shape, judged by NumPy's own answer.

The arrays are those of ``conformance_namespace``, which carry no derivative: what is tested is that values, dtypes and
shapes come through each interpreter as the standard has them. Derivatives are tested elsewhere.
"""

from __future__ import annotations

import importlib
import inspect
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.extra.array_api import make_strategies_namespace

import derivlab as dl
from derivlab import conformance_namespace
from derivlab.array import surface
from derivlab.conformance.examples import CHAPTERS

LEVELS = {name: conformance_namespace(name) for name in ("forward", "record", "taylor", "constant")}
quick = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
level = pytest.mark.parametrize("name", ["forward", "record"])

BOOL, INTS, UINTS = ["bool"], ["int8", "int16", "int32", "int64"], ["uint8", "uint16", "uint32", "uint64"]
REALS, COMPLEX = ["float32", "float64"], ["complex64", "complex128"]
INTEGERS, FLOATS = INTS + UINTS, REALS + COMPLEX
NUMBERS, REAL_NUMBERS = INTEGERS + FLOATS, INTEGERS + REALS
ALL = BOOL + NUMBERS

UNARY = {
    "abs": NUMBERS, "bitwise_invert": BOOL + INTEGERS, "ceil": REAL_NUMBERS, "floor": REAL_NUMBERS,
    "isfinite": NUMBERS, "isinf": NUMBERS, "isnan": NUMBERS, "logical_not": BOOL, "negative": INTS + FLOATS,
    "positive": NUMBERS, "round": NUMBERS, "sign": NUMBERS, "signbit": REALS, "square": NUMBERS,
    "trunc": REAL_NUMBERS, "reciprocal": FLOATS, "log1p": REALS, "log2": FLOATS,
    **dict.fromkeys(
        "acos acosh asin asinh atan atanh cos cosh exp expm1 log log10 sin sinh sqrt tan tanh".split(), FLOATS
    ),
}  # fmt: skip
BINARY = {
    **dict.fromkeys("add subtract multiply equal not_equal".split(), NUMBERS),
    **dict.fromkeys("less less_equal greater greater_equal maximum minimum".split(), REAL_NUMBERS),
    **dict.fromkeys("bitwise_and bitwise_or bitwise_xor".split(), BOOL + INTEGERS),
    **dict.fromkeys("logical_and logical_or logical_xor".split(), BOOL),
    **dict.fromkeys("atan2 copysign hypot logaddexp nextafter".split(), REALS),
    "divide": FLOATS, "floor_divide": REAL_NUMBERS, "remainder": REAL_NUMBERS,
    "bitwise_left_shift": INTEGERS, "bitwise_right_shift": INTEGERS,
}  # fmt: skip
SIGNS = {
    "add": "__add__", "subtract": "__sub__", "multiply": "__mul__", "divide": "__truediv__", "equal": "__eq__",
    "not_equal": "__ne__", "less": "__lt__", "less_equal": "__le__", "greater": "__gt__", "greater_equal": "__ge__",
    "floor_divide": "__floordiv__", "remainder": "__mod__", "bitwise_and": "__and__", "bitwise_or": "__or__",
    "bitwise_xor": "__xor__", "bitwise_left_shift": "__lshift__", "bitwise_right_shift": "__rshift__",
}  # fmt: skip

shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


def arrays(dtypes, shape=shapes):
    """NumPy arrays of any of the dtypes, with zeros, infinities, NaN, extremes, and strides of any sign."""
    made = st.sampled_from(dtypes).flatmap(lambda dtype: hnp.arrays(dtype, shape))
    return st.tuples(made, st.sampled_from(["plain", "back", "turned"])).map(_strided)


def _strided(pair):
    x, how = pair
    if how == "back":
        return x[tuple(slice(None, None, -1) for _ in x.shape)] if x.ndim else x
    return x.T if how == "turned" else x


def pairs(dtypes):
    """Two arrays of one dtype whose shapes broadcast."""
    return st.tuples(
        st.sampled_from(dtypes), hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4)
    ).flatmap(lambda drawn: st.tuples(*(hnp.arrays(drawn[0], shape) for shape in drawn[1].input_shapes)))


def check(ours, theirs) -> None:
    """The same values, shape and dtype."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    if ours.dtype.kind not in "fc":
        assert np.array_equal(ours, theirs)
        return
    with np.errstate(all="ignore"):  # 4 ulps: NumPy's own loops differ by that between strides
        near = np.abs(ours - theirs) <= 4 * np.spacing(np.maximum(np.abs(theirs), np.finfo(ours.dtype).tiny))
    assert np.all(near | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))


def assert_alike(name, function, *args, **options) -> None:
    """A function of the namespace makes of our arrays what NumPy's makes of its own."""
    xp = LEVELS[name]
    with np.errstate(all="ignore"):
        theirs = function(np)(*args, **options)
        ours = function(xp)(*(xp.asarray(a) if isinstance(a, np.ndarray) else a for a in args), **options)
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            check(a, b)
    else:
        check(ours, theirs)


# Names and signatures.


def test_every_name_of_the_standard_is_there() -> None:
    strict = pytest.importorskip("array_api_strict")
    own = {"get_array_api_strict_flags", "set_array_api_strict_flags", "reset_array_api_strict_flags"}
    own |= {"ArrayAPIStrictFlags", "Device", "set_default_dtype", "get_default_dtype"}
    names = {name for name in strict.__all__ if name not in own and not name.startswith("__")}
    assert names - set(dir(LEVELS["forward"])) <= {"linalg", "fft", "conj", "imag", "real"}  # joined below


def test_every_function_of_the_standard_has_an_example() -> None:
    strict = pytest.importorskip("array_api_strict")
    functions = {name for name in strict.__all__ if callable(getattr(strict, name)) and name[0].islower()}
    functions -= {"get_array_api_strict_flags", "set_array_api_strict_flags", "reset_array_api_strict_flags"}
    functions -= {"set_default_dtype", "get_default_dtype", "broadcast_shapes"}
    dtypes = {*ALL}
    shown = {name for chapter in CHAPTERS.values() for name in chapter}
    assert functions - dtypes - shown == set()
    for extension in ("linalg", "fft"):
        public = {name for name in getattr(strict, extension).__all__ if name[0].islower()}
        assert public - set(CHAPTERS[extension]) == set()


@pytest.mark.parametrize("name", sorted(set(UNARY) | set(BINARY)))
def test_signatures_are_those_of_the_standard(name: str) -> None:
    parameters = inspect.signature(getattr(surface, name)).parameters
    assert list(parameters) == (["x"] if name in UNARY else ["x1", "x2"])
    assert {p.kind for p in parameters.values()} == {inspect.Parameter.POSITIONAL_ONLY}


def _standard() -> list[tuple[str, str]]:
    """Every function of the standard, and every method of its arrays, by where it stands and its name."""
    strict = pytest.importorskip("array_api_strict")
    own = {"get_array_api_strict_flags", "set_array_api_strict_flags", "reset_array_api_strict_flags"}
    own |= {"set_default_dtype", "get_default_dtype"}
    places = {"": strict, "linalg": strict.linalg, "fft": strict.fft}
    names = [(place, n) for place, module in places.items() for n in module.__all__ if n[0].islower() and n not in own]
    functions = [(place, n) for place, n in names if inspect.isfunction(getattr(places[place], n))]
    inherited = ("__init__", "__new__", "__array__", "__buffer__", "__repr__", "__str__", "__hash__", "__iter__")
    methods = [n for n, f in vars(type(strict.ones(2))).items() if inspect.isfunction(f) and n.endswith("__")]
    return functions + [("array", n) for n in methods if n not in inherited]


def _signature(namespace, place: str, name: str) -> list[inspect.Parameter]:
    owner = namespace.ones((2, 2)) if place == "array" else getattr(namespace, place) if place else namespace
    return list(inspect.signature(getattr(owner, name)).parameters.values())


@level
def test_all_signatures_take_what_the_standard_passes(name: str) -> None:
    """Places count for what goes by position, names for what goes by keyword; more parameters are allowed."""
    strict = pytest.importorskip("array_api_strict")
    only, either = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    for place, function in _standard():
        ours = _signature(LEVELS[name], place, function)
        for i, wanted in enumerate(_signature(strict, place, function)):
            if wanted.kind is inspect.Parameter.KEYWORD_ONLY:
                found = next((p for p in ours if p.name == wanted.name), None)
                assert found is not None, (place, function, wanted.name)
                assert found.kind in (wanted.kind, either), (place, function, wanted.name)
            elif wanted.kind is only:
                assert ours[i].kind in (only, either), (place, function, wanted.name)
            else:
                assert (ours[i].name, ours[i].kind) == (wanted.name, wanted.kind), (place, function)


@level
def test_hypothesis_makes_its_arrays_with_the_namespace(name: str) -> None:
    """Its strategies create, reshape and write by the standard's functions alone."""
    xp = LEVELS[name]
    xps = make_strategies_namespace(xp, api_version="2024.12")

    @quick
    @given(xps.arrays(xps.scalar_dtypes(), xps.array_shapes(min_dims=0, min_side=0)))
    def test(x) -> None:
        assert np.asarray(x).dtype == x.dtype
        assert x.__array_namespace__().asarray(x) is x

    test()


@pytest.mark.parametrize("wrong", ["ball", "numpy", ""])
def test_an_unknown_interpreter_is_named(wrong: str) -> None:
    with pytest.raises(dl.errors.UnknownNameError, match="forward, record, taylor, constant"):
        conformance_namespace(wrong)


@level
def test_a_suite_can_import_the_namespace_by_name(name: str) -> None:
    imported = importlib.import_module(f"derivlab.conformance.{name}")
    assert imported.__name__ == f"derivlab.conformance.{name}"
    assert imported.ones(2).level.name == name
    assert set(dir(imported)) == set(dir(LEVELS[name]))


# Elementwise functions and operators.


@level
@pytest.mark.parametrize("function", UNARY)
def test_functions_of_one_array(function: str, name: str) -> None:
    @quick
    @given(arrays(UNARY[function]))
    def test(x) -> None:
        assert_alike(name, lambda xp: getattr(xp, function), x)

    test()


@level
@pytest.mark.parametrize("function", BINARY)
def test_functions_of_two_arrays_and_their_operators(function: str, name: str) -> None:
    shift = "shift" in function

    @quick
    @given(pairs(BINARY[function]))
    def test(pair) -> None:
        x, y = pair
        y = (y % 7).astype(y.dtype) if shift else y
        assert_alike(name, lambda xp: getattr(xp, function), x, y)
        sign = SIGNS.get(function)
        if sign:
            assert_alike(name, lambda xp: lambda a, b: getattr(a, sign)(b), x, y)
            if (
                x.shape == np.broadcast_shapes(x.shape, y.shape)
                and x.ndim
                and sign[2:4] not in ("eq", "ne", "lt", "le", "gt", "ge")
            ):
                assert_alike(name, lambda xp: lambda a, b: _updated(a.copy(), sign, b), x, y)

    test()


def _updated(a, sign, b):
    getattr(a, f"__i{sign[2:]}")(b)
    return a


@level
@quick
@given(x=arrays(REALS), y=st.floats(-3, 3, width=32), n=st.integers(-3, 3))
def test_python_numbers_take_the_dtype_of_the_array(name: str, x, y: float, n: int) -> None:
    for number in (y, n):
        assert_alike(name, lambda xp, number=number: lambda a: a + number, x)
        assert_alike(name, lambda xp, number=number: lambda a: number - a, x)
        assert_alike(name, lambda xp, number=number: lambda a: a * number, x)
        assert_alike(name, lambda xp, number=number: lambda a: number / a, x)
        assert_alike(name, lambda xp, number=number: lambda a: a > number, x)
        assert_alike(name, lambda xp, number=number: lambda a: xp.maximum(a, number), x)
        assert_alike(name, lambda xp, number=number: lambda a: xp.where(a > 0, a, number), x)


@level
@quick
@given(x=arrays(REALS), low=st.floats(-2, 0, width=32), high=st.floats(0, 2, width=32))
def test_clip(name: str, x, low: float, high: float) -> None:
    assert_alike(name, lambda xp: lambda a: xp.clip(a, low, high), x)
    assert_alike(name, lambda xp: lambda a: xp.clip(a, min=low), x)
    assert_alike(name, lambda xp: lambda a: xp.clip(a, max=high), x)
    assert_alike(name, lambda xp: lambda a: xp.clip(a), x)


@level
@quick
@given(pair=pairs(REALS), n=st.integers(0, 4))
def test_powers(name: str, pair, n: int) -> None:
    x, y = np.abs(pair[0]), pair[1]
    assert_alike(name, lambda xp: xp.pow, x, y)
    assert_alike(name, lambda xp: lambda a: a**n, x)
    assert_alike(name, lambda xp: lambda a: xp.pow(a, n), pair[0])


# Reductions and running sums.

REDUCTIONS = {
    "sum": NUMBERS, "prod": NUMBERS, "max": REAL_NUMBERS, "min": REAL_NUMBERS, "mean": REALS, "all": ALL, "any": ALL,
    "count_nonzero": ALL, "std": REALS, "var": REALS,
}  # fmt: skip


@level
@pytest.mark.parametrize("function", REDUCTIONS)
def test_reductions(function: str, name: str) -> None:
    @quick
    @given(arrays(REDUCTIONS[function]), st.data())
    def test(x, data) -> None:
        if not x.size and function in ("max", "min", "mean", "std", "var"):
            return
        axis = data.draw(
            st.none() | hnp.valid_tuple_axes(x.ndim) | (st.integers(-x.ndim, x.ndim - 1) if x.ndim else st.none())
        )
        keepdims = data.draw(st.booleans())
        with np.errstate(all="ignore"):
            theirs = getattr(np, function)(x, axis=axis, keepdims=keepdims)
            ours = getattr(LEVELS[name], function)(LEVELS[name].asarray(x), axis=axis, keepdims=keepdims)
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        if x.dtype.kind in "fc" and function in ("sum", "prod", "mean", "std", "var"):
            finite = np.isfinite(theirs) & (np.sum(np.abs(x), where=np.isfinite(x)) < 1e30)
            with np.errstate(all="ignore"):
                limit = 64 * np.finfo(x.dtype).eps * (1 + np.max(np.abs(x), initial=0.0)) ** 3
                gap = np.abs(np.asarray(ours) - theirs)
            assert np.all((gap <= limit * max(x.size, 1)) | ~finite | (function == "prod"))
        else:
            check(ours, theirs)

    test()


@level
@pytest.mark.parametrize("function", ["cumulative_sum", "cumulative_prod"])
def test_running_sums_and_products(function: str, name: str) -> None:
    @quick
    @given(arrays(INTEGERS, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)), st.data())
    def test(x, data) -> None:
        axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
        initial = data.draw(st.booleans())
        assert_alike(name, lambda xp: lambda a: getattr(xp, function)(a, axis=axis, include_initial=initial), x)

    test()


@level
@quick
@given(x=arrays(NUMBERS, hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5)), data=st.data())
def test_differences(name: str, x, data) -> None:
    axis, n = data.draw(st.integers(-x.ndim, x.ndim - 1)), data.draw(st.integers(0, 2))
    assert_alike(name, lambda xp: lambda a: xp.diff(a, axis=axis, n=n), x)
    assert_alike(name, lambda xp: lambda a: xp.diff(a, axis=axis, prepend=a, append=a), x)


# Sorting, searching, sets.


@level
@quick
@given(x=arrays(REAL_NUMBERS, hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5)), data=st.data())
def test_sorting_and_searching(name: str, x, data) -> None:
    x = x[~np.isnan(x)] if x.dtype.kind == "f" else x
    if not x.size:
        return
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    assert_alike(name, lambda xp: lambda a: xp.sort(a, axis=axis), x)
    assert_alike(name, lambda xp: lambda a: xp.argmax(a, axis=axis, keepdims=True), x)
    assert_alike(name, lambda xp: lambda a: xp.argmin(a), x)
    xp = LEVELS[name]
    down = np.asarray(xp.argsort(xp.asarray(x), axis=axis, descending=True))
    picked = np.take_along_axis(x, down, axis=axis)
    check(xp.sort(xp.asarray(x), axis=axis, descending=True), picked)
    lines = np.moveaxis(picked, axis, -1)
    assert np.all(lines[..., 1:] <= lines[..., :-1])
    ties = np.diff(np.moveaxis(down, axis, -1))[lines[..., 1:] == lines[..., :-1]]
    assert np.all(ties > 0)  # stable
    assert_alike(
        name,
        lambda xp: (
            lambda a: (
                xp.take_along_axis(a, xp.argsort(a, axis=axis), axis=axis) if xp is not np else np.sort(a, axis=axis)
            )
        ),
        x,
    )


@level
@quick
@given(x=arrays(ALL, shapes))
def test_sets(name: str, x) -> None:
    if x.dtype.kind == "c":
        x = x[np.isfinite(x)]
    for function in ("unique_all", "unique_counts", "unique_inverse"):
        assert_alike(name, lambda xp, function=function: lambda a: tuple(getattr(xp, function)(a)), x)
    check(np.sort(np.asarray(LEVELS[name].unique_values(LEVELS[name].asarray(x)))), np.unique(x, equal_nan=False))
    if x.ndim:
        assert_alike(name, lambda xp: xp.nonzero, x)


@level
@quick
@given(
    x=arrays(REALS, hnp.array_shapes(max_dims=1, max_side=6)), v=arrays(REALS), side=st.sampled_from(["left", "right"])
)
def test_searchsorted(name: str, x, v, side: str) -> None:
    x = np.sort(x[~np.isnan(x)])
    assert_alike(
        name,
        lambda xp: lambda a, b: xp.searchsorted(a, b, side=side),
        x.astype(v.dtype) if v.itemsize > x.itemsize else x,
        v,
    )


# Manipulation and indexing.


@level
@quick
@given(x=arrays(ALL), data=st.data())
def test_manipulation(name: str, x, data) -> None:
    n = x.ndim
    axes = tuple(data.draw(st.permutations(range(n))))
    one = data.draw(st.integers(-n, n - 1)) if n else None
    shift = data.draw(st.integers(-4, 4))
    assert_alike(name, lambda xp: lambda a: xp.permute_dims(a, axes), x)
    assert_alike(name, lambda xp: lambda a: xp.reshape(a, (-1,)), x)
    assert_alike(name, lambda xp: lambda a: xp.expand_dims(a, axis=data.draw(st.just(-1))), x)
    assert_alike(name, lambda xp: lambda a: xp.flip(a, axis=one), x)
    assert_alike(name, lambda xp: lambda a: xp.roll(a, shift, axis=one), x)
    assert_alike(name, lambda xp: lambda a: xp.broadcast_to(a, (2, *a.shape)), x)
    assert_alike(name, lambda xp: lambda a: xp.tile(a, (2, 1)), x)
    assert_alike(name, lambda xp: lambda a: xp.repeat(a, 2, axis=one), x)
    assert_alike(name, lambda xp: lambda a: xp.stack([a, a], axis=-1), x)
    assert_alike(name, lambda xp: lambda a: xp.concat([a, a], axis=one if n else None), x)
    assert_alike(name, lambda xp: lambda a: xp.squeeze(xp.expand_dims(a, axis=0), axis=0), x)
    if x.dtype.kind != "c":
        assert_alike(name, lambda xp: lambda a: xp.astype(a, xp.float64), x)
    if n:
        assert_alike(name, lambda xp: lambda a: tuple(xp.unstack(a, axis=one)), x)
        assert_alike(name, lambda xp: lambda a: xp.moveaxis(a, 0, one), x)
    if n >= 2:
        assert_alike(name, lambda xp: lambda a: xp.tril(a, k=shift), x)
        assert_alike(name, lambda xp: lambda a: a.mT, x)


@level
@quick
@given(x=arrays(ALL, hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)), data=st.data())
def test_reading_and_writing_by_index(name: str, x, data) -> None:
    key = data.draw(hnp.basic_indices(x.shape) | hnp.integer_array_indices(x.shape) | hnp.arrays(bool, x.shape))
    assert_alike(name, lambda xp: lambda a: a[key], x)
    value = data.draw(hnp.arrays(x.dtype, ()))
    written, ours = x.copy(), LEVELS[name].asarray(x)
    written[key] = value
    ours[key] = LEVELS[name].asarray(value)
    check(ours, written)
    ours[key] = value.item()
    check(ours, written)


@level
@quick
@given(pair=pairs(NUMBERS), data=st.data())
def test_products(name: str, pair, data) -> None:
    x, y = pair
    if x.ndim and y.ndim and x.dtype.kind in "iu":
        if x.shape[-1] == y.shape[-1]:
            assert_alike(name, lambda xp: xp.vecdot, x, y)
        x, y = x[..., :1], y[..., :1]
        assert_alike(name, lambda xp: lambda a, b: xp.tensordot(a, b, axes=0), x, y)
        if x.ndim > 1 and y.ndim > 1:
            assert_alike(name, lambda xp: lambda a, b: a @ b.mT, x, y)


# Creation and data types.

CREATED = {
    "zeros": lambda xp: xp.zeros((2, 3), dtype=xp.int16),
    "zeros of one number": lambda xp: xp.zeros(3),
    "ones": lambda xp: xp.ones((2,), dtype=xp.bool),
    "full": lambda xp: xp.full((2, 2), 3),
    "full of floats": lambda xp: xp.full(2, 3.5, dtype=xp.float32),
    "eye": lambda xp: xp.eye(3, 4, k=1, dtype=xp.float32),
    "arange": lambda xp: xp.arange(5),
    "arange of floats": lambda xp: xp.arange(1.0, 2.0, 0.3),
    "arange down": lambda xp: xp.arange(5, -5, -3, dtype=xp.int8),
    "linspace": lambda xp: xp.linspace(0, 1, 5),
    "linspace without end": lambda xp: xp.linspace(0, 1, 5, endpoint=False, dtype=xp.float32),
    "asarray of nested lists": lambda xp: xp.asarray([[1, 2], [3, 4]], dtype=xp.uint8),
    "asarray of a truth": lambda xp: xp.asarray(True),
    "asarray of a complex": lambda xp: xp.asarray([1j, 2.0]),
    "meshgrid": lambda xp: xp.meshgrid(xp.arange(3), xp.arange(2), indexing="ij"),
    "meshgrid xy": lambda xp: xp.meshgrid(xp.arange(3), xp.arange(2), xp.arange(1)),
    "like": lambda xp: [xp.zeros_like(xp.ones(3, dtype=xp.int8)), xp.full_like(xp.ones(2), 4)],
    "triangles": lambda xp: [xp.tril(xp.ones((3, 3)), k=1), xp.triu(xp.ones((2, 3, 3)), k=-1)],
}  # fmt: skip


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("what", CREATED)
def test_creation(what: str, name: str) -> None:
    ours, theirs = CREATED[what](LEVELS[name]), CREATED[what](np)
    for a, b in zip(*((x if isinstance(x, (list, tuple)) else [x]) for x in (ours, theirs)), strict=True):
        assert isinstance(a, dl.array.array.Array)
        check(a, b)


@level
def test_data_types(name: str) -> None:
    xp = LEVELS[name]
    x = xp.ones(2, dtype=xp.float32)
    assert xp.result_type(x, xp.float64) == np.float64
    assert xp.result_type(x, 1.0) == np.float32
    assert xp.can_cast(x, xp.float64)
    assert not xp.can_cast(xp.float64, xp.int8)
    assert xp.finfo(x).bits == 32
    assert xp.iinfo(xp.int8).max == 127
    assert xp.isdtype(x.dtype, "real floating")
    assert not xp.isdtype(x.dtype, ("integral", xp.bool))
    info = xp.__array_namespace_info__()
    assert info.default_dtypes()["real floating"] == np.float64
    assert info.capabilities()["boolean indexing"]


@level
def test_the_array_object(name: str) -> None:
    xp = LEVELS[name]
    x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    assert (x.shape, x.ndim, x.size, x.dtype, x.device) == ((2, 2), 2, 4, np.float64, "cpu")
    assert x.to_device(x.device) is x
    with pytest.raises(ValueError, match="it cannot go to 'gpu'"):
        x.to_device("gpu")
    assert (float(x[0, 1]), int(xp.asarray(3)), complex(x[0, 0]), bool(xp.asarray(True))) == (2.0, 3, 1.0 + 0j, True)
    assert [10, 20][xp.asarray(1)] == 20
    with pytest.raises(TypeError):
        [10, 20][x[0, 0]]
    check(np.from_dlpack(x[0]), np.array([1.0, 2.0]))
    check(xp.from_dlpack(np.array([1, 2])), np.array([1, 2]))
    assert x.__dlpack_device__()[0] == 1
    assert 3.0 in x
    with pytest.raises(ValueError):
        bool(x)
    y = xp.asarray(x, copy=True)
    y[0, 0] = 9.0
    assert float(x[0, 0]) == 1.0
    z = +x
    z += 1
    assert float(x[1, 1]) == 4.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_nextafter_moves_with_its_first_argument(mode: str) -> None:
    f = lambda x: (dl.array_namespace(x).nextafter(x, np.array([2.0, -2.0])) * np.array([1.0, 3.0])).sum()
    assert np.array_equal(dl.methods[mode].grad(f)(np.array([0.5, 0.7])), [1.0, 3.0])


@pytest.mark.parametrize("call", [lambda x: surface.exp(x, x), lambda x: surface.add(x)])
def test_one_array_too_many_is_an_error_and_no_output(call) -> None:
    x = np.array([1.0, 2.0])
    with pytest.raises(TypeError):
        dl.forward.jacobian(call)(x)
    with pytest.raises(TypeError):
        surface.exp(x, x)
    assert np.array_equal(x, [1.0, 2.0])


# Special values, dtypes that are asked for, empty arrays, errors.

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, 1e30, -1e-30]


def grid(dtype: str):
    """Every special value, and for complex dtypes every pair of them."""
    if dtype in REALS:
        return np.array(SPECIAL, dtype=dtype)
    return np.array([complex(a, b) for a in SPECIAL for b in SPECIAL], dtype=dtype)


def signs(x):
    """Where the sign bits of the parts are set; NaN has none that counts."""
    return [np.signbit(part) & ~np.isnan(part) for part in (np.real(np.asarray(x)), np.imag(np.asarray(x)))]


def assert_exact(name: str, function, *args) -> None:
    """As :func:`assert_alike`, and zeros have NumPy's signs."""
    assert_alike(name, function, *args)
    xp = LEVELS[name]
    with np.errstate(all="ignore"):
        ours, theirs = function(xp)(*(xp.asarray(a) for a in args)), function(np)(*args)
    assert np.array_equal(signs(ours), signs(theirs))


@level
@pytest.mark.parametrize("function", [f for f in UNARY if set(UNARY[f]) & set(FLOATS) and f != "signbit"])
def test_special_values_of_functions_of_one_array(function: str, name: str) -> None:
    for dtype in set(UNARY[function]) & set(FLOATS) - ({*COMPLEX} if function == "sign" else set()):
        assert_exact(name, lambda xp: getattr(xp, function), grid(dtype))
        for z in grid(dtype)[::7]:
            assert_exact(name, lambda xp: getattr(xp, function), np.asarray(z))


@level
@pytest.mark.parametrize("function", [f for f in {**BINARY, "pow": FLOATS} if f == "pow" or {*BINARY[f]} & {*REALS}])
def test_special_values_of_functions_of_two_arrays(function: str, name: str) -> None:
    sign = {**SIGNS, "pow": "__pow__"}.get(function)
    for dtype in REALS:
        x, y = np.meshgrid(grid(dtype), grid(dtype))
        assert_exact(name, lambda xp: getattr(xp, function), x, y)
        for a in grid(dtype):
            assert_exact(name, lambda xp: getattr(xp, function), np.asarray(a), grid(dtype))
            if sign:
                assert_exact(name, lambda xp, a=a: lambda z: getattr(z, sign)(a.item()), grid(dtype))


AGREES = {
    **{
        f"{f} in int16": lambda xp, f=f: getattr(xp, f)(xp.asarray([100, 27, 3], dtype=xp.int8), dtype=xp.int16)
        for f in ("sum", "prod", "cumulative_sum", "cumulative_prod")
    },
    "sums by NumPy's names in int16": lambda xp: [
        f(xp.asarray([100, 27, 3], dtype=xp.uint8), dtype=xp.int16) for f in (np.sum, np.prod, np.cumsum)
    ],
    "sum of bytes in bytes": lambda xp: xp.sum(xp.asarray([200, 100], dtype=xp.uint8), dtype=xp.uint8),
    "trace in complex": lambda xp: xp.linalg.trace(xp.eye(3), dtype=xp.complex64),
    "var of fewer than the correction": lambda xp: xp.var(xp.asarray([[1.0], [2.0]]), axis=1, correction=2),
    "mean, std and sum of nothing": lambda xp: [getattr(xp, f)(xp.asarray([])) for f in ("mean", "std", "sum", "prod")],
    "tile by nothing": lambda xp: xp.tile(xp.ones((2, 3)), (2, 0)),
    "expand_dims by position": lambda xp: xp.expand_dims(xp.ones((2, 3)), 1),
    "expand_dims at two places": lambda xp: xp.expand_dims(xp.ones((2, 3)), axis=(0, -1)),
    "repeat by counts": lambda xp: xp.repeat(xp.ones((2, 3)), xp.asarray([0, 2]), axis=0),
    "searchsorted with a sorter": lambda xp: xp.searchsorted(
        xp.asarray([3.0, 1.0, 2.0]), xp.asarray([1.5]), sorter=xp.asarray([1, 2, 0])
    ),
    "a slice between arrays": lambda xp: xp.arange(5)[xp.asarray(1) : xp.asarray(3)],
    "a mask without axes": lambda xp: [xp.arange(3)[xp.asarray(True)], xp.arange(3)[xp.asarray(False)]],
    "a matrix to the power 0": lambda xp: xp.linalg.matrix_power(xp.ones((2, 3, 3), dtype=xp.float32), 0),
    "rank of nothing": lambda xp: xp.linalg.matrix_rank(xp.zeros((2, 0, 3))),
    "norms of nothing": lambda xp: [
        xp.linalg.matrix_norm(xp.zeros((2, 3, 0)), ord=ord, keepdims=True) for ord in (1, 2, np.inf, "nuc", "fro")
    ],
    "vecdot of complex numbers": lambda xp: [
        f(xp.asarray([1 + 2j, 3j]), xp.asarray([2.0 - 1j, 1.0])) for f in (xp.vecdot, xp.linalg.vecdot)
    ],
    "sign of infinite complex numbers": lambda xp: xp.sign(xp.asarray([complex(-np.inf, np.inf), complex(np.inf, 1)])),
    "nan_to_num of complex numbers": lambda xp: np.nan_to_num(
        xp.asarray([complex(np.nan, 1), complex(-np.inf, np.nan), complex(0, np.inf)]), nan=2.0
    ),
    "fftfreq": lambda xp: [xp.fft.fftfreq(5, d=0.5), xp.fft.rfftfreq(5)],
}


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("what", AGREES)
def test_answers_are_arrays_and_numpys_own(what: str, name: str) -> None:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = AGREES[what](LEVELS[name]), AGREES[what](np)
    for a, b in zip(*((x if isinstance(x, list) else [x]) for x in (ours, theirs)), strict=True):
        assert isinstance(a, dl.array.array.Array)
        check(a, b)


REFUSED = {
    "expand_dims too far": (IndexError, lambda xp: xp.expand_dims(xp.ones(2), axis=2)),
    "expand_dims too far back": (IndexError, lambda xp: xp.expand_dims(xp.ones(2), axis=-3)),
    "expand_dims twice at one place": (ValueError, lambda xp: xp.expand_dims(xp.ones(2), axis=(0, -3))),
    "squeeze of two": (ValueError, lambda xp: xp.squeeze(xp.ones((1, 2)), 1)),
    "broadcast_to less": (ValueError, lambda xp: xp.broadcast_to(xp.ones((2, 3)), (3,))),
    "sum over an axis that is not there": (IndexError, lambda xp: xp.sum(xp.ones(2), axis=1)),
    "a mask of another shape": (IndexError, lambda xp: xp.ones(3)[xp.ones(2, dtype=xp.bool)]),
    "too many indices": (IndexError, lambda xp: xp.ones(3)[0, 0]),
    "a float for an index": (IndexError, lambda xp: xp.ones(3)[xp.asarray(1.0)]),
    "growing in place": (ValueError, lambda xp: xp.ones(3).__iadd__(xp.ones((2, 3)))),
    "dividing integers in place": (TypeError, lambda xp: xp.ones(3, dtype=xp.int64).__itruediv__(2)),
    "adding a float to integers in place": (TypeError, lambda xp: xp.ones(3, dtype=xp.int64).__iadd__(1.5)),
    "iterating over a number": (TypeError, lambda xp: iter(xp.ones(()))),
    "a copy that is forbidden": (ValueError, lambda xp: xp.asarray(xp.ones(2), dtype=xp.int8, copy=False)),
    "nonzero of a number": (ValueError, lambda xp: xp.nonzero(xp.ones(()))),
    "vecdot of two lengths": (ValueError, lambda xp: xp.vecdot(xp.ones(3), xp.ones(1))),
}


@level
@pytest.mark.parametrize("what", REFUSED)
def test_what_numpy_refuses_is_refused(what: str, name: str) -> None:
    error, call = REFUSED[what]
    with pytest.raises(error):
        call(LEVELS[name])


@level
@pytest.mark.parametrize("dtype", ALL)
def test_copies_and_dlpack(dtype: str, name: str) -> None:
    xp = LEVELS[name]
    makers = {
        "asarray": lambda x, copy: xp.asarray(x, copy=copy),
        "astype": lambda x, copy: xp.astype(x, x.dtype, copy=copy),
        "reshape": lambda x, copy: xp.reshape(x, (1, *x.shape), copy=copy),
        "from_dlpack": lambda x, copy: xp.from_dlpack(x, copy=copy),
    }
    for shape in ((), (3,)):
        for make in makers.values():
            for copy in (True, False):
                x = xp.ones(shape, dtype=dtype)
                y = make(x, copy)
                x[...] = 0
                assert bool(xp.all(y == 0)) is not copy
        for options in ({}, {"copy": True}, {"max_version": (1, 0)}, {"dl_device": (1, 0)}, {"stream": None}):
            assert xp.ones((3,), dtype=dtype).__dlpack__(**options) is not None
        for options in ({}, {"copy": True}, {"copy": False}, {"device": "cpu"}):
            assert bool(xp.all(xp.from_dlpack(xp.ones(shape, dtype=dtype), **options) == 1))
