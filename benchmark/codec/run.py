"""One run of `narrowcast bench codec`: clips in, results out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmark.clips import find_clips, load_clip
from benchmark.codec.backends import make_decoder, make_encoder, ways_here
from benchmark.codec.config import CodecBenchConfig
from benchmark.codec.cost import measure_cost
from benchmark.codec.exactness import measure_exactness
from benchmark.codec.results import CodecResults
from benchmark.codec.static import measure_static
from codec import Rgb
from codec.checkpoint import SHIPPED, load_manifest


def run_codec_bench(
    config: CodecBenchConfig, activity: Callable[[str], None], *, weights: Path = SHIPPED
) -> CodecResults:
    """Measure everything; ClipError where a clip cannot be read."""
    paths = find_clips(list(config.clips))
    ways = ways_here(config.threads)
    results = CodecResults(model_id=load_manifest(weights).model_id, quality=config.quality)
    footage = _footage(paths, config)
    results.exactness = measure_exactness(footage, ways, config.quality, weights, activity)

    activity(f"static camera: {config.frames} frames")
    size = config.width, config.height
    results.static = measure_static(
        _photo(config, footage),
        make_encoder(ways[0], *size, weights),
        make_decoder(ways[0], *size, weights),
        quality=config.quality,
        noise=config.noise,
        frames=config.frames,
        fps=config.fps,
    )
    for path in paths:
        activity(f"inter frames: {path.name}")
        clip = load_clip(
            path, width=config.width, height=config.height, fps=config.fps, max_frames=config.clip_frames
        )
        results.costs.append(measure_cost(clip, make_encoder(ways[0], *size, weights), config.quality))
    return results


def _footage(paths: list[Path], config: CodecBenchConfig) -> list[Rgb]:
    """Take as many frames as asked for from the clips, one clip after the other, cuts and all."""
    frames: list[Rgb] = []
    for path in paths:
        wanted = config.frames - len(frames)
        if wanted > 0:
            clip = load_clip(
                path, width=config.width, height=config.height, fps=config.fps, max_frames=wanted
            )
            frames += clip.frames
    return frames


def _photo(config: CodecBenchConfig, footage: list[Rgb]) -> Rgb:
    if config.photo is None:
        return footage[0]
    photo = load_clip(config.photo, width=config.width, height=config.height, fps=config.fps, max_frames=1)
    return photo.frames[0]
