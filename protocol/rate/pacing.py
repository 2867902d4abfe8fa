"""The queue of coded frames: their messages wait for the cap, or a frame for the next one of its receiver."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TypeAlias

from narrowcast.protocol.rate.congestion_window import FrameInFlight
from narrowcast.protocol.rate.wire_cap import WireCap
from narrowcast.protocol.wire.frame_layout import message_bytes
from narrowcast.protocol.wire.messages import FrameMessage, FramePair, FramePart
from narrowcast.protocol.wire.sizes import message_wire_bytes

QueuedMessage: TypeAlias = FrameMessage | FramePair | FramePart
"what a frame goes out as"


class FramePacer:
    """Holds the messages of coded frames back until the cap has room: first in, first out.

    A frame may also be held until the next one for its receiver comes, and then shares a message with it.
    What a frame costs here does not depend on how many wait, nor on how many receivers there are.
    """

    def __init__(self, cap: WireCap, *, keys: bool) -> None:
        """Pace under `cap`, with or without keys."""
        self._cap = cap
        self._keys = keys
        self._numbers = 0
        self._queue: dict[int, FrameInFlight] = {}
        "every frame that waits, by its place in the queue"
        self._ready: list[int] = []
        "a heap of the places of those that are not held, and of some that have left"
        self._held: dict[bytes, int] = {}
        "the places of those that are held: at most one for a receiver"
        self._held_until: list[tuple[int, int]] = []
        "a heap of when they are held no more, and their places"
        self._places: dict[bytes, list[int]] = {}
        self._unheld = 0
        self._released: list[bytes] = []
        # All receivers get the same messages, so the last one is very often the next one too.
        self._last_pair: FramePair | None = None
        self._last_message: QueuedMessage | None = None
        self._last_bytes = 0

    @property
    def idle(self) -> bool:
        """Whether nothing waits for the cap; a frame may be held for the next one all the same."""
        return not self._unheld

    def put(self, frame: FrameInFlight) -> None:
        """Queue the unsent messages of one frame for its receiver; one that is held for it goes along."""
        place = self._held.pop(frame.peer, None)
        if place is not None:
            held = self._queue[place]
            held.held_until_local_us = None
            if frame.held_until_local_us is not None:
                self._remove(place)
                self._pair(held, frame)
            else:
                self._unheld += 1
                heapq.heappush(self._ready, place)
        self._numbers += 1
        self._queue[self._numbers] = frame
        self._places.setdefault(frame.peer, []).append(self._numbers)
        if frame.held_until_local_us is None:
            self._unheld += 1
            heapq.heappush(self._ready, self._numbers)
        else:
            self._held[frame.peer] = self._numbers
            heapq.heappush(self._held_until, (frame.held_until_local_us, self._numbers))

    def due(self, now_us: int) -> list[tuple[bytes, QueuedMessage]]:
        """Hand over what may go out now, as peer and message, and count it against the cap."""
        due = []
        while (place := self._next(now_us)) is not None:
            frame = self._queue[place]
            wire_bytes = self._wire_bytes(frame.unsent[0])
            if self._cap.ready_us(wire_bytes, now_us) > now_us:
                break
            if frame.held_until_local_us is not None:
                frame.held_until_local_us = None
                self._unheld += 1
                self._held.pop(frame.peer, None)
                self._released.append(frame.peer)
            message = frame.unsent.popleft()
            self._cap.count(wire_bytes, now_us, frame=True)
            if frame.first_sent_local_us is None:
                frame.first_sent_local_us = now_us
            if not frame.unsent:
                frame.last_sent_local_us = now_us
                self._unheld -= 1
                self._remove(place)
            due.append((frame.peer, message))
        return due

    def take_released(self) -> list[bytes]:
        """Receivers whose frame was held and went out alone, since the last call."""
        released, self._released = self._released, []
        return released

    def ready_us(self, now_us: int) -> int | None:
        """When the next message may go out; None where none waits."""
        place = self._next(now_us)
        if place is not None:
            return self._cap.ready_us(self._wire_bytes(self._queue[place].unsent[0]), now_us)
        return self._held_until[0][0] if self._held_until else None

    def drop(self, peer: bytes) -> None:
        """Throw away what waits for one receiver."""
        for place in list(self._places.get(peer, ())):
            self._unheld -= self._queue[place].held_until_local_us is None
            self._remove(place)
        self._held.pop(peer, None)

    def _next(self, now_us: int) -> int | None:
        """The place of the oldest frame that is not held any more; None where there is none."""
        held, ready = self._held_until, self._ready
        while held and (held[0][0] <= now_us or not self._is_held(held[0][1])):
            _, place = heapq.heappop(held)
            if self._is_held(place):
                heapq.heappush(ready, place)
        while ready and ready[0] not in self._queue:
            heapq.heappop(ready)
        return ready[0] if ready else None

    def _is_held(self, place: int) -> bool:
        frame = self._queue.get(place)
        return frame is not None and frame.held_until_local_us is not None

    def _remove(self, place: int) -> None:
        frame = self._queue.pop(place)
        places = self._places[frame.peer]
        places.remove(place)
        if not places:
            del self._places[frame.peer]

    def _pair(self, held: FrameInFlight, frame: FrameInFlight) -> None:
        """Give two frames that could be held one message, which is counted with the second of them."""
        first, second = held.unsent[0], frame.unsent[0]
        assert isinstance(first, FrameMessage) and isinstance(second, FrameMessage), (
            "only whole ones are held"
        )
        pair = self._last_pair
        if pair is None or pair.first is not first or pair.second is not second:
            self._last_pair = pair = FramePair(first=first, second=second)
        frame.unsent, frame.held_until_local_us = deque([pair]), None
        held.wire_bytes, frame.wire_bytes = 0, self._wire_bytes(pair)

    def _wire_bytes(self, message: QueuedMessage) -> int:
        if message is not self._last_message:
            self._last_message = message
            self._last_bytes = message_wire_bytes(message_bytes(message), keys=self._keys)
        return self._last_bytes
