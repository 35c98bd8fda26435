"""Databases that Understudy can fill: one folder each, and a registry that opens them by URL."""
