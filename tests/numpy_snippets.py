"""Functions in plain NumPy as students write them: which differentiate as they stand, and which are refused.

``RIGHT`` holds name → (function, argument), ``REFUSED`` name → (function, argument, what the message must say).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Function = Callable[[Any], Any]
RIGHT: dict[str, tuple[Function, Any]] = {}
REFUSED: dict[str, tuple[Function, Any, str]] = {}


def _point(shape: Any) -> Any:
    """Entries that are all different, of both signs, far from integers and from 0."""
    size = int(np.prod(shape))
    steps = np.random.default_rng(size).permutation(size)
    return ((steps - size / 2) * 0.29 + 0.131).reshape(shape)[()]


def right(shape: Any) -> Callable[[Function], Function]:
    """A function that must be right at a point of that shape."""

    def add(f: Function) -> Function:
        RIGHT[f.__name__] = f, _point(shape)
        return f

    return add


def refused(shape: Any, says: str) -> Callable[[Function], Function]:
    """A function that must be refused in a sentence that names what to type."""

    def add(f: Function) -> Function:
        REFUSED[f.__name__] = f, _point(shape), says
        return f

    return add


DATA = np.array([[0.5, 1.2, -0.3], [1.5, -0.7, 0.2], [-1.1, 0.4, 0.9], [0.3, 0.8, -1.4]])
LABELS = np.array([0, 2, 1, 0])
TARGETS = np.array([0.7, -0.2, 1.1, 0.4])

# Losses.


@right((3, 3))
def softmax_cross_entropy(w):
    scores = DATA @ w
    scores = scores - np.max(scores, axis=1, keepdims=True)
    p = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(LABELS)), LABELS]))


@right((3, 3))
def one_hot_cross_entropy(w):
    logits = np.dot(DATA, w)
    one_hot = np.eye(3)[LABELS]
    log_p = logits - np.log(np.exp(logits).sum(axis=1))[:, np.newaxis]
    return -(one_hot * log_p).sum() / logits.shape[0]


@right(4)
def logistic_regression_with_bias(w):
    x = np.concatenate([np.ones((4, 1)), DATA], axis=1)
    y = (TARGETS > 0.5).astype(float)
    p = 1.0 / (1.0 + np.exp(-np.dot(x, w)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@right(4)
def logistic_regression_with_column_stack(w):
    x = np.column_stack((np.ones(len(DATA)), DATA))
    margin = x @ w * np.where(TARGETS > 0.5, 1, -1)
    return np.logaddexp(0, -margin).sum()


@right(3)
def hinge_loss(w):
    signs = np.sign(TARGETS - 0.5)
    return np.maximum(0, 1 - signs * (DATA @ w)).mean() + 0.1 * np.sum(w**2)


@right(3)
def huber_loss(w):
    r = DATA @ w - TARGETS
    delta = 0.6
    return np.sum(np.where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)))


@right(3)
def huber_by_masks(w):
    r = np.abs(DATA @ w - TARGETS)
    small = r < 0.6
    return np.sum(0.5 * r[small] ** 2) + np.sum(0.6 * (r[~small] - 0.3))


@right(3)
def huber_by_piecewise(w):
    r = DATA @ w - TARGETS
    cases = [r < -0.6, r > 0.6]
    return np.sum(np.piecewise(r, cases, [lambda t: -0.6 * t - 0.18, lambda t: 0.6 * t - 0.18, lambda t: t**2 / 2]))


@right(3)
def quantile_loss(w):
    r = TARGETS - DATA @ w
    return np.mean(np.maximum(0.3 * r, (0.3 - 1) * r))


@right(4)
def clipped_surrogate(logits):
    ratio = np.exp(logits - TARGETS)
    advantage = np.array([1.0, -0.5, 0.3, 2.0])
    return -np.minimum(ratio * advantage, np.clip(ratio, 0.8, 1.2) * advantage).mean()


@right(5)
def elastic_net(w):
    return 0.3 * np.linalg.norm(w) ** 2 + 0.7 * np.abs(w).sum() + np.ptp(w)


@right(6)
def gini(x):
    x = np.sort(np.abs(x))
    n = len(x)
    index = np.arange(1, n + 1)
    return np.sum((2 * index - n - 1) * x) / (n * np.sum(x))


@right((5, 2))
def matrix_factorisation(m):
    u, v = m[:3], m[3:]
    ratings, known = np.array([[5.0, 0.0], [0.0, 1.0], [4.0, 2.0]]), np.array([[1, 0], [0, 1], [1, 1]], dtype=bool)
    error = (ratings - u @ v.T)[known]
    return error @ error + 0.1 * (np.sum(u**2) + np.sum(v**2))


@right(4)
def mean_of_what_is_known(x):
    gaps = np.array([0.3, np.nan, 1.0, np.nan])
    known = np.where(np.isnan(gaps), np.nan, x)
    return np.nanmean(known) ** 2 + np.nanmax(known) * np.nanstd(known)


@right((4, 2))
def k_means_distance(centres):
    points = DATA[:, :2]
    d = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return d.min(axis=1).sum()


@right((3, 2))
def k_means_assignment(centres):
    points = DATA[:, :2]
    nearest = np.argmin(np.linalg.norm(points[:, None] - centres, axis=2), axis=1)
    return sum(np.sum((points[nearest == k] - centres[k]) ** 2) for k in range(3))


@right((4, 3))
def pairwise_distances(x):
    d2 = np.sum(x**2, 1)[:, None] + np.sum(x**2, 1) - 2 * x @ x.T
    return np.sum(np.exp(-0.5 * d2))


@right((4, 2))
def upper_triangle_of_distances(x):
    i, j = np.triu_indices(4, k=1)
    return np.sum(1.0 / np.sqrt(((x[i] - x[j]) ** 2).sum(-1)))


@right((4, 3))
def triplet_loss(x):
    a, p, n = x[0], x[1], x[2:]
    near, far = np.sum((a - p) ** 2), np.sum((a - n) ** 2, axis=-1)
    return np.maximum(near - far + 1.0, 0).sum()


@right((3, 4))
def cosine_similarity(x):
    unit = x / np.sqrt(np.einsum("ij,ij->i", x, x))[:, None]
    return np.triu(unit @ unit.T, k=1).sum()


@right((4, 3))
def contrastive_loss(z):
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    s = z @ z.T / 0.5
    s = s - 1e3 * np.eye(4)
    return -np.mean(s[[0, 1, 2, 3], [1, 0, 3, 2]] - np.log(np.exp(s).sum(1)))


# Networks.


@right((2, 3))
def rnn_with_list(w):
    h = np.zeros(2)
    states = []
    for t in range(4):
        h = np.tanh(w @ DATA[t] + 0.5 * h)
        states.append(h)
    states = np.stack(states)
    return np.sum(states**2) + states[-1, 0]


@right((4, 4))
def lstm_step(w):
    h, c = np.zeros(1), np.ones(1)
    for x in DATA[:, :2]:
        gates = w @ np.concatenate([x, h, [1.0]])
        i, f, o, g = np.split(gates, 4)
        i, f, o = (1 / (1 + np.exp(-s)) for s in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
    return h[0]


@right((3, 3))
def convolution_by_loops(kernel):
    image = np.arange(25.0).reshape(5, 5) ** 0.5
    out = np.zeros_like(kernel, shape=(3, 3))
    for i in range(3):
        for j in range(3):
            out[i, j] = np.sum(image[i : i + 3, j : j + 3] * kernel)
    return np.sum(np.maximum(out, 0) ** 2)


@right((2, 2))
def convolution_by_windows(kernel):
    image = np.cos(np.arange(20.0)).reshape(4, 5)
    windows = np.lib.stride_tricks.sliding_window_view(image, (2, 2))
    return np.sum(np.einsum("ijkl,kl->ij", windows, kernel) ** 2)


@right((4, 4))
def max_pooling(x):
    return np.sum(x.reshape(2, 2, 2, 2).max(axis=(1, 3)) ** 2)


@right((4, 3))
def batch_norm(x):
    mu, var = x.mean(axis=0), x.var(axis=0)
    y = (x - mu) / np.sqrt(var + 1e-5)
    return np.sum(y**3 * np.arange(3))


@right((3, 4))
def layer_norm(x):
    y = (x - np.mean(x, axis=-1, keepdims=True)) / np.std(x, axis=-1, keepdims=True)
    return np.sum(np.tanh(y) * np.arange(4.0))


@right((2, 2, 3))
def attention(qkv):
    q, k, v = qkv, qkv[::-1], np.flip(qkv, -1)
    scores = np.einsum("bqd,bkd->bqk", q, k) / np.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.sum(np.einsum("bqk,bkd->bqd", weights, v) ** 2)


@right((3, 4))
def causal_attention(x):
    scores = x @ x.T
    scores = np.where(np.tril(np.ones((3, 3), dtype=bool)), scores, -np.inf)
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return np.sum((e / e.sum(-1, keepdims=True)) @ x)


@right((3, 3))
def dropout_mask(w):
    mask = (np.random.default_rng(0).random((4, 3)) > 0.4) / 0.6
    return np.sum(np.maximum(DATA @ w, 0.01 * (DATA @ w)) * mask)


@right((4, 2))
def embedding_lookup(table):
    words = np.array([0, 3, 3, 1])
    return np.sum(np.tanh(table[words].mean(axis=0)) + np.take(table, words, axis=0).prod(0))


@right((2, 3))
def gelu_network(w):
    h = DATA @ w.T
    a = 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
    return np.mean((a.sum(axis=1) - TARGETS) ** 2)


@right(8)
def dictionary_of_parameters(flat):
    params = {"w": flat[:6].reshape(3, 2), "b": flat[6:]}
    h = np.tanh(DATA @ params["w"] + params["b"])
    return sum(np.sum(v**2) for v in params.values()) + h.sum()


@dataclass
class Layer:
    """Weights and biases."""

    w: Any
    b: Any


@right(8)
def dataclass_of_arrays(flat):
    layer = Layer(np.reshape(flat[:6], (2, 3)), flat[6:])
    return np.square(DATA @ layer.w.T + layer.b).mean()


@right((3, 3))
def isinstance_branch(w):
    if isinstance(w, list):
        w = np.array(w)
    assert w.shape == (3, 3)
    assert w.ndim == 2
    return np.sum(DATA @ w)


@right((3, 3))
def dtype_checks(w):
    if w.dtype != np.float64 or not np.issubdtype(w.dtype, np.floating):
        raise TypeError("floats, please")
    return np.sum(w @ w) + w.size + len(w)


@right((2, 3))
def printing_inside(w):
    text = f"{w} {w[0, 0]:.3f} {np.array2string(w)}"
    return np.sum(w**2) if text else 0.0


# Series and signals.


@right(6)
def moving_average(x):
    return np.sum(np.convolve(x, np.ones(3) / 3, mode="valid") ** 2)


@right(6)
def moving_average_by_cumsum(x):
    c = np.cumsum(np.insert(x, 0, 0))
    return np.sum(((c[3:] - c[:-3]) / 3) ** 2)


@right(6)
def exponential_smoothing(x):
    s = [x[0]]
    for value in x[1:]:
        s.append(0.3 * value + 0.7 * s[-1])
    return np.sum(np.stack(s) ** 2)


@right(6)
def cumulative_returns(r):
    wealth = np.cumprod(1 + 0.1 * r)
    peak = np.maximum.accumulate(wealth)
    return wealth[-1] - np.max((peak - wealth)[1:] / peak[1:])


@right(6)
def sharpe_ratio(prices):
    returns = np.diff(np.log(2 + prices))
    return returns.mean() / returns.std(ddof=1) * np.sqrt(252)


@right(6)
def autocorrelation(x):
    x = x - np.mean(x)
    full = np.correlate(x, x, mode="full")
    return full[len(x)] / full[len(x) - 1]


@right(6)
def fourier_by_matrix(x):
    n = len(x)
    angles = 2 * np.pi * np.outer(np.arange(n), np.arange(n)) / n
    return np.sum(np.sqrt((np.cos(angles) @ x) ** 2 + (np.sin(angles) @ x) ** 2 + 0.01))


@right((3, 4))
def correlation_of_rows(x):
    return np.corrcoef(x)[0, 1] + np.cov(x)[1, 2]


@right(7)
def outliers_by_percentile(x):
    low, high = np.percentile(x, [25, 75])
    inside = (x >= low - 0.1) & (x <= high + 0.1)
    return np.sum(x[inside] ** 2) + np.median(x) * (high - low)


@right(6)
def winsorised_mean(x):
    return np.mean(np.clip(x, np.quantile(x, 0.2), np.quantile(x, 0.8)) ** 3)


@right((3, 4))
def standardise_columns(x):
    z = (x - x.mean(0)) / x.std(0)
    return np.sum(np.tanh(z[0]) + z[1] ** 3)


@right(6)
def histogram_of_weights(w):
    counts, edges = np.histogram(np.array([0.1, 0.2, 0.35, 0.6, 0.7, 0.9]), bins=3, range=(0, 1), weights=w)
    return np.sum(counts**2 * np.diff(edges))


@right(5)
def interpolation_of_a_table(x):
    return np.sum(np.interp(x, [-1.0, 0.0, 1.0], [2.0, 0.5, 3.0]) ** 2)


@right(4)
def interpolation_of_parameters(y):
    return np.trapezoid(np.interp(np.linspace(0, 3, 7), np.arange(4.0), y) ** 2, dx=0.5)


@right(6)
def unwrapped_phase(x):
    return np.sum(np.unwrap(5 * x) ** 2)


@right((4, 4))
def image_gradient(image):
    p = np.pad(image, 1, mode="edge")
    gx, gy = p[1:-1, 2:] - p[1:-1, :-2], p[2:, 1:-1] - p[:-2, 1:-1]
    return np.sum(np.sqrt(gx**2 + gy**2 + 0.01))


@right((4, 4))
def total_variation(image):
    return np.abs(np.diff(image, axis=0)).sum() + np.abs(np.diff(image, axis=1)).sum()


@right((4, 4))
def laplacian_by_gradient(u):
    gx, gy = np.gradient(u)
    return np.sum(np.gradient(gx, axis=0) * np.gradient(gy, axis=1))


@right((4, 4))
def game_of_life_masks(board):
    alive = board > 0
    n = sum(np.roll(alive, (i, j), (0, 1)).astype(int) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))
    survives = (alive & (n == 2)) | (n == 3)
    return np.sum(board[survives] ** 2) + 2 * np.sum(board[~survives])


# Equations.


@right(6)
def finite_volume_step(u):
    for _ in range(3):
        flux = 0.5 * u**2
        u = u - 0.1 * (flux - np.roll(flux, 1))
    return np.sum(u**2)


@right(6)
def heat_in_place(u):
    u = u.copy()
    for _ in range(4):
        u[1:-1] = u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@right(6)
def heat_augmented(u):
    u = np.copy(u)
    for _ in range(3):
        u[1:-1] += 0.2 * np.diff(u, 2)
        u[0] *= 0.5
    return u @ u


@right((4, 4))
def jacobi_in_place(u):
    u = np.array_split(u, 1)[0].copy()
    for _ in range(3):
        u[1:-1, 1:-1] = (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]) / 4
    return np.sum(u[1:-1, 1:-1] ** 2)


@right(5)
def boundary_values_set(u):
    u = np.concatenate([u, u])
    u[0], u[-1] = 0.0, 1.0
    return np.sum(u**2 * np.arange(10))


@right(4)
def tridiagonal_solve(d):
    n = len(d)
    c, x = np.zeros_like(d), np.zeros_like(d)
    rhs = d.copy()
    c[0], rhs[0] = 1 / (4 + d[0]), rhs[0] / (4 + d[0])
    for i in range(1, n):
        m = 4 + d[i] - c[i - 1]
        c[i] = 1 / m
        rhs[i] = (rhs[i] - rhs[i - 1]) / m
    x[-1] = rhs[-1]
    for i in range(n - 2, -1, -1):
        x[i] = rhs[i] - c[i] * x[i + 1]
    return np.sum(x**2)


@right((3, 3))
def gaussian_elimination(a):
    a = a + 4 * np.eye(3)
    a = np.hstack([a, np.ones((3, 1))])
    for k in range(3):
        a[k] = a[k] / a[k, k]
        for i in range(3):
            if i != k:
                a[i] -= a[i, k] * a[k]
    return np.sum(a[:, -1] ** 2)


@right((3, 3))
def cholesky_by_loops(a):
    a = a @ a.T + 3 * np.eye(3)
    lower = np.zeros_like(a)
    for i in range(3):
        for j in range(i + 1):
            s = a[i, j] - np.dot(lower[i, :j], lower[j, :j])
            lower[i, j] = np.sqrt(s) if i == j else s / lower[j, j]
    return 2 * np.sum(np.log(np.diag(lower)))


@right((3, 3))
def power_iteration(a):
    a = a + a.T + 6 * np.diag([1.0, 0.5, 0.1])
    v = np.ones(3)
    for _ in range(15):
        v = a @ v
        v /= np.linalg.norm(v)
    return v @ a @ v


@right(2)
def newton_iteration(c):
    x = 1.0
    for _ in range(8):
        x = x - (x**3 + c[0] * x + c[1] - 2) / (3 * x**2 + c[0])
    return x


@right(3)
def newton_with_stopping(c):
    a = 1.0 + np.sum(c**2)
    x = a
    while np.abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@right(3)
def bisection_with_a_last_step(c):
    f = lambda x: x**3 + c[0] * x - 2 + 0.1 * c[1]
    low, high = 0.0, 3.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if f(middle) > 0 else (middle, high)
    return middle - f(middle) / (3 * middle**2 + c[0])


@right(2)
def runge_kutta(p):
    f = lambda y: np.stack([y[0] * (1 + p[0] - y[1]), y[1] * (y[0] - 1 - p[1])])
    y, h = np.array([1.0, 0.5]), 0.1
    for _ in range(5):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y.sum()


@right(2)
def trajectory_written_into_rows(p):
    y = np.zeros_like(p, shape=(6, 2))
    y[0] = [1.0, 0.0]
    for n in range(5):
        y[n + 1, 0] = y[n, 0] + 0.1 * y[n, 1]
        y[n + 1, 1] = y[n, 1] - 0.1 * p[0] * np.sin(y[n, 0]) - p[1] * 0.01 * y[n, 1]
    return np.sum(y[:, 0] ** 2)


@right((3, 2))
def leapfrog(q):
    q, p = q.copy(), np.zeros((3, 2))
    for _ in range(4):
        p = p - 0.05 * q
        q += 0.1 * p
        p = p - 0.05 * q
    return np.sum(q**2 + p**2)


@right((4, 2))
def n_body_energy(x):
    diff = x[:, np.newaxis] - x[np.newaxis]
    r = np.sqrt((diff**2).sum(-1) + 0.1)
    np.fill_diagonal(r, 1.0)
    return -np.sum(np.triu(1 / r, 1))


@right((3, 2))
def forces_by_add_at(x):
    i, j = np.array([0, 0, 1]), np.array([1, 2, 2])
    f = np.zeros_like(x)
    np.add.at(f, i, x[i] - x[j])
    np.subtract.at(f, j, (x[i] - x[j]) ** 2)
    return np.sum(f**2)


@right(3)
def simpsons_rule(c):
    x = np.linspace(0, 1, 9)
    y = np.exp(c[0] * x) + c[1] * x**2 * np.cos(c[2] * x)
    return (1 / 24) * (y[0] + 4 * np.sum(y[1:-1:2]) + 2 * np.sum(y[2:-1:2]) + y[-1])


@right(2)
def trapezoid_to_a_parameter(c):
    x = np.linspace(0, 2 + c[0], 8)
    return np.trapezoid(np.sin(c[1] * x), x)


@right(4)
def polynomial_by_polyval(c):
    x = np.linspace(-1, 1, 5)
    return np.sum((np.polyval(c, x) - np.sin(x)) ** 2)


@right(4)
def polynomial_features(c):
    x = np.array([0.1, 0.5, 0.9, 1.3, 1.7])
    return np.mean((np.vander(x, 4) @ c - np.exp(x)) ** 2)


@right(3)
def vander_of_the_argument(x):
    return np.sum(np.vander(x, 4, increasing=True) * np.arange(4))


@right(3)
def chebyshev_recurrence(x):
    t = [np.ones_like(x), x]
    for _ in range(3):
        t.append(2 * x * t[-1] - t[-2])
    return np.sum(np.array([1.0, 0.5, 0.25, 0.1, 0.05]) @ np.vstack(t))


# Statistics.


@right(3)
def gaussian_log_likelihood(theta):
    mu, log_sigma = theta[0], theta[1]
    z = (TARGETS - mu) / np.exp(log_sigma)
    return np.sum(-0.5 * z**2 - log_sigma - 0.5 * np.log(2 * np.pi)) + theta[2] * 0


@right((2, 3))
def mixture_log_likelihood(theta):
    log_w = theta[:, 0] - np.logaddexp.reduce(theta[:, 0])
    parts = log_w[:, None] - 0.5 * (TARGETS - theta[:, 1:2]) ** 2 * np.exp(theta[:, 2:3])
    return np.logaddexp.reduce(parts, axis=0).sum()


@right(3)
def poisson_log_likelihood(w):
    rate = np.exp(DATA @ w)
    counts = np.array([1, 0, 3, 2])
    return np.sum(counts * np.log(rate) - rate)


@right(4)
def hidden_markov_forward(x):
    a = np.exp(x.reshape(2, 2))
    a = a / a.sum(axis=1, keepdims=True)
    alpha = np.array([0.5, 0.5])
    for p in ([0.9, 0.2], [0.1, 0.7], [0.4, 0.4]):
        alpha = alpha @ a * np.array(p)
    return np.log(alpha.sum())


@right(4)
def kalman_step(theta):
    x, p = np.zeros(2), np.eye(2)
    f, h = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    total = 0.0
    for z in TARGETS:
        x, p = f @ x, f @ p @ f.T + np.diag(np.exp(theta[:2]))
        s = h @ p @ h.T + np.exp(theta[2])
        k = p @ h.T / s
        innovation = z - h @ x - theta[3]
        total += np.sum(innovation**2 / s) + np.log(s[0, 0])
        x, p = x + k @ innovation, (np.eye(2) - k @ h) @ p
    return total


@right(3)
def gaussian_process_row(theta):
    x = np.array([0.0, 0.4, 1.1])
    k = np.exp(-0.5 * np.subtract.outer(x, x) ** 2 / np.exp(theta[0])) + np.exp(theta[1]) * np.eye(3)
    return k[0] @ k[1] + theta[2] ** 2


@right((4, 3))
def principal_direction(x):
    x = x - np.average(x, axis=0, weights=[1, 2, 3, 4])
    c = np.cov(x, rowvar=False)
    v = c @ np.ones(3)
    return v @ c @ v / np.vdot(v, v)


@right(6)
def ranks_as_weights(x):
    order = np.argsort(x)
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(x))
    return np.sum(ranks * x)


@right(6)
def top_three(x):
    return np.sum(np.sort(x)[::-1][:3]) + x[np.argmax(x)] * x[np.argpartition(x, 2)[:3]].sum()


@right(6)
def groups_by_bincount(x):
    groups = np.array([0, 1, 0, 2, 1, 0])
    means = np.bincount(groups, weights=x) / np.bincount(groups)
    return np.sum((x - means[groups]) ** 2)


@right(6)
def digitized_slopes(x):
    slopes = np.array([0.1, 1.0, -2.0, 0.5])
    return np.sum(slopes[np.digitize(x, [-0.5, 0.0, 0.5])] * x)


@right(6)
def unique_counts(x):
    values, counts = np.unique(np.round(x), return_counts=True)
    return np.sum(x**2) + np.sum(values * counts)


@right((3, 3))
def rotation_of_points(w):
    angle = w[0, 0]
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    rotation = np.cos(angle) * np.eye(2) + np.sin(angle) * turn
    return np.sum((DATA[:, :2] @ rotation) ** 3) + w.sum()


@right(3)
def block_matrix(v):
    m = np.block([[np.diag(v), v[:, None]], [v[None, :], np.array([[1.0]])]])
    return np.sum(m @ m)


@right(4)
def meshgrid_surface(c):
    x, y = np.meshgrid(np.linspace(0, 1, 3), c)
    return np.sum(np.sin(x * y))


@right(5)
def select_and_choose(x):
    y = np.select([x < -0.3, x < 0.3], [x**2, np.sin(x)], default=3 * x)
    return np.sum(y) + np.sum(np.choose([0, 1, 0, 1, 1], [x, x**2]))


@right((3, 4))
def map_over_rows(x):
    return np.sum(np.apply_along_axis(lambda r: r / np.sum(np.abs(r)), 1, x) ** 2)


@right(5)
def list_comprehension_stacked(x):
    return np.sum(np.stack([np.exp(v) * i for i, v in enumerate(x)]) ** 2)


@right(5)
def sums_of_python(x):
    return sum(v**2 for v in x) + max(x) * min(x) + abs(x[0])


@right((2, 3))
def out_arguments(x):
    y = np.zeros_like(x)
    np.exp(x, out=y)
    np.multiply(y, 2, out=y)
    return np.sum(y)


@right((3, 3))
def writes_through_views(x):
    y = x.copy()
    row, column = y[1], y[:, 0]
    row *= 2
    column[:] = row
    y.T[2] += 1
    return np.sum(y**2)


@right((3, 3))
def flags_and_counts(x):
    n = np.count_nonzero(x > 0)
    return np.sum(x**2) / n if np.all(np.isfinite(x)) and not np.any(np.isnan(x)) else 0.0


@right(4)
def closeness_tests(x):
    if np.allclose(x, np.zeros(4)) or np.array_equal(x, x[::-1]):
        return np.sum(x)
    return np.sum(x**3)


@right(5)
def division_where_it_is_defined(x):
    counts = np.array([2.0, 0.0, 1.0, 0.0, 4.0])
    means = np.divide(x, counts, out=np.zeros_like(x), where=counts != 0)
    logs = np.log(x, out=np.zeros_like(x), where=x > 0)
    return np.sum(means**2) + np.sum(logs)


@right(4)
def reductions_where(x):
    return np.sum(x**2, where=x > 0) + np.mean(x, where=[True, True, False, True]) + np.max(x, initial=0, where=x < 0.3)


@right((2, 2))
def lists_in_linear_algebra(x):
    solved = np.linalg.solve([[4.0, 1.0], [1.0, 3.0]], x) + np.kron(x, [[1.0, 2.0]])[:, :2]
    turned = np.cross([1.0, 2.0, 0.5], np.append(x[0], 1.0))
    return np.sum(solved**2) + np.sum(turned)


@right(4)
def bounds_from_lists(x):
    return np.sum(np.clip(x, min=[-1.0, -2.0, 0.5, 0.0], max=0.7) ** 2) + np.sum(np.add(x, (1.0, 2.0, 3.0, 4.0)) ** 2)


@right(3)
def counted_steps(x):
    return np.sum(np.linspace(0.5 * x[0], 9.3, 5, dtype=int) * x[1]) + round(x[2], 2)


@right(4)
def norms_of_odd_orders(x):
    return np.linalg.norm(x, ord=np.int64(3)) + np.linalg.vector_norm(x, ord=np.float64(1.5))


@right(4)
def moved_round_by_lists(x):
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    return np.sum(np.roll(x, np.int64(1)) * weights) + np.sum(np.roll(x, [1, 2], axis=[0, 0]) * weights)


# What loses a derivative.

_COLLECT = r"np\.stack\(\[a, b\]\).*xp\.stack"
_FILLED = r"np\.zeros_like\(x, shape=3\).*xp\.zeros\(3\)"


@refused(3, _COLLECT)
def array_of_elements(x):
    return np.sum(np.array([x[0] ** 2, x[1] * x[2]]))


@refused(3, _COLLECT)
def array_of_a_comprehension(x):
    return np.array([np.exp(v) for v in x]).sum()


@refused(3, _COLLECT)
def array_of_rows(x):
    return np.array([x, 2 * x]).sum()


@refused(3, _COLLECT)
def mean_of_a_list(x):
    return np.mean([v**2 for v in x])


@refused(3, _FILLED)
def zeros_buffer(x):
    out = np.zeros(3)
    out[0] = x[0] ** 2
    return out.sum()


@refused(3, _FILLED)
def zeros_buffer_of_rows(x):
    out = np.zeros((2, 3))
    out[1] = x**2
    return out.sum()


@refused(3, _FILLED)
def full_buffer_in_a_loop(x):
    y = np.full(4, 0.5)
    for i in range(3):
        y[i + 1] = y[i] * x[i]
    return y[-1]


@refused(3, r"np\.zeros_like\(x, shape")
def augmented_numpy_array(x):
    total = np.zeros(3)
    total += x**2
    return total.sum()


@refused(3, r"np\.zeros_like\(x, shape")
def numpy_out(x):
    out = np.empty(3)
    np.exp(x, out=out)
    return out.sum()


@refused(3, r"np\.zeros_like\(x, shape")
def numpy_add_at(x):
    out = np.zeros(3)
    np.add.at(out, [0, 0, 1], x)
    return out.sum()


@refused(3, r"np\.zeros_like\(x, shape")
def numpy_copyto(x):
    out = np.zeros(3)
    np.copyto(out, x)
    return out.sum()


@refused(3, r"np\.exp\(x(\[0\])?\) or xp\.exp")
def math_exp(x):
    return math.exp(x[0])


@refused(3, r"np\.exp\(x(\[0\])?\) or xp\.exp")
def python_float(x):
    return float(x[0]) ** 2


@refused(3, r"np\.trunc\(x\) or xp\.trunc\(x\)")
def python_int(x):
    return int(x[0]) * x[1]


@refused(3, r"np\.stack|np\.exp|write the number as it is")
def numpy_float(x):
    return np.float64(x[0]) ** 2


@refused(3, r"x\[i\]")
def to_list(x):
    return sum(v**2 for v in x.tolist())


@refused(3, r"np\.exp\(x\[i\]\)")
def item(x):
    return x[0].item() ** 2


@refused(3, r"np\.where.*np\.stack\(\[f\(t\) for t in x\]\)")
def vectorized(x):
    return np.sum(np.vectorize(lambda t: t**2 if t > 0 else 0.0)(x))


@refused(3, r"np\.stack\(\[f\(t\) for t in x\]\)")
def from_python_function(x):
    return np.sum(np.frompyfunc(lambda t: t**2, 1, 1)(x))


@refused(3, r"np\.stack")
def from_iterator(x):
    return np.fromiter((v**2 for v in x), dtype=float).sum()


@refused(3, r"drop np\.asarray\(x\)")
def asarray_guard(x):
    if not isinstance(x, np.ndarray):
        x = np.asarray(x)
    return np.sum(x**2)


@refused(3, r"a @ x for a\.dot\(x\)")
def method_of_a_numpy_array(x):
    return DATA.dot(x).sum()


@refused(3, r"drop np\.asarray\(x\)")
def contiguous(x):
    return np.ascontiguousarray(x).sum()


@refused(3, r"np\.ndindex")
def enumerated(x):
    return sum(v for _, v in np.ndenumerate(x))


@right(4)
def spectrum(x):
    return np.sum(np.abs(np.fft.fft(x)) ** 2 * np.array([1.0, 2.0, 3.0, 4.0]))


@refused(3, r"Newton's steps")
def roots_of_a_polynomial(x):
    return np.sum(np.roots(x))


@refused(3, r"np\.vander")
def fit_to_moved_points(x):
    return np.polyfit(x, [1.0, 2.0, 4.0], 1).sum()


@refused(3, r"methods linear")
def unusual_percentile(x):
    return np.percentile(x, 30, method="hazen")


@refused(3, r"one of the modes")
def padded_by_means(x):
    return np.pad(x, 1, mode="mean").sum()


@refused(3, r"floats: xp\.zeros")
def integer_buffer(x):
    out = np.zeros_like(x, dtype=int)
    out[0] = x[0]
    return out.sum()


@refused(3, r"save it outside")
def saved_to_a_file(x):
    np.save("never.npy", np.concatenate([x, x]))
    return x.sum()


@refused(3, r"numpy\.asarray|NumPy arrays")
def list_operand(x):
    return np.sum(x * [1.0, 2.0, 3.0])
