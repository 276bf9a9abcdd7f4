"""Everything that can be set: tables and defaults, where they come from, and what they declare of the world."""

from agent.config.load import ConfigSource, LoadedConfig, load_config
from agent.config.model import Config, declared, waivers
from agent.config.unused import UNUSED, unused_settings

__all__ = ["UNUSED", "Config", "ConfigSource", "LoadedConfig", "declared", "load_config", "unused_settings", "waivers"]
