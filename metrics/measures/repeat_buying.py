"""BG/NBD and Gamma-Gamma: how often patients will come again, and what a week of theirs brings.

Fader, Hardie, Lee 2005, «Counting Your Customers the Easy Way»; Fader, Hardie 2005, «RFM and CLV».
Time is in weeks. x: paid weeks after the first; t: the last one, T: now, both since the first;
m: margin of a week after the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd
import scipy  # its parts are loaded when they are first asked for: 0.2 s, 25 MB

from metrics.coded import Bools, Floats, combine

#: Every parameter is looked for between these.
_LOW, _HIGH = 1e-4, 1e4
#: The share of a bound within which a parameter says that nothing was found.
_NEAR = 0.01


@dataclass(frozen=True)
class Buyers:
    """One row a patient: x, t and T as above; m, NaN or 0 and below where there is none."""

    x: Floats
    t: Floats
    T: Floats
    m: Floats

    @property
    def with_margin(self) -> Bools:
        """Whose weeks after the first brought something: only these tell what a week brings."""
        return (self.x > 0) & (np.nan_to_num(self.m) > 0)

    @property
    def digest(self) -> str:
        """The same for the same rows, and for no others."""
        rows = np.column_stack([self.x, self.t, self.T, self.m]).astype("<f8")
        return blake2b(rows.tobytes(), digest_size=16).hexdigest()

    def take(self, rows: Bools) -> Buyers:
        return Buyers(self.x[rows], self.t[rows], self.T[rows], self.m[rows])


@dataclass(frozen=True)
class Visiting:
    """BG/NBD: r and alpha of how often patients come, a and b of how they stop; the fit's LL."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    @property
    def is_found(self) -> bool:
        return _is_inside(self.r, self.alpha, self.a, self.b)

    def weeks(self, buyers: Buyers, horizon: float) -> Floats:
        """Paid weeks that each patient is expected to have in the next `horizon` weeks."""
        x, age = buyers.x, buyers.T
        r, alpha, b = self.r, self.alpha, self.b
        a = 1 + 1e-6 if abs(self.a - 1) < 1e-6 else self.a
        later = ((alpha + age) / (alpha + age + horizon)) ** (r + x)
        hyper = scipy.special.hyp2f1(r + x, b + x, a + b + x - 1, horizon / (alpha + age + horizon))
        grown = (a + b + x - 1) / (a - 1) * (1 - later * hyper)
        expected: Floats = grown * self._alive(buyers)
        return expected

    def returns(self, buyers: Buyers, horizon: float) -> Floats:
        """The chance that each patient has a paid week at all in the next `horizon` weeks."""
        silent = ((self.alpha + buyers.T) / (self.alpha + buyers.T + horizon)) ** (
            self.r + buyers.x
        )
        chance: Floats = (1 - silent) * self._alive(buyers)
        return chance

    def _alive(self, buyers: Buyers) -> Floats:
        """1 / (1 + δ); on logs, for (α + T) / (α + t) to the power of many weeks overflows."""
        x = buyers.x
        again = x > 0
        power = (self.r + x) * np.log((self.alpha + buyers.T) / (self.alpha + buyers.t))
        log_delta = np.log(self.a / (self.b + np.where(again, x, 1) - 1)) + power
        alive: Floats = np.where(again, scipy.special.expit(-log_delta), 1.0)
        return alive


@dataclass(frozen=True)
class Spending:
    """Gamma-Gamma: p, q and v of what a week brings; `unit` is what v was fitted in; the fit's LL."""

    p: float
    q: float
    v: float
    unit: float
    log_likelihood: float

    @property
    def is_found(self) -> bool:
        return _is_inside(self.p, self.q, self.v / self.unit) and self.q > 1

    def margin(self, buyers: Buyers) -> Floats:
        """Margin that a paid week of each patient is expected to bring."""
        x = np.where(buyers.with_margin, buyers.x, 0.0)
        m = np.where(buyers.with_margin, buyers.m, 0.0)
        expected: Floats = self.p * (self.v + x * m) / (self.p * x + self.q - 1)
        return expected


def fit_visiting(buyers: Buyers) -> Visiting:
    """The BG/NBD of largest likelihood. `buyers` may be of any number, at least one."""
    special = scipy.special
    columns = [pd.factorize(values) for values in (buyers.x, buyers.t, buyers.T)]
    row, first = combine([(code, len(values)) for code, values in columns], len(buyers.x))
    of_x, of_t, of_age = (code[first] for code, _ in columns)
    count, again = np.bincount(row).astype(np.float64), buyers.x[first] > 0
    x, t, age = (values for _, values in columns)
    stopped = np.where(x > 0, x, 1) - 1

    def log_likelihood(p: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = p
        often, since, until = (r + x)[of_x], np.log(alpha + age)[of_age], np.log(alpha + t)[of_t]
        stays = (special.betaln(a, b + x) - special.betaln(a, b))[of_x]
        lives = stays - often * since
        stops = np.log(a / (b + stopped))[of_x] - often * until + stays
        either = np.where(again, np.logaddexp(lives, stops), lives)
        before = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
        gone = np.where(again, special.expit(stops - lives), 0.0)
        ends = special.psi(a + b) - special.psi(a + b + x)
        slopes = (
            (special.psi(r + x) - special.psi(r) + np.log(alpha))[of_x]
            - (1 - gone) * since
            - gone * until,
            r / alpha - often * ((1 - gone) / (alpha + age)[of_age] + gone / (alpha + t)[of_t]),
            ends[of_x] + gone / a,
            (ends + special.psi(b + x) - special.psi(b))[of_x] - gone / (b + stopped)[of_x],
        )
        return float(count @ (before[of_x] + either)), np.array([count @ each for each in slopes])

    (r, alpha, a, b), best = _highest(log_likelihood, 4)
    return Visiting(r, alpha, a, b, best)


def fit_spending(buyers: Buyers) -> Spending:
    """The Gamma-Gamma of largest likelihood over patients whose weeks brought something."""
    special = scipy.special
    rows = buyers.take(buyers.with_margin)
    unit = float(rows.m.mean())
    of_x, x = pd.factorize(rows.x)
    count, spent = np.bincount(of_x), rows.x * rows.m / unit
    log_spent, log_m = np.log(spent), float(np.log(rows.m / unit).sum())
    of_count = np.bincount(of_x, weights=log_spent)

    def log_likelihood(parameters: Floats) -> tuple[float, Floats]:
        p, q, v = parameters
        whole, least = p * x + q, np.log(v + spent)
        later = np.bincount(of_x, weights=least)
        each = special.gammaln(whole) - special.gammaln(p * x) - special.gammaln(q) + q * np.log(v)
        value = count @ each + p * (x @ of_count) - log_m - whole @ later
        slopes = (
            x @ (count * (special.psi(whole) - special.psi(p * x)) + of_count - later),
            count @ (special.psi(whole) - special.psi(q) + np.log(v)) - later.sum(),
            len(spent) * q / v - (whole[of_x] / (v + spent)).sum(),
        )
        return float(value), np.array(slopes)

    (p, q, v), best = _highest(log_likelihood, 3)
    return Spending(p, q, v * unit, unit, best - len(spent) * float(np.log(unit)))


def _highest(
    log_likelihood: Callable[[Floats], tuple[float, Floats]], parameters: int
) -> tuple[tuple[float, ...], float]:
    """Where it is largest, looked for on the logs of the parameters, all beginning at 1; it gives
    its slopes too."""

    def lowest(logs: Floats) -> tuple[float, Floats]:
        value, slopes = log_likelihood(np.exp(logs))
        return -value, -slopes * np.exp(logs)

    result = scipy.optimize.minimize(
        lowest,
        np.zeros(parameters),
        jac=True,
        method="L-BFGS-B",
        bounds=scipy.optimize.Bounds(*np.log([_LOW, _HIGH])),
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    return tuple(np.exp(result.x).tolist()), -float(result.fun)


def _is_inside(*parameters: float) -> bool:
    """Whether no parameter ran to a bound."""
    return all(_LOW * (1 + _NEAR) < p < _HIGH * (1 - _NEAR) for p in parameters)
