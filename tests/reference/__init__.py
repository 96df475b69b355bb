"""The specification's executable twin: slow, literal, exact, and not a line of the product's code.

Every function quotes the sentence of the specification that it carries out. Rows are plain dicts
(the keys of metrics/schema.py; times aware, days dates, money whole kopecks or None), numbers are
int or Fraction, an empty cell is None. The product is compared with it, never built on it.
"""

from tests.reference.actions import action_rows
from tests.reference.alerts import alert_rows
from tests.reference.changes import change_rows, shown_numbers
from tests.reference.clinic import Clinic
from tests.reference.cohort_matrix import cohort_rows
from tests.reference.comparison import comparison_rows
from tests.reference.digest import digest_rows
from tests.reference.forecast import (
    fitted_frequency,
    fitted_money,
    forecast_rows,
    frequency_likelihood,
    last_week,
    lives,
    money_likelihood,
)
from tests.reference.periods import CASH_COLUMNS, cash_row, funnel_rows, funnel_span
from tests.reference.plan import MEASURES, plan_row
from tests.reference.recall import recall_rows
from tests.reference.reconciliation import Reconciled, reconciliation_rows
from tests.reference.service import service_cells, service_names
from tests.reference.services import service_rows
from tests.reference.unit import unit_row
from tests.reference.value import ltv_cells, ltv_variants
from tests.reference.verification import Verified
from tests.reference.weeks import week_column, week_starts

__all__ = [
    "CASH_COLUMNS",
    "MEASURES",
    "Clinic",
    "Reconciled",
    "Verified",
    "action_rows",
    "alert_rows",
    "cash_row",
    "change_rows",
    "cohort_rows",
    "comparison_rows",
    "digest_rows",
    "fitted_frequency",
    "fitted_money",
    "forecast_rows",
    "frequency_likelihood",
    "funnel_rows",
    "funnel_span",
    "last_week",
    "lives",
    "ltv_cells",
    "ltv_variants",
    "money_likelihood",
    "plan_row",
    "recall_rows",
    "reconciliation_rows",
    "service_cells",
    "service_names",
    "service_rows",
    "shown_numbers",
    "unit_row",
    "week_column",
    "week_starts",
]
