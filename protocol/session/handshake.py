"""Whether a sender can serve a receiver, and the answer that it gets if not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    CodecOffer,
    Hello,
    RejectCode,
    StreamParameters,
    Welcome,
)
from narrowcast.text import printable


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a receiver cannot be served."""

    code: RejectCode
    "for the program"
    text: str
    "what is wrong and how to fix it, for people"


def refuse(hello: Hello, stream: StreamParameters, free_slots: int) -> Refusal | None:
    """Check a receiver's HELLO against a stream; None where it can be served."""
    if hello.version != PROTOCOL_VERSION:
        return _refuse_version(hello.version)
    if hello.stream != stream.stream:
        return Refusal(
            code=RejectCode.STREAM,
            text=f"this sender has stream {stream.stream} only: ask for it instead of {hello.stream}",
        )
    codec_refusal = refuse_codec(stream, hello.codecs)
    if codec_refusal is not None:
        return codec_refusal
    if hello.max_payload_bytes < stream.max_payload_bytes:
        return Refusal(
            code=RejectCode.LIMITS,
            text=(
                f"the receiver takes payloads up to {hello.max_payload_bytes} bytes, this stream has up to "
                f"{stream.max_payload_bytes}: raise the receiver's limit or send a smaller size"
            ),
        )
    if free_slots < 1:
        return Refusal(
            code=RejectCode.FULL,
            text="this sender has as many receivers as it takes: stop one, or raise its limit",
        )
    return None


def refuse_codec(stream: StreamParameters, offers: tuple[CodecOffer, ...]) -> Refusal | None:
    """Check a stream's codec against what a receiver can decode; used by both sides."""
    models = {offer.name: offer.model_id for offer in offers}
    if stream.codec not in models:
        known = ", ".join(sorted(models)) or "none"
        return Refusal(
            code=RejectCode.CODEC,
            text=printable(
                f"the sender codes with {stream.codec}, the receiver has {known}: "
                "install the same version on both, or start the sender with one of those",
                300,
            ),
        )
    if models[stream.codec] != stream.model_id:
        return Refusal(
            code=RejectCode.MODEL,
            text=printable(
                f"the sender's {stream.codec} model is {stream.model_id[:16] or 'none'}, the receiver's is "
                f"{models[stream.codec][:16] or 'none'}: install the same version (and weights) on both, "
                "or start the sender with a codec that has no model, such as jpeg",
                300,
            ),
        )
    return None


def refuse_stream(
    stream: StreamParameters, offers: tuple[CodecOffer, ...], max_pixels: int | None
) -> Refusal | None:
    """Check, for a receiver, the stream that WELCOME names; None where it is taken."""
    refusal = refuse_codec(stream, offers)
    if refusal is not None or max_pixels is None or stream.width * stream.height <= max_pixels:
        return refusal
    return Refusal(
        code=RejectCode.LIMITS,
        text=(
            f"the stream is {stream.width}x{stream.height}, the receiver takes pictures of up to "
            f"{max_pixels} pixels: send a smaller --size, or start the receiver with a larger --max-size"
        ),
    )


def with_printable_name(welcome: Welcome) -> Welcome:
    """Make what the sender calls its stream safe to print."""
    parameters = welcome.parameters
    return replace(welcome, parameters=replace(parameters, name=printable(parameters.name)))


def _refuse_version(version: int) -> Refusal:
    older = "receiver" if version < PROTOCOL_VERSION else "sender"
    return Refusal(
        code=RejectCode.VERSION,
        text=(
            f"the sender speaks protocol version {PROTOCOL_VERSION}, the receiver version {version}: "
            f"update narrowcast on the {older}'s machine"
        ),
    )
