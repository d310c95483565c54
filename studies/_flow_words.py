"""The figures of gradient flow in words."""

from __future__ import annotations

from collections.abc import Sequence

from derivlab.report.study import Record

PLAIN = str.maketrans("", "", "${}_\\")


def graph_seen(records: Sequence[Record], *graphs: str) -> str:
    """The nodes of graphs with what stands on their wires."""
    return f"Computational graphs, inputs at the left. {' '.join(_nodes(records, graph) for graph in graphs)}"


def _nodes(records: Sequence[Record], graph: str) -> str:
    rows = [r for r in records if r["kind"] == "node" and r["graph"] == graph]
    told = [f"{r['label'].translate(PLAIN)} value {r['value']:.3g}, gradient {r['gradient']:.3g}" for r in rows]
    return f"{graph}: {'; '.join(told)}."


def rectifier_seen(records: Sequence[Record]) -> str:
    """The vectors and the mask."""
    (r,) = (r for r in records if r["kind"] == "rectifier")
    x, z, x_bar, z_bar = (", ".join(f"{value:g}" for value in r[key]) for key in ("x", "z", "x_bar", "z_bar"))
    return (
        f"Grids of numbers: the column x = ({x}) goes to z = ({z}); the column x̄ = ({x_bar}) is the Jacobian, a square "
        f"with {sum(map(sum, r['jacobian'])):g} ones on its diagonal and zeros elsewhere, times z̄ = ({z_bar})."
    )


def traces_seen(records: Sequence[Record]) -> str:
    """Both tables, a line each."""
    lines = [r for r in records if r["kind"] == "line"]
    forward = "; ".join(f"{r['name']} = {r['value']:.5g}" for r in lines)
    reverse = "; ".join(f"{r['name']} {r['cotangent']:.5g}" for r in reversed(lines))
    return f"Two tables of text. Forward, with two columns of tangents: {forward}. Reverse, cotangents: {reverse}."
