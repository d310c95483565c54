# %% [markdown]
"""How do gradients flow back through a graph? Gates, their patterns, a neuron, a rectifier, and the trace tables."""

# %%
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import derivlab as dl
from _flow_charts import graph_figure, neuron_figure, patterns_figure, rectifier_figure, trace_figure
from _flow_words import graph_seen, rectifier_seen, traces_seen
from _traces import forward_table, pulls, reverse_table, trace
from derivlab.method.recording import record_run
from derivlab.report.study import Drawing, Progress, Record, Study


def sigmoid_gate(w0: Any, x0: Any, w1: Any, x1: Any, w2: Any) -> Any:
    """The neuron with σ as one gate."""
    return dl.special.sigmoid(w0 * x0 + w1 * x1 + w2)


def unfolded_sigmoid(z: Any) -> Any:
    """σ as its four gates."""
    return 1 / (1 + dl.array_namespace(z).exp(-z))


PATTERNS: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    "add": (lambda x, y: 2 * (x + y), (3.0, 4.0)),
    "multiply": (lambda x, y: 5 * (x * y), (2.0, 3.0)),
    "copy": (lambda x: (4 * x, 2 * x), (7.0,)),
    "max": (lambda x, y: 9 * dl.array_namespace(x, y).maximum(x, y), (4.0, 5.0)),
}
PUBLISHED = {"w₀": -0.2, "x₀": 0.4, "w₁": -0.4, "x₁": -0.6, "w₂": 0.2}
"""The neuron's gradient as lectures print it: products of numbers already rounded."""


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """The nodes of every graph, the shares of a copied value, the rectifier, and the traces."""
    gate = dl.spec("add-mul-gate")
    neuron = dl.spec("sigmoid-neuron")
    (w0, w1, w2), (x0, x1) = (values.tolist() for values in neuron.args)
    numbers = (w0, x0, w1, x1, w2)
    records = graph("add-mul-gate", gate.function, gate.args)
    for k, (name, (f, args)) in enumerate(PATTERNS.items()):
        progress(name, k / 8)
        records += graph(name, f, args)
    progress("neuron", 0.5)
    records += graph("neuron", sigmoid_gate, numbers)
    records += graph("sigmoid", unfolded_sigmoid, (w0 * x0 + w1 * x1 + w2,))
    records += [*neuron_entries(numbers), rectifier()]
    progress("traces", 0.8)
    spec = dl.spec("wengert-example")
    return records + graph("wengert", spec.function, spec.args) + trace(spec.function, spec.args)


def graph(name: str, f: Callable[..., Any], args: Sequence[float]) -> list[Record]:
    """The nodes of a drawn graph of numbers, and what each reader of a node adds to its gradient."""
    every = tuple(range(len(args)))
    nodes = [
        {
            "kind": "node",
            "graph": name,
            "number": number,
            "label": node.label,
            "role": node.kind,
            "parents": node.parents,
            "value": float(node.value),
            "gradient": float(node.gradient),
            "output": node.output,
        }
        for number, node in enumerate(dl.draw(f, *args, argnums=every).nodes)
    ]
    shares = pulls(record_run(f, args, every), len(args))
    keys = ("parent", "line", "local", "share")
    return nodes + [{"kind": "share", "graph": name, **{key: r[key] for key in keys}} for r in shares]


def neuron_entries(numbers: Sequence[float]) -> list[Record]:
    """The neuron's gradient, certified and as published."""
    exact = dl.truth.grad(sigmoid_gate, argnums=tuple(range(len(numbers))))(*numbers)
    return [
        {"kind": "entry", "entry": entry, "exact": float(slope), "published": published}
        for slope, (entry, published) in zip(exact, PUBLISHED.items(), strict=True)
    ]


def rectifier() -> Record:
    """The vector rectifier: its Jacobian, and what it makes of an upstream gradient."""
    x, z_bar = dl.spec("relu-vector").args
    f = lambda x: dl.array_namespace(x).maximum(x, 0.0)
    z, pullback = dl.reverse.vjp(f, x)
    row = {"x": x, "z": z, "z_bar": z_bar, "x_bar": pullback(z_bar)[0], "jacobian": dl.truth.jacobian(f)(x).value}
    return {"kind": "rectifier", **{key: np.asarray(value).tolist() for key, value in row.items()}}


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The gate, the patterns, the neuron, the rectifier and the traces."""
    wires = "Above each wire its value, below it the derivative of the answer with respect to that value."
    return [
        Drawing("gate", graph_figure(records, "add-mul-gate", "Each gate multiplies by its own slope, and passes on"),
                f"f = (x + y) z at (−2, 5, −4) as a computational graph. {wires}", graph_seen(records, "add-mul-gate")),
        Drawing("patterns", patterns_figure(records), (
            f"Four patterns of gradient flow. {wires} The gate behind each makes the upstream gradient; a copied value "
            "receives the sum of what its readers send back."
        ), graph_seen(records, "add", "multiply", "copy", "max")),
        Drawing("neuron", neuron_figure(records), (
            "f = σ(w₀x₀ + w₁x₁ + w₂) at w = (2, −3, −3), x = (−1, −2): with σ as one gate, and σ unfolded into four. "
            f"{wires} Both pass back the same 0.197."
        ), graph_seen(records, "neuron", "sigmoid")),
        Drawing("rectifier", rectifier_figure(records), (
            "z = max(0, x) for a vector: the Jacobian, and the pullback of an upstream gradient, which is a mask."
        ), rectifier_seen(records)),
        Drawing("wengert", graph_figure(records, "wengert", "Two inputs, two derivatives, one sweep back"),
                f"y = ln x₁ + x₁x₂ − sin x₂ at (2, 5). {wires}", graph_seen(records, "wengert")),
        Drawing("traces", trace_figure(records), (
            "y = ln x₁ + x₁x₂ − sin x₂ at (2, 5): the recorded list forwards with its tangents, and backwards with its "
            "cotangents, as in Baydin et al., JMLR 18(153), 2018, Tables 2 and 3; lines in the order in which they ran."
        ), traces_seen(records)),
    ]  # fmt: skip


# %%
def summary(records: list[Record]) -> str:
    """The neuron's gradient, the patterns, the rectifier, and the trace tables."""
    from derivlab.report.tables import markdown

    entries = [r for r in records if r["kind"] == "entry"]
    text = "The neuron's gradient:\n\n" + markdown(
        ("entry", "certified", "as published"),
        [[f"∂f/∂{r['entry']}", f"{r['exact']:.4f}", f"{r['published']:g}"] for r in entries],
    )
    text += (
        "\nRounded to one decimal the two agree. Lectures multiply 0.2, already rounded, by 2 and by −3; the exact "
        f"slopes are {entries[1]['exact']:.4f} and {entries[3]['exact']:.4f}.\n"
    )
    (mask,) = (r for r in records if r["kind"] == "rectifier")
    text += f"\nThe rectifier at x = {_vector(mask['x'])} sends the upstream gradient {_vector(mask['z_bar'])} back as "
    text += f"{_vector(mask['x_bar'])}; its Jacobian is the diagonal matrix of {_vector(np.diag(mask['jacobian']))}.\n"
    for title, table in (
        ("Forward trace: values, and tangents along each input", forward_table(records)),
        ("Reverse trace, in the order of the sweep", reverse_table(records)),
    ):
        text += f"\n### {title}\n\n" + markdown(*table)
    return text


def _vector(values: Any) -> str:
    return "(" + ", ".join(f"{v:g}" for v in np.ravel(values)).replace("-", "−") + ")"


# %%
STUDY = Study(
    "gradient_flow",
    "How gradients flow",
    "What does each gate of a computational graph do to the gradient that comes back to it?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
