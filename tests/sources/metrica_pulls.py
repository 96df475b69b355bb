"""Metrica's source pulled from its double, every frame checked."""

from __future__ import annotations

from metrics.schema import check
from sheets_sync.sources import SOURCES
from tests.sources.yandex import context, metrica_source, whole


def pull_reports(metrica, tmp_path, clock, source=None, **more):
    """What the source gives, in its order: traffic, then costs and touches if wanted."""
    given = context(tmp_path, metrica, clock, **more)
    pulls = whole(SOURCES["metrica"].pull(source or metrica_source(), given))
    for pulled in pulls:
        if pulled.frame is not None:
            check(pulled.entity, pulled.frame)
    return pulls


def pull_touches(metrica, tmp_path, clock, **more):
    """The touches of a source that asks for the Logs API."""
    _, pulled = pull_reports(metrica, tmp_path, clock, metrica_source(logs=True), **more)
    return pulled


def state_of(pulls):
    """What the next pull is given to go on from."""
    return {key: value for p in pulls for key, value in p.state.items()}
