"""Score recordings of payloads and paint them again, on all machines of a Ray cluster.

Each recording (.ncast, a file or a URL that fsspec knows, as `narrowcast fabric archive` writes them) is one
task: it is fetched, checked, decoded with and without the generator, scored, and exported as a time-lapse.
Needs the extra: pip install "narrowcast[ray]". Without --address it starts a cluster on this machine.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

EVERY_US = 1_000_000
"Of a recording's time, between two pictures that are scored and exported."


def pictures(path: Path, restore: Any, losses: list[str]) -> Iterator[Any]:
    """A picture for each second of a recording; `losses` takes what is missing in it."""
    from narrowcast.receiver.play.config import ReplayConfig
    from narrowcast.receiver.play.replay import Replay
    from narrowcast.receiver.play.source import source_of
    from narrowcast.receiver.recording.payload_file import PayloadFile

    with source_of(PayloadFile(path)) as source:
        replay = Replay(source, ReplayConfig(restore=restore, threads=1), losses.append)
        yield from replay.pictures(replay.entry_before(0), every_us=EVERY_US)


class Scorer:
    """One worker of the cluster; it loads its networks once."""

    def __init__(self, out: str) -> None:
        from narrowcast.codec.metrics.realism import realism

        self.out, self.realism = out, realism

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Score one recording, and write its pictures, painted again, as a video."""
        import fsspec

        from narrowcast.errors import NarrowcastError
        from narrowcast.receiver.play.export import export, timelapse

        url, losses = row["url"], list[str]()
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / Path(url).name
                with fsspec.open(url, "rb") as remote:
                    path.write_bytes(remote.read())
                plain = [self.realism(each.rgb) for each in pictures(path, "never", losses)]
                losses.clear()  # the second pass tells them again
                painted = list(pictures(path, "always", losses))
                video = Path(folder) / "painted.mp4"
                export(timelapse(replace(each) for each in painted), video)
                target = f"{self.out}/{Path(url).stem}.mp4"
                fsspec.filesystem(fsspec.utils.get_protocol(target)).makedirs(self.out, exist_ok=True)
                with fsspec.open(target, "wb") as remote:
                    remote.write(video.read_bytes())
                return {
                    "url": url,
                    "pictures": len(painted),
                    "losses": len(losses),
                    "realism_plain": round(statistics.fmean(plain), 3),
                    "realism_painted": round(statistics.fmean(self.realism(p.rgb) for p in painted), 3),
                    "video": target,
                    "error": "",
                }
        except (NarrowcastError, OSError, statistics.StatisticsError) as error:  # the others go on
            said = " ".join(str(error).split())
            empty = {"pictures": 0, "losses": 0, "realism_plain": 0.0, "realism_painted": 0.0, "video": ""}
            return {"url": url, **empty, "error": said or type(error).__name__}


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("recordings", nargs="+", help="files or URLs of recordings (.ncast)")
parser.add_argument("--out", default="painted", help="folder or URL for the videos; by default painted")
parser.add_argument("--workers", type=int, default=2, help="how many work at a time; by default 2")
parser.add_argument("--address", help="of a Ray cluster; by default one on this machine is started")
given = parser.parse_args()

import ray  # noqa: E402 - it takes seconds, which --help need not wait for

ray.init(
    address=given.address,
    num_cpus=None if given.address else given.workers,
    include_dashboard=False,
    log_to_driver=False,
)
ray.data.DataContext.get_current().enable_progress_bars = False
rows = ray.data.from_items(
    [{"url": url} for url in given.recordings], override_num_blocks=len(given.recordings)
)
scored = rows.map(Scorer, fn_constructor_args=(given.out,), concurrency=given.workers, num_cpus=1)
for row in scored.iter_rows():
    print(json.dumps(row), flush=True)
ray.shutdown()
