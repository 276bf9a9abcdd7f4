"""The public names of every estate: aliases to private-link names, names without, names that public DNS denies."""

from __future__ import annotations

from dataclasses import dataclass

RESOLVER = "198.51.100.53"
"""Public DNS: authority of everything and resolver for everybody, one BIND."""

ZONES = (
    "we.privatelink.api.azureml.ms",
    "privatelink.api.azureml.ms",
    "api.azureml.ms",
    "azureml.ms",
    "privatelink.vaultcore.azure.net",
    "vault.azure.net",
    "azure.net",
    "privatelink.blob.core.windows.net",
    "blob.core.windows.net",
    "core.windows.net",
    "windows.net",
    "dev.corp.example.com",
    "corp.example.com",
    "example.com",
    "cluster.example.org",
    "example.org",
    "lan",
)
"""The longest first. Every domain that something forwards has a zone of its own: BIND takes no data only from there."""


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """One public record; the value of an alias is a name."""

    name: str
    type: str
    value: str


def _records() -> tuple[PublicRecord, ...]:
    rows = """
    v1.corp.example.com CNAME w1.we.api.azureml.ms
    v2.corp.example.com CNAME v3.dev.corp.example.com
    v3.dev.corp.example.com CNAME s1.blob.core.windows.net
    w1.we.api.azureml.ms CNAME w1.we.privatelink.api.azureml.ms
    w2.we.api.azureml.ms CNAME w2.we.privatelink.api.azureml.ms
    w3.we.api.azureml.ms CNAME w3.we.privatelink.api.azureml.ms
    w4.we.api.azureml.ms A 203.0.113.14
    k1.vault.azure.net CNAME k1.privatelink.vaultcore.azure.net
    k2.vault.azure.net CNAME k2.privatelink.vaultcore.azure.net
    s1.blob.core.windows.net CNAME s1.privatelink.blob.core.windows.net
    s2.blob.core.windows.net CNAME s2.privatelink.blob.core.windows.net
    w1.we.privatelink.api.azureml.ms CNAME w1.cluster.example.org
    w2.we.privatelink.api.azureml.ms A 203.0.113.12
    w2.we.privatelink.api.azureml.ms AAAA 2001:db8::12
    k1.privatelink.vaultcore.azure.net CNAME k1.cluster.example.org
    k2.privatelink.vaultcore.azure.net A 203.0.113.22
    s1.privatelink.blob.core.windows.net CNAME s1.store.windows.net
    s2.privatelink.blob.core.windows.net A 203.0.113.32
    app.corp.example.com A 203.0.113.41
    app.dev.corp.example.com A 203.0.113.42
    app.dev.corp.example.com AAAA 2001:db8::42
    s1.store.windows.net A 203.0.113.31
    s1.store.windows.net AAAA 2001:db8::31
    w1.cluster.example.org A 203.0.113.11
    k1.cluster.example.org A 203.0.113.21
    k1.cluster.example.org AAAA 2001:db8::21
    end.example.org A 203.0.113.50
    end.example.org AAAA 2001:db8::50
    """
    return tuple(PublicRecord(*row.split()) for row in rows.strip().splitlines())


RECORDS = _records()
ALIASES = {record.name: record.value for record in RECORDS if record.type == "CNAME"}

# In this order: an alias, public or private, only ever leads to a later name, so that no chain goes in a circle.
NAMES = (
    "v1.corp.example.com",
    "v2.corp.example.com",
    "v3.dev.corp.example.com",
    "host.lan",
    "w1.we.api.azureml.ms",
    "w2.we.api.azureml.ms",
    "w3.we.api.azureml.ms",
    "w4.we.api.azureml.ms",
    "k1.vault.azure.net",
    "k2.vault.azure.net",
    "s1.blob.core.windows.net",
    "s2.blob.core.windows.net",
    "other.lan",
    "w1.we.privatelink.api.azureml.ms",
    "w2.we.privatelink.api.azureml.ms",
    "w3.we.privatelink.api.azureml.ms",
    "w4.we.privatelink.api.azureml.ms",
    "x.w4.we.privatelink.api.azureml.ms",
    "k1.privatelink.vaultcore.azure.net",
    "k2.privatelink.vaultcore.azure.net",
    "k3.privatelink.vaultcore.azure.net",
    "s1.privatelink.blob.core.windows.net",
    "s2.privatelink.blob.core.windows.net",
    "s3.privatelink.blob.core.windows.net",
    "app.corp.example.com",
    "x.app.corp.example.com",
    "gone.corp.example.com",
    "app.dev.corp.example.com",
    "gone.dev.corp.example.com",
    "s1.store.windows.net",
    "w1.cluster.example.org",
    "k1.cluster.example.org",
    "end.example.org",
)
