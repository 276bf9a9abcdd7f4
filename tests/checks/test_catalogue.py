"""The catalogue as a contract: codes, slugs, levels, claims and documentation, and a place where each one fires."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module

import pytest

from agent.lab.scenarios import SCENARIOS
from checks.catalogue import BY_CODE, CATALOGUE
from checks.check import Check, Claim, Part
from checks.finding import Level
from collectors.arm.kinds import KINDS
from tests.incidents.expected import EXPECTED
from tests.incidents.scenes import SCENES

E, W, N = Level.ERROR, Level.WARNING, Level.NOTE
P, A = Claim.PRESENCE, Claim.ABSENCE

# Codes and slugs are public: never reused, never renamed.
CONTRACT: Mapping[str, tuple[str, Level, Claim]] = {
    "PED101": ("connection-not-approved", E, P),
    "PED102": ("endpoint-without-dns", E, A),
    "PED103": ("zone-group-incomplete", E, P),
    "PED104": ("zone-group-wrong-zone", E, P),
    "PED114": ("zone-group-writes-elsewhere", E, P),
    "PED115": ("zone-group-dangling", E, P),
    "PED105": ("endpoint-target-gone", W, A),
    "PED106": ("endpoint-failed", E, P),
    "PED107": ("endpoints-share-records", W, P),
    "PED108": ("public-access-open", N, P),
    "PED109": ("private-without-endpoint", W, A),
    "PED110": ("endpoint-without-names", W, P),
    "PED111": ("zone-group-absent", N, A),
    "PED112": ("dependency-misplaced", W, P),
    "PED113": ("dependency-without-endpoint", W, A),
    "PED116": ("zone-group-contested", N, P),
    "PED201": ("zone-missing", E, A),
    "PED202": ("zone-not-linked", E, A),
    "PED203": ("record-missing", E, A),
    "PED204": ("record-wrong-address", E, P),
    "PED206": ("record-overwritten", E, P),
    "PED207": ("record-mixed-addresses", E, P),
    "PED205": ("record-stale", E, P),
    "PED209": ("zone-name-wrong", W, P),
    "PED210": ("zone-shadows-public", E, P),
    "PED211": ("wildcard-captures-others", W, P),
    "PED214": ("link-not-ready", W, P),
    "PED216": ("registration-on-private-link-zone", W, P),
    "PED218": ("ttl-long", N, P),
    "PED208": ("zone-duplicated", W, P),
    "PED219": ("record-kind-conflict", W, P),
    "PED221": ("recordsets-differ", W, P),
    "PED222": ("child-zone-takes-over", E, P),
    "PED212": ("fallback-hides-missing-record", E, A),
    "PED215": ("record-orphaned", N, A),
    "PED217": ("capacity-near", W, P),
    "PED213": ("zone-blackholes-foreign-names", W, P),
    "PED220": ("reachable-but-not-resolvable", N, P),
    "PED301": ("servers-mixed", W, P),
    "PED302": ("server-unknown", W, A),
    "PED303": ("nic-overrides-network", W, P),
    "PED304": ("links-without-effect", W, P),
    "PED305": ("forwarder-missing", E, P),
    "PED306": ("forwarders-incomplete", W, P),
    "PED307": ("forwarder-not-reapplied", E, P),
    "PED308": ("platform-address-from-outside", E, P),
    "PED309": ("firewall-proxy-off", E, P),
    "PED310": ("firewall-view-unlinked", E, A),
    "PED312": ("forwarding-falls-back", W, P),
    "PED313": ("server-unreachable-by-topology", E, A),
    "PED314": ("servers-not-yet-effective", N, P),
    "PED315": ("gateway-server-list-incomplete", N, P),
    "PED401": ("resolution-loop", E, P),
    "PED402": ("rule-dead-end", E, A),
    "PED403": ("rule-hides-zone", E, P),
    "PED404": ("zone-hides-rule", W, P),
    "PED405": ("rule-disabled", W, P),
    "PED408": ("ruleset-not-linked", E, A),
    "PED409": ("dot-rule-and-reserved-names", W, P),
    "PED407": ("rule-target-unknown", W, A),
    "PED413": ("inbound-address-dynamic", N, P),
    "PED415": ("resolver-not-ready", E, P),
    "PED414": ("policy-blocks-name", E, P),
    "PED406": ("rule-target-platform", E, P),
    "PED410": ("rule-invalid", W, P),
    "PED411": ("resolver-subnet-invalid", W, P),
    "PED412": ("resolver-network-unsupported", W, P),
    "PED416": ("loop-risk-link", W, P),
    "PED417": ("rule-targets-unlike", W, P),
    "PED501": ("name-public", E, P),
    "PED502": ("name-unresolved", E, P),
    "PED503": ("name-wrong-address", E, P),
    "PED510": ("legacy-name-wrong", W, P),
    "PED511": ("instance-name-unresolved", W, P),
    "PED512": ("instance-own-address", W, P),
    "PED513": ("instance-port-names-missing", N, P),
    "PED515": ("project-name-public", W, P),
    "PED516": ("notebooks-name-differs", N, P),
    "PED514": ("online-endpoint-unresolved", E, P),
    "PED601": ("answer-public", E, P),
    "PED602": ("answer-negative", E, P),
    "PED603": ("answer-wrong-address", E, P),
    "PED604": ("answer-cached-stale", W, P),
    "PED605": ("answer-servfail", E, P),
    "PED606": ("dnssec-breaks-private-zone", E, P),
    "PED607": ("rebinding-protection", E, P),
    "PED608": ("server-silent", E, P),
    "PED609": ("server-refuses", E, P),
    "PED610": ("tcp-closed", W, P),
    "PED611": ("servers-disagree", E, P),
    "PED612": ("answer-flaps", E, P),
    "PED613": ("answer-contradicts-configuration", W, P),
    "PED614": ("public-address-over-ipv6", W, P),
    "PED615": ("public-neighbour-broken", W, P),
    "PED616": ("port-closed", W, P),
    "PED801": ("expected-address-changed", W, P),
    "PED802": ("answer-changed", W, P),
    "PED803": ("name-table-outdated", N, P),
    "PED804": ("neighbour-changed", N, P),
    "PED901": ("not-readable", W, P),
    "PED902": ("throttled", W, P),
    "PED903": ("foreign-object", N, P),
    "PED904": ("shape-unknown", W, P),
    "PED905": ("check-crashed", E, P),
    "PED906": ("waiver-expired", W, P),
    "PED907": ("sight-not-proved", N, P),
    "PED908": ("reading-failed", W, P),
}

# Where each code is made to fire and nothing else does: a change of the lab, or a test of its own.
FIRES_IN: Mapping[str, str] = {
    "PED101": "lab connection-pending",
    "PED102": "tests.checks.test_findings::test_an_endpoint_that_nobody_connected_to_dns",
    "PED103": "lab notebooks-zone-left-out",
    "PED104": "incident PED104",
    "PED114": "incident PED114",
    "PED115": "incident PED115",
    "PED105": "incident PED105",
    "PED106": "incident PED106",
    "PED107": "incident PED107",
    "PED108": "incident PED108",
    "PED110": "incident PED110",
    "PED111": "incident PED111",
    "PED112": "incident PED112",
    "PED113": "incident PED113",
    "PED116": "incident PED116",
    "PED109": "tests.checks.test_edited_estates::test_a_private_workspace_without_any_endpoint_is_told",
    "PED201": "lab zone-deleted",
    "PED202": "lab zone-unlinked",
    "PED203": "lab record-missing",
    "PED204": "lab record-wrong-address",
    "PED206": "incident PED206",
    "PED207": "tests.checks.test_edited_estates::test_a_right_and_a_stale_address_in_one_record",
    "PED205": "incident PED205",
    "PED209": "incident PED209",
    "PED210": "incident PED210",
    "PED211": "incident PED211",
    "PED214": "incident PED214",
    "PED216": "incident PED216",
    "PED218": "incident PED218",
    "PED212": "lab fallback-hides",
    "PED213": "incident PED213",
    "PED220": "incident PED220",
    "PED301": "tests.checks.test_edited_estates::test_a_list_whose_second_server_answers_otherwise_is_told",
    "PED302": "tests.checks.test_findings::test_a_server_that_nothing_explains",
    "PED303": "incident F29",
    "PED304": "incident PED304",
    "PED305": "incident F25",
    "PED306": "lab forwarder-removed",
    "PED307": "incident PED307",
    "PED308": "incident F24",
    "PED309": "incident PED309",
    "PED310": "incident PED310",
    "PED312": "tests.checks.test_luck::test_a_second_forwarder_on_the_internet_is_told_once_per_zone",
    "PED313": "tests.checks.test_luck::test_a_network_that_lost_its_way_to_its_server_is_told",
    "PED208": "incident PED208",
    "PED215": "incident PED215",
    "PED219": "incident PED219",
    "PED221": "incident PED221",
    "PED222": "incident PED222",
    "PED217": "tests.checks.test_restrictions::test_four_fifths_of_a_limit_are_told",
    "PED314": "incident PED314",
    "PED315": "incident F28",
    "PED401": "tests.checks.test_restrictions::test_a_ruleset_linked_to_its_own_inbound_endpoint_is_a_loop",
    "PED402": "incident PED402",
    "PED403": "incident PED403",
    "PED404": "incident PED404",
    "PED405": "incident PED405",
    "PED408": "incident PED408",
    "PED409": "incident PED409",
    "PED407": "incident PED407",
    "PED413": "incident PED413",
    "PED415": "incident PED415",
    "PED414": "incident PED414",
    "PED406": "tests.checks.test_restrictions::test_a_rule_to_the_platforms_address_is_told",
    "PED410": "tests.checks.test_restrictions::test_a_rule_that_breaks_a_limit_is_told",
    "PED411": "tests.checks.test_restrictions::test_an_unsupported_subnet_of_a_resolver_is_told",
    "PED412": "tests.checks.test_restrictions::test_an_unsupported_network_of_a_resolver_is_told",
    "PED416": "tests.checks.test_restrictions::test_a_ruleset_that_may_lead_back_is_told",
    "PED417": "tests.checks.test_luck::test_a_rule_whose_second_target_answers_otherwise_is_told",
    "PED501": "tests.checks.test_findings::test_a_public_answer_without_a_cause",
    "PED502": "tests.checks.test_findings::test_a_name_that_does_not_resolve_without_a_cause",
    "PED503": "tests.checks.test_findings::test_a_wrong_address_without_a_cause",
    "PED510": "tests.checks.test_further_names::test_a_legacy_name_beside_one_that_is_served_is_told",
    "PED511": "incident PED511",
    "PED512": "tests.checks.test_further_names::test_an_instance_whose_zone_holds_its_own_address_is_told",
    "PED513": "incident PED513",
    "PED515": "incident PED515",
    "PED516": "incident PED516",
    "PED514": "tests.checks.test_further_names::test_an_online_endpoint_that_nothing_explains_is_told",
    "PED601": "tests.checks.test_findings::test_an_opaque_server_that_answers_wrongly",
    "PED602": "tests.checks.test_findings::test_an_opaque_server_that_answers_wrongly",
    "PED603": "tests.checks.test_findings::test_an_opaque_server_that_answers_wrongly",
    "PED606": "tests.checks.test_validation::test_what_checking_disabled_turns_into_an_answer_is_validation",
    "PED607": "tests.checks.test_validation::test_a_server_that_is_declared_to_strip_private_addresses_is_told_once",
    "PED604": "lab stale-cache",
    "PED605": "tests.checks.test_findings::test_a_server_that_cannot_resolve",
    "PED608": "lab server-unreachable",
    "PED609": "tests.checks.test_findings::test_a_server_that_refuses",
    "PED610": "lab tcp-blocked",
    "PED611": "incident PED611",
    "PED612": "lab forwarder-added-silently",
    "PED613": "tests.checks.test_findings::test_an_answer_that_nothing_explains",
    "PED614": "lab ipv6-leads-outside",
    "PED615": "incident PED615",
    "PED616": "tests.checks.test_attempts::test_an_address_that_accepts_no_connection_is_told",
    "PED801": "tests.checks.test_drift_findings::test_an_endpoint_whose_address_moved_is_told_once_for_each_name",
    "PED802": "tests.checks.test_drift_findings::test_a_change_that_changed_answers_is_told_by_its_object",
    "PED803": "tests.checks.test_drift_findings::test_a_name_under_a_suffix_that_no_table_knows_is_a_note",
    "PED804": "tests.checks.test_drift_findings::test_a_neighbour_is_told_only_when_asked_for",
    "PED901": "tests.agent.test_sight_matrix::test_a_kind_that_cannot_be_read_is_a_gap_and_never_absent",
    "PED902": "tests.checks.test_findings::test_what_was_not_read_is_told_with_its_reason",
    "PED904": "tests.checks.test_findings::test_what_was_not_read_is_told_with_its_reason",
    "PED905": "tests.agent.test_exit_codes::test_a_check_that_crashes_takes_no_other_with_it",
    "PED906": "incident PED906",
    "PED903": "tests.agent.test_sight::test_a_network_of_another_tenant_is_told_as_such",
    "PED907": "tests.agent.test_sight::test_a_foreign_peering_is_shown_and_changes_no_exit_code",
    "PED908": "tests.checks.test_findings::test_what_was_not_read_is_told_with_its_reason",
}

SECTIONS = ("Why it matters", "How it is decided", "Remedy", "Sources")
ALL = pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.code)


def test_the_checks_keep_their_contract() -> None:
    """Code, slug, level and claim of everything that is built."""
    assert {check.code: (check.slug, check.level, check.claim) for check in CATALOGUE} == dict(CONTRACT)


def test_no_code_and_no_slug_is_used_twice() -> None:
    assert len({check.code for check in CATALOGUE}) == len({check.slug for check in CATALOGUE}) == len(CATALOGUE)
    assert list(BY_CODE.values()) == list(CATALOGUE)


@ALL
def test_a_code_says_by_its_number_which_module_it_stands_in(check: Check) -> None:
    """1xx endpoints, 2xx zones, 3xx servers, 4xx rulesets, 5xx names, 6xx answers, 8xx drift, 9xx sight."""
    modules = {
        "1": ("dependencies", "endpoint_states", "endpoints", "shared_records", "zone_groups"),
        "2": ("record_places", "shared_records", "zone_copies", "zone_reach", "zone_state", "zones"),
        "3": ("servers", "forwarding", "firewalls", "server_lists", "useless_links"),
        "4": ("rulesets", "misleading_rules", "missing_rules", "resolvers"),
        "5": ("names", "instances", "projects"),
        "6": ("answers", "comparisons", "server_failures", "unlike_answers"),
        "8": ("drift",),
        "9": ("sight",),
    }
    assert re.fullmatch(r"PED[1-9]\d\d", check.code)
    held = [vars(import_module(f"checks.catalogue.{name}")) for name in modules[check.code[3]]]
    assert [vars_of.get(check.slug.replace("-", "_")) for vars_of in held].count(check) == 1


def test_causes_stand_before_symptoms_and_symptoms_before_sight() -> None:
    """The order of the tuple decides which cause wins, so the parts must not mix."""
    order = [Part.STATE, Part.CAUSE, Part.SYMPTOM, Part.LIVE, Part.SIGHT]
    places = [order.index(_part(check)) for check in CATALOGUE]
    assert places == sorted(places)


def _part(check: Check) -> Part:
    """State checks explain too and stand among the causes; a crash is a kind of blindness, and so is a waiver."""
    joined = {Part.STATE: Part.CAUSE, Part.CRASH: Part.SIGHT, Part.WAIVER: Part.SIGHT}
    return joined.get(check.part, check.part)


def test_the_cause_that_wins_stands_first() -> None:
    """The order of the catalogue for the codes that are built."""
    codes = [check.code for check in CATALOGUE]
    for first, second in (("PED101", "PED202"), ("PED201", "PED103"), ("PED103", "PED102"), ("PED102", "PED203")):
        assert codes.index(first) < codes.index(second)
    for first, second in (("PED212", "PED203"), ("PED613", "PED601"), ("PED305", "PED202")):
        assert codes.index(first) < codes.index(second)


@ALL
def test_the_docstring_is_the_documentation(check: Check) -> None:
    """A title of one sentence, then the four sections, each with something in it, and steps that are numbered."""
    title, _, rest = check.doc.partition("\n")
    assert re.fullmatch(r"[A-Z][^.]*[.]", title.replace("e.g.", "")), title
    assert len(title) <= 120
    found = re.findall(r"^(\S.*)\n((?:(?:    .*)?\n?)*)", rest.strip("\n") + "\n", re.MULTILINE)
    assert [heading for heading, _ in found] == list(SECTIONS)
    texts = {heading: text.strip() for heading, text in found}
    assert all(texts.values())
    steps = [int(number) for number in re.findall(r"^\s*(\d+)\. ", texts["How it is decided"], re.MULTILINE)]
    assert steps == list(range(1, len(steps) + 1))
    assert steps


@ALL
def test_a_check_has_one_shape_and_absence_says_what_it_needs(check: Check) -> None:
    """An absence claim without needs could never be blocked by a gap."""
    assert (check.state is None) != (check.explain is None)
    assert set(check.needs) <= set(KINDS)
    if check.claim is Claim.ABSENCE:
        assert check.needs


@ALL
def test_every_code_fires_somewhere(check: Check) -> None:
    """By a change of the lab, or in a test that exists."""
    where = FIRES_IN[check.code]
    if where.startswith("lab "):
        change = where.removeprefix("lab ")
        assert any(change in scenario.faults for scenario in SCENARIOS.values())
        table = import_module("tests.agent.test_changes").CODES
        assert table[change] == check.code
    elif where.startswith("incident "):
        import_module("tests.incidents.test_incidents")
        key = where.removeprefix("incident ")
        assert key in SCENES
        assert check.code in EXPECTED[key].codes
    else:
        module, test = where.split("::")
        assert callable(getattr(import_module(module), test))


def test_nothing_fires_that_is_not_built() -> None:
    assert set(FIRES_IN) == set(BY_CODE)
