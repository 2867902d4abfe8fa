"""Carries out what browsers choose about the stream, within the receiver's settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.decoding import DecodeThread
from narrowcast.receiver.feed import FrameFeed
from narrowcast.receiver.stream_choice import StreamChoice

APPLY_INTERVAL_US = 1_000_000
"New limits begin a new session, and that a keyframe: not more often, whatever browsers send."


class StreamControl:
    """Carries out what browsers wish, within the receiver's settings."""

    def __init__(self, config: ReceiverConfig, network: FrameFeed, decoding: DecodeThread) -> None:
        """Begin with what the settings say."""
        self._config = config
        self._network = network
        self._decoding = decoding
        self._applied_us = -APPLY_INTERVAL_US
        self._wanted = self.choice = StreamChoice(
            restore=config.restore, max_kbps=config.max_kbps, max_fps=config.max_fps
        )

    def obey(self, wishes: Sequence[StreamChoice], now_us: int) -> bool:
        """Do what browsers wish, as soon as it is time for that; returns whether something has changed."""
        if self._config.web_controls:
            for wish in wishes:
                self._take(wish)
        return self._apply(now_us)

    def _take(self, wish: StreamChoice) -> None:
        """A limit above that of the settings becomes that one."""
        wanted = self._wanted
        self._wanted = replace(
            wanted,
            restore=wish.restore or wanted.restore,
            max_kbps=_within(
                wanted.max_kbps if wish.max_kbps is None else wish.max_kbps, self._config.max_kbps
            ),
            max_fps=_within(wanted.max_fps if wish.max_fps is None else wish.max_fps, self._config.max_fps),
        )

    def _apply(self, now_us: int) -> bool:
        wanted, chosen = self._wanted, self.choice
        if wanted == chosen or now_us - self._applied_us < APPLY_INTERVAL_US:
            return False
        self._applied_us = now_us
        self.choice = wanted
        if wanted.restore is not None and wanted.restore != chosen.restore:
            self._decoding.restore(wanted.restore)
        if (wanted.max_kbps, wanted.max_fps) != (chosen.max_kbps, chosen.max_fps):
            self._network.ask_for(max_kbps=wanted.max_kbps or 0.0, max_fps=wanted.max_fps or 0.0)
        return True


def _within(limit: float | None, most: float) -> float:
    """The lower one of two limits; 0 is none."""
    return min((each for each in (limit or 0.0, most) if each > 0), default=0.0)
