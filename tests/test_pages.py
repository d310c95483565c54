"""Pages: the report of a study, the page of all, and numbers that lead back to their records."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from derivlab.report import tracing
from derivlab.report.credit import Credit, tex
from derivlab.report.markup import to_html
from derivlab.report.pages import write_index
from toy_study import TOY


class Elements(HTMLParser):
    """The elements of a page with their attributes, and whether each that was opened was closed in its place."""

    VOID = ("meta", "link", "img", "br", "hr")

    def __init__(self, text):
        super().__init__()
        self.found, self.open, self.wrong = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(tag)

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    output = tmp_path_factory.mktemp("reports")
    TOY.run(output, quick=True, slides=True)
    write_index(output)
    return output


@pytest.fixture(scope="module")
def index(output):
    return (output / "index.html").read_text()


@pytest.fixture(scope="module")
def page(index):
    return Elements(index)


def test_a_study_writes_all_that_the_page_links(output, page):
    links = [a["href"] for a in page.all("a")] + [a["src"] for a in page.all("img")]
    files = {link.partition("#")[0] for link in links if not link.startswith(("#", "https://"))}
    formats = ("svg", "pdf", "png")
    assert files == {
        *(f"toy/toy_figure.{kind}" for kind in formats),
        *(f"toy/slides/toy_figure.{kind}" for kind in formats),
        *(f"toy/{name}" for name in ("report.md", "data.csv", "data.jsonl", "provenance.json")),
    }
    assert all((output / file).is_file() for file in files)
    targets = {a["id"] for _, a in page.found if "id" in a}
    assert {link[1:] for link in links if link.startswith("#") and link != "#"} <= targets


def test_the_report_links_what_is_there(output):
    folder = output / "toy"
    report = (folder / "report.md").read_text()
    links = re.findall(r"\]\(([^) ]+)", report)
    assert all((folder / link.partition("#")[0]).is_file() for link in links if not link.startswith("https://"))
    assert "4 records" in report
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["command"] == "derivlab report toy --quick"
    assert {"numpy", "jax", "processor"} <= set(provenance["environment"])
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert sorted(provenance["files"]) == sorted(there)


def test_the_page_is_well_formed_and_needs_no_other_host(index, page):
    assert (page.open, page.wrong) == ([], [])
    ids = [a["id"] for _, a in page.found if "id" in a]
    assert len(set(ids)) == len(ids)
    assert not re.search(r"fetch\(|XMLHttpRequest|@import|import\(", index)
    assert all("src" not in a for a in page.all("script"))
    assert [a["href"] for a in page.all("link")] == ["data:,"]
    assert "&lt;angle&gt;" in index


def test_the_page_can_be_used_without_a_mouse_and_without_eyes(page):
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("a")[0] == {"class": "skip", "href": "#reports"}
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in page.found}
    assert all(image["alt"] for image in page.all("img"))
    assert all(a.get("tabindex") == "0" for a in page.all("pre"))
    boxes = [a for a in page.all("div") if a.get("class") == "wide"]
    assert boxes
    assert all(a["tabindex"] == "0" and a["role"] == "region" for a in boxes)


def test_the_page_has_every_record_and_every_citation(output, index):
    (embedded,) = re.findall(r'id="records-toy">(.*?)</script>', index)
    lines = (output / "toy" / "data.jsonl").read_text().splitlines()
    kept = [{key: value for key, value in json.loads(line).items() if key != "schema"} for line in lines]
    assert json.loads(embedded) == kept
    for part in ("@misc{derivlab-toy-toy_figure", "\\includegraphics[width=\\textwidth]{toy/toy_figure.pdf}",
                 "derivlab report toy --quick", "CC BY 4.0", "toy/toy_figure"):  # fmt: skip
        assert part in index


def test_a_number_leads_to_its_record(output, index):
    summary = (output / "toy" / "summary.md").read_text()
    assert '[10](data.jsonl#L2 "records 2-3") times' in summary
    assert '[1.0e-02](data.jsonl#L3 "record 3")' in summary
    assert 'data-records="toy 2-3">10</a>' in index
    assert 'data-records="toy 3">1.0e-02</a>' in index


def test_an_empty_index_says_what_to_type(tmp_path):
    assert "Type: derivlab report" in write_index(tmp_path).read_text()


def test_a_report_of_another_version_is_named_and_left_out(tmp_path):
    folder = TOY.run(tmp_path, quick=True)
    about = json.loads((folder / "provenance.json").read_text())
    for other in (about | {"schema": -1}, {k: v for k, v in about.items() if k != "figures"},
                  about | {"figures": [{"name": "toy_figure", "caption": "A caption."}]}):  # fmt: skip
        (folder / "provenance.json").write_text(json.dumps(other))
        text = write_index(tmp_path).read_text()
        assert "derivlab report toy" in text
        assert "<figure" not in text


def test_numbers_stay_traced_through_arithmetic_and_formats():
    (first, second) = tracing.traced([{"x": 3.0, "n": 2}, {"x": 1.5, "list": [7], "flag": True, "name": "a"}])
    a, b = first["x"], second["x"]
    for text, number, places in (
        (f"{a:.1f}", "3.0", [1]),
        (f"{a / b:.1f}", "2.0", [1, 2]),
        (f"{10 - b}", "8.5", [2]),
        (str(first["n"]), "2", [1]),
        (repr(max(a, b)), "3.0", [1]),
        (f"{first['n'] / 4:g}", "0.5", [1]),
        (f"{round(a / 7, 2)}", "0.43", [1]),
        (f"{abs(-b):g}", "1.5", [2]),
        (f"{second['list'][0]:,}", "7", [2]),
    ):
        assert tracing.linked(text, lambda *found: repr(found)) == repr((number, places))
        assert tracing.unmarked(text) == number
        assert float(text) == float(number), "reads as it did"
    assert (second["flag"], second["name"]) == (True, "a")
    assert type(second["flag"]) is bool


def test_many_places_come_back_as_they_were():
    records = tracing.traced([{"x": 1} for _ in range(700)])
    total = sum(record["x"] for record in records)
    assert tracing.linked(f"{total} in all", lambda number, places: f"{number}: {places}") == (
        f"700: {list(range(1, 701))} in all"
    )


def test_what_numpy_computes_can_be_traced_too():
    records = tracing.traced([{"x": 1.0}, {"x": 4.0}, {"x": 2.0}])
    xs = [record["x"] for record in records]
    assert not isinstance(float(np.median(xs)), tracing.Traced)
    median = tracing.computed(float(np.median(xs)), xs)
    assert tracing.linked(f"{median:g}", lambda number, places: f"{number} of {places}") == "2 of [1, 2, 3]"
    assert type(tracing.computed(2.0, [1.0, 4.0])) is float


def test_neighbours_are_named_as_spans():
    assert tracing.spans([1, 2, 3, 7, 9, 10]) == ["1-3", "7", "9-10"]
    assert tracing.spans([]) == []
    text = to_html('[2](data.jsonl#L1 "records 1-3, 7")', "toy")
    assert 'data-records="toy 1-3 7"' in text


def test_code_has_no_links():
    (record,) = tracing.traced([{"x": 3}])
    text = f"{record['x']}, `{record['x']}`\n\n```\n{record['x']}\n```\n"
    assert tracing.linked(text, lambda number, _: f"<{number}>") == "<3>, `3`\n\n```\n3\n```\n"


def test_a_summary_that_takes_traced_numbers_otherwise_has_no_links():
    from dataclasses import replace

    odd = replace(TOY, summary=lambda records: f"{records[1]['x']}, {len(str(records[1]['x']))} letters")
    assert odd.findings([{"x": 0}, {"x": 1}]) == "1, 1 letters"


def test_markdown_becomes_html_without_letting_html_through():
    text = to_html('# Heading\n\n<script>x</script> [1](data.jsonl#L4 "record 4") [a](b)\n', "toy")
    assert "<h3>Heading</h3>" in text
    assert "&lt;script&gt;" in text
    assert '<a href="toy/data.jsonl#L4" class="traced" data-records="toy 4">1</a>' in text
    assert '<a href="b">a</a>' in text


def test_text_for_latex():
    assert tex("50 % of f_x & {y}") == r"50 \% of f\_x \& \{y\}"
    assert tex("l₄′ = 10⁻⁹ σ") == r"l\textsubscript{4}' = 10\textsuperscript{-9} \ensuremath{\sigma}"
    assert tex("f⁽ᵏ⁺¹⁾") == r"f\textsuperscript{(k+1)}"


def test_citations_name_the_figure():
    credit = Credit("toy", "figure_1", "A title", "A caption.", "alt", "derivlab report toy; seed 0", 0.5)
    bibtex, latex = credit.bibtex("1.0", "2026"), credit.latex()
    assert bibtex.startswith("@misc{derivlab-toy-figure_1,\n")
    assert "year         = {2026}" in bibtex
    assert r"derivlab report toy" in bibtex
    assert r"\includegraphics[width=0.50\textwidth]{toy/figure_1.pdf}" in latex
    assert r"\label{fig:toy-figure_1}" in latex
    assert bibtex.count("{") == bibtex.count("}")
    assert latex.count("{") == latex.count("}")
