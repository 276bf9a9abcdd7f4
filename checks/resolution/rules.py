"""The rules of the model, each with its evidence and source. Inferred ones are switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """How a rule is known."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `depth` orders the rules of one place: a later one is only reached when earlier ones passed."""

    name: str
    evidence: Evidence
    source: str
    depth: int = 0


_D, _O, _I = Evidence.DOCUMENTED, Evidence.OBSERVED, Evidence.INFERRED
_NAME_RESOLUTION = "learn.microsoft.com: Name resolution for resources in Azure virtual networks"
_PRIVATE_ZONES = "learn.microsoft.com: What is an Azure Private DNS zone"
_ENDPOINT_DNS = "learn.microsoft.com: Azure Private Endpoint private DNS zone values"
_FALLBACK = "learn.microsoft.com: Fallback to internet for Azure Private DNS zones"
_RESOLVER = "learn.microsoft.com: What is Azure DNS Private Resolver"
_RULESETS = "learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets"
_FIREWALL = "learn.microsoft.com: Azure Firewall DNS settings"
_PRIVATE_FAQ = "learn.microsoft.com: Azure Private DNS FAQ"
_REGISTRATION = "learn.microsoft.com: What is the auto registration feature in Azure DNS private zones"
_SECURITY_POLICY = "learn.microsoft.com: DNS security policy"
_MEASURED = "measured with BIND 9.18, Unbound 1.17, PowerDNS Recursor 4.8, dnsmasq 2.90, Knot Resolver 5.6"

# Which server a client asks
AZURE_PROVIDED = Rule(name="azure-provided-dns", evidence=_D, source=_NAME_RESOLUTION)
NETWORK_SERVERS = Rule(name="network-dns-servers", evidence=_D, source=_NAME_RESOLUTION)
INTERFACE_SERVERS = Rule(name="interface-dns-servers", evidence=_D, source=_NAME_RESOLUTION)
SITE_SERVERS = Rule(name="site-dns-servers", evidence=_D, source="declared in the configuration")
NO_SERVER = Rule(name="no-dns-server", evidence=_D, source="declared in the configuration")
SERVER_UNKNOWN = Rule(name="server-unknown", evidence=_D, source="neither ARM nor the configuration tells", depth=1)
NETWORK_UNREAD = Rule(name="network-unread", evidence=_D, source="a gap in what was read", depth=1)
PLATFORM_OUTSIDE = Rule(
    name="platform-address-outside",
    evidence=_D,
    source="learn.microsoft.com: What is IP address 168.63.129.16",
    depth=1,
)

# A custom server
SERVER_OPAQUE = Rule(name="server-opaque", evidence=_D, source="its forwarders are not declared", depth=1)
SERVER_RECORDS = Rule(name="server-records", evidence=_D, source="declared in the configuration", depth=9)
_TRANSFERRED = "read from the server by zone transfer (RFC 5936); RFC 1034 section 4.3.2"
SERVER_ZONE_DELEGATES = Rule(name="server-zone-delegates", evidence=_D, source=_TRANSFERRED, depth=3)
SERVER_ZONE_DENIES = Rule(name="server-zone-denies", evidence=_D, source=_TRANSFERRED, depth=4)
SERVER_ZONE_NO_DATA = Rule(name="server-zone-no-data", evidence=_D, source=_TRANSFERRED, depth=5)
SERVER_ZONE_ALIAS = Rule(name="server-zone-alias", evidence=_D, source=_TRANSFERRED, depth=6)
SERVER_ZONE_ANSWERS = Rule(name="server-zone-answers", evidence=_D, source=_TRANSFERRED, depth=7)
FORWARDER = Rule(name="forwarder", evidence=_D, source="RFC 9499 section 6: forwarding; " + _MEASURED, depth=2)
DEFAULT_FORWARDER = Rule(name="default-forwarder", evidence=_D, source=_MEASURED, depth=1)
ITERATES = Rule(name="iterates", evidence=_D, source="RFC 1034 section 5.3.3", depth=1)
PUBLIC_RESOLVER = Rule(name="public-resolver", evidence=_D, source="an address outside every known network", depth=1)

# Inbound endpoints and firewalls
INBOUND_ENDPOINT = Rule(name="inbound-endpoint", evidence=_D, source=_RULESETS, depth=1)
INBOUND_UNREAD = Rule(name="inbound-endpoint-unread", evidence=_D, source="a gap in what was read", depth=1)
FIREWALL_PROXY = Rule(name="firewall-proxy", evidence=_D, source=_FIREWALL, depth=1)
FIREWALL_OWN_DNS = Rule(
    name="firewall-azure-dns",
    evidence=_I,
    source=_FIREWALL + "; github.com/MicrosoftDocs/azure-docs pull 127450",
    depth=1,
)
FIREWALL_PROXY_OFF = Rule(name="firewall-proxy-off", evidence=_D, source=_FIREWALL, depth=1)
FIREWALL_UNREAD = Rule(name="firewall-unread", evidence=_D, source="a gap in what was read", depth=1)
HUB_WITHOUT_ZONES = Rule(
    name="hub-without-zones",
    evidence=_I,
    source="learn.microsoft.com: Guide to Private Link and DNS in Azure Virtual WAN",
    depth=2,
)

# DNS security policies and forwarding rulesets of a view
POLICY_BLOCKS = Rule(name="security-policy-blocks", evidence=_D, source=_SECURITY_POLICY, depth=1)
POLICY_UNREAD = Rule(name="security-policy-unread", evidence=_D, source="a gap in what was read", depth=1)
POLICY_OPAQUE = Rule(
    name="domain-list-opaque", evidence=_D, source="Azure does not show lists that were uploaded", depth=1
)
FORWARDING_RULE = Rule(name="forwarding-rule", evidence=_D, source=_RESOLVER, depth=2)
RULE_OF_ALIAS = Rule(
    name="forwarding-rule-for-alias", evidence=_I, source="follows from the order of " + _RESOLVER, depth=2
)
RULE_WITHOUT_TARGET = Rule(name="forwarding-rule-without-target", evidence=_D, source=_RULESETS, depth=2)
RULES_UNREAD = Rule(name="forwarding-rules-unread", evidence=_D, source="a gap in what was read", depth=1)

# Azure DNS in a view
PUBLIC_ALIAS = Rule(name="public-alias", evidence=_D, source=_ENDPOINT_DNS, depth=2)
ALIAS_UNKNOWN = Rule(name="alias-unknown", evidence=_D, source="the assumption is switched off", depth=1)
NO_ZONE = Rule(name="no-zone", evidence=_D, source=_PRIVATE_ZONES, depth=1)
ZONE_NOT_LINKED = Rule(name="zone-not-linked", evidence=_D, source=_PRIVATE_ZONES, depth=2)
ZONES_UNREAD = Rule(name="zones-unread", evidence=_D, source="a gap in what was read", depth=1)
RECORDS_UNREAD = Rule(name="records-unread", evidence=_D, source="a gap in what was read", depth=3)
ZONE_DENIES = Rule(name="zone-denies", evidence=_D, source=_ENDPOINT_DNS, depth=4)
FALLBACK_TO_INTERNET = Rule(name="fallback-to-internet", evidence=_D, source=_FALLBACK, depth=4)
ZONE_NO_DATA = Rule(name="zone-no-data", evidence=_I, source="RFC 2308 section 2.2; Azure does not state it", depth=5)
ZONE_ALIAS = Rule(name="zone-alias", evidence=_D, source=_PRIVATE_ZONES, depth=6)
ZONE_ANSWERS = Rule(name="zone-answers", evidence=_D, source=_PRIVATE_ZONES, depth=7)

# What only the platform knows
PLATFORM_ZONE = Rule(name="platform-zone", evidence=_D, source=_PRIVATE_FAQ, depth=1)
REGISTERED_POINTER = Rule(name="registered-pointer", evidence=_D, source=_REGISTRATION, depth=7)
OWN_ADDRESS_SPACE = Rule(name="own-address-space", evidence=_I, source=_NAME_RESOLUTION, depth=4)

# Where nobody answers
NO_ROUTE = Rule(name="no-route", evidence=_D, source="peerings, hub connections and gateways that were read", depth=1)
WRONG_PORT = Rule(name="wrong-port", evidence=_D, source=_RESOLVER, depth=1)
STRIPS_PRIVATE = Rule(name="strips-private-addresses", evidence=_O, source=_MEASURED, depth=8)
NO_DATA_FROM_ABOVE = Rule(name="no-data-from-above", evidence=_O, source=_MEASURED, depth=8)
REJECTS_UNSIGNED = Rule(name="rejects-unsigned-answers", evidence=_O, source=_MEASURED, depth=8)

# Guards
LOOP = Rule(name="loop", evidence=_D, source="learn.microsoft.com: Private Resolver endpoints and rulesets", depth=8)
CHAIN_TOO_LONG = Rule(name="chain-too-long", evidence=_O, source=_MEASURED, depth=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A statement that the model rests on without proof; the configuration may switch it off.

    `evidence` and `source` tell why it is believed all the same, `experiment` what would settle it.
    """

    name: str
    text: str
    evidence: Evidence
    source: str
    experiment: str
    default: bool = True


PUBLIC_CHAIN_FROM_TABLE = Assumption(
    name="public-chain-from-table",
    text="A public name that the interface of an approved endpoint lists is an alias of its private-link name.",
    evidence=_D,
    source=_ENDPOINT_DNS,
    experiment="Ask a public resolver for the name: the alias is seen by everybody. A run that may ask does so itself.",
)

RESERVED_NAMES = Assumption(
    name="rules-spare-reserved-names",
    text=(
        "A forwarding rule does not catch names that Azure reserves, such as azure.com or core.windows.net, unless its "
        "domain is at least as long as the reserved one; the root rule catches none of them."
    ),
    evidence=_O,
    source=_RULESETS + "; github.com/MicrosoftDocs/azure-docs issue 122204; Azure publishes no list",
    experiment="X4: send the root rule to a server that logs and ask for one name below each reserved suffix.",
)

RULES_FOR_ALIASES = Assumption(
    name="rules-apply-to-aliases",
    text="The target of an alias that public DNS gave is looked up in the view's rulesets, too.",
    evidence=_I,
    source="follows from the order of " + _RESOLVER,
    experiment="X2: link a ruleset with one rule, for the private-link suffix only, and ask for the public name.",
)

ZONE_BEFORE_LONGER_RULE = Assumption(
    name="zone-before-longer-rule",
    text="A linked zone answers before a forwarding rule even where the rule's domain is the longer one.",
    evidence=_I,
    source="follows from the order of " + _RESOLVER + "; seen only where both have the same name",
    experiment="X1: link a zone and a ruleset with a rule for a name below it, and ask for a name below the rule.",
)

MANAGED_LISTS = Assumption(
    name="managed-lists-spare-names",
    text="The domain lists that Azure manages hold none of the names that are simulated: nobody can read them.",
    evidence=_I,
    source=_SECURITY_POLICY,
    experiment="Ask for the name in the network of the policy: a block shows as an alias of azuredns.invalid.",
)

BASE_POLICY_DNS = Assumption(
    name="base-policy-hands-down-dns",
    text="A firewall policy that says nothing of DNS has the DNS settings of its base policy.",
    evidence=_I,
    source="learn.microsoft.com: Azure Firewall Manager policy overview, which names rules as inherited and not DNS",
    experiment="Attach a policy without DNS settings whose base has a DNS proxy, and ask the firewall on port 53.",
    default=False,  # Azure names rules as what is inherited and not DNS; unassumed, such a firewall is opaque
)

UNLISTED_NOT_RESERVED = Assumption(
    name="root-rule-catches-unlisted-names",
    text="The root rule catches names below azure.ms, azureedge.net and azurefd.net, which are in no list of Azure's.",
    evidence=_I,
    source=_RULESETS + "; Azure publishes no list",
    experiment="X4: send the root rule to a server that logs and ask for one name below each of the three.",
)

FORWARDED_IS_FINAL = Assumption(
    name="forwarded-answers-are-final",
    text="What the target of a forwarding rule answers is final: its aliases are not looked up again in the view.",
    evidence=_O,
    source="github.com/MicrosoftDocs/azure-docs issue 100273, for whole answers",
    experiment="X3: let a rule's target answer with nothing but an alias whose target a linked zone holds.",
)

NO_DATA_IS_FINAL = Assumption(
    name="no-data-does-not-fall-back",
    text="Fallback to the internet follows a denied name only, not a name that lacks the asked type.",
    evidence=_D,
    source="learn.microsoft.com: PrivateDnsResolutionPolicy of the .NET SDK, by its wording",
    experiment="X5: with fallback on, ask for AAAA of a name that the zone holds as A only and public DNS as both.",
)

EMPTY_NAMES_STOP_WILDCARDS = Assumption(
    name="empty-names-stop-wildcards",
    text="In a private zone a name without records, between labels that have some, stops a wildcard above it.",
    evidence=_I,
    source="RFC 4592 section 2.2.2; Azure documents only that a closer record set wins",
    experiment="X5: in a zone with *.a and x.b.a, ask for b.a and for y.b.a.",
)

CLIENT_POLICY_ENDS = Assumption(
    name="client-policy-ends-at-inbound-endpoints",
    text="What a client asks an inbound endpoint is matched by the policy of the resolver's network, not of its own.",
    evidence=_I,
    source=_SECURITY_POLICY + "; the query log knows the network in which a query originated",
    experiment="X9: link a policy that blocks to the client's network only, and ask an inbound endpoint elsewhere.",
)

FIREWALL_OWN_VIEW = Assumption(
    name="firewall-asks-in-its-network",
    text="The DNS proxy of a firewall without servers of its own asks Azure DNS as the firewall's network sees it.",
    evidence=_I,
    source=_FIREWALL + "; github.com/MicrosoftDocs/azure-docs pull 127450",
    experiment="Link a zone to the firewall's network only, and ask the proxy for a name that it holds.",
)

HUB_SEES_NO_ZONES = Assumption(
    name="hub-firewall-sees-no-zones",
    text="The firewall of a virtual hub without servers of its own sees no private zone, ruleset or policy.",
    evidence=_I,
    source="learn.microsoft.com: Guide to Private Link and DNS in Azure Virtual WAN: none can be linked to a hub",
    experiment="Ask the proxy of a hub's firewall without servers for a name of a zone that a spoke is linked to.",
)

NO_OTHER_WAY = Assumption(
    name="unconnected-networks-have-no-way",
    text="Two networks that no peering, virtual hub or gateway connects cannot reach each other.",
    evidence=_I,
    source="appliances of one's own may connect them all the same; ARM does not show that",
    experiment="From a machine of the one network, ask a DNS server in the other.",
)

OWN_REVERSE_FIRST = Assumption(
    name="own-addresses-reverse-in-azure",
    text="Reverse names of a network's own addresses are answered by Azure before forwarding rules are tried.",
    evidence=_I,
    source=_NAME_RESOLUTION + ", which says nothing of rules",
    experiment="Link a ruleset with a rule for the reverse zone of the network's own range, and ask for a pointer.",
)

WINDOWS_TWO_STATES = Assumption(
    name="windows-keeps-whole-answers",
    text=(
        "A Windows DNS server gives the whole answer of a forwarder while it is fresh; later only the alias is left "
        "in its cache and the target is resolved by the server's own forwarders."
    ),
    evidence=_O,
    source="github.com/dmauser/PrivateLink pull 6; github.com/MicrosoftDocs/azure-docs issue 109559; not measured",
    experiment="Forward only the private-link zone, ask for the public name, wait beyond the address's TTL, ask again.",
)

COREDNS_WHOLE = Assumption(
    name="coredns-gives-whole-answers",
    text="CoreDNS chooses the forwarder by the asked name and gives its whole answer; aliases are not chased.",
    evidence=_O,
    source="github.com/coredns/coredns pull 4793; not measured",
    experiment="Forward only the private-link zone and ask for the public name.",
)

RESOLVED_WHOLE = Assumption(
    name="systemd-resolved-gives-whole-answers",
    text="systemd-resolved uses the whole chain of the server chosen by the asked name.",
    evidence=_O,
    source="github.com/systemd/systemd issue 19209; not measured",
    experiment="Route only the private-link zone to a link's server and ask for the public name.",
)

INFOBLOX_ANEW = Assumption(
    name="infoblox-follows-aliases-anew",
    text="Infoblox resolves the target of an alias by its own forward zones, as BIND does.",
    evidence=_I,
    source="it is built on BIND; nothing public tells",
    experiment="Forward only the private-link zone and ask for the public name.",
)

UNKNOWN_KIND_ANEW = Assumption(
    name="unknown-kind-follows-aliases-anew",
    text="A server whose kind is not declared resolves the target of an alias by its own forwarders.",
    evidence=_I,
    source="most kinds that were measured do",
    experiment="Declare its kind, or ask it for the public and the private-link name and compare.",
)

ASSUMPTIONS = (
    PUBLIC_CHAIN_FROM_TABLE,
    RESERVED_NAMES,
    UNLISTED_NOT_RESERVED,
    RULES_FOR_ALIASES,
    ZONE_BEFORE_LONGER_RULE,
    FORWARDED_IS_FINAL,
    NO_DATA_IS_FINAL,
    EMPTY_NAMES_STOP_WILDCARDS,
    OWN_REVERSE_FIRST,
    NO_OTHER_WAY,
    MANAGED_LISTS,
    CLIENT_POLICY_ENDS,
    FIREWALL_OWN_VIEW,
    HUB_SEES_NO_ZONES,
    BASE_POLICY_DNS,
    WINDOWS_TWO_STATES,
    COREDNS_WHOLE,
    RESOLVED_WHOLE,
    INFOBLOX_ANEW,
    UNKNOWN_KIND_ANEW,
)


def assumed(assumption: Assumption, said: Mapping[str, bool]) -> bool:
    """Whether an assumption holds in a run, given what the configuration says."""
    return said.get(assumption.name, assumption.default)
