"""The pytest plugin ``derivlab``: a fixture that checks gradients. It loads nothing before a test uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def derivlab_check() -> Callable[..., Any]:
    """``derivlab_check(f, gradient, *args)`` fails the test unless the gradient is right.

    The failure is the verdict: the entries, both values and the likely cause. It takes what
    :func:`~derivlab.checking.assertion.assert_gradient` takes.
    """

    def check(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        from derivlab.checking.assertion import assert_gradient

        return assert_gradient(*args, **options)

    return check
