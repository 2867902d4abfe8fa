"""Which codecs this installation has: what needs FFmpeg's encoders or torch is left out where those are."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from narrowcast.codec.api import CodecInfo
from narrowcast.codec.errors import UnknownCodecError
from narrowcast.codec.hybrid.base_format import installed_formats
from narrowcast.codec.names import AUTO, CLASSIC, CODECS, HYBRID, LATENT


def _installed_names() -> tuple[str, ...]:
    """Return the names of the codecs that this installation can encode and decode, in the order of CODECS."""
    from narrowcast.codec.classic.codecs import classic_codecs

    installed = set(classic_codecs())
    if installed_formats():
        installed.add(HYBRID)
    if has_torch():
        installed.update({LATENT, AUTO} if HYBRID in installed else {LATENT})
    return tuple(name for name in CODECS if name in installed)


def has_torch() -> bool:
    """Whether torch is installed, without which there is no latent codec."""
    return find_spec("torch") is not None


def available_codecs() -> tuple[CodecInfo, ...]:
    """Return every codec that this installation can encode and decode; WeightsError on damaged weights."""
    from narrowcast.codec.latent.manifest import load_manifest

    model_id = load_manifest().model_id
    model_ids = {LATENT: model_id, AUTO: model_id}
    names = sorted(_installed_names(), key=lambda name: name != LATENT)
    return tuple(
        CodecInfo(name=name, model_id=model_ids.get(name, ""), keyframes_only=name in CLASSIC)
        for name in names
    )


def unknown_codec(name: str, names: Iterable[str]) -> UnknownCodecError:
    """Make the error for a name that is none of those that this installation has."""
    remedy = "; it needs torch: pip install torch" if name in (LATENT, AUTO) and not has_torch() else ""
    return UnknownCodecError(f"no codec {name!r}; choose one of {', '.join(names)}{remedy}")


def known_codec(name: str) -> str:
    """Return the name, if this installation has the codec; UnknownCodecError where not."""
    if name not in (names := _installed_names()):
        raise unknown_codec(name, names)
    return name
