"""MNIST's four idx files: digits and their labels, checked before anything is trained on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from narrowcast.codec.idx_file import IdxError, read_idx, read_idx_labels

SIDE = 28
"""Pixels a side of a digit."""

CLASSES = 10
WHERE = "MNIST's four files (train-images-idx3-ubyte.gz and so on)"


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledDigits:
    """Digits and what they are."""

    pictures: NDArray[np.uint8]
    "[N, 28, 28], white on black"
    labels: NDArray[np.uint8]
    "[N], 0 to 9"

    def first(self, count: int) -> LabelledDigits:
        """The first so many."""
        return LabelledDigits(pictures=self.pictures[:count], labels=self.labels[:count])


@dataclass(frozen=True, kw_only=True, eq=False)
class DigitData:
    """What is trained on, and what is measured on."""

    train: LabelledDigits
    test: LabelledDigits


def load_digits(folder: Path) -> DigitData:
    """Read the four files, gzipped or not; IdxError says which is missing or wrong."""
    if not folder.is_dir():
        raise IdxError(f"there is no folder {folder}; name the one with {WHERE}")
    return DigitData(train=_load(folder, "train"), test=_load(folder, "t10k"))


def _load(folder: Path, part: str) -> LabelledDigits:
    pictures_path, labels_path = _find(folder, part, "images", 3), _find(folder, part, "labels", 1)
    pictures, labels = read_idx(pictures_path), read_idx_labels(labels_path)
    if pictures.shape[1:] != (SIDE, SIDE):
        height, width = pictures.shape[1:]
        raise IdxError(f"{pictures_path} has pictures of {width}x{height}; MNIST's are {SIDE}x{SIDE}")
    if len(pictures) != len(labels):
        raise IdxError(
            f"{pictures_path} has {len(pictures)} pictures and {labels_path} {len(labels)} labels; "
            "they have to be of one set"
        )
    if labels.max() >= CLASSES:
        raise IdxError(f"{labels_path} has the label {labels.max()}; digits are 0 to 9")
    return LabelledDigits(pictures=pictures, labels=labels)


def _find(folder: Path, part: str, what: str, dimensions: int) -> Path:
    name = f"{part}-{what}-idx{dimensions}-ubyte"
    for candidate in (name, f"{name}.gz", f"{part}-{what}.idx{dimensions}-ubyte"):
        if (folder / candidate).exists():
            return folder / candidate
    raise IdxError(f"{folder} lacks {name} (or {name}.gz); it takes {WHERE}")


def to_unit(pictures: NDArray[np.uint8]) -> Tensor:
    """Map uint8 [N, 28, 28] to float32 [N, 1, 28, 28] in [0, 1]."""
    return torch.from_numpy(pictures.astype(np.float32)).div(255)[:, None]


def to_bytes(pictures: Tensor) -> NDArray[np.uint8]:
    """Undo to_unit, to the nearest of 256 levels."""
    rounded: NDArray[np.uint8] = pictures.clamp(0, 1).mul(255).round().byte()[:, 0].cpu().numpy()
    return rounded
