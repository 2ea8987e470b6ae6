"""`python -m tner_hf` is `tner-hf`, for launchers that start modules (accelerate, torchrun)."""

from __future__ import annotations

import sys

from tner_hf.cli import main

if __name__ == "__main__":
    sys.exit(main())
