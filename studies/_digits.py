"""The handwritten digits that scikit-learn ships, and the only study module that imports it."""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.errors import UnavailableError

HELD_OUT = 450
SEED = 0


@dataclass(frozen=True)
class Digits:
    """1,797 images of 8×8 pixels in [0, 1], as rows of 64, and the digits they show; 450 are held out.

    Reference: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998 (its test set).
    """

    images: Any
    digits: Any
    held_out_images: Any
    held_out_digits: Any

    @property
    def targets(self) -> Any:
        """The digits of the training images as rows of zeros with a one."""
        return np.eye(10)[self.digits]


@functools.cache
def load_digits() -> Digits:
    """The images in a fixed random order, the last 450 of which are held out.

    Raises
    ------
    UnavailableError
        If scikit-learn is not installed.
    """
    try:
        datasets = importlib.import_module("sklearn.datasets")
    except ModuleNotFoundError as error:
        raise UnavailableError("scikit-learn is not installed; type: pip install scikit-learn") from error
    bunch = datasets.load_digits()
    order = np.random.default_rng(SEED).permutation(len(bunch.target))
    images, digits = bunch.data[order] / 16, bunch.target[order]
    return Digits(images[:-HELD_OUT], digits[:-HELD_OUT], images[-HELD_OUT:], digits[-HELD_OUT:])
