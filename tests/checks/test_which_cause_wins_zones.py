"""Pairs of causes about zones and records that could claim the same fault: one of them is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.lab import builders as b
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from checks.finding import Finding
from tests.checks.judging import judged
from tests.estates import estate_of, record
from tests.incidents import endpoints, records, sharing, zone_reach, zones  # noqa: F401  they register what they play
from tests.incidents.records import API, BESIDE, INFERENCE, NOTEBOOKS
from tests.incidents.scenes import adding, edited, find, healthy_scene, one, scene, without
from tests.incidents.zones import former, record_of, records_in

WRONG = [{"ipv4Address": "10.1.0.200"}]


def found(estate: LabEstate) -> tuple[Finding, ...]:
    return judged(estate_of(estate)).findings


def codes(estate: LabEstate) -> list[str]:
    """The codes of errors and warnings, each finding once."""
    return [finding.code for finding in found(estate) if finding.level.word != "note"]


def is_mended(estate: LabEstate) -> bool:
    """Whether nothing is left to tell when the repairs of all findings are made."""
    changes = tuple(change for finding in found(estate) for change in finding.violation.changes)
    return codes(estate.with_changes(changes)) == []


def is_wildcard(name: str) -> bool:
    return name.startswith("*.")


def is_cert(name: str) -> bool:
    return name.endswith(".cert")


def falling_back(estate: LabEstate) -> LabEstate:
    for link in find(estate, "zone-link"):
        estate = edited(estate, link, lambda body: body["properties"].update(resolutionPolicy="NxDomainRedirect"))
    return estate


@pytest.mark.parametrize(("fallback", "code"), [(False, "PED203"), (True, "PED212")])
def test_fallback_that_hides_a_missing_record_is_told_instead_of_it(fallback: bool, code: str) -> None:
    """212 before 203."""
    estate = build("azure-dns")
    estate = without(estate, record_of(estate, API, is_cert))
    assert codes(falling_back(estate) if fallback else estate) == [code]


def test_a_record_of_an_endpoint_that_is_gone_is_stale_and_not_merely_wrong() -> None:
    """205 before 204; without a stamp it is a wrong address."""
    estate = scene("PED205").estate
    assert codes(estate) == ["PED205"]
    (held,) = records_in(estate, NOTEBOOKS)
    assert codes(edited(estate, held, lambda body: body["properties"].pop("metadata"))) == ["PED204"]


def test_a_stale_record_stands_before_an_endpoint_without_dns() -> None:
    """205 before 102: what is written there is what misleads, however the endpoint is connected."""
    estate = build("azure-dns")
    estate = without(estate, find(estate, "private-dns-zone-group"))
    for held in (*records_in(estate, API), *records_in(estate, NOTEBOOKS)):
        estate = edited(estate, held, former("10.1.0.97", "pe-mlw-old"))
    assert set(codes(estate)) == {"PED205"}


def test_right_and_wrong_addresses_are_mixed_and_neither_stale_nor_wrong() -> None:
    assert codes(scene("PED207").estate) == ["PED207"]


def test_a_record_that_somebody_expects_is_never_left_over() -> None:
    """205 tells of it; 215 is for names that nobody expects."""
    assert "PED215" not in [finding.code for finding in found(scene("PED205").estate)]
    assert [finding.code for finding in found(scene("PED215").estate)] == ["PED215"]


@pytest.mark.parametrize("kind", ["private-endpoint", "subscription", "network-interface"])
def test_nothing_is_left_over_while_its_owner_may_be_unseen(kind: str) -> None:
    """And no removal is proposed."""
    from tests.estates import gap

    made = judged(estate_of(scene("PED215").estate, gap(kind, "/")))
    assert "PED215" not in [finding.code for finding in made.findings]


def test_what_a_group_wrote_is_compared_only_where_nobody_suffers() -> None:
    """221 only where no record fault stands: a mistyped record is a wrong address."""
    estate = build("azure-dns")
    wrong = edited(estate, record_of(estate, API, is_cert), lambda body: body["properties"].update(aRecords=WRONG))
    assert codes(wrong) == ["PED204"]
    assert codes(scene("PED221").estate) == ["PED221"]


def test_what_two_groups_write_is_shared_and_differs_from_nothing() -> None:
    """107 without 221."""
    assert codes(scene("F12").estate) == ["PED107"]


@pytest.mark.parametrize("fallback", [False, True])
def test_a_child_zone_that_takes_over_is_told_instead_of_the_missing_record(fallback: bool) -> None:
    """222 without 203 and 212: the parent holds the record for everybody to see."""
    estate = scene("PED222").estate
    estate = falling_back(estate) if fallback else estate
    assert codes(estate) == ["PED222"]
    (finding,) = [f for f in found(estate) if f.code == "PED222"]
    assert f"{API} holds the record and is not asked" in finding.violation.cause
    assert is_mended(estate)


def test_a_child_zone_is_told_where_the_parent_lacks_the_record_as_well() -> None:
    """What the parent holds changes nothing, and its lack is not told beside it."""
    estate = scene("PED222").estate
    estate = without(estate, [r for r in records_in(estate, API) if is_wildcard(r.id.name)])
    assert codes(estate) == ["PED222"]
    assert is_mended(estate)


def test_a_wrong_address_in_a_child_zone_is_a_wrong_address_there() -> None:
    """The repair is written where the child holds it."""
    estate = healthy_scene("a child zone that holds the records that it took over").estate
    held = next(d for d in find(estate, "record-set") if d.id.parent.name == INFERENCE and "aRecords" in str(d.body))
    estate = edited(estate, held, lambda body: body["properties"].update(aRecords=WRONG))
    assert codes(estate) == ["PED204"]
    assert is_mended(estate)


def test_an_alias_in_the_way_is_told_instead_of_a_public_or_missing_name() -> None:
    """219 without 203 and 501; it is taken away before the address is written."""
    estate = scene("PED219").estate
    (finding,) = found(estate)
    assert finding.code == "PED219"
    assert [change.after is None for change in finding.violation.changes] == [True, False]
    assert is_mended(estate)


@pytest.mark.parametrize("below", [False, True])
def test_a_closer_name_in_the_way_of_a_wildcard_is_told_instead_of_a_missing_record(below: bool) -> None:
    """A TXT record, or a name below: the wildcard is there and does not answer."""
    estate = build("multi-subscription")
    wildcard = next(d for d in find(estate, "record-set") if is_wildcard(d.id.name) and d.id.parent.name == API)
    name = wildcard.id.name.replace("*", "_acme.private-endpoint-dns-probe" if below else "private-endpoint-dns-probe")
    estate = adding(estate, record(wildcard.id.parent.text, f"TXT/{name}", "verify"))
    (finding,) = [finding for finding in found(estate) if finding.level.word == "error"]
    assert finding.code == "PED219"
    assert finding.violation.discriminator.startswith("A/private-endpoint-dns-probe")
    assert ("has names below it" if below else "is there as TXT") in finding.violation.cause
    assert is_mended(estate)


def test_two_copies_are_told_instead_of_the_record_that_one_lacks() -> None:
    """208 without 203 and 102; the network is linked to the copy that is right."""
    estate = scene("PED208").estate
    (finding,) = [finding for finding in found(estate) if finding.code != "PED111"]
    assert finding.code == "PED208"
    assert is_mended(estate)


def test_a_copy_into_which_a_group_writes_is_not_merely_duplicated() -> None:
    """114 absorbs 208: one copy is kept by a zone group."""
    kept = find(build("azure-dns"), "private-dns-zone-group")
    estate = adding(scene("PED208").estate, kept)
    assert codes(estate) == ["PED114"]
    assert is_mended(estate)


def test_one_record_that_a_good_copy_lacks_is_a_missing_record() -> None:
    """The copy is used and right otherwise: nobody has to give it up."""
    estate = build("azure-dns")
    estate = without(estate, find(estate, "private-dns-zone-group"))
    network = one(estate, "virtual-network", "vnet-apps").body["id"]
    first = one(estate, "private-dns-zone", API)
    copy = b.private_zone(BESIDE, API, record_sets=2, links=1)
    (link,) = (d for d in find(estate, "zone-link", "vnet-apps") if d.id.parent == first.id)
    held = [
        b.address_record(copy.body["id"], r.id.name, [a["ipv4Address"] for a in r.body["properties"]["aRecords"]])
        for r in records_in(estate, API)
        if not is_cert(r.id.name)
    ]
    estate = adding(without(estate, link), copy, held, b.zone_link(copy.body["id"], network))
    assert codes(estate) == ["PED203"]


def test_a_zone_that_exists_nowhere_stands_before_what_would_write_into_it() -> None:
    """201 before 103 and 102."""
    estate = scene("PED201").estate
    assert "PED201" in codes(estate)
    assert not {"PED102", "PED203"} & set(codes(estate))


def test_a_group_without_the_zone_stands_before_the_missing_record() -> None:
    """103 absorbs 203 for its zone."""
    assert codes(scene("PED103").estate) == ["PED103"]


def test_a_group_that_writes_elsewhere_absorbs_what_is_missing() -> None:
    """104 and 114 absorb 201, 202, 203 and 208."""
    assert codes(scene("PED104").estate) == ["PED104"]
    assert codes(scene("PED114").estate) == ["PED114"]


def test_a_zone_over_the_suffix_of_instances_is_a_wildcard_that_captures() -> None:
    """`instances.*` is 211, every other public suffix is 210."""
    assert codes(scene("PED211").estate) == ["PED211"]
    assert codes(scene("PED210").estate) == ["PED210"]


def hostile(body: dict[str, Any]) -> None:
    body["properties"]["cnameRecord"]["cname"] = "a\x1b[31m.example."


def test_an_alias_that_is_no_name_misleads_nobody() -> None:
    """A target that is no name is told as a shape, or followed nowhere; no escape reaches a text."""
    estate = scene("PED219").estate
    alias = next(d for d in find(estate, "record-set") if "cnameRecord" in d.body["properties"])
    made = judged(estate_of(edited(estate, alias, hostile)))
    assert made.findings
    assert all(finding.code in ("PED219", "PED904", "PED203", "PED502") for finding in made.findings)


def test_where_an_alias_leads_nobody_writes_our_address() -> None:
    """The alias is at fault; the record that it leads to is another team's and right."""
    estate = build("azure-dns")
    zone, api = one(estate, "private-dns-zone", API), record_of(estate, API, is_cert)
    theirs = b.address_record(zone.body["id"], "theirs", ["10.2.0.9"])
    alias = b.alias_record(zone.body["id"], api.id.name, f"theirs.{API}")
    estate = adding(without(estate, api), theirs, alias)
    (finding,) = [finding for finding in found(estate) if finding.level.word == "error"]
    assert finding.code == "PED219"
    assert theirs.id not in {change.id for change in finding.violation.changes}
    assert is_mended(estate)


def test_the_wildcard_of_others_is_not_rewritten() -> None:
    """It catches a name whose own record is missing: that record is written, and the wildcard stays."""
    estate = build("azure-dns")
    zone, cert = one(estate, "private-dns-zone", API), record_of(estate, API, is_cert)
    wildcard = b.address_record(zone.body["id"], f"*.{cert.id.name.partition('.')[2]}", ["10.2.0.9"])
    estate = adding(without(estate, cert), wildcard)
    (finding,) = [finding for finding in found(estate) if finding.level.word == "error"]
    assert wildcard.id not in {change.id for change in finding.violation.changes}
    assert is_mended(estate)


def heads(estate: LabEstate) -> set[str]:
    """The codes of the errors and warnings that no other one hides."""
    told = [finding for finding in found(estate) if finding.level.word != "note"]
    hidden = {mask for finding in told for mask in finding.masks}
    return {finding.code for finding in told if finding.fingerprint not in hidden}


def without_links(estate: LabEstate, zone: str) -> LabEstate:
    return without(estate, [link for link in find(estate, "zone-link") if link.id.parent.name == zone])


def without_group(estate: LabEstate, endpoint: str) -> LabEstate:
    return without(estate, [g for g in find(estate, "private-dns-zone-group") if g.id.parent.name == endpoint])


def test_an_overwritten_record_stands_before_an_endpoint_without_dns() -> None:
    """206 before 102: a zone group of its own would only take turns with the other one."""
    estate = without_group(scene("PED206").estate, "pe-mlw-churn")
    assert codes(estate) == ["PED206"]
    assert is_mended(estate)


def test_what_an_endpoint_overwrote_is_stale_once_that_endpoint_is_gone() -> None:
    """206 before 205 while it lives; 205 when it does not."""
    estate = scene("PED206").estate
    gone = (*find(estate, "private-endpoint", "pe-lab"), *find(estate, "network-interface", "pe-lab"))
    assert set(codes(without(estate, gone))) == {"PED205"}


def test_a_wrong_address_stands_before_an_endpoint_without_dns() -> None:
    """204 before 102: the wrong records are what misleads."""
    estate = build("azure-dns")
    estate = without(estate, find(estate, "private-dns-zone-group"))
    for held in (*records_in(estate, API), *records_in(estate, NOTEBOOKS)):
        estate = edited(estate, held, lambda body: body["properties"].update(aRecords=WRONG, metadata={}))
    assert set(codes(estate)) == {"PED204"}
    assert is_mended(estate)


def test_an_endpoint_without_dns_absorbs_its_missing_records() -> None:
    """102 before 203, and behind it nothing but them."""
    assert codes(scene("PED102").estate) == ["PED102"]


@pytest.mark.parametrize("missing", ["PED201", "PED202"])
def test_a_zone_that_is_missing_or_not_linked_stands_before_a_group_without_it(missing: str) -> None:
    """201 before 103: the group could not name it; 103 shows behind it, and 203 nowhere."""
    estate = scene("PED103").estate
    zone = one(estate, "private-dns-zone", NOTEBOOKS)
    estate = without(estate, zone) if missing == "PED201" else without_links(estate, NOTEBOOKS)
    assert heads(estate) == {missing}
    assert set(codes(estate)) == {missing, "PED103"}
    assert is_mended(estate)


def test_zones_that_exist_nowhere_stand_before_an_endpoint_without_dns() -> None:
    """201 before 102."""
    estate = build("azure-dns")
    estate = without(estate, find(estate, "private-dns-zone"), find(estate, "private-dns-zone-group"))
    assert heads(estate) == {"PED201"}
    assert set(codes(estate)) == {"PED201", "PED102"}
    assert is_mended(estate)


@pytest.mark.parametrize("more", ["PED201", "PED202", "PED203"])
def test_a_group_that_writes_into_a_wrong_zone_absorbs_what_the_right_one_lacks(more: str) -> None:
    """104 without 201, 202, 203 and 209; the wrong zone is told by itself once nothing writes into it."""
    estate = scene("PED104").estate
    if more == "PED201":
        estate = without(estate, one(estate, "private-dns-zone", NOTEBOOKS))
    if more == "PED202":
        estate = without_links(estate, NOTEBOOKS)
    assert codes(estate) == ["PED104"]
    changes = tuple(change for finding in found(estate) for change in finding.violation.changes)
    assert codes(estate.with_changes(changes)) == ["PED209"]


def test_a_group_that_writes_into_another_copy_absorbs_the_missing_record() -> None:
    """114 without 203: the copy that answers lacks the cert record, too."""
    estate = scene("PED114").estate
    assert codes(without(estate, [r for r in records_in(estate, API) if is_cert(r.id.name)])) == ["PED114"]


def test_a_name_of_others_is_told_beside_a_record_of_ones_own_that_is_missing() -> None:
    """213 and 203 are two repairs of one zone; neither hides the other."""
    played = scene("F9")
    estate = without(played.estate, record_of(played.estate, API, is_cert))
    findings = replace(played, estate=estate).run().loud
    assert sorted(finding.code for finding in findings) == ["PED203", "PED213"]
    assert [finding.masks for finding in findings] == [[], []]


def test_a_network_that_is_required_is_told_of_its_zone_and_never_as_a_probable_one() -> None:
    """202 without 220."""
    made = [finding.code for finding in found(scene("F6").estate)]
    assert "PED202" in made
    assert "PED220" not in made
