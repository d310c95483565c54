"""Every function of NumPy's that has a meaning here, against NumPy's own value and against differences of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import derivlab as dl
from derivlab.array.array import UFUNCS
from derivlab.array.level import Traced
from derivlab.array.methods import FUNCTIONS
from derivlab.array.numpy_names import fourier, linear_algebra
from derivlab.array.views import plain

EPS = np.finfo(float).eps
STEP = 2.0**-14
ROUNDING = 64  # last places: sums and products of some ten entries, in another order than NumPy's

S, V, M, T = (), (6,), (3, 4), (2, 3, 4)
MIXED = np.array([0.31, -1.27, 0.83, 2.41, -0.56, 1.73, 0.12, -2.2, 1.1, 0.7, -0.9, 3.3])


def entries(shape: tuple[int, ...], seed: int = 0) -> Any:
    """Entries that are all different, far from 0 and from integers."""
    size = math.prod(shape)
    steps = np.random.default_rng(seed + size).permutation(size)
    return (((steps - size / 2) * 0.37 + 0.171).reshape(shape))[()]


def positive(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: f(np.abs(x) + 0.3)


def filled(fill: Callable[..., None], shape: Any = None) -> Callable[..., Any]:
    """What a function that writes makes of a copy of x."""

    def f(x: Any) -> Any:
        out = np.copy(x) if shape is None else np.zeros_like(x, shape=shape)
        fill(out, x)
        return out

    return f


Case = tuple[str, Callable[..., Any], tuple[int, ...]]


def over_axes() -> Iterator[Case]:
    reductions: dict[Any, str] = {
        np.sum: "", np.prod: "", np.mean: "", np.var: "", np.std: "", np.max: "", np.min: "", np.amax: "", np.amin: "",
        np.ptp: "", np.median: "", np.average: "", np.nansum: "", np.nanprod: "", np.nanmean: "", np.nanvar: "",
        np.nanstd: "", np.nanmax: "", np.nanmin: "", np.nanmedian: "", np.any: "", np.all: "", np.count_nonzero: "",
    }  # fmt: skip
    for function in reductions:
        name = function.__name__
        if "std" not in name:  # which has a kink there
            yield f"{name} 0-d", lambda x, f=function: f(x), S
        for axis in (None, 0, -1, 1, (0, 2), (-1, 1)):
            for kept in (False, True):
                yield f"{name} {axis} {kept}", lambda x, f=function, a=axis, k=kept: f(x, axis=a, keepdims=k), T
        yield f"{name} turned", lambda x, f=function: f(x.T[::-1, ::2], axis=0), T
    for function in (np.argmax, np.argmin, np.nanargmax, np.nanargmin):
        for axis in (None, 0, -1):
            yield f"{function.__name__} {axis}", lambda x, f=function, a=axis: f(x, axis=a, keepdims=True), T
    for function in (np.cumsum, np.cumprod, np.nancumsum, np.nancumprod):
        for axis in (None, 0, -2):
            yield f"{function.__name__} {axis}", lambda x, f=function, a=axis: f(x, axis=a), T
    for function in (np.cumulative_sum, np.cumulative_prod):
        yield function.__name__, lambda x, f=function: f(x, axis=1, include_initial=True), M
    for function in (np.sort, np.argsort, np.flip):
        for axis in (None, 0, -1):
            yield f"{function.__name__} {axis}", lambda x, f=function, a=axis: f(x, axis=a), T


MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, False]])
PLACES = np.array([[2, 0], [1, 1]])


def _np_where(x: Any) -> Any:
    return np.sum(x, where=MASK), np.mean(x, axis=0, where=MASK), np.max(x, initial=0.2, where=MASK)


def _sums_more(x: Any) -> Any:
    return (
        np.sum(x, 0, None, None, True), np.sum(x, initial=2.5), np.prod(x, axis=1, initial=0.5, where=MASK),
        np.var(x, ddof=1), np.std(x, 1, None, None, 1, True), np.var(x, where=MASK), np.min(x, axis=1, initial=-0.1),
        np.var(x, axis=0, mean=np.mean(x, axis=0, keepdims=True)), np.std(x, axis=0, correction=1),
        np.var(x, axis=0, mean=0.1), np.nanvar(x, 1, mean=0.1, ddof=1),
        np.any(x > 0, axis=1, where=MASK), np.mean(x, dtype=float),
    )  # fmt: skip


CASES: list[Case] = [
    *over_axes(),
    ("sum more", _sums_more, M),
    ("where=", _np_where, M),
    ("average weights", lambda x: np.average(x, axis=0, weights=np.abs(x[:, 0])), M),
    ("average returned", lambda x: np.average(x, weights=x * x, returned=True), M),
    ("average keepdims", lambda x: np.average(x, axis=-1, weights=np.arange(1.0, 5.0), keepdims=True), M),
    ("nan", lambda x: [f(np.where(MASK, x, np.nan), axis=1) for f in (np.nansum, np.nanmean, np.nanmax, np.nanvar)], M),
    ("nan all", lambda x: np.nanmedian(np.where(MASK, x, np.nan)), M),
    ("nan quantile", lambda x: np.nanpercentile(np.where(MASK, x, np.nan), [20, 70]), M),
    ("nan_to_num", lambda x: np.nan_to_num(np.where(MASK, x, np.nan), nan=2.0), M),
    ("diff", lambda x: np.diff(x), M),
    ("diff 0", lambda x: np.diff(x, 2, 0), M),
    ("diff ends", lambda x: np.diff(x, prepend=0.0, append=x[:, :1]), M),
    ("diff n=0", lambda x: np.diff(x, n=0), V),
    ("ediff1d", lambda x: np.ediff1d(x, to_begin=x[0, 0], to_end=[1.0, 2.0]), M),
    ("gradient", lambda x: np.gradient(x), V),
    ("gradient 2", lambda x: np.gradient(x, 0.3, edge_order=2), M),
    ("gradient axis", lambda x: np.gradient(x, 2.0, axis=1), M),
    ("gradient uneven", lambda x: np.gradient(x, np.array([0.0, 1.0, 1.5, 3.0, 3.25, 5.0]), edge_order=2), V),
    ("gradient spacing", lambda x: np.gradient(np.sin(x), np.cumsum(x * x)), V),
    ("gradient even spacing", lambda x: np.gradient(np.arange(6.0) ** 2, np.arange(6.0) * x[0]), V),
    ("trapezoid", lambda x: np.trapezoid(x), M),
    ("trapezoid dx", lambda x: np.trapezoid(x, dx=x[0, 0], axis=0), M),
    ("trapezoid x", lambda x: np.trapezoid(x**2, np.cumsum(np.abs(x[0]))), M),
    ("trapezoid xx", lambda x: np.trapezoid(x, x=np.cumsum(np.abs(x), axis=1)), M),
    ("unwrap", lambda x: np.unwrap(3 * x), V),
    ("unwrap axis", lambda x: np.unwrap(x * 2, axis=0, period=3.0), M),
    ("interp", lambda x: np.interp(x, [-1.0, 0.0, 0.5, 2.0], [3.0, -1.0, 0.5, 1.0]), V),
    ("interp points", lambda x: np.interp([-5.0, -0.3, 0.2, 0.9, 9.0], np.sort(x), x**2), V),
    ("interp ends", lambda x: np.interp(x, [-0.5, 0.4], x[:2], left=x[2], right=7.0), V),
    ("interp period", lambda x: np.interp(x, [0.5, 1.0, 2.5], x[:3], period=3.0), V),
    ("polyval", lambda x: np.polyval(x, 0.7), V),
    ("polyval x", lambda x: np.polyval([1.0, -2.0, 3.0], x), M),
    ("polyfit", lambda x: np.polyfit(np.arange(6.0), x, 2), V),
    ("vander", lambda x: np.vander(x, 4), V),
    ("vander increasing", lambda x: np.vander(x, increasing=True), (3,)),
    ("polyder", lambda x: np.polyder(x, 2), V),
    ("poly", lambda x: np.poly(x), (4,)),
    ("isin", lambda x: [np.isin(x, x[:2]), np.isin(x[:2], [1.0, 2.0], invert=True)], V),
    ("sets", lambda x: [np.union1d(x, x[:2] * 1.5), np.intersect1d(x, x[2:4]), np.setdiff1d(x, x[:3])], V),
    ("setxor1d", lambda x: np.setxor1d(x[:4], x[2:]), V),
    ("isposinf", lambda x: [np.isposinf(x), np.isneginf(np.where(x > 0, -np.inf, x))], V),
    ("polyint", lambda x: np.polyint(x, 2, [1.0, 2.0]), V),
    ("polymul", lambda x: np.polymul(x, x[:3]), V),
    ("polyadd", lambda x: np.polyadd(x, x[:3]), V),
    ("polysub", lambda x: np.polysub(x[:2], x), V),
    *[
        (f"{f.__name__} {mode} {n}", lambda x, f=f, m=mode, n=n: f(x, x[:n] ** 2, m), V)
        for f in (np.convolve, np.correlate)
        for mode in ("full", "same", "valid")
        for n in (1, 2, 3, 4, 6)
    ],
    *[
        (f"{f.__name__} swapped {mode} {n}", lambda x, f=f, m=mode, n=n: f(x[:n], x * x, m), V)
        for f in (np.convolve, np.correlate)
        for mode in ("full", "same", "valid")
        for n in (1, 2, 3, 4)
    ],
    ("dot", lambda x: [np.dot(x, x.T), np.dot(x, x[0]), np.dot(2.0, x), np.dot(x[0], [1.0, 2.0, 3.0, 4.0])], M),
    ("dot 3", lambda x: np.dot(x, x[0].T), T),
    ("vdot", lambda x: np.vdot(x, x * x), M),
    ("inner", lambda x: [np.inner(x, x[:1]), np.inner(x[0], x), np.inner(x, 2.0)], M),
    ("outer", lambda x: np.outer(x, x[0]), M),
    ("tensordot", lambda x: np.tensordot(x, x, axes=([0, 2], [0, 2])), T),
    ("tensordot 1", lambda x: np.tensordot(x, x[0].T, 1), T),
    ("tensordot 0", lambda x: np.tensordot(x, x, 0), V),
    ("tensordot ints", lambda x: np.tensordot(x, x, (1, 1)), M),
    ("matmul", lambda x: np.matmul(x, x.mT), T),
    ("vecdot", lambda x: np.vecdot(x, x * x), M),
    ("trace", lambda x: np.trace(x, 1), M),
    ("where", lambda x: np.where(x > 0, x * x, [1.0, 2.0, 3.0, 4.0]), M),
    ("where 1", lambda x: x[np.where(x > 0)], M),
    ("where number", lambda x: np.where(x, 1.0, x), M),
    ("select", lambda x: np.select([x > 1, x > 0], [x * x, 2 * x], -x), M),
    ("select default", lambda x: np.select([x > 1], [x]), V),
    ("piecewise", lambda x: np.piecewise(x, [x < 0, x >= 1], [lambda t: -t * t, np.sin]), M),
    (
        "piecewise else",
        lambda x: np.piecewise(
            x,
            [x < 0],
            [
                0.5,
                lambda t, k: k * t,
            ],
            3.0,
        ),
        V,
    ),
    ("piecewise single", lambda x: np.piecewise(x, x < 0, [lambda t: -t, lambda t: t**2]), V),
    ("choose", lambda x: np.choose([0, 1, 1, 0], [x, x * x]), M),
    ("choose wrap", lambda x: np.choose([0, 3], x[:2, :2], mode="wrap"), M),
    ("clip", lambda x: np.clip(x, -0.5, 0.6), M),
    ("clip bound", lambda x: np.clip(x, x[0], None), M),
    ("clip min=", lambda x: np.clip(x, min=0.1), V),
    ("clip lists", lambda x: np.clip(x, [0.1] * 6, [0.2] * 6), V),
    *[(f"round {d}", lambda x, d=d: np.round(x, d), V) for d in (0, 1, 2, -1)],
    ("fix", np.fix, V),
    ("around", lambda x: np.around(x, 1), V),
    ("sinc", np.sinc, V),
    ("sinc small", lambda x: np.sinc(x / 40), V),
    ("concatenate", lambda x: np.concatenate([x, np.ones((1, 4)), x * x]), M),
    ("concatenate None", lambda x: np.concatenate((x, x[0]), axis=None), M),
    ("concatenate -1", lambda x: np.concatenate([x, x], -1), M),
    ("concat", lambda x: np.concat([x, x]), V),
    ("concatenate dtype", lambda x: np.concatenate([x, [1, 2]], dtype=float), V),
    ("stack", lambda x: np.stack([x, 2 * x], axis=-1), M),
    ("stack numbers", lambda x: np.stack([x[0], 1.0, x[1]]), V),
    ("vstack", lambda x: np.vstack([x[0], x, np.zeros(4)]), M),
    ("hstack", lambda x: np.hstack([x, x[:, :1]]), M),
    ("hstack 1", lambda x: np.hstack([x[0], x, 2.0]), V),
    ("dstack", lambda x: np.dstack([x, x * x]), M),
    ("dstack 1", lambda x: np.dstack([x, x]), V),
    ("column_stack", lambda x: np.column_stack([x, np.ones(6), x]), V),
    ("block", lambda x: np.block([[x, x[:, :1]], [np.ones((1, 5))]]), M),
    ("block 1", lambda x: np.block([x, 1.0, x]), V),
    ("append", lambda x: np.append(x, x[0, 0]), M),
    ("append axis", lambda x: np.append(x, x[:1], axis=0), M),
    ("insert", lambda x: np.insert(x, 1, x[0, 0], axis=1), M),
    ("insert many", lambda x: np.insert(x, [0, 3, 3], x[:3]), V),
    ("insert rows", lambda x: np.insert(x, 1, x[0], axis=0), M),
    ("delete", lambda x: np.delete(x, 1, axis=1), M),
    ("delete many", lambda x: np.delete(x, [0, -1]), M),
    ("delete slice", lambda x: np.delete(x, slice(None, None, 2)), V),
    ("split", lambda x: np.split(x, 3), V),
    ("split at", lambda x: np.split(x, [1, 3], axis=1), M),
    ("array_split", lambda x: np.array_split(x, 4), V),
    ("hsplit", lambda x: np.hsplit(x, 2), M),
    ("vsplit", lambda x: np.vsplit(x, [1]), M),
    ("dsplit", lambda x: np.dsplit(x, 2), T),
    ("unstack", lambda x: np.unstack(x, axis=1), M),
    ("reshape", lambda x: np.reshape(x, (2, -1)), M),
    ("reshape F", lambda x: np.reshape(x, (4, 3), order="F"), M),
    ("ravel F", lambda x: np.ravel(x, "F"), M),
    ("reshape int", lambda x: np.reshape(x, -1), M),
    ("ravel", np.ravel, T),
    ("transpose", lambda x: np.transpose(x, (1, 0, 2)), T),
    ("transpose all", np.transpose, T),
    ("permute_dims", lambda x: np.permute_dims(x, (2, 0, 1)), T),
    ("matrix_transpose", np.matrix_transpose, T),
    ("moveaxis", lambda x: np.moveaxis(x, [0, 1], [-1, 0]), T),
    *[(f"rollaxis {a} {s}", lambda x, a=a, s=s: np.rollaxis(x, a, s), T) for a in (0, 1, 2, -1) for s in (0, 1, 2, 3)],
    ("swapaxes", lambda x: np.swapaxes(x, 0, -1), T),
    ("expand_dims", lambda x: np.expand_dims(x, (0, -1)), M),
    ("squeeze", lambda x: [np.squeeze(x[:1]), np.squeeze(x[:, :1], axis=1), np.squeeze(x[:1, :1])], M),
    ("broadcast_to", lambda x: np.broadcast_to(x, (2, 3, 4)), M),
    ("broadcast_to int", lambda x: np.broadcast_to(x, 3), S),
    ("broadcast_arrays", lambda x: np.broadcast_arrays(x, x[0]), M),
    ("atleast", lambda x: [np.atleast_1d(x, 1.0), np.atleast_2d(x), np.atleast_3d(x)], V),
    ("atleast 0-d", lambda x: [np.atleast_1d(x), np.atleast_2d(x), np.atleast_3d(x)], S),
    ("atleast_3d", np.atleast_3d, M),
    ("fliplr", np.fliplr, M),
    ("flipud", np.flipud, M),
    *[(f"rot90 {k}", lambda x, k=k: np.rot90(x, k, axes=(1, 0)), M) for k in (0, 1, 2, 3, -1, 5)],
    ("rot90 axes", lambda x: np.rot90(x, 1, (0, 2)), T),
    ("roll", lambda x: [np.roll(x, 2), np.roll(x, -1, 1), np.roll(x, (1, 2), (0, 1)), np.roll(x, 1, axis=(0, 1))], M),
    ("resize", lambda x: np.resize(x, (4, 4)), M),
    ("windows", lambda x: sliding_window_view(x, (2, 2)), M),
    ("windows axis", lambda x: np.sum(sliding_window_view(x, 3, axis=1) ** 2, axis=-1), M),
    ("repeat", lambda x: [np.repeat(x, 2), np.repeat(x, [1, 0, 2], axis=0)], M),
    ("tile", lambda x: [np.tile(x, 2), np.tile(x, (2, 1, 2)), np.tile(x[0], 0)], M),
    ("take", lambda x: [np.take(x, PLACES), np.take(x, [0, -1], axis=1), np.take(x, [5, 9], 1, mode="clip")], M),
    ("take wrap", lambda x: np.take(x, [7, -8], mode="wrap"), V),
    ("take_along_axis", lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1), M),
    ("take_along_axis None", lambda x: np.take_along_axis(x, np.array([3, 3, 0]), axis=None), M),
    ("take_along_axis thin", lambda x: np.take_along_axis(x, np.argmax(x, axis=1, keepdims=True), 1), M),
    ("compress", lambda x: [np.compress([True, False, True], x, axis=0), np.compress([0, 1, 1], x)], M),
    ("extract", lambda x: np.extract(x > 0, x), M),
    ("diag", lambda x: [np.diag(x, 1), np.diag(x[0], -1)], M),
    ("diagflat", lambda x: np.diagflat(x, 1), M),
    ("tril", lambda x: [np.tril(x, 1), np.tril(x[0])], M),
    ("triu", lambda x: [np.triu(x, -1), x[np.triu_indices(3, 1)], x[np.tril_indices_from(x[:, :3])]], M),
    ("diag_indices_from", lambda x: x[np.diag_indices_from(x[:, :3])], M),
    ("ix_", lambda x: x[np.ix_([0, 2], [1, 3, 3])], M),
    *[
        (f"pad {mode} {width}", lambda x, m=mode, w=width: np.pad(x, w, mode=m), M)
        for mode in ("constant", "edge", "reflect", "symmetric", "wrap")
        for width in (1, (2, 0), ((1, 2), (0, 1)))
    ],
    ("pad values", lambda x: np.pad(x, 1, constant_values=x[0, 0] ** 2), M),
    ("pad 5", lambda x: np.pad(x, 5, "reflect"), V),
    ("pad number", lambda x: np.pad(x, ((1, 1), (0, 0)), constant_values=3.5), M),
    ("meshgrid", lambda x: np.meshgrid(x, x[:2]), V),
    ("meshgrid ij", lambda x: np.meshgrid(x, [1.0, 2.0], indexing="ij"), V),
    ("meshgrid sparse", lambda x: np.meshgrid(x, x[:2], sparse=True), V),
    ("linspace", lambda x: [np.linspace(x[0], x[1], 5), np.linspace(0.0, x[0]), np.linspace(x[0], 2.0, 4, False)], V),
    ("linspace arrays", lambda x: np.linspace(x, x * x + 2, 4, axis=-1), V),
    ("linspace step", lambda x: np.linspace(x[0], 1.0, 4, retstep=True), V),
    ("linspace short", lambda x: [np.linspace(x[0], 2.0, 1), np.linspace(x[0], 2.0, 0)], V),
    ("logspace", lambda x: np.logspace(x[0] / 9, x[1] / 9, 4), V),
    ("logspace base", lambda x: np.logspace(0.0, 2.0, 4, base=np.exp(x[0])), V),
    ("geomspace", positive(lambda x: [np.geomspace(x[0], x[1], 4), np.geomspace(1.0, x[0], 3, endpoint=False)]), V),
    ("geomspace negative", positive(lambda x: np.geomspace(-x[0], -x[1], 4)), V),
    (
        "like",
        lambda x: [
            np.zeros_like(x),
            np.ones_like(x, shape=(2, 2)),
            np.full_like(x, x[0, 0]),
            np.full_like(x, 2, shape=3),
        ],
        M,
    ),
    ("full_like array", lambda x: np.full_like(x, x[0]), M),
    ("copy", np.copy, M),
    ("empty_like", lambda x: 0 * np.empty_like(x), V),
    (
        "searchsorted",
        lambda x: [np.searchsorted(np.sort(x), [0.0, 9.0]), np.searchsorted([-1.0, 0.0, 1.0], x, "right")],
        V,
    ),
    ("searchsorted nan", lambda x: np.searchsorted(np.array([0.0, np.nan]), np.append(x, np.nan)), V),
    ("searchsorted sorter", lambda x: np.searchsorted(x, 0.2, sorter=np.argsort(x)), V),
    ("digitize", lambda x: [np.digitize(x, [-1.0, 0.0, 2.0]), np.digitize(x, [2.0, 0.0, -1.0], right=True)], V),
    ("histogram", lambda x: np.histogram(x, [-2.0, 0.0, 0.5, 1.0]), V),
    ("histogram n", lambda x: np.histogram(x, 4), V),
    ("histogram range", lambda x: np.histogram(x, 3, (-1.0, 1.0)), V),
    ("histogram density", lambda x: np.histogram(x, 3, density=True), V),
    ("histogram weights", lambda x: np.histogram([0.1, 0.4, 0.5, 0.9, 0.2, 3.0], 3, (0, 1), weights=x), V),
    ("histogram on an edge", lambda x: np.histogram(np.append(x * 0.0, [0.3, -1.2, 2.2, 1.4, 0.6, 0.9, 3.0])), V),
    ("clip None", lambda x: np.clip(x, None, 1.0), V),
    ("histogram_bin_edges", lambda x: np.histogram_bin_edges(x, 4), V),
    ("bincount", lambda x: np.bincount([0, 2, 2, 1, 0, 2], weights=x, minlength=5), V),
    ("bincount integers", lambda x: np.bincount(np.digitize(x, [0.0])), V),
    (
        "unique",
        lambda x: np.unique(np.concatenate([x, x[:2]]), return_index=True, return_inverse=True, return_counts=True),
        V,
    ),
    ("unique 2", lambda x: np.unique(x, return_inverse=True), M),
    (
        "cov",
        lambda x: [np.cov(x), np.cov(x[0]), np.cov(x, rowvar=False), np.cov(x[0], x[1], bias=True), np.cov(x, ddof=0)],
        M,
    ),
    ("corrcoef", lambda x: [np.corrcoef(x[:2]), np.corrcoef(x[0], x[1])], M),
    ("lexsort", lambda x: np.lexsort((x, np.round(x))), V),
    ("partition", lambda x: [np.partition(x, 2), np.sort(np.partition(x, 3)[:3])], V),
    ("argpartition", lambda x: np.argpartition(x, 2)[2], V),
    *[
        (f"percentile {m} {a}", lambda x, m=m, a=a: np.percentile(x, [0, 12.5, 50, 81, 100], axis=a, method=m), M)
        for m in ("linear", "lower", "higher", "midpoint")
        for a in (None, 0, -1)
    ],
    ("percentile number", lambda x: [np.percentile(x, 30), np.quantile(x, 0.7, axis=1, keepdims=True)], M),
    ("quantile grid", lambda x: np.quantile(x, [[0.1, 0.2], [0.3, 0.9]], axis=0, keepdims=True), M),
    ("quantile axes", lambda x: np.quantile(x, 0.35, axis=(0, 2)), T),
    ("quantile q", lambda x: np.quantile(x, np.abs(x[0]) / 5), V),
    ("median nan", lambda x: np.nan_to_num(np.median(np.where(x > 2, np.nan, x), axis=1)), M),
    (
        "nonzero",
        lambda x: [x[np.nonzero(x > 0)], np.argwhere(x > 0), np.flatnonzero(x > 0), np.count_nonzero(x > 0, axis=0)],
        M,
    ),
    (
        "questions",
        lambda x: [np.shape(x), np.ndim(x), np.size(x), np.size(x, 0), np.isrealobj(x), np.iscomplexobj(x)],
        M,
    ),
    (
        "close",
        lambda x: [
            np.isclose(x, x + 1e-9),
            np.allclose(x, x),
            np.array_equal(x, x),
            np.array_equal(x, x[0]),
            np.array_equiv(x, x[0]),
        ],
        M,
    ),
    ("dtypes", lambda x: [np.result_type(x, 1j).num, np.can_cast(x.dtype, np.float32), np.isreal(x)], V),
    ("apply_along_axis", lambda x: np.apply_along_axis(lambda row: row * row[0], 1, x), T),
    ("apply_along_axis number", lambda x: np.apply_along_axis(np.sum, 0, x), M),
    ("apply_along_axis matrix", lambda x: np.apply_along_axis(lambda row: np.outer(row, row[:2]), 1, x), T),
    ("apply_over_axes", lambda x: np.apply_over_axes(np.sum, x, [0, 2]), T),
    ("trim_zeros", lambda x: np.trim_zeros(np.where(x > 0, x, 0.0)), V),
    ("nanquantile", lambda x: np.nanquantile(x, 0.3, axis=0), M),
    ("triu from", lambda x: x[np.triu_indices_from(x, 1)], M),
    ("real", lambda x: [np.real(x), np.imag(x), x.real, x.imag], M),
    ("common_type", lambda x: x * (np.common_type(x) is np.float64), V),
    ("text", lambda x: [np.array_str(x), np.array_repr(x), np.array2string(x, precision=3), f"{x[0]:.3f}"], V),
    ("astype", lambda x: np.astype(x, np.float64), V),
]

SUBSCRIPTS = [
    ("ij,jk->ik", (M, (4, 2))),
    ("ij,jk", (M, (4, 2))),
    ("ij->ji", (M,)),
    ("ij", (M,)),
    ("ji", (M,)),
    ("ii", ((3, 3),)),
    ("ii->i", ((3, 3),)),
    ("iij->j", ((3, 3, 2),)),
    ("ij,ij", (M, M)),
    ("ij,ij->i", (M, M)),
    ("i,j", ((3,), (2,))),
    ("i,i,i->i", ((3,), (3,), (3,))),
    ("bij,bjk->bik", ((2, 3, 4), (2, 4, 2))),
    ("...ij,...jk->...ik", ((2, 3, 4), (4, 2))),
    ("...ij,...jk", ((2, 3, 4), (2, 4, 2))),
    ("i...->...", (T,)),
    ("...i,i", (T, (4,))),
    ("ij,k->", (M, (2,))),
    ("ij,jk,kl->il", (M, (4, 2), (2, 3))),
    ("abc,bd,ce->ade", (T, (3, 2), (4, 5))),
    ("bqd,bkd->bqk", ((2, 3, 4), (2, 5, 4))),
    ("i,->i", ((3,), ())),
    ("ij, jk -> ki", (M, (4, 2))),
    ("...,...", (M, (1, 4))),
    ("ij,ij->ij", (M, (1, 4))),
    ("i,ij,j", ((3,), M, (4,))),
    ("ijk->k", (T,)),
    ("ijij->ij", ((2, 3, 2, 3),)),
    ("ab,bc,ca", (M, (4, 2), (2, 3))),
    ("b...,b...->...b", (T, (2, 3, 4))),
    ("a,b,c,d->dbca", ((2,), (3,), (2,), (4,))),
]


def _einsum(text: str, shapes: Any) -> Case:
    sizes = np.cumsum([0, *map(math.prod, shapes)])

    def f(x: Any) -> Any:
        parts = [np.reshape(x[i:j], s) for i, j, s in zip(sizes[:-1], sizes[1:], shapes, strict=True)]
        return np.einsum(text, *parts)

    return f"einsum {text}", f, (int(sizes[-1]),)


CASES += [_einsum(text, shapes) for text, shapes in SUBSCRIPTS]
CASES += [
    ("einsum lists", lambda x: np.einsum(x, [0, 1], x, [2, 1], [0, 2]), M),
    ("einsum lists implicit", lambda x: np.einsum(x, [0, Ellipsis], x, [0, Ellipsis]), M),
    ("einsum optimize", lambda x: np.einsum("ij,kj,kl->il", x, x, x, optimize="optimal"), M),
    ("einsum plain operand", lambda x: np.einsum("ij,j", x, [1.0, 2.0, 3.0, 4.0]), M),
]


def _ufuncs() -> Iterator[Case]:
    for ufunc in UFUNCS:
        name = ufunc.__name__
        if ufunc.nin == 1:
            inside = lambda x, f=ufunc: f(np.abs(x) * 0.1 + 0.31)
            if name == "arccosh":
                inside = lambda x: np.arccosh(np.abs(x) + 1.3)
            if name == "invert":
                inside = lambda x: np.invert(x > 0)
            yield name, inside, M
            if name not in (
                "arccosh",
                "arcsin",
                "arccos",
                "arctanh",
                "log",
                "log2",
                "log10",
                "log1p",
                "sqrt",
                "invert",
            ):
                yield f"{name} signed", lambda x, f=ufunc: f(x), V
        elif name in ("matmul", "vecdot"):
            continue
        elif name in ("matvec", "vecmat"):
            yield name, lambda x, f=ufunc, n=name: f(x, x[0, 0]) if n == "matvec" else f(x[0, :, 0], x), T
        elif "shift" in name or "bitwise" in name:
            yield name, lambda x, f=ufunc: f((x * 0 + 5).astype(int), np.array([1, 2, 1, 0, 3, 1])), V
        elif name == "ldexp":
            yield name, lambda x: np.ldexp(x, [1, -3, 0, 7, 2, 1]), V
        else:
            yield name, lambda x, f=ufunc: f(np.abs(x) + 0.3, np.abs(x[0]) * 0.71 + 0.4), M
            yield f"{name} number", lambda x, f=ufunc: f(2.3, np.abs(x) + 0.2), V
            yield f"{name} list", lambda x, f=ufunc: f(np.abs(x) + 0.2, [1.1, 1.2, 1.3, 1.4, 1.5, 1.6]), V
            yield f"{name} outer", lambda x, f=ufunc: f.outer(np.abs(x) + 0.2, [1.1, 1.2]), M
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.logaddexp, np.hypot, np.subtract):
        name = ufunc.__name__
        yield f"{name}.reduce", lambda x, f=ufunc: [f.reduce(x), f.reduce(x, axis=1, keepdims=True), f.reduce(x, -1)], M
        yield f"{name}.reduceat", lambda x, f=ufunc: f.reduceat(x, [0, 3, 1, 5]), V
        for axis in (0, -1):
            yield f"{name}.accumulate {axis}", lambda x, f=ufunc, a=axis: f.accumulate(x, axis=a), M
    yield "reduce all", lambda x: [np.add.reduce(x, axis=None), np.multiply.reduce(x, axis=(0, 1))], M
    yield "reduce initial", lambda x: [np.add.reduce(x, initial=x[0, 0]), np.maximum.reduce(x, initial=0.3)], M
    yield "reduce where", lambda x: np.add.reduce(x, axis=0, where=MASK), M
    yield "fmod both signs", lambda x: [np.fmod(x, 0.8), np.fmod(x, -0.8), np.fmod(7.1, x)], V
    yield "cbrt signed", lambda x: np.cbrt(x * 100), V
    yield "nan fmax", lambda x: [np.fmax(x, np.nan), np.fmin(np.where(x > 0, np.nan, x), 0.3)], V
    yield "out", filled(lambda out, x: np.multiply(x, x, out=out)), M
    yield "out positional", filled(lambda out, x: np.exp(x, out)), M
    yield "out where", filled(lambda out, x: np.log(np.abs(x), out=out, where=x > 0)), M
    yield "out view", filled(lambda out, x: np.add(x[0], x[1], out=out[2])), M
    yield "out of a reduction", filled(lambda out, x: np.sum(x, axis=0, out=out), 4), M
    yield "out of matmul", filled(lambda out, x: np.matmul(x, x.T, out=out), (3, 3)), M
    yield "out of clip", filled(lambda out, x: np.clip(x, 0.0, 1.0, out=out)), M
    yield "out of two", filled(lambda out, x: np.modf(x, out=(out, None))), V
    yield "dtype", lambda x: np.add(x, 1.0, dtype=np.float64), V


CASES += _ufuncs()
AGAIN = np.array([0, 2, 0, 5, 2, 0])


def _two_lines(out: Any, x: Any) -> None:
    view = out[1:]
    np.copyto(view, x[:-1] * 2)
    np.add.at(view.T, (slice(None), 0), x[0])


CASES += [
    ("copyto", filled(lambda out, x: np.copyto(out, x[0] ** 2)), M),
    ("copyto where", filled(lambda out, x: np.copyto(out, x * x, where=x > 0)), M),
    ("copyto number", filled(lambda out, x: np.copyto(out[0], 2.0)), M),
    ("copyto view", filled(_two_lines), M),
    ("put", filled(lambda out, x: np.put(out, [0, -1, 5], x[0] ** 2)), M),
    ("put cycled", filled(lambda out, x: np.put(out, [0, 3, 5], x[:2, 0])), M),
    ("put clip", filled(lambda out, x: np.put(out, [40], x[0, 0], mode="clip")), M),
    ("place", filled(lambda out, x: np.place(out, x > 0, x[:2, 0] ** 2)), M),
    ("putmask", filled(lambda out, x: np.putmask(out, x > 0, x * x)), M),
    ("putmask cycled", filled(lambda out, x: np.putmask(out, x > 0, x[:2, 0])), M),
    (
        "put_along_axis",
        filled(lambda out, x: np.put_along_axis(out, np.argmax(x, 1, keepdims=True), x[0, 0], axis=1)),
        M,
    ),
    ("put_along_axis None", filled(lambda out, x: np.put_along_axis(out, np.array([1, 2]), x[0, :2], axis=None)), M),
    ("fill_diagonal", filled(lambda out, x: np.fill_diagonal(out, x[:, 0] ** 2)), M),
    ("fill_diagonal tall", filled(lambda out, x: np.fill_diagonal(out.T, 5.0, wrap=True)), (2, 7)),
    ("fill_diagonal 3", filled(lambda out, x: np.fill_diagonal(out, x[0, 0, 0])), (2, 2, 2)),
    ("einsum diagonal", filled(lambda out, x: np.einsum("ii->i", out[:, :3]).__setitem__(..., x[0, :3] ** 2)), M),
    ("add.at", filled(lambda out, x: np.add.at(out, AGAIN, x**2)), V),
    ("subtract.at", filled(lambda out, x: np.subtract.at(out, AGAIN, x**2)), V),
    ("multiply.at", filled(lambda out, x: np.multiply.at(out, AGAIN, x)), V),
    ("maximum.at", filled(lambda out, x: np.maximum.at(out, AGAIN, x**2)), V),
    ("negative.at", filled(lambda out, x: np.negative.at(out, AGAIN)), V),
    ("add.at rows", filled(lambda out, x: np.add.at(out, [0, 0, 2], x)), M),
    ("add.at pairs", filled(lambda out, x: np.add.at(out, ([0, 0, 2], [1, 1, 3]), x[:, 0])), M),
    ("add.at zeros", filled(lambda out, x: np.add.at(out, AGAIN, x), 7), V),
    ("flat", filled(lambda out, x: out.flat.__setitem__(slice(1, 4), x[0, :3] ** 2)), M),
    ("split view", filled(lambda out, x: np.copyto(np.split(out, 3)[1], x[0] ** 2)), M),
    ("nan_to_num in place", filled(lambda out, x: np.nan_to_num(out, copy=False)), V),
    ("put method", filled(lambda out, x: out.put([0, 1], x[0, 0] ** 2)), M),
    ("partition method", filled(lambda out, x: out.partition(2)), V),
    (
        "methods",
        lambda x: [
            x.sum(0, keepdims=True),
            x.mean(axis=1),
            x.var(ddof=1),
            x.std(0),
            x.cumsum(),
            x.cumprod(1),
            x.max(1),
            x.min(),
            x.argmax(),
            x.argsort(1),
            x.clip(0, 1),
            x.round(1),
            x.ravel(),
            x.repeat(2),
            x.take([1, 2]),
            x.dot(x.T),
            x.compress([True, False, True], axis=0),
            x.swapaxes(0, 1),
            x.squeeze(),
            x.nonzero(),
            x.any(),
            x.all(1),
            x[0].searchsorted(9.0),
            x.flatten("F"),
            x.prod(),
            x.conj(),
            x.nbytes,
            len(x.flat),
            x.sum(where=MASK),
            x.argpartition(1)[:, 1],
            (x > 0).astype(int).choose([x, 2 * x]),
            x.reshape(4, 3, order="F"),
            x.transpose(1, 0),
        ],
        M,
    ),
]
NAMES = [case[0] for case in CASES]


def flattened(answer: Any) -> list[Any]:
    """All arrays in nested answers."""
    if isinstance(answer, (list, tuple)):
        return [leaf for part in answer for leaf in flattened(part)]
    return [answer]


def packed(f: Callable[..., Any]) -> Callable[..., Any]:
    """All floats of an answer as one vector."""

    def g(x: Any) -> Any:
        leaves = [leaf for leaf in flattened(f(x)) if isinstance(leaf, (Traced, np.ndarray, np.generic))]
        floats = [np.reshape(leaf, (-1,)) for leaf in leaves if np.result_type(leaf).kind == "f"]
        return np.concatenate([np.reshape(x, (-1,))[:1] * 0.0, *floats])

    return g


def differences(f: Callable[..., Any], x: Any, v: Any) -> tuple[Any, Any]:
    """The fourth-order difference along v, and what its rounding may amount to."""
    ahead, behind, far, back = (np.asarray(f(x + k * STEP * v)) for k in (1, -1, 2, -2))
    size = np.abs(ahead) + np.abs(behind)
    return (8 * (ahead - behind) - (far - back)) / (12 * STEP), (64 * EPS / STEP + 64 * STEP**4) * (1 + size)


@pytest.mark.parametrize("name", ["forward", "reverse"])
@pytest.mark.parametrize(("what", "f", "shape"), CASES, ids=NAMES)
def test_the_value_is_numpys(what: str, f: Callable[..., Any], shape: tuple[int, ...], name: str) -> None:
    x = entries(shape)
    kept: list[Any] = []

    def watched(x: Any) -> Any:
        kept[:] = [plain(leaf) for leaf in flattened(f(x))]
        return np.sum(x * 1.0)

    dl.methods[name].grad(watched)(x)
    with np.errstate(all="ignore"):
        expected = flattened(f(x.copy()))
    assert len(kept) == len(expected)
    for leaf, own in zip(kept, expected, strict=True):
        assert np.shape(leaf) == np.shape(own)
        assert np.asarray(leaf).dtype.kind == np.asarray(own).dtype.kind
        if isinstance(own, str):
            assert leaf == own
            continue
        scale = np.max(np.abs(own), initial=0.0, where=np.isfinite(own)) if np.asarray(own).dtype.kind == "f" else 0
        np.testing.assert_allclose(leaf, own, rtol=0, atol=ROUNDING * EPS * scale)


@pytest.mark.parametrize(("what", "f", "shape"), CASES, ids=NAMES)
def test_the_derivative_is_that_of_differences(what: str, f: Callable[..., Any], shape: tuple[int, ...]) -> None:
    x = entries(shape)
    v = np.random.default_rng(5).uniform(0.5, 1.0, shape)[()]
    g = packed(f)
    with np.errstate(all="ignore"):
        expected, allowed = differences(g, x, v)
    _, pushed = dl.forward.jvp(g, (x,), (v,))
    assert np.all(np.abs(pushed - expected) <= allowed * (1 + np.abs(expected))), (pushed, expected)
    weights = np.random.default_rng(6).uniform(0.5, 1.0, pushed.shape)
    _, pull = dl.reverse.vjp(g, x)
    terms = np.abs(weights * pushed)
    gap = abs(np.sum(pull(weights)[0] * v) - np.sum(weights * pushed))
    assert gap <= 1024 * EPS * (1 + np.sum(terms))


def scalar(f: Callable[..., Any]) -> Callable[..., Any]:
    """A weighted sum of all floats of an answer, curved so that no gradient is constant."""

    def g(x: Any) -> Any:
        y = packed(f)(x)
        return np.sum(np.sin(y) * np.linspace(0.5, 1.5, y.size))

    return g


@pytest.mark.parametrize(("what", "f", "shape"), CASES, ids=NAMES)
def test_a_program_answers_for_no_other_order(what: str, f: Callable[..., Any], shape: tuple[int, ...]) -> None:
    """The compiled gradient at another point, whose entries have another order and other signs."""
    g = scalar(f)
    program = dl.methods["reverse-compiled"].prepare("grad", g, entries(shape))
    for x in (entries(shape), entries(shape, seed=100), -entries(shape, seed=200)):
        eager = dl.reverse.grad(g)(x)
        np.testing.assert_allclose(program(x), eager, rtol=0, atol=1024 * EPS * (1 + np.max(np.abs(eager))))


@pytest.mark.parametrize(("what", "f", "shape"), CASES, ids=NAMES)
def test_single_precision_is_kept_as_numpy_keeps_it(what: str, f: Callable[..., Any], shape: tuple[int, ...]) -> None:
    x = entries(shape).astype(np.float32)
    kept: list[Any] = []

    def watched(x: Any) -> Any:
        kept[:] = [plain(leaf) for leaf in flattened(f(x))]
        return np.sum(x * 1.0)

    dl.reverse.grad(watched)(x)
    with np.errstate(all="ignore"):
        expected = flattened(f(x.copy()))
    for leaf, own in zip(kept, expected, strict=True):
        assert np.asarray(leaf).dtype == np.asarray(own).dtype


@pytest.mark.parametrize("ddof", [3, 4, 99])
def test_no_degree_of_freedom_is_left_as_numpy_has_it(ddof: int) -> None:
    x = entries(M)
    options = {"axis": 1, "where": MASK, "ddof": ddof}, {"ddof": ddof, "mean": 0.5, "axis": 0}
    f = lambda x: [function(x, **one) for function in (np.var, np.std, np.nanvar, np.nanstd) for one in options]
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        expected, (found, _) = f(x), dl.forward.jvp(f, (x,), (x,))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14)


def test_every_meaning_has_a_case() -> None:
    """The cases name every function of the tables."""
    text = Path(__file__).read_text(encoding="utf-8").split("CASES: list")[1] + " ".join(NAMES)
    elsewhere = {*linear_algebra.TABLE, *fourier.TABLE, np.i0, np.angle}
    missing = [
        function.__name__ for function in FUNCTIONS if function not in elsewhere and function.__name__ not in text
    ]
    assert not missing
