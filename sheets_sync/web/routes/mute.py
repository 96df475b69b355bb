"""«Замолчать»: a page that a signed link opens to whoever has it; a button, for mail programs look."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sheets_sync.clinic.config import Clinic
from sheets_sync.notify.mute import WEEK, clinic_to_mute
from sheets_sync.web.errors import RequestError
from sheets_sync.web.parts import WebParts


def mute_routes(routes: Blueprint, parts: WebParts) -> None:
    """The route under /mute."""

    def clinic_of(token: str) -> Clinic:
        clinic = clinic_to_mute(parts.key, token, parts.clock())
        if not clinic:
            raise RequestError(
                403,
                "Эта ссылка больше не действует.",
                "Возьмите новую: из последнего сообщения или со страницы клиники.",
            )
        return parts.clinics.get(clinic) or abort(404)

    @routes.route("/mute/<token>", methods=["GET", "POST"])
    def mute(token: str) -> ResponseReturnValue:
        clinic, now = clinic_of(token), parts.clock()
        if request.method == "POST":
            is_on = request.form.get("do") == "on"
            parts.store.outbox.mute(clinic.id, now if is_on else now + WEEK)
            return redirect(url_for(".mute", token=token), 303)
        until = parts.store.outbox.muted(clinic.id)
        silent = until.astimezone(clinic.zone) if until and until > now else None
        return render_template("mute.html", clinic=clinic, until=silent)
