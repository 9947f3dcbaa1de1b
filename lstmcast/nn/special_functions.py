"""Special functions that torch lacks, from SciPy: on the CPU and without gradients.

SciPy is imported where it is called: forecasts in quantiles need none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def student_t_cdf(degrees: Tensor, values: Tensor) -> Tensor:
    """Probability of no more than `values` under Student's t; arguments broadcast."""
    from scipy.special import stdtr

    return _apply(stdtr, degrees, values)


def student_t_quantile(degrees: Tensor, u: Tensor) -> Tensor:
    """Value below which Student's t lies with probability `u`; arguments broadcast."""
    from scipy.special import stdtrit

    return _apply(stdtrit, degrees, u)


def negative_binomial_cdf(mean: Tensor, dispersion: Tensor, counts: Tensor) -> Tensor:
    """Probability of no more than `counts`, which may be -1: then it is 0; arguments broadcast."""
    return _apply(_counts_cdf, mean, dispersion, counts)


def negative_binomial_quantile(mean: Tensor, dispersion: Tensor, u: Tensor) -> Tensor:
    """Smallest count of which no more come with probability `u`; arguments broadcast."""
    return _apply(_counts_quantile, mean, dispersion, u)


def _counts_cdf(mean: NDArray[Any], dispersion: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """F(k) = I_p(n, k + 1), the regularised incomplete beta function, p = 1 / (1 + a m), n = 1/a.

    At k = -1 its second argument is 0, where it has no value, and the probability is 0.
    """
    import numpy as np
    from scipy.special import betainc

    size = 1 / dispersion
    share = size / (size + mean)
    below = betainc(size, np.maximum(counts, 0) + 1, share)
    return np.where(counts < 0, 0.0, below)


def _counts_quantile(mean: NDArray[Any], dispersion: NDArray[Any], u: NDArray[Any]) -> NDArray[Any]:
    """Round up SciPy's inverse in real numbers; where rounding lifted it by one, take that back.

    SciPy's knows no answer where the mean is so small that rounding leaves none but zero.
    """
    import numpy as np
    from scipy.special import nbdtrik

    size = 1 / dispersion
    share = np.minimum(size / (size + mean), np.nextafter(1.0, 0.0))
    counts = np.ceil(np.maximum(nbdtrik(u, size, share), 0.0))
    lower = counts - 1
    enough = (lower >= 0) & (_counts_cdf(mean, dispersion, lower) >= u)
    none = np.exp(-np.log1p(dispersion * mean) * size) >= u
    return np.asarray(np.where(none, 0.0, np.where(enough, lower, counts)))


def _apply(function: Callable[..., NDArray[Any]], *arguments: Tensor) -> Tensor:
    arrays = [argument.detach().cpu().double().numpy() for argument in arguments]
    like = arguments[-1]
    return torch.as_tensor(function(*arrays)).to(like.device, like.dtype)
