"""What changed between stores: outcomes, errors, operation counts, and times beyond their noise."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derivlab.errors import StoreError
from derivlab.harness.journal import read_journal

_SLOWER = 0.05
"""A ratio that moved by less than this share is not told, however well it is known."""


@dataclass(frozen=True)
class Change:
    """One cell that is not what it was.

    Attributes
    ----------
    cell
        ``accuracy of reverse on helmholtz n=8, grad``.
    what
        "outcome", "error (ulps)", "operations", "× f", "gone" or "new".
    old, new
        What it was and is; None where it was not measured.
    note
        What to bear in mind.
    """

    cell: str
    what: str
    old: Any
    new: Any
    note: str = ""


def identity_of(cell: dict[str, Any]) -> tuple[Any, ...]:
    """What a cell is of, whatever the code and the machine."""
    return cell["spec"], tuple(cell["parameters"].items()), cell["method"], cell["operator"], cell["measure"]


def label_of(cell: dict[str, Any]) -> str:
    """The same for people."""
    sizes = "".join(f" {key}={value}" for key, value in cell["parameters"].items())
    return f"{cell['measure']} of {cell['method']} on {cell['spec']}{sizes}, {cell['operator']}"


def latest_cells(cells: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last cell of each identity: of a time, the last in each environment that ran the latest code."""
    found: dict[Any, dict[str, Any]] = {}
    code: dict[Any, str] = {}
    for cell in cells:
        identity = identity_of(cell)
        place = cell["environment"] if cell["measure"] == "time" else ""
        found[identity, place] = cell
        code[identity] = cell["code"]
    return [cell for (identity, _), cell in found.items() if cell["code"] == code[identity]]


def read_cells(path: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The last cell of each identity in a store.

    Raises
    ------
    StoreError
        If there is no such store, or no cell in it.
    """
    cells = {identity_of(record): record for record in read_journal(path) if record["kind"] == "cell"}
    if not cells:
        raise StoreError(f"{path} holds no cell")
    return cells


def changes(old: Path, new: Path) -> list[Change]:
    """What changed from one store to another, cell by cell."""
    before, after = read_cells(old), read_cells(new)
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    found = [Change(label_of(before[name]), "gone", before[name]["outcome"], None) for name in gone]
    found += [Change(label_of(after[name]), "new", None, after[name]["outcome"]) for name in come]
    for name in before.keys() & after.keys():
        found += _changed(before[name], after[name])
    return sorted(found, key=lambda change: (change.cell, change.what))


def _changed(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    cell = label_of(new)
    if old["outcome"] != new["outcome"]:
        return [Change(cell, "outcome", old["outcome"], new["outcome"], new["detail"])]
    found: list[Change] = []
    if _moved(old["ulps"], new["ulps"]):
        found.append(Change(cell, "error (ulps)", old["ulps"], new["ulps"]))
    if old["operations"] != new["operations"]:
        found.append(Change(cell, "operations", old["operations"], new["operations"]))
    if _slower(old, new):
        elsewhere = "measured in different environments" if old["environment"] != new["environment"] else ""
        doubts = "; ".join(dict.fromkeys(filter(None, [elsewhere, old["doubt"], new["doubt"]])))
        found.append(Change(cell, "× f", old["ratio"], new["ratio"], doubts))
    return found


def _moved(old: float | None, new: float | None) -> bool:
    """Whether an error differs in its first three digits."""
    if old is None or new is None or old == new:
        return old != new and not (old != old and new != new)
    return not math.isclose(old, new, rel_tol=1e-3, abs_tol=1e-3)


def _slower(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether a ratio moved beyond what both intervals allow."""
    if None in (old["ratio"], new["ratio"]):
        return False
    apart = new["ratio_low"] > old["ratio_high"] or new["ratio_high"] < old["ratio_low"]
    return apart and abs(new["ratio"] / old["ratio"] - 1) > _SLOWER


def history(stores: Sequence[Path], every: bool = False) -> list[list[Any]]:
    """A row for each cell that ever changed, with ``every`` for all: its label, and what each store says of it."""
    columns = [read_cells(path) for path in stores]
    names = dict.fromkeys(name for cells in columns for name in cells)
    rows: list[list[Any]] = []
    for name in names:
        cells = [column.get(name) for column in columns]
        present = [cell for cell in cells if cell is not None]
        moved = any(_changed(before, after) for before, after in itertools.pairwise(present))
        if every or moved or len(present) < len(cells):
            rows.append([label_of(present[0]), *(cell and told(cell) for cell in cells)])
    return rows


def told(cell: dict[str, Any]) -> str:
    """The figure that a cell is about, or its outcome where it has none."""
    figure = {"accuracy": cell["ulps"], "size": cell["operations"], "time": cell["ratio"]}.get(cell["measure"])
    if cell["outcome"] != "ok" or figure is None:
        return cell["outcome"]
    unit = {"accuracy": " ulps", "size": " operations", "time": " × f"}[cell["measure"]]
    return f"{figure:.3g}{unit}"
