"""The errors that end a run. Each message names the thing, what was expected, what was found, the next step.

    AgentError
      UsageError         a named object that does not exist, an empty scope
      ConfigError        configuration: every mistake at once
      CredentialError    no token, or the endpoint cannot be used with it
      SnapshotError      a snapshot file that cannot be trusted
      PlanError          a question plan, or answers to one, that cannot be trusted
      SinkError          output that cannot be written

Everything else that goes wrong while reading is a `Gap`; every DNS outcome is a value.
"""

from __future__ import annotations


class AgentError(Exception):
    """Ends the run with one sentence and exit code 2."""


class UsageError(AgentError):
    """The command asks for something that cannot be."""


class ConfigError(AgentError):
    """The configuration is wrong; the message holds every mistake, one a line."""


class CredentialError(AgentError):
    """There is no usable identity, or the endpoint refuses it."""


class SnapshotError(AgentError):
    """The snapshot is damaged, truncated, foreign, too new, or hostile."""


class PlanError(AgentError):
    """A question plan or its answers are damaged, tampered with, stale or foreign."""


class SinkError(AgentError):
    """Output cannot be written where it was asked for."""
