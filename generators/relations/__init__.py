"""How rows belong together: root and child domains, and the keys that follow from them."""

from .domain import Domain, Part, branch_key, child_domain, root_domain

__all__ = ["Domain", "Part", "branch_key", "child_domain", "root_domain"]
