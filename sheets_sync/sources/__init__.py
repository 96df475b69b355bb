"""One file per outside system; `SOURCES` says which kind is read by which."""

from __future__ import annotations
