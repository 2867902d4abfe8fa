"""`narrowcast bench codec`: is the codec exact, what does stillness cost, and what do inter frames."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.benchmark import Benchmark
from benchmark.clips import Clip, find_clips, load_clip
from benchmark.codec.backends import make_decoder, make_encoder, ways_here
from benchmark.codec.cost import CostRow, measure_cost
from benchmark.codec.exactness import ExactnessRow, measure_exactness
from benchmark.codec.static import StaticResult, measure_static
from benchmark.options import PictureOptions, above_zero, between, option
from benchmark.progress import Listener
from benchmark.results import Results, json_rows
from benchmark.tables import Column, TableView, fact_table
from codec import Rgb
from codec.checkpoint import SHIPPED, load_manifest
from narrowcast.errors import BenchError


@dataclass(frozen=True, kw_only=True)
class CodecOptions(PictureOptions):
    """One run: which clips and photo, at what quality, how many frames."""

    clips: tuple[Path, ...] = option(positional="+", metavar="CLIP", help="clip or a folder of them")
    photo: Path | None = option(
        None, metavar="FILE", help="what the static camera sees (default: the first clip's first frame)"
    )
    frames: int = option(300, help="of footage and of the static camera", check=above_zero)
    clip_frames: int = option(40, help="of each clip for what inter frames cost, at most", check=above_zero)
    quality: float = option(0.3, help="as given to the encoder, 0 to 1", check=between(0, 1))
    noise: float = option(2.0, help="sigma of the sensor noise, in levels", check=between(0, 100))
    threads: int = option(
        lambda: min(2, os.cpu_count() or 1), help="CPU threads of the default backend", check=above_zero
    )


def measure(options: CodecOptions, listener: Listener) -> Generator[object, None, None]:
    """Yield how exact the codec is, then the static camera, then what each clip costs."""
    paths = find_clips(list(options.clips))
    ways = ways_here(options.threads)
    footage = _footage(paths, options)
    size = options.size
    listener.begin(2 + len(paths))
    yield from measure_exactness(footage, ways, options.quality, SHIPPED, listener.activity)
    listener.step(1)

    listener.activity(f"static camera: {options.frames} frames")
    yield measure_static(
        footage[0] if options.photo is None else _load(options.photo, options, 1).frames[0],
        make_encoder(ways[0], *size, SHIPPED),
        make_decoder(ways[0], *size, SHIPPED),
        quality=options.quality,
        noise=options.noise,
        frames=options.frames,
        fps=options.fps,
    )
    listener.step(1)
    for path in paths:
        listener.activity(f"inter frames: {path.name}")
        clip = _load(path, options, options.clip_frames)
        yield measure_cost(clip, make_encoder(ways[0], *size, SHIPPED), options.quality)
        listener.step(1)


def _footage(paths: list[Path], options: CodecOptions) -> list[Rgb]:
    """Take as many frames as asked for from the clips, one clip after the other, cuts and all."""
    frames: list[Rgb] = []
    for path in paths:
        if len(frames) < options.frames:
            frames += _load(path, options, options.frames - len(frames)).frames
    return frames


def _load(path: Path, options: CodecOptions, frames: int) -> Clip:
    return load_clip(path, width=options.width, height=options.height, fps=options.fps, max_frames=frames)


def tables(results: Results[CodecOptions]) -> Iterator[TableView | str]:
    """Show what was measured, in the order of measuring."""
    quality = results.options.quality
    if exactness := results.of(ExactnessRow):
        yield TableView(
            title="exactness: equal histories",
            columns=(
                Column("coded with", "encoder"),
                Column("decoded with", "decoder"),
                Column("equal frames", lambda row: f"{row.equal} of {row.frames}", ">"),
                Column("error", "error"),
            ),
            rows=exactness,
        )
    for static in results.of(StaticResult):
        yield static_table(static, quality)
    if costs := results.of(CostRow):
        yield TableView(
            title=f"inter frames beside keyframes, q = {quality:g}",
            columns=(
                Column("clip", "clip"),
                Column("frames", "frames", "d"),
                Column("stands still", "still", ".0%"),
                Column("keyframes", "keyframes", "d"),
                Column("bytes of one", "keyframe_bytes", ".0f"),
                Column("bytes of an inter frame", "inter_bytes", ".0f"),
                Column("ratio", "ratio", ".0%"),
            ),
            rows=costs,
        )


def static_table(result: StaticResult, quality: float) -> TableView:
    """Show what the static camera's stream was like."""
    clean = f"{result.psnr_tenth_clean:.2f} -> {result.psnr_last_clean:.2f} dB"
    return fact_table(
        f"static camera, noise of sigma {result.noise:g}, {result.frames} frames, q = {quality:g}",
        (
            ("keyframe", f"{result.keyframe_bytes} bytes"),
            ("frames after the first second, mean", f"{result.mean_bytes:.0f} bytes"),
            ("largest of them", f"{result.largest_bytes} bytes"),
            ("of these skip frames", f"{result.skipped}"),
            ("PSNR, tenth -> last", f"{result.psnr_tenth:.2f} -> {result.psnr_last:.2f} dB"),
            ("the same against the photo without noise", clean),
        ),
    )


def is_exact(results: Results[CodecOptions]) -> bool:
    """Whether every history was equal after every frame."""
    return all(row.equal == row.frames for row in results.of(ExactnessRow))


def content(results: Results[CodecOptions]) -> Mapping[str, object]:
    """Return the model and what was measured of it for the JSON file."""
    static = json_rows(results.of(StaticResult))
    return {
        "model_id": load_manifest(SHIPPED).model_id,
        "quality": results.options.quality,
        "exactness": json_rows(results.of(ExactnessRow)),
        "static": static[0] if static else None,
        "costs": json_rows(results.of(CostRow)),
        "exact": is_exact(results),
    }


def finish(results: Results[CodecOptions]) -> None:
    """Fail where the codec is not exact on this machine."""
    if not is_exact(results):
        raise BenchError("the histories differ: these backends cannot talk to each other; please report this")


BENCHMARK = Benchmark(
    options=CodecOptions,
    measure=measure,
    row=CostRow,
    tables=tables,
    content=content,
    finish=finish,
    may_be_empty=True,
)
