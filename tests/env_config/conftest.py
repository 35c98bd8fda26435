"""Real servers for every test of this folder."""

from __future__ import annotations

from tests.env_config.servers import production, staging, tunnel

__all__ = ["production", "staging", "tunnel"]
