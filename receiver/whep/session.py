"""One player: its WebRTC connection through aiortc, from its offer to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)

from narrowcast.receiver.whep.broadcast import Broadcast, PacketQueue
from narrowcast.receiver.whep.encoder import WebRtcCodec
from narrowcast.receiver.whep.offer import OfferError, check_offer, codec_of, refusal

CONNECT_S = 20.0
"A player that has not connected by then has gone."

ANSWER_S = 10.0
"For gathering our candidates and resolving the player's."

_ENDED = ("failed", "closed")


class PacketTrack(MediaStreamTrack):
    """A broadcast as aiortc sends it: aiortc asks for packets once the player is connected, not before."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.broadcast: Broadcast | None = None
        "set as soon as the codec is agreed"
        self._queue: PacketQueue | None = None

    async def recv(self) -> av.Packet[av.VideoStream]:
        """Wait for the next packet."""
        assert self.broadcast is not None
        if self._queue is None:
            self._queue = self.broadcast.join()
        return await self._queue.get()

    def request_keyframe(self) -> None:
        """The player has lost something that cannot be sent again."""
        if self.broadcast is not None:
            self.broadcast.request_keyframe()

    def stop(self) -> None:
        """Take no more packets."""
        super().stop()
        if self.broadcast is not None and self._queue is not None:
            self.broadcast.leave(self._queue)


class WhepSession:
    """Answers an offer, and ends with the player, or where it does not connect."""

    def __init__(self, broadcast_for: Callable[[WebRtcCodec], Broadcast], on_end: Callable[[], None]) -> None:
        """Make ready to answer.

        Args:
            broadcast_for: gives the broadcast of the codec that is agreed.
            on_end: is called once, when the connection has ended by itself.
        """
        self._broadcast_for = broadcast_for
        self._on_end = on_end
        # Without servers: candidates are this machine's own addresses, and nobody else is asked.
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("connectionstatechange", self._state_changed)
        self._deadline = asyncio.get_running_loop().call_later(CONNECT_S, self._check_connected)

    async def answer(self, offer: str) -> str:
        """Return the SDP that answers; OfferError where that is not possible."""
        check_offer(offer)
        track = PacketTrack()
        transceiver = self._peer.addTransceiver(track, direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences(sorted(codecs, key=lambda codec: codec.mimeType != "video/H264"))
        # aiortc has no event for a player's request of a keyframe: this is what it calls for one.
        transceiver.sender._send_keyframe = track.request_keyframe  # type: ignore[method-assign]
        try:
            await asyncio.wait_for(self._negotiate(offer), ANSWER_S)
        except asyncio.TimeoutError as error:
            raise OfferError("its candidates could not be resolved in time") from error
        except Exception as error:  # aiortc reads SDP with assertions, indices and conversions
            raise refusal(error) from error
        sdp = self._peer.localDescription.sdp
        track.broadcast = self._broadcast_for(codec_of(sdp))
        return sdp

    async def close(self) -> None:
        """End the connection."""
        self._deadline.cancel()
        await self._peer.close()

    async def _negotiate(self, offer: str) -> None:
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        await self._peer.setLocalDescription(await self._peer.createAnswer())

    def _state_changed(self) -> None:
        if self._peer.connectionState in _ENDED:
            self._deadline.cancel()
            self._on_end()

    def _check_connected(self) -> None:
        if self._peer.connectionState != "connected":
            self._on_end()
