"""The service: sources in, store, straight line, books out."""

import os

# Sums here are of one line of numbers: threads of BLAS wait for each other ten times as long as
# they add. It reads this once, when numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
