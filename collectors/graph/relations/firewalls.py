"""What an Azure firewall does with DNS: its policy or its own classic settings decide, a base policy perhaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.graph.documents import Gap
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Firewall, FirewallPolicy
from collectors.graph.relations.unseen import Unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallDns:
    """The DNS settings in effect; no `servers` mean Azure DNS as the firewall's own place sees it.

    `decided_by` is the object they stand in. `inherited`: that is a base policy. Azure names rules as what
    is inherited and does not name DNS, so whoever rests on it rests on an inference.
    """

    proxy: bool
    servers: tuple[str, ...]
    decided_by: ArmId
    inherited: bool = False


class Firewalls(Unseen):
    """Azure firewalls as DNS proxies."""

    def firewall_dns(self, firewall: Firewall) -> FirewallDns | None:
        """The settings in effect; None where a policy that would tell was not read."""
        if firewall.policy is None:
            return FirewallDns(proxy=firewall.proxy, servers=firewall.dns_servers, decided_by=firewall.id)
        for id, policy in self._policies(firewall):
            if policy is None:
                return None
            if policy.proxy is not None:
                inherited = id != firewall.policy
                return FirewallDns(
                    proxy=policy.proxy, servers=policy.dns_servers, decided_by=policy.id, inherited=inherited
                )
        return FirewallDns(proxy=False, servers=(), decided_by=firewall.policy)

    def firewall_dns_unseen(self, firewall: Firewall) -> tuple[Gap, ...]:
        """The gaps that explain why the settings in effect are not known."""
        unread = [id for id, policy in self._policies(firewall) if policy is None]
        return tuple(gap for id in unread for gap in self.unread("firewall-policy", id))

    def _policies(self, firewall: Firewall) -> Iterator[tuple[ArmId, FirewallPolicy | None]]:
        """The policy of a firewall and its bases, up to the first that was not read; a circle ends."""
        seen: set[ArmId] = set()
        id = firewall.policy
        while id and id not in seen:
            seen.add(id)
            policy = self.get(FirewallPolicy, id)
            yield id, policy
            id = policy.base if policy else None
