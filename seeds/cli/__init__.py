"""The command ``understudy``: data on stdout, progress and refusals on stderr, the same refusal always the same code."""

from __future__ import annotations

import sys

__all__ = ["main"]

INTERRUPTED = 130
_INTERRUPTED = "interrupted: what was committed stays, and the same command goes on from there\n"


def main() -> None:
    """Run the command line; every refusal ends in a code, a sentence and a next step instead of a traceback."""
    from generators import GenerationError

    from ..errors import SeedError
    from .app import app
    from .refusals import report_refusal

    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            sys.stderr.write(_INTERRUPTED)
        raise
    except KeyboardInterrupt:
        sys.stderr.write(_INTERRUPTED)
        sys.exit(INTERRUPTED)
    except (GenerationError, SeedError) as error:
        sys.exit(report_refusal(error, as_json="--json" in sys.argv))
