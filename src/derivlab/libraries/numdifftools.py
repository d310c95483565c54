"""numdifftools, an outside reference for differences, and the only place that imports it."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["numdifftools"]

numdifftools: Any = importlib.import_module("numdifftools")
