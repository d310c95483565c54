"""Figures: one style, legible, told apart by every reader, and the same bytes every time."""

import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import derivlab as dl
import vision
from derivlab.report import figures
from derivlab.report.charts import error_against_time, gradient_bars
from derivlab.report.credit import LICENCE_URL, Credit
from derivlab.report.fitting import fit
from derivlab.report.labels import end_labels
from derivlab.report.legibility import faults, lines_of_text
from toy_study import cells

CREDIT = Credit("toy", "figure", "A title", "A caption.", "What is seen: σ′.", "derivlab report toy; seed 0; numpy 2")


@pytest.fixture
def house():
    """As in a study: whatever is drawn is in the house style."""
    with figures.house_style():
        yield


def picture_of(mark):
    """A line with three markers in the look of a method, as sRGB in [0, 1]."""
    with figures.house_style():
        figure = figures.canvas(0.9, 0.3)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set(xlim=(0, 0.9), ylim=(0, 0.3))
        axes.plot([0.15, 0.45, 0.75], [0.15] * 3, **mark.line())
        figure.canvas.draw()
        return np.asarray(figure.canvas.buffer_rgba())[..., :3] / 255


@pytest.fixture(scope="module")
def looks():
    return {name: picture_of(mark) for name, mark in figures.METHOD_MARKS.items()}


def test_every_method_has_a_look_of_its_own():
    assert set(dl.methods) <= set(figures.METHOD_MARKS)
    looks = [(mark.marker, mark.hollow) for mark in figures.METHOD_MARKS.values()]
    assert len(set(looks)) == len(looks), "in grey only marker and dashes tell"
    assert figures.mark_of("a new method") == figures.mark_of("a new method")


@pytest.mark.parametrize("sight", vision.SIGHTS)
def test_every_reader_tells_the_methods_apart(looks, sight):
    """A quarter of the ink of any two looks differs by far more than can be seen."""
    pictures = {name: vision.seen(look, sight) for name, look in looks.items()}
    alike = [
        (a, b) for a, b in itertools.combinations(pictures, 2) if vision.difference(pictures[a], pictures[b]) < 0.25
    ]
    assert alike == []


def test_looks_that_are_alike_are_found_out():
    """What the test above must not let pass: markers of nearly one form, and colours that are one in grey."""
    hexagons = [picture_of(figures.Mark(figures.PALETTE["green"], marker, "--", hollow=True)) for marker in "8H"]
    colours = [picture_of(figures.Mark(figures.PALETTE[name], "o")) for name in ("vermillion", "green")]
    for sight in vision.SIGHTS:
        assert vision.difference(*(vision.seen(look, sight) for look in hexagons)) < 0.25
    assert vision.difference(*(vision.seen(look, "normal") for look in colours)) > 0.9
    assert vision.difference(*(vision.seen(look, "grey") for look in colours)) < 0.25


def test_text_is_dark_enough_to_read():
    assert figures.text_colour(figures.PALETTE["blue"]) == figures.PALETTE["blue"]
    assert figures.text_colour(figures.PALETTE["orange"]) != figures.PALETTE["orange"]
    for mark in figures.METHOD_MARKS.values():
        assert figures.text_colour(mark.ink) == mark.ink


def test_figures_leave_the_settings_of_the_caller_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    error_against_time(cells(), "title")
    assert dict(mpl.rcParams) == before


def test_text_is_larger_on_slides():
    with figures.house_style(figures.SLIDES):
        slide, _ = figures.panels("title")
        nested, _ = figures.panels("title", size=(12.8, 9.0))
    page, _ = figures.panels("title")
    assert tuple(slide.get_size_inches()) == (figures.SLIDES.width, figures.SLIDES.height)
    assert tuple(page.get_size_inches()) == (figures.PRINT.width, figures.PRINT.height)
    assert tuple(nested.get_size_inches()) == pytest.approx((11.2, 9.0 * 11.2 / 12.8))
    sizes = [max(line.points for line in lines_of_text(figure)) for figure in (slide, page)]
    assert sizes[0] / slide.get_size_inches()[0] > sizes[1] / page.get_size_inches()[0]


def test_both_styles_have_bitmaps_of_one_width(tmp_path):
    for style in figures.STYLES.values():
        with figures.house_style(style):
            path = figures.save_as(figures.panels("title")[0], tmp_path / f"{style.name}.png")
        with Image.open(path) as picture:
            assert picture.size == (1920, 1080)


def test_a_legible_figure_has_no_faults():
    for chart in (error_against_time(cells(), "title"), gradient_bars(cells(), "title")):
        assert faults(fit(chart)) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda axes: axes.text(0.5, 0.5, "over the first"), "covers"),
        (lambda axes: axes.text(0.5, 0.47, "below\nthe first\nand below"), "covers"),
        (lambda axes: axes.text(1.3, 0.9, "beyond the right edge"), "cut off"),
        (lambda axes: axes.text(-0.3, 0.1, "low", rotation=90), "cut off"),
        (lambda axes: axes.text(0.2, 0.9, "small", fontsize=15), "7.6 points, below 8"),
        (lambda axes: [part.remove() for part in (*axes.lines, *axes.texts)], "the axes are empty"),
    ],
)
def test_what_cannot_be_read_is_found(house, spoil, fault):
    figure, (axes,) = figures.panels("title")
    axes.plot([0, 1], [0, 1])
    axes.text(0.5, 0.5, "the first of two")
    assert faults(figure) == []
    spoil(axes)
    assert any(fault in line for line in faults(figure))


def test_text_that_is_not_shown_is_no_fault(house):
    figure, (axes,) = figures.panels("title")
    axes.plot([0, 1], [0, 1])
    axes.text(0.5, 0.5, "one")
    axes.text(0.5, 0.5, "two", visible=False)
    axes.text(0.5, 0.5, "")
    assert faults(figure) == []


def test_a_wide_figure_is_set_at_the_width_of_the_page(house):
    """20 points on 19.2 inches are 6.8 on 6.5; on 12.8 inches they are 10.2."""
    for width, fine in ((12.8, True), (19.2, False)):
        figure = figures.canvas(width, 5)
        figure.add_axes((0.1, 0.1, 0.8, 0.8)).plot([0, 1], [0, 1])
        figure.axes[0].set_axis_off()
        figure.text(0.5, 0.5, "text", fontsize=20)
        assert (faults(figure) == []) is fine


def test_labels_beside_the_axes_get_the_room_they_need(house):
    figure, (axes,) = figures.panels("title", left=0.02, right=0.95)
    axes.plot([0, 1], [0, 1])
    axes.set_ylabel("a label at the left")
    end_labels(axes, [(1.0, 1.0, "a long label at the right", "#000000")])
    assert len(faults(figure)) >= 2
    assert faults(fit(figure)) == []


def test_panels_give_way_to_titles(house):
    figure, plots = figures.panels("A title of the figure", 2, top=0.97)
    for axes in plots:
        axes.plot([0, 1], [0, 1])
        axes.set_title("A title")
    assert any("covers" in line for line in faults(figure))
    assert faults(fit(figure)) == []


def test_labels_between_panels_get_the_room_they_need(house):
    figure, (left, right) = figures.panels("title", 2, gap=0.05)
    for axes in (left, right):
        axes.plot([0, 1], [0, 1])
    end_labels(left, [(1.0, y, "a label between the panels", "#000000") for y in (0.2, 0.4, 0.6, 0.8)], pad=0.0)
    assert any("covers" in line for line in faults(figure))
    assert faults(fit(figure)) == []


def test_axes_that_fill_the_canvas_stay_where_they_are(house):
    figure, (axes,) = figures.panels("title", left=0.0, right=1.0, top=1.0, bottom=0.0)
    axes.set_axis_off()
    axes.plot([0, 1], [0, 1])
    fit(figure)
    assert tuple(axes.get_position().bounds) == (0.0, 0.0, 1.0, 1.0)


def test_a_long_title_is_set_smaller(house):
    figure, (axes,) = figures.panels("A title that is longer than there is room for in this size of its letters")
    axes.plot([0, 1], [0, 1])
    assert faults(figure) == []
    assert max(line.points for line in lines_of_text(figure)) < 26


def test_point_labels_do_not_overlap_where_points_crowd():
    crowd = [{**cell, "evaluate_seconds": 1e-5 * 1.2**k, "ulps": 1.0} for k, cell in enumerate(cells()[:5])]
    assert faults(error_against_time(crowd, "title")) == []


@pytest.mark.parametrize("kind", figures.FORMATS)
def test_equal_records_give_equal_bytes(tmp_path, kind):
    first, second = (
        figures.save_as(error_against_time(cells(), "title"), tmp_path / f"{k}.{kind}", CREDIT).read_bytes()
        for k in (1, 2)
    )
    assert first == second
    assert not re.search(rb"20\d\d-\d\d-\d\d|CreationDate", first)


def test_a_file_says_what_it_is(tmp_path):
    figure = error_against_time(cells(), "title")
    svg, pdf, png = (figures.save_as(figure, tmp_path / f"figure.{kind}", CREDIT) for kind in figures.FORMATS)
    text = " ".join(ElementTree.parse(svg).getroot().itertext())
    with Image.open(png) as picture:
        in_png = " ".join(map(str, picture.info.values()))
    for part in ("A title", "What is seen: σ′.", LICENCE_URL, "derivlab report toy; seed 0", "derivlab toy/figure"):
        assert part in text
        assert part in in_png
    assert b"/Author (The derivlab developers)" in pdf.read_bytes()
    assert b"derivlab report toy; seed 0" in pdf.read_bytes()
