"""Where events go. A sink is given messages in order and says what became of them; it never decides about them."""

from agent.sinks.base import Outcome, Sink

__all__ = ["Outcome", "Sink"]
