"""Coding: which colours a picture's numbers mean, where it says so without an ICC profile.

HEIF, AVIF and PNG name primaries and transfer function by number (ITU-T H.273), PNG also by gamma
and chromaticities, a camera's JPEG by EXIF's "R03", which means Adobe RGB (DCF 2.0).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_HEAD_BYTES = 1 << 16
"""Of HEIF and AVIF; what says it stands before the pixels."""

Point = tuple[float, float]
Floats = NDArray[np.float32]

_D65: Point = (0.3127, 0.3290)
_SRGB = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
_ADOBE = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060))
_BY_NUMBER = {9: _BT2020, 12: _P3}
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}

_WHITE_NITS = 203.0
"""White paper in an HDR picture (ITU-R BT.2408)."""
_HLG_PEAK_NITS, _HLG_GAMMA = 1000.0, 1.2
_SHOULDER = 0.6
"""Up to this share of white, light stays as it is; what is brighter is pressed together above."""


_BLOCK_PIXELS = 1 << 20
"""So many pixels are real numbers at once, at some sixty bytes each."""
_LIGHT_STEPS = 65535


class Curve(Enum):
    """How numbers become light."""

    SRGB = auto()
    GAMMA = auto()
    PQ = auto()
    HLG = auto()


@dataclass(frozen=True, slots=True)
class Coding:
    """Attributes: primaries: (x, y) of red, green and blue; gamma: of the curve GAMMA."""

    primaries: tuple[Point, ...] = _SRGB
    white: Point = _D65
    curve: Curve = Curve.SRGB
    gamma: float = 1.0

    def to_srgb(self, image: Image.Image) -> Image.Image:
        """An RGB image as sRGB. HDR is toned: white paper comes out nearly white, mid-tones stay,
        and brighter light keeps its order up to white."""
        pixels = np.asarray(image)
        srgb = np.empty_like(pixels)
        n_rows = max(1, _BLOCK_PIXELS // image.width)
        for top in range(0, image.height, n_rows):
            rows = slice(top, top + n_rows)
            srgb[rows] = srgb_of_light(self._srgb_light(pixels[rows]))
        return Image.fromarray(srgb)

    def _srgb_light(self, pixels: NDArray[np.uint8]) -> Floats:
        light = _light(self.curve, self.gamma)[pixels]
        light = light @ _matrix(self.primaries, self.white).T
        if self.curve is Curve.HLG:
            luminance = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
            light *= np.maximum(luminance, 1e-6)[..., None] ** (_HLG_GAMMA - 1)
            light *= _HLG_PEAK_NITS / _WHITE_NITS
        if self.curve in (Curve.PQ, Curve.HLG):
            light *= _tone(light.max(axis=2))[..., None]
        return light


ADOBE_RGB = Coding(_ADOBE, curve=Curve.GAMMA, gamma=563 / 256)


def coding_of_heif(file: BinaryIO) -> Coding | None:
    """By the numbers in a HEIF or AVIF file; None for plain sRGB."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    at = head.find(b"colrnclx")
    numbers = head[at + 8 : at + 12] if at >= 0 else b""
    return _by_numbers(numbers[1], numbers[3]) if len(numbers) == 4 else None


def coding_of_png(file: BinaryIO) -> Coding | None:
    """By a PNG's chunk cICP, which stands before the pixels; None for plain sRGB."""
    file.seek(8)
    while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
        if head[4:] == b"cICP":
            numbers = file.read(2)
            return _by_numbers(*numbers) if len(numbers) == 2 else None
        file.seek(int.from_bytes(head[:4], "big") + 4, io.SEEK_CUR)
    return None


def by_gamma(gamma: float | None, chromaticity: tuple[float, ...] | None) -> Coding | None:
    """By PNG's gAMA and cHRM (white, red, green, blue), either of which may be missing; None for
    plain sRGB."""
    if gamma is not None and not 0.1 <= gamma <= 2.0:
        return None
    white: Point = _D65
    primaries: tuple[Point, ...] = _SRGB
    if chromaticity is not None and len(chromaticity) == 8:
        points = [(x, y) for x, y in zip(chromaticity[::2], chromaticity[1::2], strict=True)]
        if all(0 < x < 1 and 0 < y < 1 for x, y in points):
            white, primaries = points[0], tuple(points[1:])
    has_usual_curve = gamma is None or abs(gamma - 1 / 2.2) < 0.02
    if has_usual_curve and np.allclose(primaries, _SRGB, atol=0.02):
        return None
    if gamma is None:
        return Coding(primaries, white)
    return Coding(primaries, white, Curve.GAMMA, 1 / gamma)


def _by_numbers(primaries: int, curve: int) -> Coding | None:
    known = _BY_NUMBER.get(primaries, _SRGB)
    match curve:
        case 16:
            return Coding(known, curve=Curve.PQ)
        case 18:
            return Coding(known, curve=Curve.HLG)
        case 4 | 5 | 8:
            return Coding(known, curve=Curve.GAMMA, gamma=_GAMMAS[curve])
        case _:
            return None if known is _SRGB else Coding(known)


@lru_cache(maxsize=8)
def _light(curve: Curve, gamma: float) -> Floats:
    """The light of each number from 0 to 255, white being 1."""
    value = np.linspace(0, 1, 256)
    match curve:
        case Curve.SRGB:
            light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
        case Curve.GAMMA:
            light = value**gamma
        case Curve.PQ:  # SMPTE ST 2084
            root = value ** (32 / 2523)
            light = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (
                8192 / 1305
            )
            light *= 10_000 / _WHITE_NITS
        case Curve.HLG:  # ITU-R BT.2100, scene light
            a, b, c = 0.17883277, 0.28466892, 0.55991073
            light = np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12)
    return light.astype(np.float32)


@lru_cache(maxsize=8)
def _matrix(primaries: tuple[Point, ...], white: Point) -> Floats:
    """From light of these primaries to that of sRGB's; white stays white."""
    into = np.linalg.inv(_to_xyz(_SRGB, _D65)) @ _to_xyz(primaries, white)
    return np.asarray(into / into.sum(axis=1, keepdims=True), np.float32)


def _to_xyz(primaries: tuple[Point, ...], white: Point) -> NDArray[np.float64]:
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    white_xyz = np.array([white[0] / white[1], 1.0, (1 - white[0] - white[1]) / white[1]])
    return columns * np.linalg.solve(columns, white_xyz)


def _tone(brightest: Floats) -> Floats:
    """By how much to multiply a pixel whose strongest colour is this light."""
    over = np.maximum(brightest - _SHOULDER, 0) / (1 - _SHOULDER)
    toned = np.minimum(brightest, _SHOULDER) + (1 - _SHOULDER) * (1 - np.exp(-over))
    return np.asarray(toned / np.maximum(brightest, 1e-6), np.float32)


def srgb_of_light(light: Floats) -> NDArray[np.uint8]:
    """sRGB's numbers for light of its own primaries, white being 1."""
    steps = np.rint(light.clip(0, 1) * _LIGHT_STEPS).astype(np.uint16)
    return np.asarray(_numbers()[steps], np.uint8)


@lru_cache(maxsize=1)
def _numbers() -> NDArray[np.uint8]:
    """sRGB's number for each step of light: a table, since a power for each pixel takes seconds."""
    light = np.linspace(0, 1, _LIGHT_STEPS + 1)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(value * 255), np.uint8)
