"""The checks, one module per object that they are about, and the one ordered tuple of them all.

The order decides which cause wins where several repairs would do: earlier ones are tried first.
"""

from __future__ import annotations

from checks.catalogue import (
    answers,
    comparisons,
    dependencies,
    endpoint_states,
    endpoints,
    firewalls,
    forwarding,
    instances,
    misleading_rules,
    missing_rules,
    names,
    resolvers,
    rulesets,
    server_lists,
    servers,
    shared_records,
    sight,
    zone_groups,
    zone_state,
    zones,
)
from checks.check import Check

CATALOGUE: tuple[Check, ...] = (
    # The thing itself is not there or not ready
    endpoint_states.endpoint_target_gone,
    endpoints.connection_not_approved,
    endpoint_states.endpoint_failed,
    endpoints.private_without_endpoint,
    zone_groups.zone_group_dangling,
    resolvers.resolver_not_ready,
    # What stands beside the names: endpoints without names or owner, dependencies, open doors
    endpoint_states.endpoint_without_names,
    endpoint_states.zone_group_absent,
    endpoint_states.zone_group_contested,
    dependencies.dependency_without_endpoint,
    dependencies.dependency_misplaced,
    dependencies.public_access_open,
    # The server that is asked
    servers.servers_mixed,
    servers.server_unknown,
    server_lists.nic_overrides_network,
    server_lists.gateway_server_list_incomplete,
    firewalls.firewall_proxy_off,
    misleading_rules.rule_dead_end,
    firewalls.firewall_view_unlinked,
    forwarding.platform_address_from_outside,
    forwarding.forwarder_not_reapplied,
    forwarding.forwarders_incomplete,
    servers.forwarder_missing,
    answers.dnssec_breaks_private_zone,
    answers.rebinding_protection,
    rulesets.resolution_loop,
    servers.forwarding_falls_back,
    rulesets.rule_targets_unlike,
    # Resolvers and rulesets that Azure does not support, and limits
    rulesets.rule_target_platform,
    rulesets.rule_invalid,
    rulesets.resolver_subnet_invalid,
    rulesets.resolver_network_unsupported,
    rulesets.loop_risk_link,
    resolvers.rule_target_unknown,
    resolvers.inbound_address_dynamic,
    zones.capacity_near,
    # What led the name away: a policy, a rule that is missing or in the way
    missing_rules.policy_blocks_name,
    misleading_rules.rule_hides_zone,
    misleading_rules.rule_disabled,
    missing_rules.dot_rule_and_reserved_names,
    missing_rules.ruleset_not_linked,
    # The zone exists nowhere; the group lacks it; there is no group; the view lacks it
    zone_state.zone_shadows_public,
    zone_state.wildcard_captures_others,
    zone_state.link_not_ready,
    zone_groups.zone_group_wrong_zone,
    zone_groups.zone_group_writes_elsewhere,
    misleading_rules.zone_hides_rule,
    zones.zone_missing,
    endpoints.zone_group_incomplete,
    shared_records.endpoints_share_records,
    shared_records.record_overwritten,
    endpoints.endpoint_without_dns,
    zones.zone_not_linked,
    # The record
    zones.fallback_hides_missing_record,
    zones.record_missing,
    zones.record_mixed_addresses,
    zone_state.record_stale,
    zones.record_wrong_address,
    zones.record_orphaned,
    zone_state.zone_name_wrong,
    zone_state.registration_on_private_link_zone,
    zone_state.ttl_long,
    # Symptoms, for what no cause explains
    servers.server_unreachable_by_topology,
    names.online_endpoint_unresolved,
    names.name_public,
    names.name_unresolved,
    names.name_wrong_address,
    # Names that have no private zone
    names.legacy_name_wrong,
    instances.instance_own_address,
    instances.instance_name_unresolved,
    instances.instance_port_names_missing,
    names.notebooks_name_differs,
    # Live answers, contradictions before plain symptoms
    answers.answer_contradicts_configuration,
    answers.answer_public,
    answers.answer_negative,
    answers.answer_wrong_address,
    answers.answer_servfail,
    answers.server_silent,
    answers.server_refuses,
    answers.tcp_closed,
    comparisons.answer_cached_stale,
    comparisons.answer_flaps,
    comparisons.public_address_over_ipv6,
    comparisons.public_neighbour_broken,
    answers.port_closed,
    # Sight
    sight.not_readable,
    sight.throttled,
    sight.foreign_object,
    sight.shape_unknown,
    sight.check_crashed,
    sight.sight_not_proved,
    sight.reading_failed,
)
"""Every check, in the order in which causes are tried."""

BY_CODE = {check.code: check for check in CATALOGUE}
