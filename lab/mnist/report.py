"""The chapter of a finished run: tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from narrowcast.benchmark.plots import Axis, Curve, CurvePanel, Plot, draw_plot
from narrowcast.benchmark.tables import Column
from narrowcast.codec.training.curves import read_log, running_mean
from narrowcast.errors import ConfigError
from narrowcast.lab.chapter import Chapter, load_chapter
from narrowcast.lab.coders import CoderResult
from narrowcast.lab.grids import digit_grid, labelled, read_grey, write_grey, write_rgb
from narrowcast.lab.mnist.comparison import CodecRow, DigitScores, Judges, agreement, judged
from narrowcast.lab.mnist.coverage import SampleQuality
from narrowcast.lab.mnist.digits import LabelledDigits, to_bytes
from narrowcast.lab.mnist.latent import perplexity
from narrowcast.lab.mnist.prior import Indices
from narrowcast.lab.mnist.run import TrainedDigits, trained_minutes
from narrowcast.lab.mnist.settings import MnistSettings

SMOOTHED = 5
"Log records in the running mean of a curve."
SHOWN = 16
"Digits in the picture of reconstructions."


GAME_COLUMNS = (
    Column("loss", lambda run: run.facts["loss"]),
    Column("coverage", lambda run: float(run.facts["coverage"]), ".2f"),
    Column("density", lambda run: float(run.facts["density"]), ".2f"),
    Column("steps of G", lambda run: int(run.facts["game_steps"]), "d"),
    Column("minutes", lambda run: float(run.facts["game_minutes"]), ".1f"),
    Column("what is wrong", lambda run: run.facts["collapse"]),
    Column("command", lambda run: run.command),
)
"Of a chapter that tells of a game."
_GAME_FACTS = {"loss", "coverage", "density", "game_steps", "game_minutes", "collapse"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The fewest bytes with which a codec reaches the GAN codec's accuracy."""

    codec: str
    alone: float | None
    "bytes a digit, each a file of its own; None where it never reaches that accuracy"
    together: float | None
    gan_alone: float
    gan_together: float

    @property
    def outcome(self) -> str:
        """In words."""
        if self.together is None or self.alone is None:
            return "never as accurate"
        if self.gan_together < self.together and self.gan_alone < self.alone:
            return f"GAN wins: {self.together / self.gan_together:.1f} times fewer bytes"
        if self.gan_together < self.together or self.gan_alone < self.alone:
            return "each wins once"
        return "GAN loses"


def verdicts(rows: Sequence[CodecRow], gan: CodecRow) -> list[Verdict]:
    """Find for every other codec its fewest bytes at the GAN codec's accuracy or a better one."""
    found = []
    for codec in dict.fromkeys(row.codec for row in rows if row is not gan):
        good = [row for row in rows if row.codec == codec and row.accuracy >= gan.accuracy]
        found.append(
            Verdict(
                codec=codec,
                alone=min((row.alone for row in good), default=None),
                together=min((row.together for row in good), default=None),
                gan_alone=gan.alone,
                gan_together=gan.together,
            )
        )
    return found


@dataclass(frozen=True, kw_only=True)
class JudgedSet:
    """Some digits, and what the discriminator says beside what is true."""

    name: str
    scores: DigitScores


class MnistReport:
    """Writes the chapter piece by piece."""

    def __init__(self, settings: MnistSettings, chapter: Chapter) -> None:
        self._settings, self.chapter = settings, chapter
        self._others = _finished_runs(settings.beside)

    def game(self, quality: SampleQuality, trained: TrainedDigits) -> None:
        """Curves and samples of the game, beside those of other runs; coverage."""
        folder, others = self._settings.out, self._others
        logs = {
            self._settings.loss: folder / "gan",
            **{name: other.folder / "gan" for name, other in others.items()},
        }
        draw_plot(
            _game_plot(logs), self.chapter.figure("curves", "Losses and logits of the game, step by step.")
        )
        write_rgb(
            self.chapter.figure("progress", "The same hundred z while G learns."), _progress(folder / "gan")
        )
        samples = digit_grid(to_bytes(trained.samples(100, self._settings.seed)), columns=10)
        write_grey(self.chapter.figure("samples", "Digits that G paints from noise."), samples)
        facts = self.chapter.facts
        facts |= {"loss": self._settings.loss, "coverage": f"{quality.coverage:.2f}"}
        facts |= {
            "density": f"{quality.density:.2f}",
            "collapse": quality.warning or "no mode collapse was found",
        }
        facts |= {
            "game_steps": str(self._settings.gan_steps),
            "game_minutes": f"{trained_minutes(folder, 'gan'):.1f}",
        }
        runs: dict[str, Chapter] = {self._settings.loss: self.chapter, **others}
        self.chapter.table("game", "Samples of G against real digits", GAME_COLUMNS, runs.values())
        if others:
            pictures = {
                name: read_grey(run.folder / run.figures["samples"].file) for name, run in runs.items()
            }
            path = self.chapter.figure("beside", "Samples of each loss.")
            write_rgb(path, labelled(pictures, columns=len(pictures), width=samples.shape[1]))

    def codecs(self, rows: Sequence[CodecRow], gan: CodecRow, originals: CodecRow, parameters: int) -> None:
        """Every codec's bytes and what they bought; the generator has so many parameters of four bytes."""
        columns = [
            Column("codec", "codec"),
            Column("setting", "setting"),
            Column("bytes a digit, files of their own", "alone", ".1f"),
            Column("bytes a digit, all in one", "together", ".1f"),
            Column("PSNR dB", "scores.psnr", ".2f"),
            Column("SSIM", lambda row: float(row.scores.ssim.mean()), ".4f"),
            Column("classifier right", "accuracy", ".2%"),
            Column("D's mean logit", lambda row: float(row.scores.score.mean()), ".2f"),
        ]
        self.chapter.table("codecs", "Codecs on the test digits", columns, rows)
        columns = [
            Column("codec", "codec"),
            Column("files of their own", "alone", ".1f"),
            Column("GAN codec", "gan_alone", ".1f"),
            Column("all in one", "together", ".1f"),
            Column("GAN codec", "gan_together", ".1f"),
            Column("outcome", "outcome"),
        ]
        title = f"Fewest bytes a digit with which each codec has {gan.accuracy:.2%} or more right"
        self.chapter.table("verdict", title, columns, verdicts(rows, gan))
        columns = [
            Column("measure", "measure"),
            Column("means of settings", "over_settings", ".2f"),
            Column("single digits", "over_digits", ".2f"),
        ]
        title = "Rank correlation of the discriminator's score with other measures"
        found = agreement(list(rows))
        self.chapter.table("agreement", title, columns, found)
        self.chapter.facts |= {
            "accuracy": f"{gan.accuracy:.2%}",
            "accuracy_of_originals": f"{originals.accuracy:.2%}",
            "bytes_alone": f"{gan.alone:.1f}",
            "bytes_together": f"{gan.together:.1f}",
            "latent_bits": str(self._settings.latent_bits),
            "weights_mb": f"{4 * parameters / 1e6:.1f}",
            "psnr": f"{gan.scores.psnr or 0:.2f}",
        }
        draw_plot(
            _rate_plot(rows),
            self.chapter.figure("rate", "What codecs keep at so many bytes a digit, all in one."),
        )

    def codebooks(self, indices: Indices) -> None:
        """How many vectors of the codebooks are in use, where the latent has such."""
        used = [perplexity(torch.bincount(torch.from_numpy(column)).float()) for column in indices.T]
        self.chapter.facts["codebooks"] = (
            f"Of a codebook's 256 vectors {np.mean(used):.0f} are in use here (perplexity, on average)."
            if self._settings.vq
            else ""
        )

    def coders(self, results: Sequence[CoderResult], digits: int) -> None:
        """Entropy coders of the latents."""
        columns = [
            Column("coder", "name"),
            Column("bits a digit", lambda result: result.bits / digits, ".1f"),
            Column("encode, us a digit", lambda result: _micros(result.encode_s, digits), ".1f"),
            Column("decode, us a digit", lambda result: _micros(result.decode_s, digits), ".1f"),
        ]
        self.chapter.table("coders", "Entropy coders of the digits' latents", columns, results)

    def fidelity(
        self, test: LabelledDigits, decoded: np.ndarray, trained: TrainedDigits, judges: Judges
    ) -> None:
        """What D says of digits that are good, that are others, and that are none."""
        samples = to_bytes(trained.samples(len(decoded), self._settings.seed))
        sets = {
            "originals": test.pictures,
            "decoded": decoded,
            "decoded, but in another order": np.roll(decoded, 1, axis=0),
            "painted from noise": samples,
        }
        rows = [
            JudgedSet(name=name, scores=judged(test, pictures, judges)) for name, pictures in sets.items()
        ]
        columns = [
            Column("digits", "name"),
            Column("D's mean logit", lambda row: float(row.scores.score.mean()), ".2f"),
            Column("PSNR to the original, dB", "scores.psnr", ".2f"),
            Column("classifier right", lambda row: float(row.scores.right.mean()), ".2%"),
        ]
        self.chapter.table("fidelity", "Why D alone is no measure of fidelity", columns, rows)

    def reconstructions(self, test: LabelledDigits, decoded: Mapping[str, np.ndarray]) -> None:
        """Digits above what codecs made of them."""
        rows = {"originals": test.pictures, **decoded}
        pictures = {name: digit_grid(digits[:SHOWN], columns=SHOWN) for name, digits in rows.items()}
        path = self.chapter.figure("reconstructions", "The first test digits, and what is left of them.")
        write_rgb(path, labelled(pictures, columns=1, width=SHOWN * 56))


def _finished_runs(folders: Sequence[Path]) -> dict[str, Chapter]:
    """Read what other runs have left, by loss and folder; ConfigError where one is none."""
    found = {}
    for path in folders:
        chapter = load_chapter(path)
        if chapter is None or not chapter.facts.keys() >= _GAME_FACTS or "samples" not in chapter.figures:
            raise ConfigError(f"names {path}, where no finished run of lab mnist is", setting="beside")
        found[f"{chapter.facts['loss']} ({path.name})"] = chapter
    return found


def _micros(seconds: float | None, digits: int) -> float | None:
    return None if seconds is None else 1e6 * seconds / digits


def _progress(folder: Path) -> np.ndarray:
    """Four of the pictures that were saved while the game was played."""
    saved = sorted(folder.glob("sample-*.png"))
    chosen = [saved[index] for index in sorted({0, len(saved) // 3, 2 * len(saved) // 3, len(saved) - 1})]
    pictures = {f"step {int(path.stem.split('-')[1])}": read_grey(path) for path in chosen}
    return labelled(pictures, columns=len(pictures), width=280)


def _game_plot(logs: Mapping[str, Path]) -> Plot:
    """A row of panels for each run: both losses, and the logits that D gives."""
    rows = []
    for name, folder in logs.items():
        log = read_log(folder)
        steps = log.get("step", [])  # a run shorter than a record of the log has none

        def curve(figure: str, log: dict[str, list[float]] = log, steps: list[float] = steps) -> Curve:
            means = running_mean(log.get(figure, []), SMOOTHED)
            return Curve(label=figure, points=list(zip(steps, means, strict=True)))

        steps_axis = Axis(title="steps of G")
        losses = [curve("L_D"), curve("L_G")]
        logits = [curve("D real"), curve("D fake")]
        rows.append(
            [
                CurvePanel(title=f"{name}: losses", curves=losses, x=steps_axis, legend=bool(steps)),
                CurvePanel(title=f"{name}: D's mean logits", curves=logits, x=steps_axis, legend=bool(steps)),
            ]
        )
    return Plot(rows=rows, panel_width_in=4.5, row_heights_in=[2.6] * len(rows))


def _rate_plot(rows: Sequence[CodecRow]) -> Plot:
    """PSNR, SSIM and accuracy over bytes; a codec with one setting is a point."""
    names = list(dict.fromkeys(row.codec for row in rows))

    def panel(title: str, value: str) -> CurvePanel:
        curves = []
        for name in names:
            points = []
            for row in sorted((row for row in rows if row.codec == name), key=lambda row: row.together):
                figures = {
                    "psnr": row.scores.psnr,
                    "ssim": float(row.scores.ssim.mean()),
                    "accuracy": row.accuracy,
                }
                points.append((row.together, figures[value]))
            curves.append(Curve(label=name, points=points, strong=name.startswith("GAN")))
        x = Axis(title="bytes a digit, all in one", log_base=2, ticks=(4, 8, 16, 32, 64, 128, 256))
        return CurvePanel(title=title, curves=curves, x=x)

    panels = [panel("PSNR, dB", "psnr"), panel("SSIM", "ssim"), panel("classifier right", "accuracy")]
    return Plot(rows=[panels], panel_width_in=4.2, row_heights_in=[3.6], shared_legend=True)
