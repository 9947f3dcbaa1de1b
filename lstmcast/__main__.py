"""`python -m lstmcast` is `lstmcast`."""

from __future__ import annotations

import sys

from lstmcast.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
