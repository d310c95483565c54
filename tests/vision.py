"""What readers see: colours as the common forms of colour blindness and a grey print show them."""

from __future__ import annotations

import numpy as np

SIGHTS = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "grey": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}
"""Matrices on linear RGB: Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), severity 1; luminance of Rec. 709."""
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
TELLS_APART = 20.0
"""A distance in CIELAB that nobody overlooks; about 2 is the least that can be seen."""
PAPER = 95.0
"""What is lighter than this, in CIELAB, is paper."""


def seen(picture, sight):
    """sRGB in [0, 1], of shape (..., 3), as CIELAB in a sight."""
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ SIGHTS[sight].T, 0, 1) @ _XYZ.T / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def difference(a, b):
    """The share of the ink of two pictures in CIELAB that nobody takes for the other's."""
    ink = (a[..., 0] < PAPER) | (b[..., 0] < PAPER)
    return float(np.mean(np.linalg.norm(a - b, axis=-1)[ink] > TELLS_APART))
