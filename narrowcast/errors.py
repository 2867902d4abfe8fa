"""Every error that Narrowcast raises on purpose, and the base classes of the tree.

Catch a branch to catch all below it. A class without a file behind it is defined here; the others are defined
where they arise. Each text is one line that says what is wrong and how to fix it.

    NarrowcastError
        ConfigError                   a setting that cannot be; also a ValueError
            ConfigFileError           runtime/config_file.py
            WebAddressError           runtime/web/address.py
            VendoringError            sender/web/vendoring.py
        SecurityError                 an address or a key that may not be used like this
            KeyStoreError             runtime/private_files.py
        SourceError                   a camera, a file or a stream of pictures that cannot be opened or read
            IdxError                  codec/idx_file.py
        StreamError                   a stream that cannot begin or go on
            NoFrameError              receiver/stream.py; also a TimeoutError
            RejectedError             receiver/pipeline.py
        ProtocolError                 the bytes between sender and receiver, and the sockets below them
            MessageError              protocol/errors.py
            TransportError            protocol/errors.py
            KeyTextError              protocol/keys.py
            BrowserMessageError       receiver/web/browser_messages.py
            WallMessageError          fabric/wall/wall_messages.py
            ReplayMessageError        receiver/web/replay_socket.py
            OfferError                receiver/whep/offer.py
        CodecError                    pictures that cannot be coded, payloads that cannot be decoded
            UnknownCodecError         codec/errors.py
            FrameSizeError            codec/errors.py
            BackendError              codec/errors.py
                StalledEncoderError   codec/hybrid/stall.py
            BitstreamError            codec/errors.py
                ReferenceMismatch     codec/errors.py
            WeightsError              codec/errors.py
                WeightsMissingError   codec/metrics/networks.py
            AccumulatorOverflowError  codec/latent/integer.py
        TrainingError                 training that cannot begin or go on
            DataError                 codec/training/data.py
            CheckpointError           codec/training/checkpoints.py
        OutputError                   pictures or figures that cannot be written, read back, shown or served
            RecordError               receiver/recording/file.py
                FileExistsAlready     receiver/recording/file.py
            PayloadFileError          receiver/recording/payload_file.py
            RecordDamaged             receiver/recording/payload_records.py
            SnapshotError             receiver/recording/snapshots.py
            PictureFolderError        runtime/picture_files.py
            VirtualCameraError        receiver/virtual_camera.py
            PushError                 receiver/push/pusher.py
            EventError                receiver/events/sinks.py
            WebError                  runtime/web/address.py
            MetricsError              runtime/metrics.py
        FabricError                   a fabric that cannot be reached, started, written or read
            ConnectionRefused         fabric/connection.py
            AskedInVain               fabric/connection.py
            ServerError               fabric/server.py
            NotRecorded               fabric/stream.py
            StateError                fabric/state.py
            TileError                 fabric/tile.py
            DecodeProcessError        fabric/fleet/decode_process.py
            HostileAnswerError        fabric/fleet/decode_messages.py
            ArchiveError              fabric/archive/target.py
            MembersError              fabric/administration/members.py
        DiscoveryError                senders that cannot be found, or cannot announce themselves
            AnnouncementError         runtime/announcement.py
        BenchError                    a measurement that cannot begin or go on
            ClipError                 benchmark/errors.py
            PeerError                 benchmark/errors.py
            PlotError                 benchmark/errors.py
            ProgramError              benchmark/errors.py
            LinkError                 benchmark/errors.py
            BrowserError              benchmark/browser/chromium.py
            DemoError                 benchmark/demo/__main__.py
        LabError                      an experiment of the lab that cannot begin or go on
            StoppedError              lab/mnist/run.py

This file lies below every package and imports none of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """A setting that helps, as data: the command line and Python name it differently."""

    setting: str
    "as Python names it, such as max_kbps"
    value: str | bool = True
    when: str = ""
    "the case in which it helps, such as 'only if that side runs without keys'; empty: it helps anyhow"

    def on_command_line(self) -> str:
        """The advice for somebody who types commands: use --device cpu."""
        option = self.setting.replace("_", "-")
        if isinstance(self.value, bool):
            return self._use(f"--{option}" if self.value else f"--no-{option}")
        # Double quotes: the shell of Windows knows no others.
        return self._use(f'--{option} "{self.value}"' if "*" in self.value else f"--{option} {self.value}")

    def in_python(self) -> str:
        """The advice for somebody who calls Narrowcast from Python: use device="cpu"."""
        value = str(self.value) if isinstance(self.value, bool) else f'"{self.value}"'
        return self._use(f"{self.setting}={value}")

    def _use(self, setting: str) -> str:
        return f"{self.when}, use {setting}" if self.when else f"use {setting}"


def advice(text: str, remedy: str | None) -> str:
    """A text, and what helps behind it, if something does."""
    return f"{text}; {remedy}" if remedy else text


class NarrowcastError(Exception):
    """Base of every error that Narrowcast raises on purpose; its remedy, if it has one, is data."""

    def __init__(self, text: str = "", *, remedy: Remedy | None = None) -> None:
        """Say what is wrong in `text`, which names no option of the command line."""
        super().__init__(text)
        self.text = text
        self.remedy = remedy

    def __str__(self) -> str:
        """The text, and the remedy in the words of Python."""
        return advice(self.text, self.remedy.in_python() if self.remedy else None)

    def on_command_line(self) -> str:
        """The text, and the remedy for somebody who types commands."""
        return advice(self.text, self.remedy.on_command_line() if self.remedy else None)


class ConfigError(NarrowcastError, ValueError):
    """A setting is out of its range; the text says which and what it may be."""

    def __init__(self, problem: str, *, setting: str = "", remedy: Remedy | None = None) -> None:
        """Begin the text with `setting`, the name of the field, where the problem is with one setting alone.

        A command line and a settings file put in its place what they call it: "--max-kbps" for "max_kbps".
        """
        super().__init__(f"{setting} {problem}" if setting else problem, remedy=remedy)
        self.problem = problem
        self.setting = setting


class SecurityError(NarrowcastError):
    """The address or the key may not be used like this; the text says why and what to do."""


class SourceError(NarrowcastError):
    """A source cannot be opened or read; the text says what is wrong and how to fix it."""


class StreamError(NarrowcastError):
    """The stream cannot begin or go on; the text says why and what to do."""


class ProtocolError(NarrowcastError):
    """Base of every error the protocol raises on purpose."""


class CodecError(NarrowcastError):
    """Base of every error the codec raises on purpose."""


class TrainingError(NarrowcastError):
    """Training cannot begin or go on; the text says why and what to do."""


class OutputError(NarrowcastError):
    """What was received cannot be written, read back, shown or served; the text says why and what to do."""


class DiscoveryError(NarrowcastError):
    """The local network cannot be searched or told; the text says why and what to do."""


class FabricError(NarrowcastError):
    """The fabric cannot be reached, started, written or read; the text says why and what to do."""


class BenchError(NarrowcastError):
    """Base of every error that the benchmarks raise on purpose."""


class LabError(NarrowcastError):
    """An experiment of the lab cannot begin or go on; the text says why and what to do."""
