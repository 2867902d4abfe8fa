"""`narrowcast bench codec`: whether the codec is exact, and what still scenes and inter frames cost."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.clips import Clip, find_clips, load_clip
from narrowcast.benchmark.codec.cost import CostRow, measure_cost
from narrowcast.benchmark.codec.exactness import ExactnessRow, measure_exactness
from narrowcast.benchmark.codec.static import StaticResult, measure_static
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Results, json_rows
from narrowcast.benchmark.settings import PictureSettings
from narrowcast.benchmark.tables import Column, TableView, fact_table
from narrowcast.codec import Rgb
from narrowcast.errors import BenchError
from narrowcast.runtime.common_settings import POSITIVE
from narrowcast.runtime.settings import Setting


@dataclass(frozen=True, kw_only=True)
class CodecSettings(PictureSettings):
    """One run: which clips and photo, at what quality, how many frames."""

    clips: Annotated[tuple[Path, ...], Setting(positional=True, metavar="CLIP")]
    "clip or a folder of them"
    photo: Annotated[Path | None, Setting(metavar="FILE")] = None
    "what the static camera sees; by default the first clip's first frame"
    frames: Annotated[int, POSITIVE] = 300
    "of footage and of the static camera"
    clip_frames: Annotated[int, POSITIVE] = 40
    "of each clip for what inter frames cost, at most"
    quality: Annotated[float, Setting(minimum=0, maximum=1)] = 0.3
    "as given to the encoder"
    noise: Annotated[float, Setting(minimum=0, maximum=100)] = 2.0
    "sigma of the static camera's sensor noise, in levels"
    threads: Annotated[int, POSITIVE] = field(default_factory=lambda: min(2, os.cpu_count() or 1))
    "CPU threads of the default backend"


def measure(settings: CodecSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield how exact the codec is, then the static camera, then what each clip costs."""
    # Imported here: they bring torch, which --help has to do without.
    from narrowcast.benchmark.codec.backends import make_decoder, make_encoder, variants_here
    from narrowcast.codec.weights_file import SHIPPED

    paths = find_clips(list(settings.clips))
    variants = variants_here(settings.threads)
    footage = _footage(paths, settings)
    size = settings.size
    listener.begin(2 + len(paths))
    yield from measure_exactness(footage, variants, settings.quality, SHIPPED, listener.activity)
    listener.step(1)

    listener.activity(f"static camera: {settings.frames} frames")
    yield measure_static(
        footage[0] if settings.photo is None else _load(settings.photo, settings, 1).frames[0],
        make_encoder(variants[0], *size, SHIPPED),
        make_decoder(variants[0], *size, SHIPPED),
        quality=settings.quality,
        noise=settings.noise,
        frames=settings.frames,
        fps=settings.fps,
    )
    listener.step(1)
    for path in paths:
        listener.activity(f"inter frames: {path.name}")
        clip = _load(path, settings, settings.clip_frames)
        yield measure_cost(clip, make_encoder(variants[0], *size, SHIPPED), settings.quality)
        listener.step(1)


def _footage(paths: list[Path], settings: CodecSettings) -> list[Rgb]:
    """Take as many frames as asked for from the clips, one clip after the other, cuts and all."""
    frames: list[Rgb] = []
    for path in paths:
        if len(frames) < settings.frames:
            frames += _load(path, settings, settings.frames - len(frames)).frames
    return frames


def _load(path: Path, settings: CodecSettings, frames: int) -> Clip:
    return load_clip(path, width=settings.width, height=settings.height, fps=settings.fps, max_frames=frames)


def tables(results: Results[CodecSettings]) -> Iterator[TableView | str]:
    """Show what was measured, in the order of measuring."""
    quality = results.settings.quality
    if exactness := results.of(ExactnessRow):
        yield TableView(
            title="exactness: equal reference states",
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


def is_exact(results: Results[CodecSettings]) -> bool:
    """Whether the reference states were equal after every frame."""
    return all(row.equal == row.frames for row in results.of(ExactnessRow))


def content(results: Results[CodecSettings]) -> Mapping[str, object]:
    """Return the model and what was measured of it for the JSON file."""
    from narrowcast.codec.latent.manifest import load_manifest

    static = json_rows(results.of(StaticResult))
    return {
        "model_id": load_manifest().model_id,
        "quality": results.settings.quality,
        "exactness": json_rows(results.of(ExactnessRow)),
        "static": static[0] if static else None,
        "costs": json_rows(results.of(CostRow)),
        "exact": is_exact(results),
    }


def finish(results: Results[CodecSettings]) -> None:
    """Fail where the codec is not exact on this machine."""
    if not is_exact(results):
        raise BenchError("the reference states differ: these backends cannot be mixed; please report this")


BENCHMARK = Benchmark(
    settings=CodecSettings,
    measure=measure,
    row=CostRow,
    tables=tables,
    content=content,
    finish=finish,
    may_be_empty=True,
)
