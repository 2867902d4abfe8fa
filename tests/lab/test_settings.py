"""Tests of lab/settings.py: the command that stands under a result."""

from __future__ import annotations

from pathlib import Path

from narrowcast.lab.entropy.command import EntropySettings
from narrowcast.lab.mnist.settings import MnistSettings
from narrowcast.lab.settings import command_of


def test_only_what_differs_from_the_defaults_is_named() -> None:
    assert command_of("entropy", EntropySettings()) == "narrowcast lab entropy"
    settings = EntropySettings(clip=Path("a/b.mp4"), size=(96, 64), frames=2, threads=1, out=Path("x"))
    assert command_of("entropy", settings) == "narrowcast lab entropy b.mp4 --frames 2 --size 96x64"


def test_switches_are_named_as_they_are_given() -> None:
    settings = MnistSettings(data=Path("d"), vq=True, perceptual=False, loss="hinge", resume=True)
    assert command_of("mnist --data DIR", settings) == (
        "narrowcast lab mnist --data DIR --loss hinge --no-perceptual --vq"
    )
