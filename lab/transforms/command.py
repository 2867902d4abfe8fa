"""`narrowcast lab transforms PICTURE` from the settings to the chapter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch

from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.tables import Column
from narrowcast.codec import Rgb
from narrowcast.codec.metrics.fidelity import psnr
from narrowcast.lab.chapter import Chapter, make_folder
from narrowcast.lab.coders import entropy_bits
from narrowcast.lab.grids import amplified, labelled, write_rgb
from narrowcast.lab.pictures import lab_picture
from narrowcast.lab.settings import LabSettings, command_of
from narrowcast.lab.transforms.dct import (
    basis,
    block_dct,
    inverse_block_dct,
    jpeg_steps,
    keep_largest,
    quantised,
    to_picture,
    to_planes,
)
from narrowcast.lab.transforms.learned import equal_bits, impulse_responses
from narrowcast.lab.transforms.png import FILTERS, adaptive, deflated_bytes, residual, restored
from narrowcast.runtime.common_settings import parse_size
from narrowcast.runtime.settings import Setting
from narrowcast.sender.sources.spec import DEMO_CLIP

SHARES = (0.01, 0.03, 0.1, 0.3)
JPEG_QUALITIES = (10, 30, 50, 75, 90)
TILE = 320
SHOWN_LATENTS = 16
CHECKED = 64
"Pixels a side of the corner that is restored from what each filter leaves: a loop of Python's."


@dataclass(frozen=True, kw_only=True)
class TransformsSettings(LabSettings):
    """A picture."""

    picture: Annotated[Path, Setting(positional=True, metavar="PICTURE")] = DEMO_CLIP
    "picture, or a clip, of which the first picture is taken; by default the clip that comes with the package"
    size: Annotated[tuple[int, int] | None, Setting(metavar="WxH", parse=parse_size)] = None
    "width and height in pixels; by default the picture's own"


SETTINGS = TransformsSettings


@dataclass(frozen=True, kw_only=True)
class TransformRow:
    """A line of one of the tables."""

    name: str
    share: float | None = None
    size: float | None = None
    psnr: float | None = None
    bits: float | None = None


def run(settings: TransformsSettings) -> Chapter:
    """Take the picture apart in every way, write tables and pictures."""
    torch.set_num_threads(settings.threads)
    rgb, done = lab_picture(settings.picture, settings.size)
    height, width = (side // 16 * 16 for side in rgb.shape[:2])
    rgb = np.ascontiguousarray(rgb[:height, :width])
    chapter = Chapter(
        name="transforms", folder=make_folder(settings.out), command=command_of("transforms", settings)
    )
    with Listener() as listener:
        if done:
            listener.notice(done)
    chapter.facts |= {"picture": settings.picture.name, "size": f"{width}x{height}", "done": done}
    _kept(chapter, rgb)
    _jpeg(chapter, rgb)
    _png(chapter, rgb)
    _learned(chapter, rgb, settings.threads)
    chapter.save()
    return chapter


def _kept(chapter: Chapter, rgb: Rgb) -> None:
    """What the largest coefficients are enough for."""
    blocks = block_dct(to_planes(rgb))
    pictures: dict[str, Rgb] = {}
    rows = []
    for share in SHARES:
        picture = to_picture(inverse_block_dct(keep_largest(blocks, share)))
        score = psnr(rgb, [picture])[0]
        pictures[f"{share:.0%} kept, {score:.1f} dB"] = picture
        energy = float(np.square(keep_largest(blocks, share)).sum() / np.square(blocks).sum())
        rows.append(TransformRow(name=f"{share:.0%}", psnr=score, share=energy))
    columns = [
        Column("kept", "name"),
        Column("energy kept", "share", ".2%"),
        Column("PSNR dB", "psnr", ".2f"),
    ]
    chapter.table("dct", "The largest coefficients of an 8x8 DCT", columns, rows)
    write_rgb(
        chapter.figure("dct", "A few of the DCT's coefficients."), labelled(pictures, columns=2, width=TILE)
    )


def _jpeg(chapter: Chapter, rgb: Rgb) -> None:
    """JPEG's quantiser by hand on luma, and libjpeg's file of the same plane."""
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    blocks = block_dct(grey[None].astype(np.float64) - 128)
    rows = []
    for quality in JPEG_QUALITIES:
        steps = jpeg_steps(quality)
        levels = quantised(blocks, steps)
        ours = np.clip(
            np.rint(inverse_block_dct(np.asarray(levels * steps, np.float64)) + 128), 0, 255
        ).astype(np.uint8)[0]
        file = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        theirs = np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)
        rows.append(
            TransformRow(
                name=str(quality),
                share=float((levels == 0).mean()),
                psnr=psnr(grey, [ours])[0],
                bits=psnr(grey, [theirs])[0],
                size=float(file.size),
            )
        )
    columns = [
        Column("quality", "name"),
        Column("levels that are 0", "share", ".1%"),
        Column("PSNR dB, by hand", "psnr", ".2f"),
        Column("PSNR dB, libjpeg", "bits", ".2f"),
        Column("bytes of libjpeg's file", "size", ".0f"),
    ]
    chapter.table("jpeg", "JPEG's quantiser on luma: the table of Annex K, scaled", columns, rows)


def _png(chapter: Chapter, rgb: Rgb) -> None:
    """PNG's filters, each by itself, and the choice of one a row."""
    rows, pictures = [], {}
    for number, name in enumerate(FILTERS):
        part = rgb[:CHECKED, :CHECKED]
        assert np.array_equal(restored(residual(part, name), name), part), f"{name} lost something"
        filtered = residual(rgb, name)
        rows.append(_png_row(name, filtered, deflated_bytes(filtered, number)))
        if number:
            pictures[name] = amplified(filtered.view(np.int8), 3.0)
    filtered, chosen = adaptive(rgb)
    rows.append(_png_row("one a row", filtered, deflated_bytes(filtered, chosen)))
    file = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9])[1]
    rows.append(TransformRow(name="libpng's file", size=float(file.size)))
    columns = [
        Column("filter", "name"),
        Column("entropy, bits a sample", "bits", ".2f"),
        Column("bytes after DEFLATE", "size", ",.0f"),
    ]
    chapter.table("png", "PNG's filters: prediction, not transform", columns, rows)
    caption = "What PNG's filters leave, three times amplified around grey."
    write_rgb(chapter.figure("png", caption), labelled(pictures, columns=2, width=TILE))


def _png_row(name: str, filtered: Rgb, size: int) -> TransformRow:
    return TransformRow(name=name, bits=entropy_bits(filtered) / filtered.size, size=float(size))


def _learned(chapter: Chapter, rgb: Rgb, threads: int) -> None:
    """The learned transform and the DCT at equal bits; the patterns of both."""
    rows = equal_bits(rgb, threads)
    pixels = rgb.shape[0] * rgb.shape[1]
    columns = [
        Column("gan quality", "quality", ".1f"),
        Column("codec", "codec"),
        Column("bytes", "payload_bytes", ",.0f"),
        Column("bits a pixel", lambda row: 8 * row.payload_bytes / pixels, ".3f"),
        Column("PSNR dB", "psnr", ".2f"),
        Column("realism", "realism", ".2f"),
    ]
    chapter.table("equal", "Learned transform and DCT at equal bits", columns, rows)
    lowest = [row for row in rows if row.quality == rows[0].quality]
    pictures = {f"{row.codec}, {row.payload_bytes:.0f} bytes": row.picture for row in lowest}
    path = chapter.figure("equal", "The same bits, in the learned transform and in the DCT.")
    write_rgb(path, labelled(pictures | {"original": rgb}, columns=2, width=TILE))
    dct = basis()
    tiles = {
        f"DCT {u},{v}": amplified(dct[u, v] * 255, 1.5)
        for u, v in ((0, 0), (0, 1), (1, 0), (2, 2), (0, 5), (5, 0), (4, 4), (7, 7))
    }
    learned = impulse_responses(SHOWN_LATENTS)[:, 16:-16, 16:-16]
    tiles |= {f"latent {channel}": amplified(255 * response, 1.5) for channel, response in enumerate(learned)}
    path = chapter.figure("basis", "Patterns of the DCT, and what single latents paint.")
    write_rgb(path, labelled(tiles, columns=8, width=96))
