"""The receiver's half of the learned codec: payload in, picture out."""

from __future__ import annotations

import torch
from torch import Tensor

from codec.api import Rgb
from codec.errors import BitstreamError, HistoryMismatch
from codec.frame_size import latent_size
from codec.latent.bitstream import Header, unpack_header
from codec.latent.config import Y_UNIT
from codec.latent.entropy import SymbolReader
from codec.latent.exact import CodedHalf, ExactModel
from codec.latent.history import History, checksum
from codec.latent.networks import SynthesisNetwork
from codec.latent.predictor import Prediction
from codec.picture import to_rgb
from codec.stages import OnStage, Stage, ignore_stage


class Dequantiser:
    """Reads residuals in the order in which the encoder's Quantiser wrote them."""

    def __init__(self, reader: SymbolReader, on_stage: OnStage = ignore_stage) -> None:
        self._reader, self._on_stage = reader, on_stage

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        """Decode this half; zeros elsewhere."""
        row = half.gather(prediction.row).to(torch.uint8)
        rows = row.cpu().numpy()
        self._on_stage(Stage.EXACT)
        values = self._reader.read(rows)
        self._on_stage(Stage.ENTROPY)
        return half.scatter(torch.from_numpy(values).to(row.device, torch.float32))


class GanDecoder:
    """Decoder of one stream of one picture size; see codec.api.Decoder."""

    def __init__(self, synthesis: SynthesisNetwork, exact: ExactModel, *, width: int, height: int) -> None:
        self._synthesis, self._exact = synthesis, exact
        self._width, self._height = width, height
        self._history: History | None = None
        self._shown: Rgb | None = None  # picture of the last reference frame
        self.on_stage: OnStage = ignore_stage
        "for benchmarks: told of every stage when it ends"

    @torch.inference_mode()
    def decode(self, payload: bytes) -> Rgb:
        """Decode one payload; see codec.api.Decoder.decode."""
        try:
            header, symbols = unpack_header(payload)
            if header.skip:
                return self._skip(header, symbols)
            return self._decode(header, symbols)
        except BitstreamError:
            self._history = None  # usable again from the next keyframe
            raise

    @property
    def history_checksum(self) -> int | None:
        """CRC-32 of the last reference frame's latents, None before the first: the encoder's is the same."""
        return None if self._history is None else checksum(self._history.past)

    def _decode(self, header: Header, symbols: bytes) -> Rgb:
        reference = self._reference(header)
        assert self._exact.tables is not None
        reader = SymbolReader(self._exact.tables, symbols)
        frame = self._exact.code(reference, header.q_level, Dequantiser(reader, self.on_stage))
        reader.finish()
        _compare(frame.y_hat, header.checksum)
        self.on_stage(Stage.EXACT)
        picture = self._synthesis(frame.y_hat / Y_UNIT, header.q_level)
        self.on_stage(Stage.SYNTHESIS)
        rgb = to_rgb(picture, self._width, self._height)
        if not header.droppable:
            self._history = reference.advanced(frame.y_hat)
            self._shown = rgb.copy()
        self.on_stage(Stage.COLOUR)
        return rgb

    def _reference(self, header: Header) -> History:
        """Return the history that the frame was coded from."""
        if header.keyframe:
            if (header.width, header.height) != (self._width, self._height):
                raise BitstreamError(
                    f"keyframe of {header.width}x{header.height}; this decoder was made for "
                    f"{self._width}x{self._height}"
                )
            height, width = latent_size(self._width, self._height)
            device = self._exact.steps.device
            return History.empty(self._exact.config.latent_channels, height, width, device)
        if self._history is None:
            raise HistoryMismatch("no keyframe has been decoded yet; a keyframe is needed")
        if self._history.counter != header.counter:
            raise HistoryMismatch(
                f"frame follows reference {header.counter}, the history is at {self._history.counter}; "
                "a keyframe is needed"
            )
        return self._history

    def _skip(self, header: Header, symbols: bytes) -> Rgb:
        if symbols:
            raise BitstreamError(f"{len(symbols)} bytes behind a skip frame")
        history = self._reference(header)
        _compare(history.past, header.checksum)
        if not header.droppable:
            self._history = history.advanced(history.past)
        assert self._shown is not None
        return self._shown.copy()


def _compare(y_hat: Tensor, expected: int | None) -> None:
    """Raise HistoryMismatch where the frame carries another checksum than its latents have here."""
    if expected is not None and checksum(y_hat) != expected:
        raise HistoryMismatch("the checksum of the latents differs from the sender's; a keyframe is needed")
