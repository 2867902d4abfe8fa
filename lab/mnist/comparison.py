"""MNIST as compression: every codec's bytes a digit, and what was decoded, judged in four ways."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import nn

from narrowcast.codec.lzw_codes import lzw_codes, pack_lzw
from narrowcast.codec.metrics.fidelity import SSIM_C1, SSIM_C2, SSIM_SIGMA, SSIM_WINDOW
from narrowcast.codec.prefix_code import huffman_code
from narrowcast.lab.mnist.digits import SIDE, LabelledDigits, to_unit

Pictures = NDArray[np.uint8]
"[N, 28, 28]"

JPEG_QUALITIES = (1, 5, 10, 20, 50, 75, 90)
WEBP_QUALITIES = (1, 5, 10, 20, 50, 75, 90)

CELL = 32
"""On the sheet of all digits each has 32x32 pixels: whole blocks of 8x8 of its own, best for JPEG."""

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Judges:
    """Who looks at decoded digits."""

    classifier: nn.Module
    "digits to logits of the classes; never trained on"
    discriminator: nn.Module
    "digits to logits"


@dataclass(frozen=True, kw_only=True, eq=False)
class DigitScores:
    """What decoded digits are worth, digit by digit, [N] each."""

    mse: NDArray[np.float64]
    ssim: NDArray[np.float64]
    right: NDArray[np.float64]
    "1 where the classifier names the digit"
    score: NDArray[np.float64]
    "the discriminator's logit"

    @property
    def psnr(self) -> float | None:
        """In dB, of the mean squared error over all digits; None for lossless ones."""
        mean = float(self.mse.mean())
        return 10 * math.log10(255**2 / mean) if mean else None


@dataclass(frozen=True, kw_only=True, eq=False)
class CodecRow:
    """One codec at one setting."""

    codec: str
    setting: str
    alone: float
    "bytes a digit, each digit a file of its own"
    together: float
    "bytes a digit, all of them in one file or stream"
    pictures: Pictures
    "decoded"
    scores: DigitScores

    @property
    def accuracy(self) -> float:
        """Share of digits that the classifier names."""
        return float(self.scores.right.mean())


@torch.no_grad()
def judged(originals: LabelledDigits, decoded: Pictures, judges: Judges) -> DigitScores:
    """Compare decoded digits with their originals."""
    right, score = [], []
    for start in range(0, len(decoded), BATCH):
        digits = to_unit(decoded[start : start + BATCH])
        right.append(judges.classifier(digits).argmax(dim=1).numpy())
        score.append(judges.discriminator(digits).numpy())
    difference = originals.pictures.astype(np.float64) - decoded
    return DigitScores(
        mse=np.square(difference).mean(axis=(1, 2)),
        ssim=ssim(originals.pictures, decoded),
        right=(np.concatenate(right) == originals.labels).astype(np.float64),
        score=np.concatenate(score).astype(np.float64),
    )


def ssim(a: Pictures, b: Pictures) -> NDArray[np.float64]:
    """Structural similarity (Wang et al. 2004) of each pair of digits, [N]."""
    x, y = a.astype(np.float32), b.astype(np.float32)
    mean_x, mean_y = _blur(x), _blur(y)
    variance_x, variance_y = _blur(x * x) - mean_x**2, _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + SSIM_C1) / (mean_x**2 + mean_y**2 + SSIM_C1)
    structure = (2 * covariance + SSIM_C2) / (variance_x + variance_y + SSIM_C2)
    return np.asarray((luminance * structure).mean(axis=(1, 2)), np.float64)


def _blur(pictures: NDArray[np.float32]) -> NDArray[np.float64]:
    """Gaussian means where the window lies inside a digit; digits lie one below the other in one picture."""
    tall = pictures.reshape(-1, SIDE)
    edge = SSIM_WINDOW // 2
    blurred = cv2.GaussianBlur(tall, (SSIM_WINDOW, SSIM_WINDOW), SSIM_SIGMA).reshape(-1, SIDE, SIDE)
    return np.asarray(blurred[:, edge:-edge, edge:-edge], np.float64)


def picture_rows(test: LabelledDigits, judges: Judges) -> Iterator[CodecRow]:
    """JPEG and WebP at each quality, then what loses nothing: WebP lossless and PNG."""
    plans = [
        ("JPEG", ".jpg", cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITIES, [cv2.IMWRITE_JPEG_OPTIMIZE, 1]),
        ("WebP", ".webp", cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITIES, []),
        ("WebP lossless", ".webp", cv2.IMWRITE_WEBP_QUALITY, (101,), []),
        ("PNG", ".png", cv2.IMWRITE_PNG_COMPRESSION, (9,), []),
    ]
    for codec, suffix, flag, qualities, fixed in plans:
        for quality in qualities:
            sheet = _as_sheet(test.pictures)
            data = _coded(suffix, sheet, [flag, quality, *fixed])
            opened = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
            decoded = _from_sheet(opened, len(test.pictures))
            files = [_coded(suffix, digit, [flag, quality, *fixed]).size for digit in test.pictures]
            yield CodecRow(
                codec=codec,
                setting=f"q {quality}" if len(qualities) > 1 else "lossless",
                alone=float(np.mean(files)),
                together=data.size / len(test.pictures),
                pictures=decoded,
                scores=judged(test, decoded, judges),
            )


def _coded(suffix: str, picture: Pictures, parameters: list[int]) -> NDArray[np.uint8]:
    written, data = cv2.imencode(suffix, picture, parameters)
    assert written, f"OpenCV did not encode {suffix}"
    return np.asarray(data, np.uint8).ravel()


def _as_sheet(pictures: Pictures) -> Pictures:
    """All digits in one picture, each in the middle of its cell."""
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = -(-len(pictures) // columns)
    edge = (CELL - SIDE) // 2
    cells = np.zeros((rows * columns, CELL, CELL), np.uint8)
    cells[: len(pictures), edge:-edge, edge:-edge] = pictures
    return np.ascontiguousarray(
        cells.reshape(rows, columns, CELL, CELL).swapaxes(1, 2).reshape(rows * CELL, columns * CELL)
    )


def _from_sheet(sheet: Pictures, count: int) -> Pictures:
    rows, columns, edge = sheet.shape[0] // CELL, sheet.shape[1] // CELL, (CELL - SIDE) // 2
    cells = sheet.reshape(rows, CELL, columns, CELL).swapaxes(1, 2).reshape(-1, CELL, CELL)
    return np.ascontiguousarray(cells[:count, edge:-edge, edge:-edge])


def entropy_rows(train: LabelledDigits, test: LabelledDigits, judges: Judges) -> Iterator[CodecRow]:
    """Huffman and LZW of the pixels themselves: entropy coding without any transform or prediction."""
    scores = judged(test, test.pictures, judges)
    code = huffman_code(np.bincount(train.pictures.ravel(), minlength=256) + 1)
    bits = code.lengths[test.pictures].sum(axis=(1, 2), dtype=np.int64)
    yield CodecRow(
        codec="Huffman",
        setting="table of the training set",
        alone=float(((bits + 7) // 8).mean()),
        together=float(bits.sum() / 8 / len(bits)),
        pictures=test.pictures,
        scores=scores,
    )
    alone = [len(pack_lzw(lzw_codes(digit.tobytes()))) for digit in test.pictures]
    yield CodecRow(
        codec="LZW",
        setting="of the pixels",
        alone=float(np.mean(alone)),
        together=len(pack_lzw(lzw_codes(test.pictures.tobytes()))) / len(test.pictures),
        pictures=test.pictures,
        scores=scores,
    )


@dataclass(frozen=True, kw_only=True)
class RankAgreement:
    """How far the discriminator's score orders digits as a measure does: Spearman's rank correlation."""

    measure: str
    over_settings: float
    "of the means of each codec and setting"
    over_digits: float
    "of single digits, over all lossy settings"


def agreement(rows: list[CodecRow]) -> list[RankAgreement]:
    """Correlate the score with PSNR, SSIM and accuracy; lossy rows only: the others are all equal."""
    lossy = [row.scores for row in rows if row.scores.psnr is not None]
    score = np.concatenate([scores.score for scores in lossy])
    measures = {
        "PSNR": [-scores.mse for scores in lossy],
        "SSIM": [scores.ssim for scores in lossy],
        "accuracy": [scores.right for scores in lossy],
    }
    means = [scores.score.mean() for scores in lossy]
    return [
        RankAgreement(
            measure=name,
            over_settings=float(spearmanr(means, [value.mean() for value in values]).statistic),
            over_digits=float(spearmanr(score, np.concatenate(values)).statistic),
        )
        for name, values in measures.items()
    ]
