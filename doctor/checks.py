"""One check for each thing that a sender or receiver needs from its machine."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import numpy as np

from narrowcast import codec
from narrowcast.doctor.finding import Finding, problem
from narrowcast.errors import SourceError
from narrowcast.protocol import Security, Transport, TransportConfig, TransportError, key_text, make_key_pair
from narrowcast.runtime.addresses import is_loopback
from narrowcast.runtime.key_store import KeyStore
from narrowcast.runtime.private_files import KeyStoreError
from narrowcast.sender.config import DEFAULT_CODEC, SenderConfig
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.wishes import SourceWishes

_PICTURE_S = 5.0
"A camera's first picture may take two seconds, a network stream's three."
_SLEEP_S = 0.002
_SLEEPS = 100
_MAX_LATE_MS = 20.0
"At 30 frames a second more than half of a frame's time."
_MAX_TICK_MS = 1.0


def check_camera(source: str) -> Finding:
    """Open the source and wait for a picture."""
    width, height = SenderConfig.size
    try:
        spec = parse_source(source)
        with open_source(spec, SourceWishes(width=width, height=height)) as opened:
            if opened.read(_PICTURE_S) is None:
                fix = "close other programs that use it, or name another source: narrowcast doctor test:"
                return Finding(name="camera", text=f"{spec.name} opens and gives no picture", fix=fix)
            return Finding(name="camera", text=f"{spec.name} gives pictures at {opened.fps:.0f} fps")
    except SourceError as error:
        return problem("camera", error)


def check_port(url: str) -> Finding:
    """Listen there for a moment; where other machines can connect, test that a key is needed."""
    # Temporary keys: a check must not make the machine's own.
    security = None if is_loopback(url) else Security(own=make_key_pair())
    try:
        with Transport(TransportConfig(url=url, bind=True, security=security)):
            tested = "" if security is None else "; peers with an unknown key or none are refused"
            return Finding(name="port", text=f"{url} is free{tested}")
    except TransportError as error:
        return problem("port", error)


def check_keys(open_store: Callable[[], KeyStore]) -> Finding:
    """Read this machine's keys, if they have been made, and the list of allowed ones."""
    try:
        store = open_store()
        count = len(store.allowed())
        allowed = f"{count} {'key' if count == 1 else 'keys'} allowed"
        if not store.has_own_keys():
            return Finding(
                name="keys", text=f"none yet: they are made in {store.folder} when needed; {allowed}"
            )
        own = key_text(store.own_keys().public)
        return Finding(name="keys", text=f"this machine is {own}; {allowed}")
    except KeyStoreError as error:
        return problem("keys", error)


def check_model() -> Finding:
    """Load the shipped weights of every codec that has some, hashes checked."""
    from narrowcast.codec.hybrid.converted import converted_model
    from narrowcast.codec.latent.manifest import load_manifest
    from narrowcast.codec.weights_file import SHIPPED

    try:
        converted_model(SHIPPED)
        model_id = load_manifest().model_id
        if not codec.has_torch():
            return Finding(name="model", text="generator whole; without torch it is the only network")
        _load_networks()
    except codec.WeightsError as error:
        return problem("model", error)
    return Finding(name="model", text=f"weights whole, model id {model_id}")


def _load_networks() -> None:
    """Load what torch computes."""
    from narrowcast.codec.hybrid.weights import load_restoration
    from narrowcast.codec.latent.weights import load_analysis, load_exact, load_synthesis

    load_exact()
    load_analysis()
    load_synthesis()
    load_restoration()


def check_clock() -> Finding:
    """Measure the resolution of the monotonic clock, and how late the machine wakes a program that sleeps."""
    tick_ms = 1000 * time.get_clock_info("monotonic").resolution
    late_ms = sorted(_oversleep_ms() for _ in range(_SLEEPS))[_SLEEPS * 95 // 100]
    text = f"ticks of {tick_ms:.2g} ms, wakes {late_ms:.1f} ms late at most 19 times in 20"
    if tick_ms > _MAX_TICK_MS:
        return Finding(name="clock", text=text, fix="another system: latencies cannot be told on this one")
    if late_ms > _MAX_LATE_MS:
        return Finding(name="clock", text=text, fix="close other programs: pictures will come unevenly")
    return Finding(name="clock", text=text)


def _oversleep_ms() -> float:
    started_s = time.monotonic()
    time.sleep(_SLEEP_S)
    return 1000 * (time.monotonic() - started_s - _SLEEP_S)


def check_backend(device: str) -> Finding:
    """Compile the networks, prove the exact ones exact, and code a picture with each of the two codecs."""
    try:
        warnings = _warnings_of(lambda: _code_pictures(device))
        name = codec.backend_name(device)
    except codec.CodecError as error:
        return problem("backend", error)
    if warnings:
        return Finding(
            name="backend", text="; ".join(warnings), fix="pip install --force-reinstall openvino torch"
        )
    if not codec.has_torch():
        return Finding(name="backend", text=f"{name}; without torch there is no codec {codec.LATENT}")
    return Finding(name="backend", text=f"{name}, computes the exact half exactly")


def _code_pictures(device: str) -> None:
    """Encode and decode one picture with the default codec and with the latent one."""
    side = codec.MIN_SIDE
    grey = np.full((side, side, 3), 128, np.uint8)
    for name in (DEFAULT_CODEC, codec.LATENT) if codec.has_torch() else (DEFAULT_CODEC,):
        encoder = codec.create_encoder(name, width=side, height=side, device=device)
        decoder = codec.create_decoder(name, width=side, height=side, device=device)
        decoder.decode(encoder.encode(grey).payload)


class _Collector(logging.Handler):
    """Keeps the texts of warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text of a warning."""
        self.texts.append(record.getMessage())


def _warnings_of(work: Callable[[], object]) -> list[str]:
    """The warnings that the codec logs while `work` runs."""
    collector, logger = _Collector(), logging.getLogger("narrowcast.codec")
    logger.addHandler(collector)
    try:
        work()
    finally:
        logger.removeHandler(collector)
    return collector.texts
