"""From the generator's weights to the models that receivers run without torch: as they are, and in 8 bits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.backends import convert
from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid.converted import FLOAT, INT8, converted_model, save_converted
from narrowcast.codec.hybrid.restoration_network import RestorationNetwork, step_shapes
from narrowcast.codec.hybrid.restoration_step import RestorationStep
from narrowcast.codec.hybrid.weights import load_restoration
from narrowcast.codec.openvino_models import OpenVinoModels
from narrowcast.codec.training.coded_scenes import CODED, FRAMES, SIDE, CodedStore
from narrowcast.errors import TrainingError

_TRACED = 64
"Pixels a side of the picture that the conversion is traced with; the model takes any size."

CALIBRATION_PICTURES = 64
"Pictures of as many coded scenes, from which the ranges of the 8-bit values are learnt."

_WINDOW = 4
"Consecutive pictures of a scene, one of which is taken: most have a memory."


def convert_for_receivers(folder: Path, cache: Path | None) -> str:
    """Write what receivers run beside the generator's weights, as far as this machine can; say what was done.

    Args:
        folder: of the weights.
        cache: decoded data with coded scenes; None writes no 8-bit model.
    """
    try:
        convert_restoration(folder)
        if cache is None:
            return f"wrote {folder}: restoration for receivers"
        quantise_restoration(folder, cache / CODED)
    except (BackendError, TrainingError) as error:
        return f"not all written for receivers, which will load torch instead: {error.text}"
    return f"wrote {folder}: restoration for receivers, and in 8 bits"


def convert_restoration(folder: Path) -> None:
    """Write OpenVINO's model beside the generator's weights; BackendError where it is not installed."""
    step = RestorationStep(load_restoration(folder)).eval()
    save_converted(folder, FLOAT, convert(step, step_shapes(_TRACED, _TRACED)))


def quantise_restoration(folder: Path, coded: Path) -> None:
    """Write the same with the convolutions of its body in 8 bits (post-training, by NNCF).

    Args:
        folder: of the generator's weights and its converted model.
        coded: folder of coded scenes.

    Raises:
        TrainingError: NNCF is not installed.
    """
    try:
        import nncf
    except ImportError as error:
        raise TrainingError("8 bits need NNCF: pip install 'narrowcast[train]'") from error
    models = OpenVinoModels(threads=1)
    path = converted_model(folder)
    assert path is not None
    model = models.read(path)
    inputs = list(_calibration_inputs(models, models.read(path), CodedStore(coded)))
    # Pictures, memory, stem and head keep their precision: in 8 bits they cost half of what is painted.
    kept = [op.get_friendly_name() for op in model.get_ops() if not _is_quantised(op)]
    quantised = nncf.quantize(
        model,
        nncf.Dataset(inputs),
        subset_size=len(inputs),
        preset=nncf.QuantizationPreset.MIXED,
        ignored_scope=nncf.IgnoredScope(names=kept, validate=False),
    )
    save_converted(folder, INT8, quantised)


def _is_quantised(op: Any) -> bool:
    """Whether an operation gets 8-bit inputs, or is one that only feeds them."""
    kind = op.get_type_name()
    if kind in ("Constant", "Convert", "Parameter", "Result"):
        return True
    return kind == "Convolution" and ".restoration." in op.get_friendly_name()


def _calibration_inputs(
    models: OpenVinoModels, model: Any, store: CodedStore
) -> Iterator[list[NDArray[Any]]]:
    """Yield what a decoder gives the model for one picture of each of many scenes."""
    run = models.compile(model, dict(enumerate(step_shapes(SIDE, SIDE))), exact=True)
    rng = np.random.default_rng(0)
    for _ in range(CALIBRATION_PICTURES):
        scene = store.draw(rng)
        start = int(rng.integers(FRAMES - _WINDOW + 1))
        base = store.window(scene, start, _WINDOW, SIDE, rng)[1]
        given: list[list[NDArray[Any]]] = []

        def noted(*arrays: NDArray[Any], given: list[list[NDArray[Any]]] = given) -> tuple[NDArray[Any], ...]:
            given.append([array.copy() for array in arrays])
            return run(*arrays)

        network = RestorationNetwork(noted, SIDE, SIDE)
        for index in range(int(rng.integers(_WINDOW)) + 1):
            network.restore(np.ascontiguousarray(base[index]), scene.conditions(start + index))
        yield given[-1]
