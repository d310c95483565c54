"""The order in which a graph is printed: stretches together, and what only guards need where it can be left out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from derivlab.graph.graph import Graph, Node
from derivlab.graph.printing.blocks import Stretch, schedule
from derivlab.graph.printing.checks import Check, find_check, place

FORMS = ("blocks", "checks", "assembly", "contractions")
"""What is printed otherwise than one operation a line, each of which can be switched off."""

Item = Node | Stretch | Check


@dataclass(frozen=True)
class Plan:
    """Units in order; ``graph`` has their nodes in the same order, and ``fixed`` are those within larger units."""

    items: list[Item]
    graph: Graph
    fixed: frozenset[int]


def plan(graph: Graph, without: Collection[str]) -> Plan:
    """The units of a graph, but for the forms that are not wanted."""
    check = None if "checks" in without else find_check(graph)
    late = {node.index for node in check.nodes} if check else set[int]()
    order: list[Item] = [node for node in graph.nodes if node.index not in late]
    if "blocks" not in without:
        wanted = {y.index for y in graph.outputs if isinstance(y, Node)} | {g.node.index for g in graph.guards}
        wanted |= {parent.index for node in check.nodes for parent in node.parents if parent} if check else set[int]()
        order = [*schedule([node for node in order if isinstance(node, Node)], wanted)]
    if check:
        order = place(order, check, results)
    nodes = [node for item in order for node in (item.nodes if not isinstance(item, Node) else (item,))]
    fixed = {node.index for item in order if not isinstance(item, Node) for node in item.nodes}
    return Plan(order, replace(graph, nodes=nodes), frozenset(fixed))


def results(item: Item) -> set[int]:
    """The nodes by index whose values a unit leaves behind."""
    return {node.index for node in ((item,) if isinstance(item, Node) else item.nodes)}
