"""What makes a cell the same cell: its task, the code, and the versions. What changed is a new cell."""

from __future__ import annotations

import functools
import hashlib
import json
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Any

import derivlab.errors
from derivlab.harness.environment import environment
from derivlab.harness.store import plain
from derivlab.harness.tasks import Task

_VERSIONS = ("python", "numpy", "scipy", "sympy", "jax", "python-flint", "numba", "torch")
"""Of what a cell depends on."""


def digest(value: Any) -> str:
    """Sixteen hexadecimal digits that stand for plain data."""
    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@functools.cache
def code(setup: str = "") -> str:
    """The sources of the package, of a plan's own file, and the versions of what they use."""
    root = Path(derivlab.errors.__file__).parent
    files = [*sorted(root.rglob("*.py")), *([Path(setup)] if setup else [])]
    sources = [hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest() for file in files]
    versions = {key: value for key, value in environment().items() if key in _VERSIONS}
    return digest([sources, versions])


def key(task: Task) -> str:
    """The name of a cell in a store."""
    return digest([{**asdict(task), "setup": ""}, code(task.setup)])


@functools.cache
def here() -> dict[str, Any]:
    """The environment, with the machine's name and an identity of its own."""
    found = {**environment(), "host": socket.gethostname()}
    return {**found, "id": digest(found)}
