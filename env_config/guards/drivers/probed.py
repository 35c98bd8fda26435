"""Nothing; see :mod:`env_config.guards.drivers.imports`."""
