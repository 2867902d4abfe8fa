"""What a chaos run makes of its notes."""

from __future__ import annotations

from tests.chaos.log import (
    SECOND_US,
    ChaosLog,
    Fault,
    Shown,
    Usage,
    calm_ages_us,
    complaints,
    file_growth,
    growth,
    percentile,
    recovery_us,
)


def shown(*times_s: float, age_ms: int = 100) -> list[Shown]:
    return [Shown(at_us=round(at * SECOND_US), age_us=1000 * age_ms) for at in times_s]


def fault(start_s: float, gone_s: float, kind: str = "cut") -> Fault:
    return Fault(kind=kind, kbps=64, start_us=round(start_s * SECOND_US), gone_us=round(gone_s * SECOND_US))


def life(pid: int, sizes: list[int], name: str = "sender") -> list[Usage]:
    return [
        Usage(pid=pid, name=name, at_us=index * SECOND_US, resident_bytes=size, files=size // 100)
        for index, size in enumerate(sizes)
    ]


def test_recovery_is_the_time_to_the_first_picture_after_the_cause_was_gone() -> None:
    log = ChaosLog(shown=shown(1.0, 9.5, 12.25, 13.0))
    assert recovery_us(log, fault(9.0, 12.0)) == 250_000
    assert recovery_us(log, fault(13.5, 14.0)) is None


def test_ages_are_judged_at_their_rate_and_away_from_faults() -> None:
    log = ChaosLog(rates=[(0, 64), (20 * SECOND_US, 16)], shown=shown(1.0, 5.0, 10.5, 11.5, 14.5, 25.0))
    log.faults.append(fault(10.0, 11.0))
    assert len(calm_ages_us(log, 64)) == 2  # 5.0 and 14.5
    assert len(calm_ages_us(log, 16)) == 1


def test_percentiles_are_values_that_were_there() -> None:
    assert percentile([], 0.5) is None
    assert percentile([7], 0.95) == 7
    assert percentile(list(range(1, 101)), 0.95) == 95


def test_growth_is_the_worst_of_all_lives_once_settled() -> None:
    log = ChaosLog(usage=life(1, [500] * 20 + [1000] * 20) + life(2, [1000] * 39 + [1100]))
    log.usage += life(3, [100] * 5, name="receiver")
    assert growth(log) == {"sender": 1.1}
    assert file_growth(log) == {"sender": 1}


def test_all_is_well_or_each_complaint_is_one_line() -> None:
    good = ChaosLog(rates=[(0, 64)], shown=shown(*(at / 10 for at in range(400))))
    good.faults.append(fault(10.0, 12.0))
    assert complaints(good) == []
    bad = ChaosLog(rates=[(0, 64)], shown=shown(5.0, 16.0, 20.0, age_ms=900), failed_frames=2)
    bad.faults += [fault(10.0, 12.0), fault(30.0, 31.0, kind="kill sender")]
    bad.ended_early.append("the receiver")
    bad.usage = life(1, [1000] * 30 + [1200] * 10)
    assert complaints(bad) == [
        "the receiver ended though nobody killed it",
        "cut at 64 kbit/s: frames flowed again after 4.00 s",
        "kill sender at 64 kbit/s: frames flowed again never",
        "age p95 at 64 kbit/s is 900 ms",
        "2 frames did not decode",
        "the sender's memory grew to 1.20",
    ]
