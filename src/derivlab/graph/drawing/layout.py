"""Where the nodes of a drawn graph stand: layers from left to right, by graphviz's ``dot`` if its program is there.

Our own layout is that of Sugiyama: longest-path layers, dummy nodes on long edges, barycentre ordering, and then
heights by least squares, subject to a least distance.

Reference: K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures",
IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

_ROUNDS = 24

Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Positions in inches.

    Attributes
    ----------
    points
        The left end and the height of each node.
    routes
        For each edge (parent, child) the points that it passes, from the right end of the parent to the left end of
        the child.
    """

    points: Sequence[Point]
    routes: dict[tuple[int, int], list[Point]]


def layout(parents: Sequence[Sequence[int]], widths: Sequence[float], *, gap: float, row: float) -> Layout:
    """Positions for nodes of which each reads ``parents``, all of them earlier.

    ``gap`` lies between layers, ``row`` between the heights of neighbours. Uses ``dot`` where it is installed, and
    our own layout where it is not or fails.
    """
    if shutil.which("dot"):
        try:
            return by_graphviz(parents, widths, gap=gap, row=row)
        except (OSError, subprocess.SubprocessError, ValueError, IndexError, KeyError):
            pass
    return by_layers(parents, widths, gap=gap, row=row)


def by_graphviz(parents: Sequence[Sequence[int]], widths: Sequence[float], *, gap: float, row: float) -> Layout:
    """Positions from ``dot -Tplain``; numbers are all that it is told."""
    edges = sorted({(parent, child) for child, reads in enumerate(parents) for parent in reads})
    text = [
        f"digraph {{ rankdir=LR; ranksep={gap}; nodesep={row / 4};",
        f"node [shape=box, fixedsize=true, height={row * 0.75}];",
    ]
    text += [f"n{k} [width={width}];" for k, width in enumerate(widths)]
    text += [f"n{k} [group=inputs]; {{rank=min; n{k}}}" for k, reads in enumerate(parents) if not reads]
    text += [f"n{a}:e -> n{b}:w;" for a, b in edges]
    answer = subprocess.run(
        ["dot", "-Tplain"], input="\n".join([*text, "}"]), capture_output=True, text=True, check=True, timeout=60
    )
    points: dict[int, Point] = {}
    routes: dict[tuple[int, int], list[Point]] = {}
    for words in map(str.split, answer.stdout.splitlines()):
        if words[0] == "node":
            k = int(words[1][1:])
            points[k] = (float(words[2]) - widths[k] / 2, float(words[3]))
        elif words[0] == "edge":
            a, b = (int(word.partition(":")[0][1:]) for word in words[1:3])
            numbers = [float(word) for word in words[4 : 4 + 2 * int(words[3])]]
            routes[a, b] = list(zip(numbers[::2], numbers[1::2], strict=True))[::3]
    for a, b in edges:
        start, end = (points[a][0] + widths[a], points[a][1]), points[b]
        routes[a, b] = [start, *routes[a, b][1:-1], end]
    return Layout([points[k] for k in range(len(parents))], routes)


def by_layers(parents: Sequence[Sequence[int]], widths: Sequence[float], *, gap: float, row: float) -> Layout:
    """Our own layered layout."""
    depth: list[int] = []
    for reads in parents:
        depth.append(1 + max((depth[parent] for parent in reads), default=-1))
    chains, members, links = _with_dummies(parents, depth)
    _order(members, links)
    heights = _heights(members, links, row, len(parents))
    lefts, left = [], 0.0
    for layer in members:
        lefts.append(left)
        left += max((widths[k] for k in layer if k < len(parents)), default=0.0) + gap
    lefts.append(left)
    routes: dict[tuple[int, int], list[Point]] = {}
    for (a, b), dummies in chains.items():
        through: list[Point] = []
        for layer, k in enumerate(dummies, start=depth[a] + 1):
            through += [(lefts[layer], heights[k]), (lefts[layer + 1] - gap, heights[k])]
        start = (lefts[depth[a]] + widths[a], heights[a])
        level = (lefts[depth[a] + 1] - gap, heights[a])
        routes[a, b] = [
            start,
            *([level] if level[0] > start[0] + 0.01 else []),
            *through,
            (lefts[depth[b]], heights[b]),
        ]
    return Layout([(lefts[depth[k]], heights[k]) for k in range(len(parents))], routes)


Links = list[tuple[list[int], list[int]]]
"""For each node, dummies included, its neighbours to the left and to the right."""


def _with_dummies(
    parents: Sequence[Sequence[int]], depth: Sequence[int]
) -> tuple[dict[tuple[int, int], list[int]], list[list[int]], Links]:
    """Dummy nodes on each edge that crosses layers, the members of each layer, and the neighbours."""
    members: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    links: Links = [([], []) for _ in parents]
    chains: dict[tuple[int, int], list[int]] = {}
    for k, layer in enumerate(depth):
        members[layer].append(k)
    for b, reads in enumerate(parents):
        for a in dict.fromkeys(reads):
            chain = chains[a, b] = list(range(len(links), len(links) + depth[b] - depth[a] - 1))
            for layer, dummy in enumerate(chain, start=depth[a] + 1):
                links.append(([], []))
                members[layer].append(dummy)
            path = [a, *chain, b]
            for left, right in itertools.pairwise(path):
                links[left][1].append(right)
                links[right][0].append(left)
    return chains, members, links


def _order(members: list[list[int]], links: Links) -> None:
    """Sort each layer by the mean place of the neighbours, to and fro; keep the order with the fewest crossings."""
    best, fewest = [list(layer) for layer in members], _crossings(members, links)
    for sweep in range(_ROUNDS):
        side = sweep % 2
        place = {k: p for layer in members for p, k in enumerate(layer)}
        for layer in members[1:] if side == 0 else members[-2::-1]:
            means = {k: _mean([place[n] for n in links[k][side]], place[k]) for k in layer}
            layer.sort(key=means.__getitem__)
            place.update({k: p for p, k in enumerate(layer)})
        crossings = _crossings(members, links)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in members], crossings
    members[:] = best


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _crossings(members: Sequence[Sequence[int]], links: Links) -> int:
    count = 0
    for left, right in itertools.pairwise(members):
        place = {k: p for p, k in enumerate(right)}
        ends = [p for k in left for p in sorted(place[n] for n in links[k][1])]
        count += sum(a > b for i, b in enumerate(ends) for a in ends[:i])
    return count


def _heights(members: Sequence[Sequence[int]], links: Links, row: float, real: int) -> list[float]:
    """Heights near the mean of the neighbours', at least a row apart; dummies may come closer and stay straight."""
    heights = [0.0] * len(links)
    for layer in members:
        for p, k in enumerate(layer):
            heights[k] = (len(layer) / 2 - p) * row
    for sweep in range(2 * _ROUNDS):
        for layer in members if sweep % 2 == 0 else members[::-1]:
            wishes, weights = [], []
            for k in layer:
                near = [(heights[n], 8.0 if k >= real and n >= real else 1.0) for side in links[k] for n in side]
                total = sum(weight for _, weight in near)
                wishes.append(sum(h * weight for h, weight in near) / total if total else heights[k])
                weights.append(4.0 if k >= real else 1.0)
            for k, height in zip(layer, _apart(wishes, weights, _gaps(layer, row, real)), strict=True):
                heights[k] = height
    _straighten(members, links, heights, row, real)
    return heights


def _gaps(layer: Sequence[int], row: float, real: int) -> list[float]:
    """The least distances in a layer; wires pass closer to each other than nodes stand."""
    return [
        row * (1.0 if a < real and b < real else 0.7 if a < real or b < real else 0.4)
        for a, b in itertools.pairwise(layer)
    ]


def _straighten(members: Sequence[Sequence[int]], links: Links, heights: list[float], row: float, real: int) -> None:
    """Put nodes that only read each other in a row at one height, where no neighbour is in the way."""
    room: dict[int, tuple[list[int], int]] = {k: (list(layer), p) for layer in members for p, k in enumerate(layer)}
    runs: list[list[int]] = []
    seen: set[int] = set()
    for layer in members:
        for k in layer:
            run = [k]
            while k not in seen and len(links[run[-1]][1]) == 1 and len(links[links[run[-1]][1][0]][0]) == 1:
                run.append(links[run[-1]][1][0])
            if len(run) > 1:
                runs.append(run)
                seen.update(run)
    for run in runs:
        for height in (heights[run[-1]], sum(heights[k] for k in run) / len(run), heights[run[0]]):
            if all(_free(height, *room[k], heights, row, real) for k in run):
                for k in run:
                    heights[k] = height
                break


def _free(height: float, layer: list[int], place: int, heights: Sequence[float], row: float, real: int) -> bool:
    """Whether the node at a place of a layer can stand at a height."""
    gaps = _gaps(layer, row, real)
    above = place == 0 or heights[layer[place - 1]] - height >= gaps[place - 1] - 1e-9
    below = place == len(layer) - 1 or height - heights[layer[place + 1]] >= gaps[place] - 1e-9
    return above and below


def _apart(wishes: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The heights nearest to some wishes, from top to bottom with gaps between: pool adjacent violators."""
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        mean, total, count = wish + offset, weight, 1
        while pools and pools[-1][0] < mean:
            above, heavy, many = pools.pop()
            mean, total, count = (mean * total + above * heavy) / (total + heavy), total + heavy, count + many
        pools.append((mean, total, count))
    flat = [mean for mean, _, count in pools for _ in range(count)]
    return [mean - offset for mean, offset in zip(flat, offsets, strict=True)]
