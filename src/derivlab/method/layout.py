"""How the arguments of a recorded program are made of arrays, and what arguments must be like to fit it."""

from __future__ import annotations

import inspect
import keyword
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.graph.printing.expressions import RESERVED
from derivlab.graph.trace import is_array
from derivlab.method.problem import flatten, unflatten


class Layout:
    """How the arguments of a recording are made of arrays, which are its inputs, and of static values.

    Attributes
    ----------
    arguments
        Names for the arguments, from the function's signature where it has them.
    leaves, leaf_names
        The arrays, and names for them in the program.
    preamble
        Lines of the program that take containers apart.
    keys
        Keys of containers that cannot be written as Python, under the names that the preamble has for them.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        self.arguments = argument_names(f, len(args))
        self.leaves: list[Any] = []
        self.leaf_names: list[str] = []
        self.preamble: list[str] = []
        self.keys: dict[str, Any] = {}
        self._taken = {*self.arguments, *RESERVED}
        self._given: list[Any] = []
        self._parts: list[tuple[Any, list[tuple[bool, Any]]]] = []
        self._tests: list[str] = []
        self._scope: dict[str, Any] = {}
        for name, arg in zip(self.arguments, args, strict=True):
            self._tests += _conditions(name, arg, self._scope)
            leaves, tree = flatten(arg)
            self._parts.append((tree, [(is_array(leaf), leaf) for leaf in leaves]))
            paths = [name] if tree is None else [self._path(name, accessor) for accessor in tree.accessors()]
            for path, leaf in zip(paths, leaves, strict=True):
                if is_array(leaf):
                    self._add(name, path, leaf)

    def _path(self, name: str, accessor: Any) -> str:
        """Where a leaf is, as Python; a key that has no literal stands under a name."""
        import optree

        path = name
        for entry in accessor:
            step = entry.codify("")
            if isinstance(entry, optree.MappingEntry) and not _is_literal(entry.entry):
                known = next((key for key, value in self.keys.items() if value == entry.entry), f"key{len(self.keys)}")
                self.keys[known] = entry.entry
                step = f"[{known}]"
            path += step
        return path

    def _add(self, name: str, path: str, leaf: Any) -> None:
        self._given.append(leaf)
        made = {float: np.float64, complex: np.complex128}.get(type(leaf))
        self.leaves.append(leaf if made is None else made(leaf))
        if path == name:
            self.leaf_names.append(name)
            return
        plain = identifier(path.replace("[", "_"))
        while plain in self._taken:
            plain += "_"
        self._taken.add(plain)
        self.leaf_names.append(plain)
        self.preamble.append(f"{plain} = {path}")

    def rebuild(self, leaves: Sequence[Any]) -> list[Any]:
        """The arguments with other arrays in place."""
        given = iter(leaves)
        return [
            unflatten(tree, [next(given) if array else leaf for array, leaf in parts]) for tree, parts in self._parts
        ]

    def leaves_of(self, args: Sequence[Any]) -> list[Any]:
        """The arrays among arguments of the same structure."""
        return [
            leaf
            for (_, parts), arg in zip(self._parts, args, strict=True)
            for (array, _), leaf in zip(parts, flatten(arg)[0], strict=True)
            if array
        ]

    def alike(self, args: Sequence[Any]) -> bool:
        """Whether arguments are of the recorded structure, shapes and dtypes, with the same values that are static."""
        return all(
            _container_test(tree, [leaf for _, leaf in parts])(arg)
            for (tree, parts), arg in zip(self._parts, args, strict=True)
        )

    def conversions(self, floats: bool) -> list[str]:
        """Lines of the program that make single numbers Python's floats, or NumPy's."""
        made = "float" if floats else "np.float64"
        lines: list[str] = []
        for name, leaf in zip(self.leaf_names, self._given, strict=True):
            double = np.ndim(leaf) == 0 and np.asarray(leaf).dtype == float
            if double and (floats if type(leaf) is not float else not floats):
                lines.append(f"{name} = {made}({name})")
            elif type(leaf) is complex:
                lines.append(f"{name} = np.complex128({name})")
            elif isinstance(leaf, np.ndarray) and leaf.ndim == 0:
                lines.append(f"{name} = {name}[()]")
        return lines

    def test(self) -> tuple[str, dict[str, Any]]:
        """A condition on the arguments, as Python, that holds for those like the recorded ones; and its names."""
        return " and ".join(self._tests) or "True", self._scope | self.keys


def _is_literal(key: Any) -> bool:
    """Whether a key's text means that key in every program."""
    if isinstance(key, tuple):
        return type(key) is tuple and all(_is_literal(part) for part in key)
    return key is None or type(key) in (str, bytes, int, bool) or (type(key) is float and math.isfinite(key))


def _conditions(path: str, value: Any, scope: dict[str, Any]) -> list[str]:
    """What must hold of the expression ``path`` for it to be like a recorded value; constants go to the scope."""
    kind, number = type(value), len(scope)
    if kind in (tuple, list):
        inside = [test for i, part in enumerate(value) for test in _conditions(f"{path}[{i}]", part, scope)]
        return [f"type({path}) is {kind.__name__}", f"len({path}) == {len(value)}", *inside]
    if kind is dict and all(type(key) is str for key in value):
        scope[f"_keys{number}"] = set(value)
        inside = [test for key, part in value.items() for test in _conditions(f"{path}[{key!r}]", part, scope)]
        return [f"type({path}) is dict", f"{path}.keys() == _keys{number}", *inside]
    leaves, tree = flatten(value)
    if tree is not None or not leaves:
        scope[f"_same{number}"] = _container_test(tree, leaves)
        return [f"_same{number}({path})"]
    return _leaf_conditions(path, value, scope)


def _leaf_conditions(path: str, leaf: Any, scope: dict[str, Any]) -> list[str]:
    number = len(scope)
    scope[f"_kind{number}"] = type(leaf)
    tests = [f"type({path}) is _kind{number}"]
    if isinstance(leaf, np.ndarray) and not is_array(leaf):
        scope[f"_equal{number}"] = lambda other: np.array_equal(other, leaf)
        return [*tests, f"_equal{number}({path})"]
    if isinstance(leaf, np.ndarray):
        scope[f"_shape{number}"], scope[f"_dtype{number}"] = leaf.shape, leaf.dtype
        return [*tests, f"{path}.shape == _shape{number}", f"{path}.dtype == _dtype{number}"]
    if not is_array(leaf):
        scope[f"_value{number}"] = leaf
        tests.append(f"{path} == _value{number}")
    return tests


def _container_test(tree: Any, parts: Sequence[Any]) -> Callable[[Any], bool]:
    def same(arg: Any) -> bool:
        leaves, structure = flatten(arg)
        return structure == tree and all(
            _alike(leaf, known, is_array(known)) for leaf, known in zip(leaves, parts, strict=True)
        )

    return same


def _alike(leaf: Any, known: Any, array: bool) -> bool:
    if type(leaf) is not type(known):
        return False
    if not array:
        return bool(leaf == known)
    return not isinstance(leaf, np.ndarray) or (leaf.shape == known.shape and leaf.dtype == known.dtype)


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """Names for ``count`` arguments of f: its own parameters' where they can be used in a program."""
    f = getattr(f, "function", f)
    try:
        names = list(inspect.signature(f).parameters)[:count]
    except (TypeError, ValueError):
        names = []
    usable = len(names) == count and all(n.isascii() and n.isidentifier() and not keyword.iskeyword(n) for n in names)
    return names if usable and not RESERVED.intersection(names) else [f"x{i}" for i in range(count)]


def identifier(text: str) -> str:
    """A text as a Python name: other characters become underscores."""
    plain = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", text)).strip("_")
    return plain if plain.isidentifier() and not keyword.iskeyword(plain) else f"f_{plain}".rstrip("_")
