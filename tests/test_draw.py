"""Pictures of computational graphs: the numbers on the wires, the layout, the bytes."""

import itertools
import re
import stat

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace
from derivlab.errors import ArgumentError
from derivlab.graph.drawing.draw import Node, fold, layers_of, short
from derivlab.graph.drawing.layout import by_graphviz, by_layers, layout
from derivlab.report.figures import panels
from derivlab.report.painter import Painter


def drawn(name):
    spec = dl.spec(name)
    return dl.draw(spec.function, *spec.args, argnums=spec.argnums)


def chain(count):
    def f(x):
        for _ in range(count):
            x = array_namespace(x).sin(x)
        return x

    return f


def test_the_gate_has_the_published_numbers():
    nodes = drawn("add-mul-gate").nodes
    assert [node.label for node in nodes] == ["$x$", "$y$", "$z$", "+", "×"]
    assert [float(node.value) for node in nodes] == [-2, 5, -4, 3, -12]
    assert [float(node.gradient) for node in nodes] == [-4, -4, 3, -4, 1]
    assert nodes[-1].output == "$f$"


def test_the_neuron_has_the_published_numbers():
    nodes = drawn("sigmoid-neuron").nodes
    inputs = {node.label: round(float(node.gradient), 1) for node in nodes if node.kind == "input"}
    assert inputs == {"$w_0$": -0.2, "$x_0$": 0.4, "$w_1$": -0.4, "$x_1$": -0.6, "$w_2$": 0.2}
    signs = [node.label for node in nodes if node.kind == "operation"]
    assert signs == ["×", "×", "+", "+", "×−1", "exp", "+1", "1/x"]
    assert round(float(nodes[-1].value), 2) == 0.73


def test_the_trace_example():
    nodes = dl.draw(
        lambda x1, x2: array_namespace(x1).log(x1) + x1 * x2 - array_namespace(x1).sin(x2), 2.0, 5.0, argnums=(0, 1)
    ).nodes
    gradients = {node.label: float(node.gradient) for node in nodes}
    assert gradients["$x_1$"] == 5.5
    assert gradients["$x_2$"] == pytest.approx(1.716, abs=5e-4)
    assert float(nodes[-1].value) == pytest.approx(11.652, abs=5e-4)


def test_arrays_show_their_shape_and_data_has_no_gradient():
    drawing = drawn("mlp-loss")
    kinds = {node.label: node.kind for node in drawing.nodes}
    assert kinds["$X$"] == "data"
    assert kinds["$W_1$"] == "input"
    texts = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert texts.count("(16×8)") == 10
    assert all(np.shape(node.gradient) == np.shape(node.value) for node in drawing.nodes if node.gradient is not None)


def test_values_stand_above_gradients_and_nothing_overlaps():
    for name in ("add-mul-gate", "sigmoid-neuron", "mlp-loss", "wengert-example"):
        figure = drawn(name).figure
        renderer = figure.canvas.get_renderer()
        boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts if text.get_text()]
        assert not [1 for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)], name
        assert all(b.x0 >= 0 and b.x1 <= figure.bbox.x1 and b.y0 >= 0 and b.y1 <= figure.bbox.y1 for b in boxes), name


def test_a_graph_is_painted_into_a_larger_figure_at_a_scale():
    painter = Painter(drawn("add-mul-gate").nodes, True)
    alone = [text.get_fontsize() for text in painter.figure.axes[0].texts[2:]]  # behind the key
    figure = canvas()
    axes = painter.into(figure, 1.0, 2.0, 0.5)
    assert [text.get_fontsize() for text in axes.texts] == [size / 2 for size in alone]
    left, right, low, high = painter.extent
    box = axes.get_window_extent(figure.canvas.get_renderer())
    inches = [value / figure.dpi for value in (box.x0, figure.bbox.y1 - box.y1, box.width, box.height)]
    assert inches == pytest.approx([1.0, 2.0, (right - left) / 2, (high - low) / 2])


def canvas():
    figure, (axes,) = panels("")
    axes.set_axis_off()
    return figure


def test_without_values_there_are_names_and_signs_alone():
    drawing = dl.draw(lambda x, y: x * y, 2.0, 3.0, argnums=(0, 1), values=False)
    assert [t.get_text() for t in drawing.figure.axes[0].texts if t.get_text()] == ["$x$", "$y$", "×", "$f$"]


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_equal_graphs_give_equal_bytes(tmp_path, kind):
    first, second = (drawn("sigmoid-neuron").save(tmp_path / f"{k}.{kind}").read_bytes() for k in (1, 2))
    assert first == second
    assert not re.search(rb"20\d\d-\d\d-\d\d|CreationDate", first)


def test_saves_by_the_ending_and_shows_in_a_notebook(tmp_path):
    drawing = drawn("add-mul-gate")
    assert drawing.save(str(tmp_path / "x.svg")).exists()
    with pytest.raises(ArgumentError, match="svg"):
        drawing.save(tmp_path / "x.gif")
    assert "<svg" in drawing._repr_svg_()


@pytest.mark.parametrize("count", [61, 1000, 100_000])
def test_a_long_chain_folds(count):
    nodes = dl.draw(chain(count), 0.5).nodes
    assert len(nodes) < 60
    (box,) = [node for node in nodes if node.kind == "fold"]
    hidden = int(re.sub(r"\D", "", box.label))
    assert hidden + sum(node.kind == "operation" for node in nodes) == count
    assert all(parent < k for k, node in enumerate(nodes) for parent in node.parents)
    assert nodes[-1].output == "$f$"


def test_a_wide_graph_folds(tmp_path):
    def f(x):
        return sum(array_namespace(x).sin(x[i]) for i in range(80))

    drawing = dl.draw(f, np.arange(80.0))
    assert [node.label for node in drawing.nodes if node.kind == "fold"] == ["… 73 inputs …", "… 146 operations …"]
    drawing.save(tmp_path / "wide.png")


def test_a_graph_of_sixty_nodes_is_not_folded():
    nodes = [Node("x", "input"), *[Node("sin", "operation", [k]) for k in range(59)]]
    assert len(fold(nodes)) == 60
    assert len(fold([*nodes, Node("sin", "operation", [59])])) < 60


def test_layers_and_heights():
    parents = [[], [], [], [0, 1], [3, 2], [4, 0]]
    widths, row = [1.0] * 6, 0.9
    placed = by_layers(parents, widths, gap=0.5, row=row)
    assert layers_of([Node("", "operation", list(reads)) for reads in parents]) == [0, 0, 0, 1, 2, 3]
    for a, b in itertools.combinations(range(6), 2):
        (left, low), (right, high) = placed.points[a], placed.points[b]
        assert left != right or abs(low - high) >= row - 1e-9
    for (a, b), route in placed.routes.items():
        assert route[0][1] == placed.points[a][1]
        assert route[-1] == placed.points[b]
        assert all(p[0] <= q[0] + 1e-9 for p, q in itertools.pairwise(route))
    assert placed == by_layers(parents, widths, gap=0.5, row=row)


def test_crossings_are_removed():
    placed = by_layers([[], [], [1], [0]], [1.0] * 4, gap=0.5, row=1.0)
    heights = [y for _, y in placed.points]
    assert (heights[0] - heights[1]) * (heights[3] - heights[2]) > 0


def fake_dot(folder, body):
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\ncat > {folder}/asked\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_graphviz_gives_the_places_where_it_is_installed(tmp_path, monkeypatch):
    answer = (
        "graph 1 4 1\nnode n0 0.5 0.7 1 0.7 n0 solid box black lightgrey\n"
        "node n1 2.5 0.3 1 0.7 n1 solid box black lightgrey\n"
        "edge n0 n1 4 1 0.7 1.3 0.7 1.7 0.3 2 0.3 solid black\nstop"
    )
    fake_dot(tmp_path, f"cat <<'END'\n{answer}\nEND")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    placed = by_graphviz([[], [0]], [1.0, 1.0], gap=0.5, row=0.9)
    assert placed.points == [(0.0, 0.7), (2.0, 0.3)]
    assert placed.routes == {(0, 1): [(1.0, 0.7), (2.0, 0.3)]}
    assert "n0:e -> n1:w" in (tmp_path / "asked").read_text()
    assert layout([[], [0]], [1.0, 1.0], gap=0.5, row=0.9) == placed


def test_a_graphviz_that_fails_is_not_needed(tmp_path, monkeypatch):
    fake_dot(tmp_path, "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    expected = by_layers([[], [0]], [1.0, 1.0], gap=0.5, row=0.9)
    assert layout([[], [0]], [1.0, 1.0], gap=0.5, row=0.9) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [(-2.0, "−2"), (0.19661, "0.197"), (np.ones((16, 8)), "(16×8)"), (np.ones(3), "(3)"), (3.1e58, "3.1·10⁵⁸"),
     (np.ones((1, 1)), "1"), (np.bool_(True), "true"), (1e-7, "1·10⁻⁷")],
)  # fmt: skip
def test_numbers_on_wires(value, text):
    assert short(value) == text


def test_hostile_names_draw():
    def f(lambda_, x__class__, λ, 变量):
        return lambda_ * x__class__ + λ * 变量

    drawing = dl.draw(f, 1.0, 2.0, 3.0, 4.0, argnums=(0, 1, 2, 3))
    assert "<svg" in drawing._repr_svg_()


def test_every_answer_is_drawn():
    nodes = dl.draw(lambda x: (x * 2, {"a": x + 1}), 3.0).nodes
    assert [node.output for node in nodes] == ["", "$f_1$", "$f_2$"]
    assert float(nodes[0].gradient) == 3.0


def test_loading_the_package_draws_nothing():
    import subprocess
    import sys

    code = "import sys, derivlab as dl; dl.draw; dl.latex; print('matplotlib' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
