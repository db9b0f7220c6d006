//! What many samples come to.

/// The value below which the share `q` (0 to 1) of the sorted samples lies,
/// interpolated; none without samples.
pub(super) fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * position.fract())
}

/// The finite values, sorted.
pub(super) fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Fewer samples than this get no interval and no quartiles.
pub(super) const FEWEST: usize = 5;

/// An interval for the median, without an assumption about the distribution:
/// the k-th lowest and the k-th highest sample, with the largest k that covers
/// the median with 95 % certainty; lowest and highest where even they do not
/// (five samples: 94 %). None for fewer than [`FEWEST`].
pub(super) fn interval(sorted: &[f64]) -> Option<(f64, f64)> {
    let n = sorted.len();
    if n < FEWEST {
        return None;
    }
    // The median lies outside of [k-th lowest, k-th highest] when fewer than k
    // of n fair coins show heads, or fewer than k tails.
    let mut term = 0.5f64.powi(n.min(1000) as i32);
    let mut outside = term;
    let mut k = 1;
    while k < n / 2 {
        term *= (n - k + 1) as f64 / k as f64;
        if 2.0 * (outside + term) > 0.05 || n > 1000 {
            break;
        }
        outside += term;
        k += 1;
    }
    if n > 1000 {
        // The normal limit of the same.
        let half = 0.98 * (n as f64).sqrt();
        k = (n as f64 / 2.0 - half).floor().max(1.0) as usize;
    }
    Some((sorted[k - 1], sorted[n - k]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0], 0.5), Some(1.5));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_interval_of_the_median_follows_the_binomial_table() {
        let samples = |n: usize| (1..=n).map(|v| v as f64).collect::<Vec<_>>();
        assert_eq!(interval(&samples(4)), None);
        assert_eq!(interval(&samples(5)), Some((1.0, 5.0)));
        assert_eq!(interval(&samples(8)), Some((1.0, 8.0)));
        assert_eq!(interval(&samples(9)), Some((2.0, 8.0)));
        assert_eq!(interval(&samples(10)), Some((2.0, 9.0)));
        assert_eq!(interval(&samples(30)), Some((10.0, 21.0)));
        assert_eq!(interval(&samples(1001)), Some((469.0, 533.0)));
    }
}
