"""What a notebook shows: run by a real kernel."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

import derivlab as dl

CELLS = {
    "comparison": ("dl.compare(f, 0.7, methods=['symbolic', 'reverse'], timing=False)", "text/html",
                   r"<caption>derivative of sin\(x\)\*exp\(-x\*\*2\)</caption>.*<td>symbolic</td><td>ok</td>"),
    "graph": ("dl.draw(f, 0.7)", "image/svg+xml", r"<svg.*exp"),
    "source": ("dl.source(f, 0.7)", "text/html", r'<div class="highlight"><pre.*<span style="color: #.*>def</span>'),
    "formulas": ("dl.latex(f, 0.7)", "text/latex", r"\$\\displaystyle \\begin\{aligned\}.*\\sin x"),
    "compiled": ("dl.methods['reverse-compiled'].prepare('grad', f, 0.7)", "text/html", r"s</p><div.*cos"),
    "eager": ("dl.methods['reverse'].prepare('grad', f, 0.7)", "text/html", r"^<p>reverse, prepared in .* s</p>$"),
    "verdict": ("dl.check_gradient(f, 0.5, 0.7, operator='derivative')", "text/html", r"wrong.*<td>"),
}  # fmt: skip


@pytest.fixture(scope="module")
def shown():
    """The rich displays of each cell, from one run of a kernel."""
    book = nbformat.v4.new_notebook()
    texts = ["import derivlab as dl\nf = dl.parse('sin(x)*exp(-x**2)')", *(text for text, *_ in CELLS.values())]
    book.cells = [nbformat.v4.new_code_cell(text) for text in texts]
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    return {name: cell.outputs[-1]["data"] for name, cell in zip(CELLS, book.cells[1:], strict=True)}


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_shows_it(shown, name):
    _, kind, pattern = CELLS[name]
    assert re.search(pattern, shown[name][kind], re.DOTALL)


def test_a_program_is_text_and_is_escaped_in_html():
    program = dl.source(dl.parse("x**2"), 1.0)
    assert isinstance(program, str)
    html = type(program)("a < '<script>'")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
