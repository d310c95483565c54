"""A long short-term memory with diagonal weights that predicts characters, and backpropagation through time."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.special import sigmoid
from derivlab.specs.registry import Spec, register


def _quarters(row: Any, bits: int) -> tuple[Any, ...]:
    """The parts of a row for the gates forget, input, output and for the change."""
    return tuple(row[k * bits : (k + 1) * bits] for k in range(4))


def loss(main: Any, extra: Any, state: Any, sequence: Any) -> Any:
    """The mean cross-entropy of the predictions of characters 2, ..., c from those before.

    Shapes, for l layers and characters of b bits: main (2l, 4b), weights and biases of each layer in turn; extra
    (3, b), weights of the input, weights and biases of the output; state (2l, b), hidden and cell of each layer in
    turn; sequence (c, b). The benchmark's normalisation log(2 + Σ e^y), with its 2, is kept.
    """
    xp = array_namespace(main, extra)
    bits, layers = sequence.shape[1], main.shape[0] // 2
    hidden, cells = [state[2 * i, :] for i in range(layers)], [state[2 * i + 1, :] for i in range(layers)]
    total: Any = 0.0
    for t in range(sequence.shape[0] - 1):
        x = sequence[t, :] * extra[0, :]
        for i in range(layers):
            wf, wi, wo, wc = _quarters(main[2 * i, :], bits)
            bf, bi, bo, bc = _quarters(main[2 * i + 1, :], bits)
            kept = cells[i] * sigmoid(x * wf + bf)
            cells[i] = kept + sigmoid(hidden[i] * wi + bi) * xp.tanh(hidden[i] * wc + bc)
            hidden[i] = sigmoid(x * wo + bo) * xp.tanh(cells[i])
            x = hidden[i]
        y = x * extra[1, :] + extra[2, :]
        total = total + xp.sum(sequence[t + 1, :] * (y - xp.log(2 + xp.sum(xp.exp(y)))))
    return -total / ((sequence.shape[0] - 1) * bits)


def _step(weights: Any, biases: Any, x: Any, h: Any, c: Any) -> dict[str, Any]:
    """One layer at one time, with all that its pullback needs; rows are forget, input, output and change."""
    inputs = np.stack([x, h, x, h])
    z = inputs * weights.reshape(4, -1) + biases.reshape(4, -1)
    gates = np.vstack([1 / (1 + np.exp(-z[:3])), np.tanh(z[3:])])
    forget, ingate, outgate, change = gates
    cell = c * forget + ingate * change
    return {"inputs": inputs, "gates": gates, "before": c, "cell": cell, "hidden": outgate * np.tanh(cell)}


def _pulled(step: dict[str, Any], weights: Any, h_bar: Any, c_bar: Any) -> tuple[Any, ...]:
    """z̄ of the four rows, and the cotangents of the layer's input, of its hidden and of its cell before."""
    forget, ingate, outgate, change = step["gates"]
    squashed = np.tanh(step["cell"])
    c_bar = c_bar + h_bar * outgate * (1 - squashed**2)
    gates_bar = np.stack([c_bar * step["before"], c_bar * change, h_bar * squashed, c_bar * ingate])
    slopes = np.vstack([step["gates"][:3] * (1 - step["gates"][:3]), 1 - change[None] ** 2])
    z_bar = gates_bar * slopes
    back = z_bar * weights.reshape(4, -1)
    return z_bar, back[0] + back[2], back[1] + back[3], c_bar * forget


def _forward(main: Any, extra: Any, state: Any, sequence: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """For each time the steps of all layers, the prediction y, and e^y over its normalisation."""
    hidden, cells = list(state[::2]), list(state[1::2])
    steps: list[Any] = []
    predictions: list[Any] = []
    for before in sequence[:-1]:
        x, at = before * extra[0], list[Any]()
        for i in range(len(hidden)):
            at.append(_step(main[2 * i], main[2 * i + 1], x, hidden[i], cells[i]))
            x = hidden[i] = at[-1]["hidden"]
            cells[i] = at[-1]["cell"]
        steps.append(at)
        predictions.append(x * extra[1] + extra[2])
    sums = [2 + np.sum(np.exp(y)) for y in predictions]
    return steps, predictions, sums


def _by_hand(main: Any, extra: Any, state: Any, sequence: Any) -> tuple[Any, Any]:
    """Backpropagation through time: the cotangents of hidden and cell go back from each character to the last."""
    steps, predictions, sums = _forward(main, extra, state, sequence)
    count, layers = predictions[0].size * len(predictions), len(main) // 2
    main_bar, extra_bar = np.zeros_like(main), np.zeros_like(extra)
    h_bars, c_bars = np.zeros((2, layers, sequence.shape[1]))
    value = 0.0
    for t in range(len(steps) - 1, -1, -1):
        y, right = predictions[t], sequence[t + 1]
        value -= np.sum(right * (y - np.log(sums[t]))) / count
        y_bar = (np.sum(right) * np.exp(y) / sums[t] - right) / count
        extra_bar[1:] += y_bar * steps[t][-1]["hidden"], y_bar
        x_bar = y_bar * extra[1]
        for i in range(layers - 1, -1, -1):
            pulled = _pulled(steps[t][i], main[2 * i], x_bar + h_bars[i], c_bars[i])
            z_bar, x_bar, h_bars[i], c_bars[i] = pulled
            main_bar[2 * i] += (z_bar * steps[t][i]["inputs"]).ravel()
            main_bar[2 * i + 1] += z_bar.ravel()
        extra_bar[0] += x_bar * sequence[t]
    return value, (main_bar, extra_bar)


@register("lstm")
def lstm(layers: int = 1, characters: int = 3, bits: int = 2, seed: int = 0) -> Spec:
    """The loss of a memory of several layers with diagonal weights on a sequence of characters of some bits."""
    rng = np.random.default_rng(seed)
    shapes = (2 * layers, 4 * bits), (3, bits), (2 * layers, bits)
    sequence = rng.integers(0, 2, (characters, bits)).astype(float)
    return Spec(
        loss,
        (*(rng.standard_normal(shape) for shape in shapes), sequence),
        argnums=(0, 1),
        value_and_gradient=_by_hand,
        latex=r"L = -\frac{1}{(c - 1) b} \sum_{t=1}^{c-1} s_{t+1} \cdot "
        r"\left(y_t - \log\left(2 + \sum e^{y_t}\right)\right),\quad "
        r"c_t = c_{t-1} \sigma(w_f x_t + b_f) + \sigma(w_i h_{t-1} + b_i) \tanh(w_c h_{t-1} + b_c),\quad "
        r"h_t = \sigma(w_o x_t + b_o) \tanh c_t",
        source="Srajer, Kukelova, Fitzgibbon, A Benchmark of Selected Algorithmic Differentiation Tools on Some "
        "Problems in Computer Vision and Machine Learning, Optimization Methods and Software 33, 2018 (ADBench, LSTM)",
    )
