"use strict";
(() => {
  const units = { ns: 1e-9, "µs": 1e-6, ms: 1e-3, s: 1, "%": 0.01, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

  // What a cell is sorted by: its first number in its unit, or else its text; a dash comes last.
  const key = (cell) => {
    const text = cell.textContent.trim();
    const found = /^[≈<>≤≥±]?\s*([-−]?[\d,]*\.?\d+(?:e[-+]?\d+)?)\s*(\S*)/i.exec(text);
    if (!found) return text === "–" || text === "" ? [2, 0, ""] : [1, 0, text.toLowerCase()];
    const number = Number(found[1].replaceAll(",", "").replace("−", "-"));
    return [0, number * (units[found[2].replace(/[,;]$/, "")] ?? 1), text];
  };
  const compare = (a, b) => a[0] - b[0] || a[1] - b[1] || a[2].localeCompare(b[2]);

  const sort = (table, column, heading) => {
    const falling = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column]), row]);
    rows.sort(([a], [b]) => (a[0] === 2 || b[0] === 2 ? a[0] - b[0] : falling ? compare(b, a) : compare(a, b)));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  for (const table of document.querySelectorAll(".findings table")) {
    if (!table.tBodies.length) continue;
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      heading.scope = "col";
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      if (!button.textContent.trim()) button.textContent = "row";
      button.addEventListener("click", () => sort(table, column, heading));
      heading.append(button);
    });
  }

  for (const block of document.querySelectorAll("figcaption pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      getSelection().selectAllChildren(block);
      try {
        await navigator.clipboard.writeText(block.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Selected: copy with the keyboard";
      }
    });
    block.after(button);
  }

  // Records: a number names its study and the lines of data.jsonl that it comes from.
  const dialog = document.getElementById("record");
  const parsed = new Map();
  let study = "", places = [], at = 0;

  const recordsOf = (name) => {
    if (!parsed.has(name)) parsed.set(name, JSON.parse(document.getElementById(`records-${name}`).textContent));
    return parsed.get(name);
  };
  // "3" or "3-5" as the places that it stands for.
  const expanded = (span) => {
    const [first, last = first] = span.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, k) => first + k);
  };
  const written = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 1));
  const render = () => {
    const place = places[at], file = dialog.querySelector(".file");
    const many = places.length > 1 ? ` (${at + 1} of ${places.length})` : "";
    dialog.querySelector("h2").textContent = `${study}, record ${place}${many}`;
    dialog.querySelector("tbody").replaceChildren(
      ...Object.entries(recordsOf(study)[place - 1]).map(([name, value]) => {
        const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td");
        head.scope = "row";
        head.textContent = name;
        cell.textContent = written(value);
        row.append(head, cell);
        return row;
      }),
    );
    file.href = `${study}/data.jsonl`;
    file.textContent = `line ${place} of ${study}/data.jsonl`;
    dialog.querySelector(".previous").disabled = at === 0;
    dialog.querySelector(".next").disabled = at === places.length - 1;
  };
  const open = (name, chosen) => {
    study = name;
    places = chosen.length ? chosen : recordsOf(name).map((_, k) => k + 1);
    at = 0;
    render();
    if (!dialog.open) dialog.showModal();
  };
  const move = (step) => {
    at = Math.min(Math.max(at + step, 0), places.length - 1);
    render();
  };
  dialog.querySelector(".previous").addEventListener("click", () => move(-1));
  dialog.querySelector(".next").addEventListener("click", () => move(1));
  document.addEventListener("click", (event) => {
    const source = event.target.closest("[data-records]");
    if (!source) return;
    event.preventDefault();
    const [name, ...chosen] = source.dataset.records.split(" ");
    open(name, chosen.flatMap(expanded));
  });
  for (const button of document.querySelectorAll(".browse")) button.hidden = false;

  const linked = /^#(.+)-r(\d+)$/.exec(location.hash);
  if (linked && document.getElementById(`records-${linked[1]}`)) open(linked[1], [Number(linked[2])]);
})();
