"""Hessians and Hessian-vector products of every method that has them."""

import numpy as np
import pytest

import derivlab as dl
from derivlab.errors import UnsupportedError
from derivlab.namespace import array_namespace
from derivlab.specs.rosenbrock import hessian_vector_product

NESTING = ["complex-step", "forward", "reverse", "taylor", "forward-compiled", "reverse-compiled", "symbolic", "jax"]
X, V = np.array([0.3, -0.7, 1.1, 0.4]), np.array([1.0, 2.0, -1.0, 0.5])


def f(x, y):
    xp = array_namespace(x)
    return xp.sum(xp.sin(x) * y**2) + xp.prod(x)


def exact(x, y):
    """The blocks of the Hessian by hand."""
    pairs = np.array([[np.prod(np.delete(x, [i, j])) if i != j else 0.0 for j in range(4)] for i in range(4)])
    xx = np.diag(-np.sin(x) * y**2) + pairs
    return xx, np.diag(2 * np.cos(x) * y), np.diag(2 * np.sin(x))


@pytest.mark.parametrize("name", NESTING)
def test_hessian_by_blocks(name):
    (xx, xy), (yx, yy) = dl.methods[name].hessian(f, argnums=(0, 1))(X, V)
    for found, expected in zip((xx, xy, yy), exact(X, V), strict=True):
        assert np.max(np.abs(found - expected)) <= 64 * np.finfo(float).eps * np.max(np.abs(expected))
    assert np.array_equal(xy, yx.T)


@pytest.mark.parametrize("name", NESTING)
def test_hvp_is_the_hessian_times_v(name):
    found = dl.methods[name].hvp(dl.spec("rosenbrock", n=4).function, (X,), (V,))
    expected = hessian_vector_product(X, V)
    assert np.max(np.abs(found - expected)) <= 64 * np.finfo(float).eps * np.max(np.abs(expected))
    prepared = dl.methods[name].prepare("hvp", dl.spec("rosenbrock", n=4).function, (V,), (X,))
    assert np.array_equal(prepared((X,), (V,)), found)


def test_what_is_written_by_hand_declares_it():
    with pytest.raises(UnsupportedError):
        dl.methods["manual"].hvp(f, (X, V), (V, X))
    with pytest.raises(UnsupportedError):
        dl.methods["manual"].hessian(f)(X, V)
