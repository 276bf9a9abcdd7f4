"""The experiments X1 to X9: the questions about Azure DNS that no document answers, or that one report answers."""

from __future__ import annotations

from checks.resolution import rules
from checks.resolution.rulesets import RESERVED
from tests.experiments import parts
from tests.experiments.model import DONE, FAILED, NO_ANSWER, Experiment, Question, Reading

BLOB = "privatelink.blob.core.windows.net"
BLOCKED = "azuredns.invalid"
_RESOLVED, _CAUGHT = ("NOERROR", "NXDOMAIN"), ("SERVFAIL", "REFUSED", NO_ANSWER)
_DOUBTFUL = ("azure.ms", "azureedge.net", "azurefd.net")  # in no table and in no report

X1 = Experiment(
    number="X1",
    title="A linked zone and a rule for a longer name",
    purpose="The documented order asks zones first; nobody has shown that a shorter zone really beats a longer rule.",
    assumptions=(rules.ZONE_BEFORE_LONGER_RULE.name,),
    steps=(
        *parts.far_network(),
        *parts.zone("x1.test", {}, "$here"),
        *parts.zone("below.x1.test", {"A/www": parts.a("192.0.2.1")}, parts.FAR),
        *parts.ruleset("x1", {"below.x1.test.": (parts.FAR_INBOUND, 53)}),
    ),
    questions=(Question(key="below", name="www.below.x1.test"),),
    readings=(
        Reading(key="below", value="192.0.2.1", means="the longer rule was followed", holds=False),
        Reading(key="below", outcomes=("NXDOMAIN",), means="the linked zone denied the name", holds=True),
    ),
)

X2 = Experiment(
    number="X2",
    title="A rule for the private-link name only",
    purpose="A client asks the public name. Whether rulesets are consulted again for its alias is written nowhere.",
    assumptions=(rules.RULES_FOR_ALIASES.name,),
    rules=(rules.RULE_OF_ALIAS.name,),
    steps=(
        *parts.far_network(),
        *parts.zone(BLOB, {}, parts.FAR),
        parts.storage(),
        *parts.endpoint("one", "172.31.240.40", BLOB),
        *parts.ruleset("x2", {f"{BLOB}.": (parts.FAR_INBOUND, 53)}),
    ),
    questions=(
        Question(key="alias", name=f"dnsx$token.{BLOB}"),
        Question(key="public", name="dnsx$token.blob.core.windows.net"),
    ),
    readings=(
        Reading(key="alias", value="172.31.240.40", means="the rule is in force for the name itself"),
        Reading(key="alias", means="the rule is not in force: the other answer proves nothing"),
        Reading(key="public", value="172.31.240.40", means="the rule was applied to the alias", holds=True),
        Reading(key="public", value=" CNAME ", means="public DNS answered for the alias", holds=False),
    ),
)

X3 = Experiment(
    number="X3",
    title="A target that answers with an alias and nothing more",
    purpose="A complete answer of a target is final. Whether a lone alias is followed in the asker's view is unknown.",
    assumptions=(rules.FORWARDED_IS_FINAL.name,),
    rules=(rules.FORWARDING_RULE.name,),
    steps=(
        *parts.far_network(),
        *parts.peering(),
        *parts.zone("x3-target.test", {"A/www": parts.a("192.0.2.3")}, "$here"),
        *parts.ruleset("x3", {"x3.test.": ("$self", 5353)}),
    ),
    alias=("www.x3.test", "www.x3-target.test"),
    afterwards=parts.unpeering(),
    questions=(Question(key="lone", name="www.x3.test"),),
    readings=(
        Reading(key="lone", value="192.0.2.3", means="the alias was followed in the view of the asker", holds=False),
        Reading(key="lone", value="CNAME", means="the alias came back as it was", holds=True),
        Reading(key="lone", outcomes=_CAUGHT, means="an answer with an alias only is refused"),
    ),
    warning="This machine answers on UDP port 5353 while the experiment runs; its security group must let that in.",
)

X4 = Experiment(
    number="X4",
    title="The names that the root rule does not catch",
    purpose="Azure reserves names and publishes no list: each suffix of our list is asked past a root rule to nobody.",
    assumptions=(rules.RESERVED_NAMES.name, rules.UNLISTED_NOT_RESERVED.name),
    steps=(*parts.far_network(), *parts.ruleset("x4", {".": (parts.NOBODY, 53)})),
    questions=(
        Question(key="control", name="dnsx-probe.example.com"),
        *(Question(key=f"reserved/{name}", name=f"dnsx-probe.{name}") for name in sorted(RESERVED)),
        *(Question(key=f"doubtful/{name}", name=f"dnsx-probe.{name}") for name in _DOUBTFUL),
    ),
    readings=(
        Reading(key="control", outcomes=_RESOLVED, means="the root rule is not in force: no answer proves anything"),
        Reading(key="control", outcomes=_CAUGHT, means="the root rule is in force"),
        Reading(key="reserved/*", outcomes=_RESOLVED, means="reserved, as assumed", holds=True),
        Reading(key="reserved/*", outcomes=_CAUGHT, means="not reserved: take it off the list", holds=False),
        Reading(
            key="doubtful/*",
            outcomes=_RESOLVED,
            means="reserved: add it to the list",
            holds=False,
            about=rules.UNLISTED_NOT_RESERVED.name,
        ),
        Reading(
            key="doubtful/*",
            outcomes=_CAUGHT,
            means="not reserved",
            holds=True,
            about=rules.UNLISTED_NOT_RESERVED.name,
        ),
    ),
    warning="While it runs, names that Azure does not reserve resolve nowhere in this machine's network.",
)

X5 = Experiment(
    number="X5",
    title="Names without data, wildcards, and fallback to the internet",
    purpose="Azure states only that NXDOMAIN falls back; what an empty name between labels gives is stated nowhere.",
    assumptions=(rules.NO_DATA_IS_FINAL.name, rules.EMPTY_NAMES_STOP_WILDCARDS.name),
    rules=(rules.ZONE_NO_DATA.name, rules.FALLBACK_TO_INTERNET.name),
    steps=(
        *parts.zone(
            "privatelink.x5.test",
            {"A/only-a": parts.a("192.0.2.5"), "A/a.b": parts.a("192.0.2.6")},
            "$here",
            fallback=True,
        ),
        *parts.zone("x5.test", {"A/*": parts.a("192.0.2.5"), "A/a.b": parts.a("192.0.2.6")}, "$here"),
    ),
    questions=(
        Question(key="other-type", name="only-a.privatelink.x5.test", type="AAAA"),
        Question(key="fallback-empty", name="b.privatelink.x5.test"),
        Question(key="empty", name="b.x5.test"),
        Question(key="below-empty", name="x.b.x5.test"),
        Question(key="wildcard", name="x.y.x5.test"),
    ),
    readings=(
        Reading(
            key="other-type", outcomes=("NOERROR",), means="no data, and no fallback, as the model has it", holds=True
        ),
        Reading(
            key="other-type", outcomes=("NXDOMAIN",), means="a missing type falls back: the model is wrong", holds=False
        ),
        Reading(key="fallback-empty", outcomes=("NOERROR",), means="an empty name does not fall back, as modelled"),
        Reading(key="fallback-empty", outcomes=("NXDOMAIN",), means="an empty name is denied or falls back"),
        Reading(
            key="empty",
            value="192.0.2.5",
            means="the wildcard covers an empty name: against RFC 4592",
            holds=False,
            about=rules.EMPTY_NAMES_STOP_WILDCARDS.name,
        ),
        Reading(
            key="empty",
            outcomes=("NOERROR",),
            means="an empty name has no data, by RFC 4592 and the model",
            holds=True,
            about=rules.EMPTY_NAMES_STOP_WILDCARDS.name,
        ),
        Reading(key="empty", outcomes=("NXDOMAIN",), means="an empty name is denied: the model says no data"),
        Reading(
            key="below-empty",
            value="192.0.2.5",
            means="the wildcard reaches below other names: against RFC 4592",
            holds=False,
            about=rules.EMPTY_NAMES_STOP_WILDCARDS.name,
        ),
        Reading(
            key="below-empty",
            outcomes=("NXDOMAIN",),
            means="the closest encloser counts, as modelled",
            holds=True,
            about=rules.EMPTY_NAMES_STOP_WILDCARDS.name,
        ),
        Reading(key="wildcard", value="192.0.2.5", means="the wildcard is in force"),
    ),
)

X6 = Experiment(
    number="X6",
    title="Two rulesets for one network",
    purpose="The limits page has said one ruleset a network since 2025; the model reads two as if they were one.",
    rules=(rules.FORWARDING_RULE.name,),
    steps=(
        *parts.far_network(),
        *parts.ruleset("x6-first", {"x6-first.test.": (parts.FAR_INBOUND, 53)}),
        *parts.ruleset("x6-second", {"x6-second.test.": (parts.FAR_INBOUND, 53)}, key="second-link"),
    ),
    readings=(
        Reading(key="second-link*", outcomes=(FAILED,), means="a network has one ruleset at most"),
        Reading(key="second-link*", outcomes=(DONE,), means="a network may have several rulesets: look at all of them"),
    ),
)

X7 = Experiment(
    number="X7",
    title="Two endpoints that write one record, and a zone group that goes",
    purpose="What a zone group lists after another endpoint took its record over, and what its deletion leaves.",
    rules=(rules.ZONE_ANSWERS.name, rules.ZONE_DENIES.name),
    steps=(
        *parts.far_network(),
        *parts.zone(BLOB, {}, parts.FAR),
        parts.storage(),
        *parts.endpoint("one", "172.31.240.40", BLOB),
        *parts.endpoint("two", "172.31.240.41", BLOB),
        parts.shown(
            "what the first group lists",
            "first-group",
            f"{parts.NETWORK}/privateEndpoints/one/privateDnsZoneGroups/default",
            "2024-05-01",
        ),
        parts.shown("the record", "record", f"{parts.NETWORK}/privateDnsZones/{BLOB}/A/dnsx$token"),
        parts.removed(
            "delete the second group, keep its endpoint",
            f"{parts.NETWORK}/privateEndpoints/two/privateDnsZoneGroups/default",
        ),
        parts.shown("the record afterwards", "record-after", f"{parts.NETWORK}/privateDnsZones/{BLOB}/A/dnsx$token"),
    ),
    readings=(
        Reading(key="first-group", value="172.31.240.41", means="the group lists the other endpoint's address"),
        Reading(key="first-group", value="172.31.240.40", means="the group still lists its own address, wrongly"),
        Reading(key="first-group", outcomes=(DONE,), means="the group lists nothing"),
        Reading(key="record", value="172.31.240.41", means="the last writer has the record"),
        Reading(key="record", value="172.31.240.40", means="the first writer keeps the record"),
        Reading(key="record-after", value="172.31.240.41", means="the record outlives its zone group"),
        Reading(key="record-after", value="172.31.240.40", means="the first endpoint's record came back"),
        Reading(key="record-after", outcomes=(FAILED,), means="the record went with the group: the name is denied"),
    ),
)

X8 = Experiment(
    number="X8",
    title="The answer to a blocked name",
    purpose="Since 2025 a block is said to be an alias; a block of an alias's target was seen once, by its effect.",
    rules=(rules.POLICY_BLOCKS.name,),
    steps=(
        *parts.zone(
            "x8.test", {"A/blocked": parts.a("192.0.2.8"), "CNAME/www": parts.cname("blocked.x8.test")}, "$here"
        ),
        *parts.policy("x8", "blocked.x8.test.", "$here"),
    ),
    questions=(Question(key="name", name="blocked.x8.test"), Question(key="hop", name="www.x8.test")),
    readings=(
        Reading(key="*", value=BLOCKED, means="blocked, told as an alias, as the model has it"),
        Reading(
            key="*", value="192.0.2.8", means="not blocked: for the hop this means that only the asked name counts"
        ),
        Reading(key="*", outcomes=("SERVFAIL", "NXDOMAIN", "REFUSED"), means="blocked, told as a failure"),
    ),
)

X9 = Experiment(
    number="X9",
    title="Whose security policy counts behind an inbound endpoint",
    purpose="A question that enters by an inbound endpoint comes from one network into the view of another.",
    assumptions=(rules.CLIENT_POLICY_ENDS.name,),
    rules=(rules.POLICY_BLOCKS.name,),
    steps=(
        *parts.far_network(),
        *parts.peering(),
        *parts.zone("x9-here.test", {"A/www": parts.a("192.0.2.9")}, parts.FAR),
        *parts.zone("x9-far.test", {"A/www": parts.a("192.0.2.9")}, parts.FAR),
        *parts.policy("x9-here", "x9-here.test.", "$here"),
        *parts.policy("x9-far", "x9-far.test.", parts.FAR),
    ),
    afterwards=parts.unpeering(),
    questions=(
        Question(key="client", name="www.x9-here.test", server=parts.FAR_INBOUND),
        Question(key="resolver", name="www.x9-far.test", server=parts.FAR_INBOUND),
    ),
    readings=(
        Reading(key="client", value=BLOCKED, means="the policy of the client's network counts as well", holds=False),
        Reading(key="client", value="192.0.2.9", means="the policy of the client's network does not count", holds=True),
        Reading(key="resolver", value=BLOCKED, means="the policy of the resolver's network counts, as modelled"),
        Reading(key="resolver", value="192.0.2.9", means="the policy of the resolver's network does not count"),
    ),
)

EXPERIMENTS = (X1, X2, X3, X4, X5, X6, X7, X8, X9)
