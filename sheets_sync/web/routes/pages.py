"""The pages of clinics: who may open which is decided here, once for all of them."""

from __future__ import annotations

from functools import partial

from flask import (
    Blueprint,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from sheets_sync.web.errors import RequestError
from sheets_sync.web.overview import TONES, page_rows, summary, title
from sheets_sync.web.parts import WebParts
from sheets_sync.web.routes.clinic import clinic_routes
from sheets_sync.web.routes.mute import mute_routes
from sheets_sync.web.routes.new import new_routes
from sheets_sync.web.routes.upload import PART, upload_routes
from sheets_sync.web.viewers import Viewer, Viewers

#: Bytes that a form may have.
MAX_FORM = 65_536
MAX_PART = PART
#: Their links say themselves who may open them.
_SIGNED = {"pages.enter", "pages.mute"}
_BASIC = WWWAuthenticate("basic", {"realm": "romi-sheets"})
_FROM_THE_SHEET = (
    "Откройте её из таблицы клиники: меню «Аналитика» → «Страница клиники». "
    "Ссылка действует десять минут и открывается один раз."
)


def pages(parts: WebParts) -> Blueprint:
    """Every page and every button."""
    routes = Blueprint("pages", __name__)

    routes.before_request(partial(_let_in, parts.viewers))

    @routes.get("/")
    def overview() -> ResponseReturnValue:
        rows = page_rows(parts.clinics, parts.store)
        return render_template(
            "clinics.html",
            rows=rows,
            tones=TONES,
            summary=summary(rows),
            title=title(rows),
            folder=parts.clinics.folder,
        )

    @routes.get("/enter/<token>")
    def enter(token: str) -> ResponseReturnValue:
        place = parts.links.use(token)
        if place is None:
            raise RequestError(403, "Эта ссылка больше не действует.", _FROM_THE_SHEET)
        clinic, page = place
        parts.viewers.let_in(clinic)
        return redirect(
            url_for(".clinic", clinic_id=clinic) + ("#upload" if page == "upload" else ""), 303
        )

    clinic_routes(routes, parts)
    upload_routes(routes, parts)
    new_routes(routes, parts)
    mute_routes(routes, parts)
    return routes


def _let_in(viewers: Viewers) -> None:
    """A route that names a clinic is for the admin and that clinic's people, a signed link for whoever
    has it, any other one for the admin; what changes anything must come from a page of ours.
    """
    if request.endpoint in _SIGNED:
        if request.method == "POST":
            current_app.extensions["csrf"].protect()
        return
    viewer = g.viewer = viewers.now()
    clinic = (request.view_args or {}).get("clinic_id")
    if not (viewer.is_admin or (clinic and viewer.may(clinic))):
        raise _refusal(viewer, was_here=viewers.was_here())
    if request.method not in {"GET", "HEAD", "OPTIONS"} and not viewer.by_token:
        current_app.extensions["csrf"].protect()


def _refusal(viewer: Viewer, *, was_here: bool) -> Exception:
    """What somebody hears who may not see a page: an admin is asked for the password."""
    if viewer.clinics:
        return RequestError(
            403, "Эта страница не вашей клиники.", "Откройте свою из таблицы: меню «Аналитика»."
        )
    if was_here:
        return RequestError(401, "День прошёл: страница закрылась.", _FROM_THE_SHEET)
    return Unauthorized(www_authenticate=_BASIC)
