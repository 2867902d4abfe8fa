"""`narrowcast lab mnist` from the settings to the chapter."""

from __future__ import annotations

import math
import time

import cv2

from narrowcast.benchmark.progress import Listener
from narrowcast.lab.chapter import Chapter, make_folder
from narrowcast.lab.mnist.comparison import CodecRow, Judges, entropy_rows, judged, picture_rows
from narrowcast.lab.mnist.digits import DigitData, load_digits
from narrowcast.lab.mnist.entropy_table import latent_coders
from narrowcast.lab.mnist.prior import tree_prior
from narrowcast.lab.mnist.report import MnistReport
from narrowcast.lab.mnist.run import STAGES, MnistRun, TrainedDigits, trained_minutes
from narrowcast.lab.mnist.settings import MnistSettings
from narrowcast.lab.settings import command_of

TABLED = 20_000
"Training digits that the priors' tables are counted on."

SETTINGS = MnistSettings


def run(settings: MnistSettings) -> Chapter:
    """Train, compare and write; the errors of the digits' files, of the folder and of a stop are one line."""
    data = load_digits(settings.data)
    chapter = Chapter(
        name="mnist", folder=make_folder(settings.out), command=command_of("mnist --data DIR", settings)
    )
    report = MnistReport(settings, chapter)
    trained = MnistRun(settings, data).train()
    started_s = time.monotonic()
    # Of as many digits in every run: coverage grows with the number of samples.
    quality = trained.sample_quality(data.test, settings.seed)
    report.game(quality, trained)
    with Listener() as listener:
        if quality.warning:
            listener.notice(quality.warning)
        listener.activity("coding the test digits")
        _compare(settings, data, trained, report)
    chapter.facts["minutes"] = f"{trained_minutes(settings.out, *STAGES):.1f}"
    chapter.facts["compared_minutes"] = f"{(time.monotonic() - started_s) / 60:.1f}"
    chapter.save()
    return chapter


def _compare(settings: MnistSettings, data: DigitData, trained: TrainedDigits, report: MnistReport) -> None:
    """Code the test digits with every codec."""
    cv2.setNumThreads(settings.threads)
    test = data.test.first(settings.digits or len(data.test.pictures))
    judges = Judges(classifier=trained.judge, discriminator=trained.discriminator)
    train, sent = trained.encode(data.train.pictures[:TABLED]), trained.encode(test.pictures)
    report.codebooks(train)
    prior = tree_prior(train, trained.latent.sizes)
    stream = prior.encode(sent)
    decoded = trained.decode(prior.decode(stream, len(sent)))
    gan = CodecRow(
        codec="GAN codec",
        setting=f"{settings.latent_bits} bits, {'vectors' if settings.vq else 'scalars'}",
        alone=float(math.ceil(settings.latent_bits / 8)),
        together=len(stream) / len(sent),
        pictures=decoded,
        scores=judged(test, decoded, judges),
    )
    pure = list(entropy_rows(data.train, test, judges))
    rows = [gan, *picture_rows(test, judges), *pure]
    parameters = sum(weight.numel() for weight in trained.generator.parameters())
    report.codecs(rows, gan, originals=pure[0], parameters=parameters)
    report.coders(list(latent_coders(train, sent, trained.latent.sizes)), len(sent))
    report.fidelity(test, decoded, trained, judges)
    jpeg = next(row for row in rows if row.codec == "JPEG")
    shown = {
        f"GAN codec, {gan.together:.1f} bytes": decoded,
        f"JPEG, {jpeg.together:.1f} bytes": jpeg.pictures,
    }
    report.reconstructions(test, shown)
