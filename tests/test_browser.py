"""The page of all reports in a browser: headless Chromium, where it and its driver are installed."""

import json
import shutil
from pathlib import Path

import pytest

from derivlab.report.folder import load_study
from derivlab.report.pages import write_index
from toy_study import TOY

STUDIES = Path(__file__).parents[1] / "studies"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
if CHROMIUM is None or DRIVER is None:
    pytest.skip("needs chromium and chromedriver on the path", allow_module_level=True)
pytest.importorskip("selenium", reason="needs selenium, from the extra [test]")

from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1280,900"
)
STILL = {"name": "prefers-reduced-motion", "value": "reduce"}
"""The page comes to rest at once where it scrolls."""
CONTRAST = """
const shade = (text) => {
  const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
  const linear = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return [0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], a];
};
const ground = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const [light, alpha] = shade(getComputedStyle(e).backgroundColor);
    if (alpha === 1) return light;
  }
  return 1;
};
const poor = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility() || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
  const [text] = shade(getComputedStyle(element).color), back = ground(element);
  const ratio = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
  if (ratio < 4.5) poor.push([element.tagName, element.textContent.trim().slice(0, 40), ratio]);
}
return [poor, ground(document.body)];
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page on disk, of a toy and of two studies with many figures, numbers and wide tables."""
    output = tmp_path_factory.mktemp("reports")
    TOY.run(output)
    for name in ("sigmoid_neuron", "step_size"):
        load_study(STUDIES, name).run(output, quick=True)
    return write_index(output).as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(executable_path=DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, address):
    browser.get("about:blank")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [STILL]})
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(address)
    return browser


def events(page):
    return [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]


def first_column(page, table):
    return page.execute_script("return [...arguments[0].tBodies[0].rows].map((r) => r.cells[0].textContent)", table)


def toy_table(page):
    return page.find_element(By.CSS_SELECTOR, "#toy .findings table")


def focused(page):
    return page.switch_to.active_element


def test_it_opens_from_disk_without_a_complaint(page):
    assert page.get_log("browser") == []
    seen = events(page)
    assert [e for e in seen if e["method"] == "Network.loadingFailed"] == []
    requests = [e["params"]["request"]["url"] for e in seen if e["method"] == "Network.requestWillBeSent"]
    assert any(url.endswith("index.html") for url in requests)
    assert {url.partition(":")[0] for url in requests} <= {"file", "data"}


def test_every_image_is_there(page):
    widths = page.execute_script("return [...document.images].map((i) => i.complete && i.naturalWidth)")
    assert len(widths) >= 5
    assert all(widths)


def test_a_table_sorts_by_a_click(page):
    table = toy_table(page)
    heading = table.find_elements(By.TAG_NAME, "th")[1]
    button = heading.find_element(By.TAG_NAME, "button")
    assert heading.get_attribute("aria-sort") is None
    button.click()
    assert (heading.get_attribute("aria-sort"), first_column(page, table)) == ("ascending", ["2", "1", "0"])
    button.click()
    assert (heading.get_attribute("aria-sort"), first_column(page, table)) == ("descending", ["0", "1", "2"])


def test_a_table_sorts_by_the_keyboard(page):
    table = toy_table(page)
    first, second = table.find_elements(By.TAG_NAME, "th")
    page.execute_script("arguments[0].focus()", second.find_element(By.TAG_NAME, "button"))
    focused(page).send_keys(Keys.ENTER)
    assert first_column(page, table) == ["2", "1", "0"]
    focused(page).send_keys(Keys.SHIFT, Keys.TAB)
    assert focused(page).text.startswith("x")
    focused(page).send_keys(Keys.SPACE)
    assert first_column(page, table) == ["0", "1", "2"]
    assert (first.get_attribute("aria-sort"), second.get_attribute("aria-sort")) == ("ascending", None)


def test_units_and_dashes_sort_as_what_they_mean(page):
    order = page.execute_script(
        """
        const table = arguments[0], body = table.tBodies[0], cells = ["–", "2 ms", "1 s", "30 µs", "none", "1,000 s"];
        body.replaceChildren(...cells.map((text) => {
          const row = document.createElement("tr");
          row.append(Object.assign(document.createElement("td"), { textContent: text }));
          return row;
        }));
        const button = table.tHead.querySelector("button"), read = () => [...body.rows].map((r) => r.textContent);
        button.click();
        const rising = read();
        button.click();
        return [rising, read()];
        """,
        toy_table(page),
    )
    assert order == [
        ["30 µs", "2 ms", "1 s", "1,000 s", "none", "–"],
        ["none", "1,000 s", "1 s", "2 ms", "30 µs", "–"],
    ]


def test_a_number_opens_its_record_and_escape_closes_it(page):
    number = page.find_element(By.CSS_SELECTOR, "#toy .findings a.traced")
    assert number.text == "10"
    page.execute_script("arguments[0].focus()", number)
    focused(page).send_keys(Keys.ENTER)
    dialog = page.find_element(By.ID, "record")
    assert dialog.find_element(By.TAG_NAME, "h2").text == "toy, record 2 (1 of 2)"
    assert "error 0.1" in dialog.text
    dialog.find_element(By.CLASS_NAME, "next").click()
    assert dialog.find_element(By.TAG_NAME, "h2").text == "toy, record 3 (2 of 2)"
    focused(page).send_keys(Keys.ESCAPE)
    assert not dialog.is_displayed()
    assert focused(page) == number


def test_every_traced_number_opens(page):
    titles = page.execute_script(
        """
        const dialog = document.getElementById("record");
        return [...document.querySelectorAll("a.traced")].map((number) => {
          number.click();
          const title = dialog.querySelector("h2").textContent, rows = dialog.querySelectorAll("tr").length;
          dialog.close();
          return [number.dataset.records, title, rows];
        });
        """
    )
    assert len(titles) > 100
    for records, title, rows in titles:
        study, first, *_ = records.split()
        assert title.startswith(f"{study}, record {first.partition('-')[0]}")
        assert rows >= 2


def test_an_address_can_name_a_record(page, address):
    page.get("about:blank")
    page.get(f"{address}#toy-r3")
    assert page.find_element(By.ID, "record").find_element(By.TAG_NAME, "h2").text == "toy, record 3"


def test_the_first_stop_of_the_keyboard_skips_the_contents(page):
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert focused(page).text == "Skip to the reports"
    focused(page).send_keys(Keys.ENTER)
    assert focused(page).get_attribute("id") == "reports"


def test_whoever_tabs_sees_where(page):
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    for _ in range(25):
        width = page.execute_script("return getComputedStyle(document.activeElement).outlineWidth")
        assert width == "3px", focused(page).get_attribute("outerHTML")
        assert focused(page).is_displayed()
        focused(page).send_keys(Keys.TAB)


def test_nothing_leaves_the_screen_of_a_phone(page):
    screen = {"width": 360, "height": 780, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page.execute_script("for (const details of document.querySelectorAll('details')) details.open = true")
    assert page.execute_script("return [innerWidth, document.documentElement.scrollWidth]") == [360, 360]
    wide = page.execute_script(
        """return [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !e.closest(".wide, pre")
           && !e.matches(".skip, .hidden") && e.getBoundingClientRect().right > 360.5).map((e) => e.outerHTML)"""
    )
    assert wide == []
    assert page.execute_script("return document.querySelector('.wide').clientWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(page, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen", "features": features})
    page.execute_script("for (const details of document.querySelectorAll('details')) details.open = true")
    poor, ground = page.execute_script(CONTRAST)
    assert poor == []
    assert (ground < 0.1) is (scheme == "dark")
    card = page.execute_script("return getComputedStyle(document.querySelector('.card')).backgroundColor")
    assert card == "rgb(255, 255, 255)", "figures are drawn on white"


def test_print_leaves_out_what_paper_cannot_do(page):
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    shown = page.execute_script(
        "return ['.skip', 'figcaption details', 'button.browse', 'figure img'].map((s) =>"
        " document.querySelector(s).checkVisibility())"
    )
    assert shown == [False, False, False, True]
