"""``python -m tests.bench.supervised COMMAND…``: run a command under the process-tree layer, and nothing else."""

from __future__ import annotations

import sys

from env_config.guards.processes import run_guarded
from env_config.policy import Policy
from tests.env_config.books import corpus_book

if __name__ == "__main__":
    sys.exit(run_guarded(sys.argv[1:], Policy(corpus_book()), via="seccomp"))
