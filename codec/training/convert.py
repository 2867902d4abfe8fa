"""From the generator's weights to the models that receivers run without torch."""

from __future__ import annotations

from pathlib import Path

from narrowcast.codec.backends import convert
from narrowcast.codec.hybrid.converted import FLOAT, save_converted
from narrowcast.codec.hybrid.restoration_network import step_shapes
from narrowcast.codec.hybrid.restoration_step import RestorationStep
from narrowcast.codec.hybrid.weights import load_restoration

_TRACED = 64
"Pixels a side of the picture that the conversion is traced with; the model takes any size."


def convert_restoration(folder: Path) -> None:
    """Write OpenVINO's model beside the generator's weights; BackendError where it is not installed."""
    step = RestorationStep(load_restoration(folder)).eval()
    save_converted(folder, FLOAT, convert(step, step_shapes(_TRACED, _TRACED)))
