"""The protocol's parsers against damaged messages: a named refusal or a message, never anything else."""

from __future__ import annotations

from narrowcast.protocol.endpoint import parse_endpoint, with_key
from narrowcast.protocol.errors import MessageError, TransportError
from narrowcast.protocol.keys import KeyTextError, key_text, parse_key
from narrowcast.protocol.session.config import ReceiverSessionConfig, SenderSessionConfig
from narrowcast.protocol.session.events import StillWanted
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.messages import (
    Ack,
    FrameMessage,
    FramePart,
    KeyframeRequest,
    Ping,
    Pong,
    Report,
    StillPart,
    StillRequest,
)
from narrowcast.protocol.wire.packing import pack, unpack_all
from narrowcast.protocol.wire.session_messages import (
    Bye,
    CodecOffer,
    Hello,
    Reject,
    StreamParameters,
    Welcome,
)
from narrowcast.protocol.zmq.zap import judge
from tests.fuzz.mutations import MESSAGES, fuzz

STREAM = StreamParameters(width=64, height=64, fps=15.0, codec="jpeg")
OFFER = CodecOffer(name="jpeg")
HELLO = Hello(version=3, role=1, instance=5, codecs=(OFFER,), name="someone")
WELCOME = Welcome(version=3, session=1, epoch=2, parameters=STREAM)
FROM_RECEIVER = [
    pack(HELLO),
    pack(Ack(sequence=3, hold_us=20)),
    pack(Report(fps=15.0, decode_p50_ms=20.5, drops=1, displayed_age_ms=80.5)),
    pack(KeyframeRequest(after_sequence=7, reason="a gap")),
    pack(StillRequest(sequence=3, offset=100, credit_bytes=5000)),
    pack(Ping(number=1, sent_receiver_us=10**9, min_rtt_us=300)),
    pack(Ack(sequence=3), [Ping(number=9, sent_receiver_us=10**9)]),
    pack(Bye(reason="over")),
]
FROM_SENDER = [
    pack(WELCOME),
    pack(Reject(version=3, code=4, text="full")),
    pack(
        FrameMessage(
            sequence=9,
            capture_sender_us=10**9,
            send_delay_us=9,
            payload=b"payload" * 9,
            keyframe=True,
        )
    ),
    pack(FrameMessage(sequence=10, capture_sender_us=10**9, send_delay_us=9, payload=bytes(5000))),
    pack(FrameMessage(sequence=11, capture_sender_us=10**9, send_delay_us=9, payload=b"first", parts=3)),
    pack(FramePart(sequence=11, part=1, payload=b"second")),
    pack(StillPart(sequence=3, offset=0, total_bytes=900, payload=b"slice" * 9)),
    pack(Pong(number=1, epoch=2, ping_sent_receiver_us=1, ping_received_sender_us=2, pong_sent_sender_us=3)),
    pack(Hello(version=3, role=2, instance=6)),
    pack(Bye(reason="over", say_hello=True)),
]
KEY = bytes(range(32))


def test_messages() -> None:
    def parse(data: bytes) -> None:
        *riders, message = unpack_all(data, max_payload_bytes=6000)
        assert unpack_all(pack(message, riders), max_payload_bytes=6000) == [*riders, message]

    refused = fuzz(FROM_RECEIVER + FROM_SENDER, parse, MessageError)
    assert MESSAGES // 3 < refused < MESSAGES


def test_a_sender_among_hostile_receivers() -> None:
    session = SenderSession(SenderSessionConfig(stream=STREAM, epoch=2, instance=1))
    count = 0

    def parse(data: bytes) -> None:
        nonlocal count
        count += 1
        # Twenty peers, more than are taken, and two hundred messages a second.
        session.receive(b"peer%d" % (count % 20), data, count * 5000)
        session.messages_to_send(count * 5000)
        for event in session.events():
            if isinstance(event, StillWanted):
                session.provide_still(event.sequence, bytes(900) if event.sequence % 2 else None)

    fuzz(FROM_RECEIVER, parse, ())
    assert len(session.receivers) <= session.config.max_receivers
    assert session.malformed_messages > MESSAGES // 4


def test_a_receiver_at_a_hostile_sender() -> None:
    session = ReceiverSession(ReceiverSessionConfig(codecs=(OFFER,), instance=5, max_payload_bytes=6000))
    count = 0

    def parse(data: bytes) -> None:
        nonlocal count
        count += 1
        if count % 50 == 1:
            session.receive(b"", pack(WELCOME), count * 5000)
            session.request_still(3)
        session.receive(b"", data, count * 5000)
        session.take_frame(count * 5000)
        session.messages_to_send(count * 5000)
        session.events()

    fuzz(FROM_SENDER, parse, ())
    assert session.malformed_messages > MESSAGES // 4


def test_zap_requests() -> None:
    request = [b"1.0", b"7", b"narrowcast", b"192.0.2.5", b"", b"CURVE", KEY]

    def parse(data: bytes) -> None:
        parts = data.split(b"|", 8)
        assert judge(parts, {KEY}).allowed <= (parts[6:] == [KEY])

    fuzz([b"|".join(request)], parse, ())


def test_addresses() -> None:
    originals = [b"tcp://127.0.0.1:5555", b"tcp://[::1]:5555", b"ipc:///tmp/socket", b"tcp://*:0"]
    originals += [with_key("tcp://camera.local:5555", KEY).encode()]

    def parse(data: bytes) -> None:
        endpoint = parse_endpoint(data.decode("utf-8", "replace"), bind=False)
        assert 0 <= endpoint.port < 65536

    assert fuzz(originals, parse, TransportError) > MESSAGES // 3


def test_keys() -> None:
    def parse(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        assert key_text(parse_key(text)) == text.strip().lower()

    assert fuzz([key_text(KEY).encode()], parse, KeyTextError) > MESSAGES // 2
