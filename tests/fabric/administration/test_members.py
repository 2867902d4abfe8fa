"""Who may do what in a fabric."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.errors import NarrowcastError
from narrowcast.fabric.administration import members as members_module
from narrowcast.fabric.administration.members import (
    Member,
    Members,
    MembersError,
    read_members,
    write_members,
)
from narrowcast.fabric.identity import new_identity
from narrowcast.fabric.retention import StreamLimits

KEY, OTHER, THIRD = (new_identity().public for _ in range(3))


def test_the_list_grows_shrinks_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "members.json"
    limits = StreamLimits(keep_s=60.0)
    relay = Member(key=KEY, name="relay", cameras=("front", "yard"))
    members = Members().allow(relay, limits).allow(Member(key=OTHER, name="wall"), StreamLimits())
    write_members(path, members)
    assert read_members(path) == members
    assert members.cameras == ("front", "yard") and members.limits["yard"] == StreamLimits(keep_s=60.0)
    renamed = members.allow(Member(key=OTHER, name="big wall", only=("front",)), StreamLimits())
    assert [each.name for each in renamed.members] == ["relay", "big wall"]
    kept, gone = renamed.revoke("big wall")
    assert gone.key == OTHER and kept.members == (relay,)
    assert kept.revoke(KEY)[0].members == ()


def test_a_camera_may_publish_its_own_subjects_alone() -> None:
    allowed = Member(key=KEY, name="relay", cameras=("front",)).permissions
    assert {subject for subject in allowed.publish if subject.startswith("nc.")} == {
        "nc.v.front.k",
        "nc.v.front.d",
        "nc.i.front",
        "nc.a.front",
    }
    assert allowed.subscribe == (f"_INBOX.{KEY}.>",)
    assert not any("*" in subject or ">" in subject for subject in allowed.publish)


def test_a_viewer_may_publish_nothing_but_questions() -> None:
    everything = Member(key=KEY, name="wall").permissions
    assert all(
        subject.startswith(("$JS.API.STREAM.INFO.", "$JS.API.STREAM.NAMES", "$JS.API.DIRECT.GET."))
        for subject in everything.publish
    )
    assert "nc.v.*.*" in everything.subscribe
    one = Member(key=KEY, name="wall", only=("front",)).permissions
    assert "nc.v.front.*" in one.subscribe and not any("*.*" in subject for subject in one.subscribe)
    assert "$JS.API.DIRECT.GET.nc_front" in one.publish
    assert "$JS.API.STREAM.NAMES" not in one.publish, "the names of the others are not its business"


def test_a_worker_may_publish_tiles_and_alerts_and_its_leases() -> None:
    everything = Member(key=KEY, name="fleet", worker=True).permissions
    told = {subject for subject in everything.publish if not subject.startswith("$JS.API.")}
    assert told == {"nc.t.*", "nc.a.*", "$KV.nc_fleet.>"}
    one = Member(key=KEY, name="fleet", worker=True, only=("front",)).permissions
    assert {"nc.t.front", "nc.a.front"} <= set(one.publish) and "nc.t.*" not in one.publish
    assert "nc.v.front.*" in one.subscribe and "nc.v.*.*" not in one.subscribe


def test_viewers_have_accounts_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members_module, "MAX_VIEWERS", 2)
    members = (
        Members()
        .allow(Member(key=KEY, name="a"), StreamLimits())
        .allow(Member(key=OTHER, name="b"), StreamLimits())
    )
    assert [each.slot for each in members.members] == [0, 1]
    with pytest.raises(MembersError, match="2 keys may watch: revoke one"):
        members.allow(Member(key=THIRD, name="c"), StreamLimits())
    freed = members.revoke("a")[0].allow(Member(key=THIRD, name="c"), StreamLimits())
    assert [each.slot for each in freed.members] == [1, 0]


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (Member(key="U", name="x"), "no public NKEY"),
        (Member(key=OTHER, name=""), "a name has 1 to 64"),
        (Member(key=OTHER, name="relay"), "there is a key called 'relay' already"),
        (Member(key=OTHER, name="x", cameras=("a.b",)), "'a.b' is no name of a camera"),
        (Member(key=OTHER, name="x", only=("*",)), "is no name of a camera"),
    ],
)
def test_what_cannot_be_is_told(member: Member, words: str) -> None:
    members = Members().allow(Member(key=KEY, name="relay", cameras=("front",)), StreamLimits())
    with pytest.raises(NarrowcastError, match=words):
        members.allow(member, StreamLimits())


def test_who_is_not_there_cannot_be_revoked() -> None:
    members = Members().allow(Member(key=KEY, name="wall"), StreamLimits())
    with pytest.raises(MembersError, match="no key is called 'well'; there are: wall"):
        members.revoke("well")


@pytest.mark.parametrize("text", ["", "{", '{"members": 3}', '{"members": [{"key": "U", "name": "x"}]}'])
def test_a_damaged_list_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "members.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(NarrowcastError):
        read_members(path)
    path.chmod(0o644)
    with pytest.raises(NarrowcastError, match="open to other users"):
        read_members(path)
