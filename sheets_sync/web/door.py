"""Who may ask for which clinic: one answer to everybody who may not, in the same time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Request

from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.folder import Clinics
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web.identity import email_of
from sheets_sync.web.signature import WINDOW, is_signed, secrets_of


@dataclass
class Door:
    """Lets a request through to a clinic, or nowhere."""

    service: Service
    store: Store
    clinics: Clinics
    clock: Callable[[], float]
    certificates: Callable[..., Any]

    def opens(self, request: Request, clinic: Clinic | None) -> bool:
        """True if `request` was signed with the clinic's secret (once, for what changes anything)
        or carries a Google identity token of one of its people.

        Raises google.auth.exceptions.TransportError where Google's certificates cannot be had.
        """
        bearer = request.headers.get("Authorization", "")
        if bearer.startswith("Bearer "):
            return self._knows(bearer.removeprefix("Bearer ").strip(), clinic)
        signature = request.headers.get("X-Romi-Signature", "")
        timestamp = request.headers.get("X-Romi-Timestamp", "")
        # Asked for whether it is needed or not: an unknown clinic takes as long as a known one.
        somebody = self.clinics.any()
        signed = is_signed(
            secrets_of(clinic or somebody, self.service.home),
            timestamp,
            signature,
            request.method,
            request.path,
            request.get_data(),
            self.clock(),
        )
        if clinic is None or not signed:
            return False
        return request.method == "GET" or self._is_first_use(clinic, signature, timestamp)

    def _knows(self, token: str, clinic: Clinic | None) -> bool:
        email = email_of(token, self.service.identity_audience, self.certificates)
        allowed = clinic.webhook.allowed_emails if clinic and clinic.webhook else ()
        return email != "" and email in {a.casefold() for a in allowed}

    def _is_first_use(self, clinic: Clinic, signature: str, timestamp: str) -> bool:
        """A signature is spent when it is used: whoever copies a request cannot send it again."""
        nonce = hashlib.sha256(signature.encode()).hexdigest()
        now = datetime.fromtimestamp(self.clock(), UTC)
        stale = datetime.fromtimestamp(int(timestamp) + WINDOW, UTC)
        return self.store.limits.use_nonce(clinic.id, nonce, now, stale)
