"""The hand-over of grants and frames between the thread that codes and the one that owns the session."""

from __future__ import annotations

from collections.abc import Callable

from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.messages import FrameMessage


class FrameHandover:
    """Gives one grant at a time to the coding side, and its frame to the session. Its owner locks it.

    The coding side calls `begin`, and then `cancel` or `send`; they reach the session at the next `exchange`.
    The promise holds from `begin` on all the same, because a grant names its receivers itself.
    """

    def __init__(self, session: SenderSession) -> None:
        """Start with no grant on offer."""
        self._session = session
        self._offered: FrameGrant | None = None
        self._coding = False
        self._calls: list[Callable[[int], None]] = []

    @property
    def offered(self) -> bool:
        """Whether `begin` would give a grant."""
        return self._offered is not None

    @property
    def busy(self) -> bool:
        """Whether a frame is being coded, or waits for the next exchange."""
        return self._coding or bool(self._calls)

    def begin(self) -> FrameGrant | None:
        """Take the grant on offer: its frame will be coded now."""
        grant, self._offered = self._offered, None
        if grant is not None:
            self._coding = True
            self._calls.append(lambda now_us: self._session.begin(grant))
        return grant

    def cancel(self, grant: FrameGrant) -> None:
        """Give a grant back: its frame was not coded after all."""
        self._coding = False
        self._calls.append(lambda now_us: self._session.cancel(grant))

    def send(self, grant: FrameGrant, frame: FrameMessage) -> None:
        """Send the frame that was coded under a grant."""
        self._coding = False
        self._calls.append(lambda now_us: self._session.send_frame(grant, frame, now_us))

    def exchange(self, now_us: int) -> bool:
        """Pass what the coding side did to the session and offer its next grant; for the session's side.

        Returns whether anything was passed, so that the session may have a frame to send.
        """
        calls, self._calls = self._calls, []
        for call in calls:
            call(now_us)
        self._offered = self._session.grant(now_us)
        return bool(calls)
