"""The receiver that writes down what it shows: alone, and in a trial with its JPEG codec."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from narrowcast.benchmark.link.peers.peer_program import PeerSettings
from narrowcast.benchmark.link.systems import SYSTEMS, Address, ProgramCommand
from tests.benchmark.link.peer_samples import check_pictures_are_the_clips

NARROWCAST = SYSTEMS["narrowcast"]


def jpeg_sender(settings: PeerSettings, address: Address) -> ProgramCommand:
    command = NARROWCAST.sender(settings, address)
    return replace(command, arguments=(*command.arguments, "--codec", "jpeg"))


def jpeg_receiver(settings: PeerSettings, address: Address) -> ProgramCommand:
    command = NARROWCAST.receiver(settings, address)
    arguments = tuple(argument.replace("hybrid:", "jpeg:") for argument in command.arguments)
    return replace(command, arguments=arguments)


def test_pictures_and_times_are_those_of_the_clip(tmp_path: Path) -> None:
    system = replace(NARROWCAST, sender=jpeg_sender, receiver=jpeg_receiver)
    check_pictures_are_the_clips(system, tmp_path, sender_listens=True)
