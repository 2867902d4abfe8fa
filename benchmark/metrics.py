"""Every metric that a benchmark scores, by its name: what tables and plots know of it, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from narrowcast.codec import Rgb
from narrowcast.codec.metrics.fidelity import MS_SSIM_MIN_SIDE, ms_ssim, psnr

if TYPE_CHECKING:
    import torch


class Metric(Protocol):
    """Scores pictures against one reference of the same size."""

    def __call__(self, reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
        """Return one score a candidate."""
        ...


@dataclass(frozen=True, kw_only=True)
class MetricInfo:
    """What tables, plots and BD-rate have to know about a metric."""

    name: str
    "as on the command line and in JSON"
    label: str
    "as in tables and plots"
    higher_is_better: bool
    "whether the best picture has the largest score"
    decimals: int
    "digits that mean something"
    load: Callable[[Path | None, torch.device], Metric]
    "makes it from the folder of weights; WeightsMissingError where that lacks what it needs"
    min_side: int = 64
    "pixels that pictures need each way"
    costly: bool = False
    "looks through VGG16, which takes a second a picture on two cores"


def _without_weights(metric: Metric) -> Callable[[Path | None, torch.device], Metric]:
    return lambda weights_dir, device: metric


def _through_network(name: str) -> Callable[[Path | None, torch.device], Metric]:
    def load(weights_dir: Path | None, device: torch.device) -> Metric:
        # Imported here, as below: the names are needed by --help, which has to come without torch.
        from narrowcast.codec.layers import place
        from narrowcast.codec.metrics.dists import dists
        from narrowcast.codec.metrics.lpips import lpips_alex, lpips_vgg

        make = {"lpips_alex": lpips_alex, "lpips_vgg": lpips_vgg, "dists": dists}[name]
        return place(make(weights_dir), device).score

    return load


def _load_realism(weights_dir: Path | None, device: torch.device) -> Metric:
    """Score without the reference, by the discriminator that ships; needs no folder of weights."""
    from narrowcast.codec.metrics.realism import load_realism, realism

    load_realism()  # says here, not in the middle of a run, if it is missing
    return lambda reference, candidates: [realism(candidate) for candidate in candidates]


METRICS: dict[str, MetricInfo] = {
    info.name: info
    for info in (
        MetricInfo(
            name="psnr", label="PSNR dB", higher_is_better=True, decimals=2, load=_without_weights(psnr)
        ),
        MetricInfo(
            name="ms_ssim",
            label="MS-SSIM",
            higher_is_better=True,
            decimals=4,
            load=_without_weights(ms_ssim),
            min_side=MS_SSIM_MIN_SIDE,
        ),
        MetricInfo(
            name="lpips_alex",
            label="LPIPS-Alex",
            higher_is_better=False,
            decimals=3,
            load=_through_network("lpips_alex"),
        ),
        MetricInfo(
            name="lpips_vgg",
            label="LPIPS-VGG",
            higher_is_better=False,
            decimals=3,
            load=_through_network("lpips_vgg"),
            costly=True,
        ),
        MetricInfo(
            name="dists",
            label="DISTS",
            higher_is_better=False,
            decimals=3,
            load=_through_network("dists"),
            costly=True,
        ),
        MetricInfo(name="realism", label="realism", higher_is_better=True, decimals=2, load=_load_realism),
    )
}
"""Every metric by name, in the order of the tables."""


def load_metrics(
    names: Iterable[str], weights_dir: Path | None, device: torch.device, notice: Callable[[str], None]
) -> dict[str, Metric]:
    """Load what can be, by name; what cannot gets a line."""
    from narrowcast.codec.metrics.networks import WeightsMissingError

    loaded: dict[str, Metric] = {}
    for name in names:
        try:
            loaded[name] = METRICS[name].load(weights_dir, device)
        except WeightsMissingError as error:
            notice(f"{METRICS[name].label} left out: {error.on_command_line()}")
    return loaded
