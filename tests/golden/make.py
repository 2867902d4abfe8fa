"""Makes the golden files anew: `python -m tests.golden.make`, only when the bitstream version changes.

model.safetensors holds the integers of a tiny model, latents.safetensors what was coded, stream.json
the payloads and the CRC-32 of what each decodes to; stream-huffman.json and stream-lzw.json are of the other
entropy coders. The tests use the files alone, so that no change of a random generator can move them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.header import LatentHeader, pack_latent
from narrowcast.codec.latent.quantiser import Quantiser
from narrowcast.codec.latent.reference import ReferenceState, checksum
from narrowcast.codec.latent.symbol_coders import symbol_writer
from narrowcast.codec.names import Entropy
from tests.codec.tiny_model import TINY, tiny_trained

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 75, 64
STREAMS: dict[Entropy, str] = {
    "range": "stream.json",
    "huffman": "stream-huffman.json",
    "lzw": "stream-lzw.json",
}
LATENT_SHAPE = (1, TINY.latent_channels, 4, 5)


@dataclass(frozen=True)
class Plan:
    """What one golden frame is there to show."""

    note: str
    q_level: int
    keyframe: bool = False
    droppable: bool = False
    skip: bool = False
    summed: bool = False


PLANS = (
    Plan("keyframe", 128, keyframe=True, summed=True),
    Plan("first frame after a keyframe", 128),
    Plan("inter frame", 128),
    Plan("another quality without a keyframe", 250),
    Plan("droppable: does not enter the history", 60, droppable=True),
    Plan("another droppable one, from the same history", 200, droppable=True),
    Plan("droppable keyframe: leaves the history as it was", 90, keyframe=True, droppable=True),
    Plan("lowest quality, with a checksum", 0, summed=True),
    Plan("latents at their limits, escaped", 255),
    Plan("the same latents again", 255),
    Plan("skip frame", 255, skip=True),
    Plan("skip frame, droppable, with a checksum", 3, skip=True, droppable=True, summed=True),
    Plan("inter frame after a skip frame", 200),
    Plan("keyframe in the middle of a stream", 20, keyframe=True, summed=True),
    Plan("first frame after it", 20),
)


def code_frame(
    model: ExactModel, state: ReferenceState, plan: Plan, y: Tensor, entropy: Entropy
) -> tuple[bytes, Tensor]:
    """Return the payload of a planned frame and the latents that it decodes to."""
    assert model.tables is not None
    y_hat, symbols = state.reference_1, b""
    if not plan.skip:
        quantiser = Quantiser(y, model.tables, writer=symbol_writer(entropy, model.tables))
        y_hat = model.code(state, plan.q_level, quantiser)
        symbols = quantiser.writer.finish()
    header = LatentHeader(
        q_level=plan.q_level,
        entropy="range" if plan.skip else entropy,
        keyframe=plan.keyframe,
        droppable=plan.droppable,
        skip=plan.skip,
        width=WIDTH if plan.keyframe else None,
        height=HEIGHT if plan.keyframe else None,
        counter=None if plan.keyframe else state.counter,
        checksum=checksum(y_hat) if plan.summed else None,
    )
    return pack_latent(header) + symbols, y_hat


def code_stream(model: ExactModel, latents: Tensor, entropy: Entropy = "range") -> list[dict[str, object]]:
    """Code latents [N, C, h, w] as planned; one record a frame, as stream.json holds them."""
    records: list[dict[str, object]] = []
    empty = ReferenceState.empty(LATENT_SHAPE, torch.device("cpu"))
    state = empty
    for plan, y in zip(PLANS, latents.float(), strict=True):
        reference = empty if plan.keyframe else state
        payload, y_hat = code_frame(model, reference, plan, y[None], entropy)
        records.append({"note": plan.note, "payload": payload.hex(), "latents_crc32": checksum(y_hat)})
        if not plan.droppable:
            state = reference.advanced(y_hat)
    return records


def make_latents() -> Tensor:
    """Return latents that drift, jump, reach their limits and stand still [N, C, h, w]."""
    rng = np.random.default_rng(0)
    latents = np.cumsum(rng.integers(-150, 151, (len(PLANS), *LATENT_SHAPE[1:])), axis=0)
    latents[3, :4] = rng.integers(-4000, 4001, latents[3, :4].shape)
    limits = next(index for index, plan in enumerate(PLANS) if "limits" in plan.note)
    latents[limits] = rng.choice([-8191, 8191], latents[limits].shape)
    latents[limits + 1] = latents[limits]
    return torch.from_numpy(latents.clip(-8191, 8191).astype(np.int16))


def main() -> None:
    """Write the files."""
    model = ExactModel.from_trained(tiny_trained(), TINY)
    model.prepare()
    latents = make_latents()
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, FOLDER / "model.safetensors")
    save_file({"latents": latents}, FOLDER / "latents.safetensors")
    for entropy, name in STREAMS.items():
        stream = {"model_id": model.model_id, "frames": code_stream(model, latents, entropy)}
        (FOLDER / name).write_text(json.dumps(stream, indent=1) + "\n")


if __name__ == "__main__":
    main()
