"""Finds production's addresses, and ways to be led there, in a repository's files before anything runs."""

from .crossing import TREE_RULES
from .model import Finding, Report
from .rules import RULES
from .scanner import Scanner, scan_paths, scan_text, scan_tree

__all__ = ["RULES", "TREE_RULES", "Finding", "Report", "Scanner", "scan_paths", "scan_text", "scan_tree"]
