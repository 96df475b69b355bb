"""Uploading an export: begin, send its parts, look at it, accept it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from metrics.schema import ENTITIES
from metrics.sources import ENTITY_NAMES
from sheets_sync.errors import ConfigError
from sheets_sync.line.page import keep_days
from sheets_sync.line.run import LiveRun, peek
from sheets_sync.net.clock import Clock
from sheets_sync.sources.source import Pulled
from sheets_sync.web.errors import RequestError
from sheets_sync.web.meanings import column_choices, word_choices
from sheets_sync.web.parts import WebParts
from sheets_sync.web.preview import Choices, Preview, look
from sheets_sync.web.upload_source import UploadPlace, accept, labels
from sheets_sync.web.uploads import Uploads

#: Bytes of one part: proxies let a megabyte through.
PART = 512 * 1024
#: The order of day and month of a file where its dates leave it in doubt.
_ORDERS = (
    ("", "понять по файлу"),
    ("дд.мм.гггг", "день, месяц, год"),
    ("мм/дд/гггг", "месяц, день, год"),
)


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
        if request.method == "POST" and request.form.get("do") == "drop":
            uploads.drop(clinic_id, upload)
            return redirect(url_for(".clinic", clinic_id=clinic_id, _anchor="upload"), 303)
        seen = look(run, path, _choices(request.form))
        if request.method == "POST" and request.form.get("do") == "accept" and seen.pulled:
            _accept(run, seen.place, seen.pulled)
            uploads.accept(clinic_id, upload, run.as_of, keep_days(run.clinic, run.store))
            parts.jobs.want(run.clinic)
            return redirect(url_for(".clinic", clinic_id=clinic_id), 303)
        return _page(run, path.name, seen)


def _accept(run: LiveRun, place: UploadPlace, pulled: Pulled) -> None:
    try:
        accept(run, place, pulled)
    except ConfigError as error:
        raise RequestError(409, error.message, error.hint) from error


def _page(run: LiveRun, name: str, seen: Preview) -> ResponseReturnValue:
    return render_template(
        "upload.html",
        clinic=run.clinic,
        name=name,
        seen=seen,
        entities=[(entity, ENTITY_NAMES.get(entity, entity)) for entity in ENTITIES],
        labels=labels(run.clinic, seen.entity),
        choices=column_choices(seen.entity),
        word_choices=word_choices(seen.entity) if seen.words else [],
        orders=_ORDERS,
        mapping=json.dumps(dict(seen.place.columns), ensure_ascii=False),
        kept_words=json.dumps(dict(seen.place.statuses), ensure_ascii=False),
        mark=mark,
    )


def _choices(form: MultiDict[str, str]) -> Choices:
    """What a form says; of another entity or upload than it was made for, only which."""
    if not form:
        return Choices()
    entity, label = form.get("entity", ""), " ".join(form.get("label", "").split())
    if entity != form.get("entity-was", ""):
        return Choices(entity)
    if label != form.get("label-was", ""):
        return Choices(entity, label)
    words = {w: m for w in form.getlist("word") if (m := form.get(f"word-{mark(w)}", ""))}
    on_page = set(form.getlist("word"))
    kept = {w: m for w, m in _texts(form.get("words-was", "")).items() if w not in on_page}
    return Choices(entity, label, form.get("date_format", ""), _mapping(form), kept | words)


def _mapping(form: MultiDict[str, str]) -> dict[str, str]:
    """Headers by meaning that a person chose, now or before: the rest is understood anew from
    the next file.
    """
    mapping = _texts(form.get("columns-was", ""))
    for header, was in zip(form.getlist("header"), form.getlist("was"), strict=False):
        chosen = form.get(f"column-{mark(header)}", was)
        if chosen == was:
            continue
        if mapping.get(was) == header:
            del mapping[was]
        if was:
            mapping.setdefault(was, "")
        if chosen:
            mapping[chosen] = header
    return mapping


def _texts(text: str) -> dict[str, str]:
    """A hidden field's mapping; what is none is empty."""
    try:
        mapping = json.loads(text or "{}")
    except ValueError:
        mapping = {}
    return {str(k): str(v) for k, v in mapping.items()} if isinstance(mapping, dict) else {}


def mark(text: str) -> str:
    """A name of a field for a header that may hold anything."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
