"""The sinks that a configuration names, opened for as long as a block lasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.config import Config
from agent.sinks.base import Sink
from agent.sinks.lines import FileSink, StdoutSink
from agent.sinks.log_analytics import LogAnalyticsSink
from agent.sinks.webhook import WebhookSink
from collectors.graph.clouds import CLOUDS
from collectors.graph.errors import UsageError

if TYPE_CHECKING:  # only a run that sends to Log Analytics pays for loading the SDK
    from azure.core.pipeline import PipelineRequest
    from azure.core.pipeline.policies import CustomHookPolicy


@contextmanager
def open_sinks(config: Config, environment: Mapping[str, str]) -> Iterator[tuple[Sink, ...]]:
    """Every sink that is configured; stdout always is one. Raises UsageError with all that is wrong at once."""
    found = tuple(problems(config, environment))
    if found:
        raise UsageError("\n".join(found))
    with ExitStack() as stack:
        yield tuple(_sinks(config, environment, stack))


def problems(config: Config, environment: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with [sinks] that no look at a single key shows, one sentence each."""
    logs, hook = config.sinks.log_analytics, config.sinks.webhook
    if bool(logs.endpoint) != bool(logs.rule_id):
        lacking, there = ("rule_id", "endpoint") if logs.endpoint else ("endpoint", "rule_id")
        yield f"sinks.log_analytics.{lacking}: expected it beside {there}, found none"
    if hook.secret_env and not environment.get(hook.secret_env):
        yield f"sinks.webhook.secret_env: expected the variable {hook.secret_env} to hold the secret, found none"
    if hook.secret_env and not hook.url:
        yield "sinks.webhook.url: expected it beside secret_env, found none"
    path = Path(config.sinks.file.path) if config.sinks.file.path else None
    if path and (path.is_dir() or not path.absolute().parent.is_dir()):
        yield f"sinks.file.path: expected a file in a directory that exists, found {path}"


def _sinks(config: Config, environment: Mapping[str, str], stack: ExitStack) -> Iterator[Sink]:
    yield StdoutSink()
    logs, hook = config.sinks.log_analytics, config.sinks.webhook
    if config.sinks.file.path:
        yield FileSink(path=Path(config.sinks.file.path))
    if hook.url:
        secret = environment.get(hook.secret_env, "").encode() if hook.secret_env else b""
        yield WebhookSink(url=hook.url, kind=hook.kind, secret=secret)
    if logs.endpoint:
        yield _log_analytics(config, stack)


def _log_analytics(config: Config, stack: ExitStack) -> LogAnalyticsSink:
    from azure.monitor.ingestion import LogsIngestionClient

    from collectors.azure.credential import untried_credential

    cloud, logs = CLOUDS[config.azure.cloud], config.sinks.log_analytics
    credential = stack.enter_context(untried_credential(config.azure.tenant, cloud))
    client = LogsIngestionClient(
        logs.endpoint,
        credential,
        credential_scopes=[f"{cloud.monitor}/.default"],
        retry_total=0,  # the spool tries again, in order
        connection_timeout=10,
        read_timeout=30,
        per_call_policies=[plain_http()] if urlsplit(logs.endpoint).scheme == "http" else [],
    )
    return LogAnalyticsSink(client=stack.enter_context(client), rule_id=logs.rule_id, stream=logs.stream)


def plain_http() -> CustomHookPolicy[Any, Any]:
    """Lets a token go to this machine over http; the configuration allows http to nowhere else."""
    from azure.core.pipeline.policies import CustomHookPolicy

    def allow(request: PipelineRequest[Any]) -> None:
        request.context.options["enforce_https"] = False

    return CustomHookPolicy(raw_request_hook=allow)
