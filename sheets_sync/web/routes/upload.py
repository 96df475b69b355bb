"""Uploading an export: begin, send its parts, look at it, accept it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from metrics.schema import ENTITIES
from metrics.sources import ENTITY_NAMES
from sheets_sync.clinic.edit import put_source
from sheets_sync.errors import ConfigError
from sheets_sync.line.run import LiveRun
from sheets_sync.line.sync import peek
from sheets_sync.net.clock import Clock
from sheets_sync.service.uploads import Uploads
from sheets_sync.web.errors import RequestError
from sheets_sync.web.parts import WebParts
from sheets_sync.web.uploads import Choices, Preview, accept, kept_days, look

#: Bytes of one part: proxies let a megabyte through.
PART = 512 * 1024


def upload_routes(routes: Blueprint, parts: WebParts) -> None:
    """The routes under /clinics/<id>/uploads."""
    uploads = Uploads(parts.service.home)

    def run_of(clinic_id: str) -> LiveRun:
        clinic = parts.clinics.get(clinic_id) or abort(404)
        clock = Clock(unix=lambda: parts.clock().timestamp())
        return peek(clinic, parts.store, parts.service, clock)

    def file_of(clinic_id: str, upload: str) -> Path:
        path = uploads.path(clinic_id, upload)
        if path is None:
            raise RequestError(404, "Этого файла уже нет.", "Файл ждёт час. Загрузите его ещё раз.")
        return path

    @routes.post("/clinics/<clinic_id>/uploads")
    def begin(clinic_id: str) -> ResponseReturnValue:
        run_of(clinic_id)
        upload = uploads.begin(clinic_id, request.form.get("name", ""))
        address = url_for(".upload", clinic_id=clinic_id, upload=upload)
        return jsonify(path=address, part=PART), 201

    @routes.post("/clinics/<clinic_id>/uploads/<upload>/parts/<int:offset>")
    def part(clinic_id: str, upload: str, offset: int) -> ResponseReturnValue:
        file_of(clinic_id, upload)
        if not uploads.add(clinic_id, upload, offset, request.get_data()):
            abort(409)
        return jsonify(ok=True)

    @routes.route("/clinics/<clinic_id>/uploads/<upload>", methods=["GET", "POST"])
    def upload(clinic_id: str, upload: str) -> ResponseReturnValue:
        path, run = file_of(clinic_id, upload), run_of(clinic_id)
        answers = _answers()
        seen = look(run, path, answers)
        if request.method == "POST" and request.form.get("do") == "accept" and seen.pulled:
            _accept(run, seen, answers)
            uploads.settle(clinic_id, upload, kept_days(run))
            parts.jobs.want(run.clinic)
            return redirect(url_for(".clinic", clinic_id=clinic_id), 303)
        if request.method == "POST" and request.form.get("do") == "drop":
            uploads.drop(clinic_id, upload)
            return redirect(url_for(".clinic", clinic_id=clinic_id, _anchor="upload"), 303)
        return _page(run, upload, path.name, seen, answers)


def _page(
    run: LiveRun, upload: str, name: str, seen: Preview, answers: Choices
) -> ResponseReturnValue:
    return render_template(
        "upload.html",
        clinic=run.clinic,
        upload=upload,
        name=name,
        seen=seen,
        entities=[(entity, ENTITY_NAMES.get(entity, entity)) for entity in ENTITIES],
        marks={column.header: mark(column.header) for column in seen.columns},
        mark=mark,
        chosen=set((answers.columns or {}).values()),
        words=answers.statuses or {},
    )


def _accept(run: LiveRun, seen: Preview, answers: Choices) -> None:
    """Keep the mapping in the clinic's file, then the rows in the store."""
    label = ENTITY_NAMES.get(seen.entity, seen.entity)
    source = {
        "kind": "upload",
        "name": label,
        "entity": seen.entity,
        "columns": dict(answers.columns or {}),
        "statuses": dict(answers.statuses or {}),
    }
    try:
        put_source(run.clinic.folder / f"{run.clinic.id}.toml", source)
    except ConfigError as error:
        raise RequestError(409, error.message, error.hint) from error
    accept(run, label, seen)


def _answers() -> Choices:
    if request.method == "GET":
        return Choices()
    form = request.form
    headers = form.getlist("header")
    was = form.getlist("was")
    chosen = {h: form.get(f"column-{mark(h)}", "") for h in headers}
    # Only what a person changed is written: the rest is understood anew from the next file.
    before = set(form.getlist("chosen"))
    changed = {
        meaning: header
        for header, understood in zip(headers, was, strict=False)
        if (meaning := chosen[header]) and (meaning != understood or header in before)
    }
    statuses = {w: m for w in form.getlist("status") if (m := form.get(f"status-{mark(w)}", ""))}
    entity = form.get("entity", "")
    same = entity == form.get("entity-was", "")
    return Choices(entity, changed or None if same else None, statuses if same else None)


def mark(text: str) -> str:
    """A name of a field for a header that may hold anything."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
