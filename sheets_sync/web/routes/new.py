"""A new clinic and its sources without a text editor; for the admin only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.errors import ConfigError, RomiError
from sheets_sync.home import clinics_folder
from sheets_sync.line.check import check
from sheets_sync.line.pull_desk import context_of
from sheets_sync.line.run import peek
from sheets_sync.net.clock import Clock
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.sources import SOURCES, source_title
from sheets_sync.sources.source import Finding, SourceTable
from sheets_sync.web.new_clinic import add_source, editor, make_clinic, secret_of
from sheets_sync.web.parts import WebParts
from sheets_sync.web.source_form import (
    KINDS,
    form_fields,
    form_of_source,
    source_of_form,
    table_of,
    variables_of,
)

#: Seconds that a live «Проверить» may take.
_PATIENCE = 25.0


def new_routes(routes: Blueprint, parts: WebParts) -> None:
    """The routes under /clinics/new, and a clinic's new sources."""
    folder = clinics_folder(parts.service)

    def clinic_of(name: str) -> Clinic:
        return parts.clinics.get(name) or abort(404)

    @routes.route("/clinics/new", methods=["GET", "POST"])
    def new() -> ResponseReturnValue:
        error = ""
        if request.method == "POST":
            try:
                clinic_id, secret = make_clinic(folder, parts.service.home, request.form)
            except ConfigError as refusal:
                error = f"{refusal.message} {refusal.hint}"
            else:
                return _made(parts, clinic_of(clinic_id), secret)
        return render_template(
            "new.html", form=request.form, error=error, editor=editor(parts.service)
        ), 400 if error else 200

    _source_routes(routes, parts, clinic_of)


def _source_routes(routes: Blueprint, parts: WebParts, clinic_of: Callable[[str], Clinic]) -> None:
    # Not «clinic_id»: a marketer connects nothing.
    @routes.route("/clinics/<name>/sources/<kind>", methods=["GET", "POST"])
    def source(name: str, kind: str) -> ResponseReturnValue:
        clinic = clinic_of(name)
        if kind not in KINDS:
            abort(404)
        before = _before(clinic, kind, request.args.get("source", ""))
        lines: list[Finding] = []
        error = ""
        form: Mapping[str, str] = form_of_source(before) if before else {}
        if request.method == "POST":
            form = request.form
            try:
                if form.get("do") == "save":
                    _connect(parts, clinic, kind, form, before)
                    return redirect(url_for(".clinic", clinic_id=name), 303)
                lines = _answers_of(parts, clinic, kind, form, before)
            except RomiError as refusal:
                error = f"{refusal.message} {refusal.hint}"
        return render_template(
            "source.html",
            clinic=clinic,
            kind=kind,
            title=SOURCES[kind].title,
            fields=form_fields(kind),
            form=form,
            before=before and source_title(before.name),
            lines=lines,
            error=error,
            kinds=_kinds(),
        ), 400 if error and form.get("do") == "save" else 200


def _before(clinic: Clinic, kind: str, name: str) -> SourceTable | None:
    """The source that a page is of: the one that its address names, else the only one of its
    kind; None: a new one.
    """
    same = [table for table in clinic.source if table.kind == kind]
    if name:
        return next((table for table in same if table.name == name), None)
    return same[0] if len(same) == 1 else None


def _described(
    clinic: Clinic, kind: str, form: Mapping[str, str], before: SourceTable | None
) -> tuple[dict[str, Any], dict[str, str]]:
    variables = {v for t in clinic.source if t.kind in KINDS for v in variables_of(t)}
    return source_of_form(kind, form, before, variables)


def _answers_of(
    parts: WebParts,
    clinic: Clinic,
    kind: str,
    form: Mapping[str, str],
    before: SourceTable | None,
) -> list[Finding]:
    """What a few harmless questions to the service say of a form. Raises RomiError."""
    described, kept = _described(clinic, kind, form, before)
    table = table_of(described)
    run = peek(clinic, parts.store, parts.service, _clock(parts))
    keyring = open_keyring(parts.service, clinic.id)
    find = secret_of(kept, Secrets(parts.service.home, clinic.id))
    context = replace(context_of(run, table, keyring, seconds=_PATIENCE), secret=find)
    return list(SOURCES[kind].probe(table, context))


def _connect(
    parts: WebParts,
    clinic: Clinic,
    kind: str,
    form: Mapping[str, str],
    before: SourceTable | None,
) -> None:
    described, kept = _described(clinic, kind, form, before)
    table_of(described)
    path = clinic.folder / f"{clinic.id}.toml"
    add_source(path, parts.service.home, described, kept, before)
    parts.jobs.want(clinic)


def _made(parts: WebParts, clinic: Clinic, secret: str) -> ResponseReturnValue:
    checked = check(peek(clinic, parts.store, parts.service, _clock(parts)))
    parts.jobs.want(clinic)
    return render_template(
        "made.html",
        clinic=clinic,
        secret=secret,
        lines=checked.lines,
        plan=checked.plan.to_dict("records"),
        kinds=_kinds(),
        address=request.host_url.rstrip("/"),
    )


def _kinds() -> list[tuple[str, str]]:
    return [(kind, SOURCES[kind].title) for kind in KINDS]


def _clock(parts: WebParts) -> Clock:
    return Clock(unix=lambda: parts.clock().timestamp())
