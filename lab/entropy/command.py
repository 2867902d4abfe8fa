"""`narrowcast lab entropy CLIP` from the settings to the chapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from narrowcast.benchmark.plots import Axis, Bar, BarPanel, Curve, CurvePanel, Plot, draw_plot
from narrowcast.benchmark.tables import Column
from narrowcast.lab.chapter import Chapter, make_folder
from narrowcast.lab.coders import CoderResult
from narrowcast.lab.entropy.coders import NAMES, clip_coders, row_costs
from narrowcast.lab.entropy.symbols import CodedClip, coded_clip
from narrowcast.lab.pictures import FPS, lab_clip
from narrowcast.lab.settings import ClipSettings, command_of
from narrowcast.runtime.settings import Setting


@dataclass(frozen=True, kw_only=True)
class EntropySettings(ClipSettings):
    """A clip, and how it is coded."""

    quality: Annotated[float, Setting(minimum=0, maximum=1)] = 0.5
    "fewest bits or best picture"


SETTINGS = EntropySettings


def run(settings: EntropySettings) -> Chapter:
    """Code the clip, read its symbols, try every coder, write tables and pictures."""
    chapter = Chapter(
        name="entropy", folder=make_folder(settings.out), command=command_of("entropy", settings)
    )
    frames = lab_clip(settings.clip, settings.size, settings.frames).frames
    clip = coded_clip(frames, settings.quality, settings.threads)
    results = list(clip_coders(clip))
    pixels = len(frames) * settings.size[0] * settings.size[1]
    _tables(chapter, results, pixels, len(frames))
    ranged = next(result for result in results if result.name == NAMES["range"])
    chapter.facts |= {
        "clip": settings.clip.name,
        "frames": str(len(frames)),
        "size": f"{settings.size[0]}x{settings.size[1]}",
        "symbols": f"{clip.values.size:,}",
        "zeros": f"{(clip.values == 0).mean():.1%}",
        "payload_bpp": f"{8 * clip.payload_bytes / pixels:.4f}",
        "range_bpp": f"{ranged.bits / pixels:.4f}",
    }
    _pictures(chapter, results, clip, pixels)
    chapter.save()
    return chapter


def _tables(chapter: Chapter, results: Sequence[CoderResult], pixels: int, frames: int) -> None:
    ranged = next(result.bits for result in results if result.name == NAMES["range"])
    columns = [
        Column("coder", "name"),
        Column("bits a pixel", lambda result: result.bits / pixels, ".4f"),
        Column("of the range coder's", lambda result: result.bits / ranged, ".0%"),
        Column("kbit/s at 15 fps", lambda result: result.bits / frames * FPS / 1000, ".0f"),
        Column("encode, ms a frame", lambda result: _millis(result.encode_s, frames), ".1f"),
        Column("decode, ms a frame", lambda result: _millis(result.decode_s, frames), ".1f"),
    ]
    chapter.table("coders", "Entropy coders on the GAN codec's latents", columns, results)


def _millis(seconds: float | None, frames: int) -> float | None:
    return None if seconds is None else 1000 * seconds / frames


def _pictures(chapter: Chapter, results: Sequence[CoderResult], clip: CodedClip, pixels: int) -> None:
    bars = [
        Bar(label=result.name, parts={"bits": result.bits / pixels}, text=f"{result.bits / pixels:.3f}")
        for result in results
    ]
    panel = BarPanel(title="bits a pixel", bars=bars, colours={"bits": "C0"})
    path = chapter.figure("coders", "The same latents under each coder.")
    draw_plot(Plot(rows=[[panel]], panel_width_in=8, row_heights_in=[3.6]), path)
    costs = row_costs(clip.tables)
    curves = [
        Curve(
            label="entropy H of the row: what the range coder needs",
            points=[(s, h) for s, h, _ in costs],
            strong=True,
        ),
        Curve(label="Huffman's mean length L", points=[(s, length) for s, _, length in costs]),
        Curve(label="H + 1", points=[(s, h + 1) for s, h, _ in costs], limit=True),
    ]
    rows = CurvePanel(
        title="one symbol of each table row",
        curves=curves,
        x=Axis(title="sigma of the row, in quantiser steps", log_base=2),
        y=Axis(title="bits a symbol"),
        legend=True,
    )
    path = chapter.figure("rows", "H <= L < H + 1, and where a symbol is nearly certain L stays at 1.")
    draw_plot(Plot(rows=[[rows]], panel_width_in=7, row_heights_in=[3.4]), path)
