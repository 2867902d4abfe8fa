"""The accounts of the server, as text; test_service.py has a real server read it."""

from __future__ import annotations

from narrowcast.fabric.administration.accounts import accounts_text
from narrowcast.fabric.administration.members import MAX_VIEWERS, Member, Members
from narrowcast.fabric.identity import new_identity
from narrowcast.fabric.retention import StreamLimits


def test_every_viewer_has_an_account_of_its_own_from_the_start() -> None:
    admin, relay, wall = (new_identity().public for _ in range(3))
    members = Members().allow(Member(key=relay, name="relay", cameras=("front",)), StreamLimits())
    members = members.allow(Member(key=wall, name="wall"), StreamLimits())
    text = accounts_text(admin, members.members)
    cameras, viewers = text.split("  VIEWER0: {")
    assert f"{{ nkey: {admin} }}" in cameras and relay in cameras and "jetstream: enabled" in cameras
    assert wall not in cameras and wall in viewers.split("  VIEWER1: {")[0]
    assert text.count("imports:") == MAX_VIEWERS + 2 and text.count("response_type: stream") == 3


def test_workers_share_an_account_that_passes_on_what_they_may_tell() -> None:
    admin, worker = (new_identity().public for _ in range(2))
    members = Members().allow(Member(key=worker, name="fleet", worker=True), StreamLimits())
    cameras, rest = accounts_text(admin, members.members).split("  WORKERS: {")
    own = rest.split("  VIEWER0: {")[0]
    assert worker in own and worker not in cameras
    assert 'stream: { account: WORKERS, subject: "nc.a.>" }' in cameras, "alerts are recorded"
    assert own.count('{ stream: "') == 2, "tiles and alerts leave it"
