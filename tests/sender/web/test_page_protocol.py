"""The page's half of the protocol answers as the Python receiver does, message by message (Node.js)."""

from __future__ import annotations

import itertools
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

from narrowcast.protocol.wire.messages import Report
from tests.protocol.simulated_link import SimulatedReceiver, Simulation
from tests.sender.web.node import NEEDS_NODE, run_node_tests
from tests.sender.web.protocol_samples import golden_messages, session_trace

pytestmark = NEEDS_NODE

Scene = Callable[[Simulation, SimulatedReceiver], None]


def steady(simulation: Simulation, receiver: SimulatedReceiver) -> None:
    """A minute: the clock's line is fitted, riders travel, reports go out."""
    for second in range(60):
        simulation.run(1)
        age_ms = None if second < 2 else 120.5
        receiver.session.send_report(
            Report(fps=15.0, decode_p50_ms=8.5, drops=second, displayed_age_ms=age_ms)
        )


def freezing(simulation: Simulation, receiver: SimulatedReceiver) -> None:
    """A link that carries nothing for a second, twice."""
    for _ in range(2):
        simulation.run(6)
        receiver.to_receiver.frozen = receiver.to_sender.frozen = True
        simulation.run(1)
        receiver.to_receiver.frozen = receiver.to_sender.frozen = False
    simulation.run(6)


def losing(simulation: Simulation, receiver: SimulatedReceiver) -> None:
    """Messages that never come: chains break, keyframes are requested."""
    lost = random.Random(3)
    receiver.to_receiver.lost = (lost.random() < 0.05 for _ in itertools.count())
    simulation.run(30)


def restarting(simulation: Simulation, receiver: SimulatedReceiver) -> None:
    """A sender that is started anew, and one that has no room."""
    simulation.run(5)
    simulation.start_sender(epoch=8)
    simulation.run(6)
    simulation.sender.close("the stream has ended")
    simulation.run(3)


def fetching(simulation: Simulation, receiver: SimulatedReceiver) -> None:
    """Exact stills beside the stream: one that comes, one that there is not."""
    simulation.run(4)
    simulation.still_png = random.Random(1).randbytes(20_000)
    receiver.session.request_still(5)
    simulation.run(30)
    simulation.still_png = None
    receiver.session.request_still(6)
    receiver.session.request_still(7)
    simulation.run(10)


SCENES: dict[str, tuple[Scene, float]] = {
    "steady": (steady, 64),
    "thin": (steady, 16),
    "freezing": (freezing, 64),
    "losing": (losing, 128),
    "restarting": (restarting, 64),
    "fetching": (fetching, 256),
}


def test_messages_are_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / "messages.json"
    file.write_text(json.dumps(golden_messages()))
    run_node_tests("messages.test.mjs", GOLDEN_MESSAGES=str(file))


def test_sessions_answer_alike(tmp_path: Path) -> None:
    files = []
    for name, (scene, kbps) in SCENES.items():
        file = tmp_path / f"{name}.json"
        file.write_text(session_trace(scene, kbps))
        files.append(str(file))
    run_node_tests("session.test.mjs", SESSION_TRACES=os.pathsep.join(files))
