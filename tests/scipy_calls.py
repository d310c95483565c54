"""SciPy's functions on arrays under differentiation, its array API switch on: run as a script, it prints JSON.

SciPy reads the switch when it is imported, so that this runs in a process of its own. Each call is a function of a
vector x with a scalar answer; it is right, refused, or neither: "wrong", or "crashed" where one mode alone raises.
"""

from __future__ import annotations

import json
import os
import sys
import warnings

os.environ["SCIPY_ARRAY_API"] = "1"

import numpy as np
import scipy.cluster.hierarchy
import scipy.cluster.vq
import scipy.constants
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.spatial.distance
import scipy.special
import scipy.stats
from scipy.spatial.transform import Rotation

import derivlab as dl

X = np.array([0.7, 1.3, 2.2, 0.4, 3.1, 1.9])
W = np.array([0.5, -0.2, 0.3, 0.7, 0.1, 0.9])
sc, st, si = scipy.special, scipy.stats, scipy.integrate


def _sum(y, w=W):
    return (y * w[: y.shape[-1]]).sum()


def _matrix(x):
    return x.reshape(2, 3)


def _spd(x):
    m = x.reshape(3, 2)
    return m @ m.T + 2 * np.eye(3)


def _cubature(x):
    xp = dl.array_namespace(x)
    f = lambda t: xp.exp(-t[..., 0] * x[0]) * x[1]
    return si.cubature(f, xp.asarray([0.0]), xp.asarray([1.0])).estimate


REQUIRED = {
    "special.logsumexp": lambda x: sc.logsumexp(x),
    "special.softmax": lambda x: _sum(sc.softmax(x)),
    "special.log_softmax": lambda x: _sum(sc.log_softmax(x)),
    "special.xlogy": lambda x: _sum(sc.xlogy(x, x + 1)),
    "special.rel_entr": lambda x: _sum(sc.rel_entr(x, x * x + 1)),
    "special.erf": lambda x: _sum(sc.erf(x)),
    "special.gammaln": lambda x: _sum(sc.gammaln(x)),
    "special.ndtr": lambda x: _sum(sc.ndtr(x)),
    "special.log_ndtr": lambda x: _sum(sc.log_ndtr(-x)),
    "special.expit": lambda x: _sum(sc.expit(x)),
    "special.logit": lambda x: _sum(sc.logit(x / 4)),
    "special.entr": lambda x: _sum(sc.entr(x)),
    "stats.zscore": lambda x: _sum(st.zscore(x)),
    "stats.gzscore": lambda x: _sum(st.gzscore(x)),
    "stats.skew": lambda x: st.skew(x),
    "stats.kurtosis": lambda x: st.kurtosis(x),
    "stats.moment": lambda x: st.moment(x, 3),
    "stats.gmean": st.gmean,
    "stats.hmean": st.hmean,
    "stats.pmean": lambda x: st.pmean(x, 2.5),
    "stats.variation": st.variation,
    "stats.sem": st.sem,
    "stats.kstat": lambda x: st.kstat(x, 3),
    "stats.circmean": st.circmean,
    "stats.circvar": st.circvar,
    "stats.circstd": st.circstd,
    "stats.differential_entropy": st.differential_entropy,
    "stats.tmean": lambda x: st.tmean(x, (0.3, 4.0)),
    "stats.tvar": st.tvar,
    "stats.tstd": st.tstd,
    "stats.iqr": st.iqr,
    "stats.boxcox_llf": lambda x: st.boxcox_llf(0.7, x),
    "optimize.rosen": scipy.optimize.rosen,
    "integrate.trapezoid": lambda x: si.trapezoid(x * x, x),
    "integrate.cumulative_trapezoid": lambda x: _sum(si.cumulative_trapezoid(x * x, x)),
    "integrate.cubature": _cubature,
    "cluster.vq.whiten": lambda x: (scipy.cluster.vq.whiten(x.reshape(3, 2)) * W.reshape(3, 2)).sum(),
    "Rotation.from_rotvec": lambda x: (Rotation.from_rotvec(x[:3]).as_matrix() * W[:3]).sum(),
}
"""Calls that must be right."""

TRIED = {
    "special.logsumexp with b": lambda x: sc.logsumexp(x, b=x + 1),
    "special.erfc": lambda x: _sum(sc.erfc(x)),
    "special.digamma": lambda x: _sum(sc.digamma(x)),
    "special.i0": lambda x: _sum(sc.i0(x)),
    "special.i1e": lambda x: _sum(sc.i1e(x)),
    "special.betaln": lambda x: _sum(sc.betaln(x, x + 1)),
    "special.gammainc": lambda x: _sum(sc.gammainc(np.float64(2.0), x)),
    "special.gammainc in a": lambda x: _sum(sc.gammainc(x, np.float64(2.0))),
    "special.betainc": lambda x: _sum(sc.betainc(2.0, 3.0, x / 4)),
    "special.jv": lambda x: _sum(sc.jv(1, x)),
    "special.ellipk": lambda x: _sum(sc.ellipk(x / 4)),
    "special.zeta": lambda x: _sum(sc.zeta(x + 1)),
    "special.binom": lambda x: _sum(sc.binom(x + 3, 2)),
    "special.kl_div": lambda x: _sum(sc.kl_div(x, x + 1)),
    "special.huber": lambda x: _sum(sc.huber(1.0, x)),
    "special.stdtr": lambda x: _sum(sc.stdtr(3.0, x)),
    "special.chdtr": lambda x: _sum(sc.chdtr(3.0, x)),
    "stats.entropy": lambda x: st.entropy(x),
    "stats.describe": lambda x: st.describe(x).variance,
    "stats.pearsonr": lambda x: st.pearsonr(x, W).statistic,
    "stats.spearmanr": lambda x: st.spearmanr(x, W).statistic,
    "stats.linregress": lambda x: st.linregress(W, x).slope,
    "stats.ttest_1samp": lambda x: st.ttest_1samp(x, 1.0).statistic,
    "stats.ttest_ind": lambda x: st.ttest_ind(x, W).statistic,
    "stats.mode": lambda x: st.mode(x).mode,
    "stats.rankdata": lambda x: _sum(st.rankdata(x)),
    "stats.trim_mean": lambda x: st.trim_mean(x, 0.2),
    "stats.median_abs_deviation": lambda x: st.median_abs_deviation(x),
    "stats.skewtest": lambda x: st.skewtest(np.concatenate([x, x * x])).statistic,
    "stats.jarque_bera": lambda x: st.jarque_bera(x).statistic,
    "stats.bartlett": lambda x: st.bartlett(x, W).statistic,
    "stats.f_oneway": lambda x: st.f_oneway(x, W).statistic,
    "stats.chisquare": lambda x: st.chisquare(x).statistic,
    "stats.power_divergence": lambda x: st.power_divergence(x, lambda_=0.5).statistic,
    "stats.directional_stats": lambda x: st.directional_stats(x.reshape(2, 3)).mean_resultant_length,
    "stats.norm.pdf": lambda x: _sum(st.norm.pdf(x)),
    "stats.norm.logpdf": lambda x: _sum(st.norm.logpdf(x)),
    "stats.multivariate_normal.logpdf": lambda x: st.multivariate_normal.logpdf(x, np.zeros(6)),
    "stats.boxcox": lambda x: _sum(st.boxcox(x, 0.5)),
    "stats.lmoment": lambda x: _sum(st.lmoment(x)),
    "stats.expectile": lambda x: st.expectile(x, 0.3),
    "stats.quantile": lambda x: st.quantile(x, 0.3),
    "stats.xp_mean": lambda x: st.pmean(x, 0.0),
    "optimize.rosen_der": lambda x: _sum(scipy.optimize.rosen_der(x)),
    "optimize.minimize": lambda x: scipy.optimize.minimize(lambda t: ((t - x) ** 2).sum(), np.zeros(6)).fun,
    "optimize.brentq": lambda x: scipy.optimize.brentq(lambda t: t**3 - x[0], 0.0, 2.0),
    "integrate.simpson": lambda x: si.simpson(x * x, x=np.arange(6.0)),
    "integrate.quad": lambda x: si.quad(lambda t: np.exp(-t * x[0]), 0.0, 1.0)[0],
    "integrate.romb": lambda x: si.romb(x[:5] ** 2),
    "interpolate.interp1d": lambda x: scipy.interpolate.interp1d(np.arange(6.0), x)(2.5),
    "interpolate.CubicSpline": lambda x: scipy.interpolate.CubicSpline(np.arange(6.0), x)(2.5),
    "linalg.norm": lambda x: scipy.linalg.norm(x),
    "linalg.det": lambda x: scipy.linalg.det(_spd(x)),
    "linalg.inv": lambda x: scipy.linalg.inv(_spd(x)).sum(),
    "linalg.solve": lambda x: scipy.linalg.solve(_spd(x), np.ones(3)).sum(),
    "linalg.expm": lambda x: scipy.linalg.expm(_spd(x) / 9).sum(),
    "linalg.cholesky": lambda x: scipy.linalg.cholesky(_spd(x)).sum(),
    "linalg.toeplitz": lambda x: (scipy.linalg.toeplitz(x) ** 2).sum(),
    "signal.convolve": lambda x: _sum(scipy.signal.convolve(x, W, mode="same")),
    "signal.detrend": lambda x: (scipy.signal.detrend(x) ** 2).sum(),
    "signal.hilbert": lambda x: _sum(abs(scipy.signal.hilbert(x))),
    "signal.periodogram": lambda x: scipy.signal.periodogram(x)[1].sum(),
    "signal.lfilter": lambda x: _sum(scipy.signal.lfilter([1.0, 0.5], [1.0, -0.3], x)),
    "signal.savgol_filter": lambda x: _sum(scipy.signal.savgol_filter(x, 5, 2)),
    "fft.rfft": lambda x: (abs(scipy.fft.rfft(x)) ** 2).sum(),
    "fft.dct": lambda x: _sum(scipy.fft.dct(x)),
    "fft.fftshift": lambda x: _sum(scipy.fft.fftshift(x)),
    "ndimage.gaussian_filter": lambda x: _sum(scipy.ndimage.gaussian_filter(x, 1.0)),
    "ndimage.laplace": lambda x: _sum(scipy.ndimage.laplace(x)),
    "spatial.distance.euclidean": lambda x: scipy.spatial.distance.euclidean(x, W),
    "spatial.distance.cdist": lambda x: scipy.spatial.distance.cdist(_matrix(x), _matrix(W)).sum(),
    "spatial.distance.pdist": lambda x: scipy.spatial.distance.pdist(_matrix(x)).sum(),
    "cluster.vq.vq": lambda x: scipy.cluster.vq.vq(x.reshape(3, 2), W.reshape(3, 2))[1].sum(),
    "cluster.hierarchy.linkage": lambda x: scipy.cluster.hierarchy.linkage(x.reshape(3, 2))[:, 2].sum(),
    "constants.convert_temperature": lambda x: _sum(scipy.constants.convert_temperature(x, "Celsius", "Kelvin")),
    "Rotation.apply": lambda x: Rotation.from_rotvec(x[:3]).apply(x[3:]).sum(),
    "Rotation.from_euler": lambda x: (Rotation.from_euler("xyz", x[:3]).as_matrix() * W[:3]).sum(),
    "Rotation.from_quat": lambda x: (Rotation.from_quat(x[:4]).as_matrix() * W[:3]).sum(),
    "Rotation.as_rotvec": lambda x: (Rotation.from_rotvec(x[:3] / 2) * Rotation.from_rotvec(x[3:] / 4)).as_rotvec()[0],
}  # fmt: skip
"""Calls that must be right, or raise in every mode."""

CALLS = {**REQUIRED, **TRIED}


def verdict(f) -> dict:
    """What became of a call: the relative error of its gradient in each mode, or the refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = dl.Richardson().grad(f)(X)
        except Exception as error:
            return {"outcome": "no reference", "why": _words(error)}
        scale = np.max(np.abs(expected))
        errors = []
        for mode in ("forward", "reverse", "reverse-compiled"):
            try:
                gradient = dl.methods[mode].grad(f)(X)
            except Exception as error:
                return {"outcome": "crashed" if errors else "refused", "why": f"{mode}: {_words(error)}"}
            errors.append(float(np.max(np.abs(gradient - expected)) / (scale if scale > 1e-9 else 1.0)))
        return {"outcome": "right" if max(errors) <= 1e-6 else "wrong", "error": max(errors)}


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


if __name__ == "__main__":
    json.dump({name: verdict(f) for name, f in CALLS.items()}, sys.stdout)
