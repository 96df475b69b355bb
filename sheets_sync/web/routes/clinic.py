"""A clinic's page: what it shows, its workbook, its button."""

from __future__ import annotations

from urllib.parse import quote

from flask import (
    Blueprint,
    abort,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from sheets_sync.clinic.config import Clinic
from sheets_sync.notify.mute import mute_path
from sheets_sync.sources import SOURCES, source_title
from sheets_sync.web.bodies import status_of
from sheets_sync.web.clinic_page import clinic_page
from sheets_sync.web.parts import WebParts


def clinic_routes(routes: Blueprint, parts: WebParts) -> None:
    """The routes under /clinics/<id>."""

    def clinic_of(clinic_id: str) -> Clinic:
        return parts.clinics.get(clinic_id) or abort(404)

    @routes.get("/clinics/<clinic_id>")
    def clinic(clinic_id: str) -> ResponseReturnValue:
        ours = clinic_of(clinic_id)
        page = clinic_page(ours, parts.store, parts.clock())
        return render_template(
            "clinic.html",
            clinic=ours,
            page=page,
            busy=page.run is not None and page.run.finished_at is None,
            is_admin=g.viewer.is_admin,
            book=_book(ours),
            book_is_outside=ours.book.kind == "google",
            live=[source for source in ours.source if SOURCES[source.kind].live],
            titled=source_title,
            mute=mute_path(parts.key, ours.id, parts.clock()),
        )

    @routes.get("/clinics/<clinic_id>/state")
    def state(clinic_id: str) -> ResponseReturnValue:
        ours = clinic_of(clinic_id)
        runs = parts.store.runs.last(ours.id, 1)
        if not runs:
            abort(404)
        return jsonify(status_of(runs[0], []).model_dump())

    @routes.get("/clinics/<clinic_id>/report")
    def report(clinic_id: str) -> ResponseReturnValue:
        ours = clinic_of(clinic_id)
        path = ours.path(ours.book.path)
        if ours.book.kind != "xlsx" or not path.is_file():
            abort(404)
        return send_file(path, as_attachment=True, download_name=f"{ours.id}.xlsx")

    @routes.post("/clinics/<clinic_id>/refresh")
    def press(clinic_id: str) -> ResponseReturnValue:
        clinic = clinic_of(clinic_id)
        parts.throttle.take("refresh", clinic.id)
        parts.jobs.want(clinic)
        back = url_for(".clinic", clinic_id=clinic.id)
        return redirect(back if request.form.get("back") == "clinic" else "/", 303)


def _book(clinic: Clinic) -> str:
    """Where the clinic's book is for a browser; "" where there is none yet."""
    if clinic.book.kind == "google":
        return f"https://docs.google.com/spreadsheets/d/{quote(clinic.book.spreadsheet_id)}/edit"
    there = clinic.path(clinic.book.path).is_file()
    return url_for(".report", clinic_id=clinic.id) if there else ""
