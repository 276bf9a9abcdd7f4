"""The configuration contract: what is accepted, what is refused, and in which words."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from agent.config import UNUSED, Config, ConfigSource, LoadedConfig, declared, load_config, unused_settings
from agent.config.environment import variable_of
from agent.config.load import LARGEST_FILE
from agent.config.model import AzureTable
from agent.config.problems import contract
from collectors.graph.clouds import CLOUDS, Cloud
from collectors.graph.declared import DeclaredClient, DeclaredServer, Site, Vantage
from collectors.graph.errors import ConfigError

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
EVERYTHING = f"""
[azure]
cloud = "AzureUSGovernment"
endpoint = "https://127.0.0.1:8443"
audience = "https://management.azure.com"
tenant = "contoso.onmicrosoft.com"
subscriptions = ["{SUBSCRIPTION}"]
exclude = ["rg-*"]
management_group = "root"
use_resource_graph = true
[scope]
workspaces = ["mlw-prod"]
services = "aml"
legacy_names = "off"
[[scope.clients]]
workspace = "mlw-prod"
networks = ["vnet-spoke-1"]
sites = ["head-office"]
[[site]]
name = "head-office"
address_space = ["192.168.0.0/16"]
servers = ["192.168.10.53"]
reaches = ["vnet-hub"]
[dns]
public = ["198.51.100.53"]
[[dns.server]]
address = "10.0.0.4"
network = "vnet-hub"
kind = "bind"
forwards = {{ "Privatelink.API.azureml.ms." = ["168.63.129.16", "10.0.0.9:5353"], "." = ["198.51.100.53"] }}
forward_mode = "first"
rebinding_protection = true
rejects_unsigned = true
records = {{ "host.example" = ["10.0.0.8"] }}
transfer = ["example"]
tsig_file = "key"
[[dns.server]]
address = "192.168.10.53"
site = "head-office"
forwards = {{}}
tsig_env = "KEY"
[[vantage]]
name = "here"
view = "vnet-hub"
source = "10.0.0.7"
servers = ["10.0.0.4"]
reaches = ["10.0.0.4"]
address_map = {{ "10.0.0.4" = "127.0.0.1:5304" }}
elsewhere = true
[probe]
enabled = false
timeout = 1
patience = 3.5
recheck_within = 0
budget = 10
queries_per_second = 5
connect = true
[names]
override = [{{ public = "Corp.example.", zone = "privatelink.corp.example" }}]
foreign = ["Supplier.blob.core.windows.net.", "supplier.blob.core.windows.net"]
[[acknowledged]]
kind = "workspace"
scope = "/subscriptions/{SUBSCRIPTION}"
reason = "not ours"
expires = 2027-01-31
[[waiver]]
fingerprint = "0123456789abcdef"
reason = "known"
owner = "me"
expires = 2027-01-31
[[waiver]]
code = "PED203"
subject = "*"
[assumptions]
public-chain-from-table = false
[watch]
check = "0 6 * * 1-5"
ask = 60
jitter = 0
new_after = 1
resolved_after = 1
health = ""
metrics = "[::1]:9090"
grace = 5
ready_periods = 1
[history]
url = "https://account.blob.example/history"
copy = "/var/lib/agent/copy.db"
keep = "12h"
[sinks.log_analytics]
endpoint = "https://ingest.example"
rule_id = "dcr-1"
stream = "Custom-X_CL"
[sinks.webhook]
url = "https://hooks.example/secret"
kind = "teams"
secret_env = "HOOK"
[sinks.file]
path = "events.jsonl"
[fix]
most_changes = 1
"""


def load(tmp_path: Path, text: str, **environ: str) -> LoadedConfig:
    file = tmp_path / "named.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, environ)


def mistakes(tmp_path: Path, text: str, **environ: str) -> list[str]:
    """The lines of the error, without the file's path."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environ)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


def test_without_file_and_environment_every_default_is_the_contracts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_config(None, {"PATH": "/bin", "AGENT_OS": "Linux"})
    assert loaded == LoadedConfig(config=Config(), source=ConfigSource.NONE, path=None, notices=())
    config = loaded.config
    assert (config.azure.cloud, config.azure.endpoint, config.scope.services) == ("AzureCloud", "", "all")
    assert (config.probe.timeout, config.probe.patience, config.probe.budget) == (2.0, 12.0, 3000)
    assert (config.probe.queries_per_second, config.probe.recheck_within) == (20.0, 15.0)
    assert (config.watch.check, config.watch.ask, config.watch.health) == ("*/30 * * * *", 300, "0.0.0.0:8080")
    assert (config.history.url, config.history.keep) == ("sqlite:///agent.db", "90d")
    assert (config.sinks.webhook.kind, config.fix.most_changes) == ("generic", 5)


def test_every_key_of_the_contract_can_be_set(tmp_path: Path) -> None:
    loaded = load(tmp_path, EVERYTHING)
    config = loaded.config
    assert loaded.source is ConfigSource.EXPLICIT
    tree = tomllib.loads(EVERYTHING)
    assert [key.dotted for key in contract() if not _is_set(tree, key.path)] == []
    assert config.azure.subscriptions == (SUBSCRIPTION,)
    assert config.dns.server[0].forwards == {
        "privatelink.api.azureml.ms": ("168.63.129.16", "10.0.0.9:5353"),
        "": ("198.51.100.53",),
    }
    assert config.dns.server[1].forwards == {}
    assert config.probe.timeout == 1.0
    assert config.acknowledged[0].expires == date(2027, 1, 31)
    assert [(row.public, row.zone) for row in config.names.override] == [("corp.example", "privatelink.corp.example")]
    assert declared(config).foreign == ("supplier.blob.core.windows.net",)
    assert config.assumptions == {"public-chain-from-table": False}


def _is_set(tree: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    if isinstance(tree, list):
        return any(_is_set(row, path) for row in tree)
    return isinstance(tree, dict) and path[0] in tree and _is_set(tree[path[0]], path[1:])


def test_what_is_declared_reaches_the_graph(tmp_path: Path) -> None:
    facts = declared(load(tmp_path, EVERYTHING).config)
    assert facts.servers[0] == DeclaredServer(
        address="10.0.0.4",
        network="vnet-hub",
        kind="bind",
        forwards=facts.servers[0].forwards,
        forward_mode="first",
        records=facts.servers[0].records,
        rebinding_protection=True,
        rejects_unsigned=True,
    )
    assert facts.sites == (
        Site(
            name="head-office",
            address_space=("192.168.0.0/16",),
            servers=("192.168.10.53",),
            reaches=("vnet-hub",),
        ),
    )
    assert facts.clients == (DeclaredClient(workspace="mlw-prod", networks=("vnet-spoke-1",), sites=("head-office",)),)
    assert facts.vantages[0].address_map == {"10.0.0.4": "127.0.0.1:5304"}
    assert facts.public_resolvers == ("198.51.100.53",)
    assert facts.assumptions == {"public-chain-from-table": False}


def test_without_vantage_there_is_one_that_reaches_nothing() -> None:
    assert declared(Config()).vantages == (Vantage(name="here"),)


def test_a_server_without_forwards_stays_unknown(tmp_path: Path) -> None:
    config = load(tmp_path, '[[dns.server]]\naddress = "10.0.0.4"').config
    assert declared(config).servers[0].forwards is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            'azure.cloud = "Azure"',
            'azure.cloud: expected one of AzureCloud, AzureUSGovernment, AzureChinaCloud, found "Azure"',
        ),
        ("azure.tenant = 5", 'azure.tenant: expected a tenant id (a GUID) or one of its domains, found the number 5'),
        ('azure.use_resource_graph = "true"', 'azure.use_resource_graph: expected true or false, found "true"'),
        ("azure.use_resource_graph = 1", "azure.use_resource_graph: expected true or false, found the number 1"),
        ("azure.management_group = 5", "azure.management_group: expected text, found the number 5"),
        ('azure.exclude = "rg"', 'azure.exclude: expected an array, found "rg"'),
        ("azure.exclude = [1]", "azure.exclude#1: expected a name, found the number 1"),
        ("azure = 1", "azure: expected a table, found the number 1"),
        ("site = {}", "site: expected an array, found a table"),
        ("site = [1]", "site#1: expected a table, found the number 1"),
        ("site = [{}]", "site#1.name: expected a value, this key is required, found nothing"),
        ("probe.timeout = true", "probe.timeout: expected a number from 0.01 to 86400, found true"),
        ("probe.timeout = 0", "probe.timeout: expected a number from 0.01 to 86400, found the number 0"),
        ("probe.patience = inf", "probe.patience: expected a number from 0.01 to 86400, found the number inf"),
        ("probe.patience = 1", "probe.patience: expected at least probe.timeout (2), found the number 1"),
        ("probe.budget = 5.0", "probe.budget: expected a whole number from 1 to 1000000, found the number 5.0"),
        ('probe.budget = "5"', 'probe.budget: expected a whole number from 1 to 1000000, found "5"'),
        ('dns.public = ["ns.example"]', 'dns.public#1: expected an IP address, found "ns.example"'),
        ('dns.public = ["fe80::1%eth0"]', 'dns.public#1: expected an IP address, found "fe80::1%eth0"'),
        (
            'site = [{ name = "a", address_space = ["10.0.0.1/8"] }]',
            'site#1.address_space#1: expected an address range such as 10.0.0.0/16, found "10.0.0.1/8"',
        ),
        ('site = [{ name = "a" }, { name = "a" }]', 'site#2.name: expected a name of its own, found "a" as in site#1'),
        ("vantage = [{}, {}]", 'vantage#2.name: expected a name of its own, found "here" as in vantage#1'),
        (
            'dns.server = [{ address = "10.0.0.4", tsig_file = "key", tsig_env = "KEY" }]',
            "dns.server#1: expected the key of its transfers in either tsig_file or tsig_env, found both",
        ),
        (
            'dns.server = [{ address = "10.0.0.4", network = "a", site = "b" }]\nsite = [{ name = "b" }]',
            "dns.server#1: expected either a network or a site, found both",
        ),
        (
            'dns.server = [{ address = "10.0.0.4" }, { address = "10.0.0.4" }]',
            "dns.server#2: expected each server once, found the address and place of dns.server#1 again",
        ),
        (
            'dns.server = [{ address = "10.0.0.4", site = "hq" }]',
            'dns.server#1.site: expected the name of a [[site]], found "hq"',
        ),
        (
            'scope.clients = [{ sites = ["head-ofice"] }]\nsite = [{ name = "head-office" }]',
            'scope.clients#1.sites#1: expected the name of a [[site]], found "head-ofice"; '
            'the nearest is "head-office"',
        ),
        (
            'dns.server = [{ address = "10.0.0.4", forwards = { "a" = ["1.1.1.1:0"] } }]',
            'dns.server#1.forwards."a"#1: expected an IP address, or address:port, found "1.1.1.1:0"',
        ),
        (
            'dns.server = [{ address = "10.0.0.4", forwards = { "a" = [] } }]',
            'dns.server#1.forwards."a": expected at least one address, found an empty array',
        ),
        (
            'dns.server = [{ address = "10.0.0.4", forwards = { "a" = ["1.1.1.1"], "A." = ["1.1.1.1"] } }]',
            'dns.server#1.forwards."A.": expected each name once, found it as "a" too',
        ),
        (
            'dns.server = [{ address = "10.0.0.4", forwards = { "a..b" = ["1.1.1.1"] } }]',
            'dns.server#1.forwards."a..b": expected a domain name, or "." for the root, found "a..b"',
        ),
        (
            'dns.server = [{ address = "10.0.0.4", kind = "named" }]',
            "dns.server#1.kind: expected one of unknown, bind, windows, unbound, dnsmasq, pdns-recursor, "
            'knot-resolver, coredns, systemd-resolved, infoblox, found "named"',
        ),
        (
            'names.override = [{ public = ".", zone = "a.example" }]',
            'names.override#1.public: expected a domain name, found "."',
        ),
        (
            'names.override = [{ public = "a.example", zone = "." }]',
            'names.override#1.zone: expected a domain name, found "."',
        ),
        (
            'names.override = [{ public = "a.example", zone = "b" }, { public = "A.example.", zone = "c" }]',
            'names.override#2.public: expected each suffix once, found "A.example." as in names.override#1',
        ),
        ("waiver = [{}]", "waiver#1: expected either a fingerprint, or code and subject, found neither"),
        (
            'waiver = [{ fingerprint = "PED101" }]',
            'waiver#1.fingerprint: expected a fingerprint of 16 hex digits, found "PED101"',
        ),
        ('waiver = [{ code = "PED101" }]', "waiver#1: expected code and subject together, found no subject"),
        (
            'acknowledged = [{ kind = "k", scope = "/", reason = "r", expires = "2027-01-31" }]',
            'acknowledged#1.expires: expected a date such as 2027-01-31, found "2027-01-31"',
        ),
        (
            'acknowledged = [{ kind = "k", scope = "/", reason = "r", expires = 2027-01-31T00:00:00Z }]',
            "acknowledged#1.expires: expected a date such as 2027-01-31, found the date 2027-01-31T00:00:00+00:00",
        ),
        (
            "assumptions.public-chain-from-table = 1",
            'assumptions."public-chain-from-table": expected true or false, found the number 1',
        ),
        (
            "assumptions.public-chain = false",
            "assumptions.public-chain: unknown key, the nearest known key is assumptions.public-chain-from-table",
        ),
        (
            "assumptions.x = true",
            "assumptions.x: unknown key, the nearest known key is assumptions.",
        ),
        (
            'watch.check = "soon"',
            'watch.check: expected a cron expression of five fields, or an interval such as "30m", found "soon"',
        ),
        ('watch.health = "8080"', 'watch.health: expected address:port, or "" for none, found "8080"'),
        (
            'history.url = "https://account.blob.core.windows.net/"',
            "history.url: expected sqlite:///FILE or the https URL of a blob container",
        ),
        ('history.keep = "long"', 'history.keep: expected a duration such as "90d", found "long"'),
        (
            'azure.endpoint = "http://10.0.0.1"',
            'azure.endpoint: expected an https URL without a path (http only to this machine), or "", '
            'found "http://10.0.0.1"',
        ),
        (
            'azure.endpoint = "https://management.chinacloudapi.cn"',
            'azure.endpoint: expected no other cloud\'s endpoint than that of azure.cloud ("AzureCloud"), found '
            '"https://management.chinacloudapi.cn" of "AzureChinaCloud"',
        ),
        (
            'azure.endpoint = "https://user@host"',
            'azure.endpoint: expected an https URL without a path (http only to this machine), or "", '
            'found "https://user@host"',
        ),
        (
            'sinks.webhook.url = "ftp://hooks.example/secret"',
            'sinks.webhook.url: expected an https URL (http only to this machine), or "", found "ftp" followed by ...',
        ),
        ("azure.clowd = 1", "azure.clowd: unknown key, the nearest known key is azure.cloud"),
        ("timeout = 1", "timeout: unknown key, the nearest known key is probe.timeout"),
        (
            "vantage = [{ adress_map = {} }]",
            "vantage#1.adress_map: unknown key, the nearest known key is vantage#1.address_map",
        ),
        (
            "azure.management_group = 2027-01-31",
            "azure.management_group: expected text, found the date 2027-01-31",
        ),
        ("azure.cloud = 1.5", "azure.cloud: expected one of AzureCloud, AzureUSGovernment, AzureChinaCloud, found "),
        (f"probe.budget = {2**200}", "probe.budget: expected a whole number from 1 to 1000000, found a very large "),
        ('scope.workspaces = [""]', 'scope.workspaces#1: expected a name, found ""'),
        ("sinks.webhook.url = 5", "sinks.webhook.url: expected an https URL (http only to this machine), or "),
        ('sinks.webhook.url = "secret"', 'sinks.webhook.url: expected an https URL (http only to this machine), or "", '
         "found something else (not shown, it may be a secret)"),
        ('azure.endpoint = "https://host/path"', "azure.endpoint: expected an https URL without a path"),
        ('azure.endpoint = "https://ho st"', "azure.endpoint: expected an https URL without a path"),
        ('azure.endpoint = "https://host:port"', "azure.endpoint: expected an https URL without a path"),
        ('azure.endpoint = "http://localhost.example"', "azure.endpoint: expected an https URL without a path"),
        ('watch.metrics = "::1"', 'watch.metrics: expected address:port, or "" for none, found "::1"'),
        (
            'dns.server = [{ address = "10.0.0.4", records = { "a" = ["."] } }]',
            'dns.server#1.records."a"#1: expected an IP address or a domain name, found "."',
        ),
        (
            'dns.server = [{ address = "10.0.0.4", forwards = { "" = ["1.1.1.1"] } }]',
            'dns.server#1.forwards."": expected a domain name, or "." for the root, found ""',
        ),
        ('"x\\u001b[31m" = 1', "x\\x1b[31m: unknown key, the nearest known key is "),
    ],
)  # fmt: skip
def test_a_mistake_names_the_key_what_was_expected_and_what_was_found(tmp_path: Path, line: str, says: str) -> None:
    lines = mistakes(tmp_path, line)
    assert len(lines) == 1
    assert lines[0].startswith(f"named.toml: {says}")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Wrong types, unknown keys, contradictions and environment stand in one error."""
    lines = mistakes(
        tmp_path,
        "probe.budget = true\nazure.clowd = 1\nwaiver = [{}]",
        AGENT_PROBE__TIMEOUT="soon",
        AGENT_PROBE__TIMEOUTS="1",
    )
    assert sorted(lines) == [
        "AGENT_PROBE__TIMEOUT: probe.timeout: expected a number from 0.01 to 86400, found \"soon\"",
        "AGENT_PROBE__TIMEOUTS: unknown setting, the nearest known one is AGENT_PROBE__TIMEOUT",
        "named.toml: azure.clowd: unknown key, the nearest known key is azure.cloud",
        "named.toml: probe.budget: expected a whole number from 1 to 1000000, found true",
        "named.toml: waiver#1: expected either a fingerprint, or code and subject, found neither",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[azure]\ncloud == 1", "line 2, column 8: not TOML: invalid value."),
        (b'[azure]\ncloud = "x', "line 2, column 11: not TOML: unterminated string."),
        (b"x = \xff", "line 1: expected UTF-8 text, found bytes that are not."),
        (b"x = " + b"[" * 100_000, "expected a TOML file, found arrays or tables nested too deeply."),
        (b"x = " + b"9" * 10_000, "line 1, column 10005: not TOML: exceeds the limit"),
        (b"#" * (LARGEST_FILE + 1), f"expected a TOML file of at most {LARGEST_FILE} bytes, found a larger one."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_toml_is_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "named.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(file, {})
    assert str(caught.value).startswith(f"{file}: {says}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "says"), [("missing.toml", "No such file"), ("", "Is a directory")])
def test_a_named_file_must_be_readable(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_config(tmp_path / name, {})


def test_the_file_found_in_the_current_directory_is_used_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agent.toml").write_text("probe.budget = 7")
    loaded = load_config(None, {})
    assert (loaded.source, loaded.config.probe.budget) == (ConfigSource.FOUND, 7)
    assert loaded.notices == ("using ./agent.toml of the current directory",)


def test_a_named_file_replaces_the_found_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agent.toml").write_text("probe.budget = 7")
    assert load(tmp_path, "probe.timeout = 1").config.probe.budget == 3000


@pytest.mark.parametrize("endpoint", ["https://evil.example", "http://127.0.0.1:8080"])
def test_a_found_file_cannot_send_the_token_to_a_foreign_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agent.toml").write_text(f'azure.endpoint = "{endpoint}"')
    with pytest.raises(ConfigError, match=r"^agent\.toml: azure\.endpoint: expected one of Azure's own hosts"):
        load_config(None, {})
    assert load_config(Path("agent.toml"), {}).config.azure.endpoint == endpoint
    assert load_config(None, {"AGENT_AZURE__ENDPOINT": endpoint}).config.azure.endpoint == endpoint


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_a_found_file_may_name_azures_own_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agent.toml").write_text(f'azure.endpoint = "{cloud.endpoint}"\nazure.cloud = "{cloud.name}"')
    assert load_config(None, {}).config.azure.endpoint == cloud.endpoint


def test_the_environment_cannot_hide_that_the_file_is_wrong(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "probe = 5", AGENT_PROBE__BUDGET="9") == [
        "named.toml: probe: expected a table, found the number 5"
    ]


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        'probe.budget = 7\nprobe.timeout = 1.0\nazure.tenant = "a.example"',
        AGENT_PROBE__BUDGET="9",
        AGENT_AZURE__TENANT="",
        AGENT_AZURE__SUBSCRIPTIONS=f'["{SUBSCRIPTION}"]',
        AGENT_SINKS__LOG_ANALYTICS__ENDPOINT="https://ingest.example",
        AGENT_ASSUMPTIONS__PUBLIC_CHAIN_FROM_TABLE="false",
    )
    config = loaded.config
    assert (config.probe.budget, config.probe.timeout, config.azure.tenant) == (9, 1.0, "")
    assert config.azure.subscriptions == (SUBSCRIPTION,)
    assert config.sinks.log_analytics.endpoint == "https://ingest.example"
    assert config.assumptions == {"public-chain-from-table": False}
    assert loaded.notices == ()


def test_a_variable_cannot_smuggle_in_further_keys(tmp_path: Path) -> None:
    lines = mistakes(tmp_path, "", AGENT_AZURE__CLOUD='"AzureCloud"\n[probe]\nbudget = 1')
    assert lines[0].startswith("AGENT_AZURE__CLOUD: azure.cloud: expected one of ")


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("AGENT_SITE__NAME", "site.name belongs to an array of tables, which cannot be set by environment"),
        ("AGENT_DNS__SERVER", "[[dns.server]] is an array of tables, which cannot be set by environment"),
        ("AGENT_NAMES__OVERRIDE", "[[names.override]] is an array of tables, which cannot be set by environment"),
        ("AGENT_PROBES__BUDGET", "unknown setting, the nearest known one is AGENT_PROBE__BUDGET"),
        ("AGENT__", "unknown setting, the nearest known one is AGENT_WATCH__ASK"),
        ("AGENT__PROBE", "unknown setting, the nearest known one is AGENT_PROBE__BUDGET"),
        ("AGENT_ASSUMPTIONS__", "unknown setting, the nearest known one is AGENT_ASSUMPTIONS__<NAME>"),
    ],
)  # fmt: skip
def test_a_variable_that_sets_nothing_is_a_mistake(tmp_path: Path, variable: str, says: str) -> None:
    assert mistakes(tmp_path, "", **{variable: "x"}) == [f"{variable}: {says}"]


def test_an_assumption_that_the_model_does_not_make_cannot_be_switched_by_a_variable(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "", AGENT_ASSUMPTIONS__PUBLIC_CHAIN="false") == [
        "AGENT_ASSUMPTIONS__PUBLIC_CHAIN: assumptions.public-chain: unknown key, "
        "the nearest known key is assumptions.public-chain-from-table"
    ]


def test_every_single_key_has_a_variable(tmp_path: Path) -> None:
    """Each is understood: given nonsense, no variable is called unknown."""
    variables = {variable_of(key.path): "\x00" for key in contract() if not (key.in_rows or key.free)}
    with pytest.raises(ConfigError) as caught:
        load_config(None, variables)
    assert "unknown" not in str(caught.value)


def test_settings_that_nothing_uses_yet_are_told(tmp_path: Path) -> None:
    notices = load(tmp_path, EVERYTHING).notices
    assert "fix.most_changes is set, but nothing uses it yet" in notices
    told = {notice.split()[0] for notice in notices}
    running = {"watch", "history", "sinks"}
    used = {key.dotted for key in contract() if key.dotted.partition(".")[0] not in running} - told
    assert {key for key in told if key.partition(".")[0] in running} == set()
    assert used == {
        "azure.cloud", "azure.endpoint", "azure.audience", "azure.tenant", "azure.subscriptions", "azure.exclude",
        "azure.use_resource_graph",
        "scope.workspaces", "scope.clients.workspace", "scope.clients.networks", "scope.clients.sites",
        "scope.services", "scope.legacy_names", "names.override.public", "names.override.zone", "names.foreign",
        "site.name", "site.address_space", "site.servers", "site.reaches",
        "dns.public", "dns.server.address", "dns.server.network", "dns.server.site", "dns.server.kind",
        "dns.server.forwards", "dns.server.forward_mode", "dns.server.records",
        "dns.server.rebinding_protection", "dns.server.rejects_unsigned",
        "dns.server.transfer", "dns.server.tsig_file", "dns.server.tsig_env",
        "vantage.name", "vantage.view", "vantage.source", "vantage.servers", "vantage.reaches", "vantage.address_map",
        "vantage.elsewhere",
        "probe.connect", "probe.enabled", "probe.timeout", "probe.patience", "probe.recheck_within",
        "probe.budget", "probe.queries_per_second",
        "acknowledged.kind", "acknowledged.scope", "acknowledged.reason", "acknowledged.expires", "assumptions",
        "waiver.fingerprint", "waiver.code", "waiver.subject", "waiver.reason", "waiver.owner", "waiver.expires",
    }  # fmt: skip


def test_a_value_that_is_used_is_not_called_unused() -> None:
    assert unused_settings({"scope": {"services": "all"}}) == ()


def test_the_list_of_unused_settings_names_only_what_exists() -> None:
    dotted = [key.dotted for key in contract()]
    for entry in UNUSED:
        name = entry.partition("=")[0]
        assert any(key == name or key.startswith(f"{name}.") for key in dotted), entry


def test_the_clouds_that_can_be_configured_are_the_known_ones() -> None:
    assert get_args(get_type_hints(AzureTable)["cloud"]) == tuple(CLOUDS)
