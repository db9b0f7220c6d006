//! Order statistics of samples, and the laws of speed-up fitted to points.

/// The value below which the share `q` (0 to 1) of the samples lies, with
/// linear interpolation between neighbours; none without samples.
pub fn quantile(samples: &[f64], q: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = samples.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    Some(sorted[low] + (sorted[high] - sorted[low]) * (at - at.floor()))
}

/// The middle of the samples; none without samples.
pub fn median(samples: &[f64]) -> Option<f64> {
    quantile(samples, 0.5)
}

/// Fewer different numbers of workers than this get no fit.
pub const FEWEST_POINTS: usize = 4;

/// A parameter that was fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// What fits best; never below zero.
    pub value: f64,
    /// The lower end of its 95 % range.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How the speed-up grows with workers: n / (1 + sigma (n - 1) + kappa n (n - 1)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Contention: the share of the work that is done one after another.
    pub sigma: Estimate,
    /// Coherence: what each pair of workers costs. Zero in Amdahl's law.
    pub kappa: Estimate,
}

impl Fit {
    /// The speed-up that the law gives `workers`.
    pub fn speedup(&self, workers: f64) -> f64 {
        let others = workers - 1.0;
        workers / (1.0 + self.sigma.value * others + self.kappa.value * workers * others)
    }

    /// The number of workers past which more of them are slower; none where
    /// there is no such number.
    pub fn peak(&self) -> Option<f64> {
        let (sigma, kappa) = (self.sigma.value, self.kappa.value);
        (kappa > 0.0 && sigma < 1.0).then(|| ((1.0 - sigma) / kappa).sqrt())
    }
}

/// Amdahl's law through points of (workers, speed-up against one worker): its
/// `sigma` is the serial share. None from fewer than [`FEWEST_POINTS`]
/// different numbers of workers.
pub fn amdahl(points: &[(f64, f64)]) -> Option<Fit> {
    let rows = rows(points)?;
    let (xx, xy) = rows.iter().fold((0.0, 0.0), |(xx, xy), row| {
        (xx + row.serial * row.serial, xy + row.serial * row.excess)
    });
    let sigma = (xy / xx).clamp(0.0, 1.0);
    let rest = rows.iter().map(|row| row.excess - sigma * row.serial);
    let error = (variance(rest, rows.len(), 1)? / xx).sqrt();
    let sigma = estimate(sigma, error * student(rows.len() - 1), 1.0);
    Some(Fit {
        sigma,
        kappa: Estimate::default(),
    })
}

/// The universal scalability law through points of (workers, speed-up against
/// one worker). None from fewer than [`FEWEST_POINTS`] different numbers of
/// workers.
pub fn usl(points: &[(f64, f64)]) -> Option<Fit> {
    let rows = rows(points)?;
    let sum = |of: fn(&Row) -> f64| rows.iter().map(of).sum::<f64>();
    let (ss, sp, pp) = (
        sum(|row| row.serial * row.serial),
        sum(|row| row.serial * row.pairs),
        sum(|row| row.pairs * row.pairs),
    );
    let (sy, py) = (
        sum(|row| row.serial * row.excess),
        sum(|row| row.pairs * row.excess),
    );
    let determinant = ss * pp - sp * sp;
    if !determinant.is_finite() || determinant <= 0.0 {
        return None;
    }
    let (mut sigma, mut kappa) = (
        (pp * sy - sp * py) / determinant,
        (ss * py - sp * sy) / determinant,
    );
    // Neither means anything below zero: what is left without it fits best.
    if kappa < 0.0 {
        (sigma, kappa) = (sy / ss, 0.0);
    } else if sigma < 0.0 {
        (sigma, kappa) = (0.0, py / pp);
    }
    let (sigma, kappa) = (sigma.clamp(0.0, 1.0), kappa.max(0.0));
    let rest = rows
        .iter()
        .map(|row| row.excess - sigma * row.serial - kappa * row.pairs);
    let variance = variance(rest, rows.len(), 2)?;
    let wide = student(rows.len() - 2);
    Some(Fit {
        sigma: estimate(sigma, wide * (variance * pp / determinant).sqrt(), 1.0),
        kappa: estimate(
            kappa,
            wide * (variance * ss / determinant).sqrt(),
            f64::INFINITY,
        ),
    })
}

/// A point as the laws see it, linear in their parameters: the time for one
/// piece of work, less what it would be without any loss.
struct Row {
    serial: f64,
    pairs: f64,
    excess: f64,
}

/// The points that tell of the laws: one worker is as fast as one worker under
/// any of them.
fn rows(points: &[(f64, f64)]) -> Option<Vec<Row>> {
    let usable = |(n, s): &(f64, f64)| n.is_finite() && *n >= 1.0 && s.is_finite() && *s > 0.0;
    let points: Vec<(f64, f64)> = points.iter().copied().filter(usable).collect();
    let mut numbers: Vec<f64> = points.iter().map(|point| point.0).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    if numbers.len() < FEWEST_POINTS {
        return None;
    }
    let several = points.into_iter().filter(|(n, _)| *n > 1.0);
    Some(
        several
            .map(|(n, s)| Row {
                serial: 1.0 - 1.0 / n,
                pairs: n - 1.0,
                excess: 1.0 / s - 1.0 / n,
            })
            .collect(),
    )
}

/// Of what a fit with so many parameters leaves.
fn variance(rest: impl Iterator<Item = f64>, points: usize, parameters: usize) -> Option<f64> {
    let free = points.checked_sub(parameters).filter(|free| *free > 0)?;
    let sum: f64 = rest.map(|error| error * error).sum();
    Some(sum / free as f64).filter(|variance| variance.is_finite())
}

fn estimate(value: f64, wide: f64, most: f64) -> Estimate {
    Estimate {
        value,
        low: (value - wide).max(0.0),
        high: (value + wide).min(most),
    }
}

/// Student's t for a 95 % range with so many degrees of freedom.
fn student(free: usize) -> f64 {
    const TABLE: [f64; 10] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    ];
    match free {
        0 => f64::INFINITY,
        1..=10 => TABLE[free - 1],
        11..=20 => 2.201,
        21..=60 => 2.086,
        _ => 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }

    #[test]
    fn what_is_not_a_number_is_passed_over() {
        assert_eq!(median(&[f64::NAN, 1.0]), Some(1.0));
        assert_eq!(median(&[]), None);
    }

    const WORKERS: [f64; 6] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

    fn law(sigma: f64, kappa: f64) -> Vec<(f64, f64)> {
        let of = |n: f64| n / (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0));
        WORKERS.map(|n| (n, of(n))).to_vec()
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn exact_points_of_amdahls_law_give_back_its_serial_share() {
        for serial in [0.0, 0.05, 0.5, 1.0] {
            let fit = amdahl(&law(serial, 0.0)).unwrap();
            assert!(near(fit.sigma.value, serial), "{serial}: {fit:?}");
            assert!(near(fit.sigma.low, fit.sigma.high), "{fit:?}");
            assert_eq!(fit.kappa, Estimate::default());
            assert!(near(fit.speedup(1.0), 1.0));
        }
    }

    #[test]
    fn exact_points_of_the_scalability_law_give_back_both_parameters() {
        for (sigma, kappa) in [(0.05, 0.001), (0.0, 0.01), (0.2, 0.0)] {
            let fit = usl(&law(sigma, kappa)).unwrap();
            assert!(near(fit.sigma.value, sigma), "{fit:?}");
            assert!(near(fit.kappa.value, kappa), "{fit:?}");
        }
        let peak = usl(&law(0.04, 0.006)).unwrap().peak().unwrap();
        assert!(near(peak, (0.96f64 / 0.006).sqrt()), "{peak}");
        assert_eq!(amdahl(&law(0.1, 0.0)).unwrap().peak(), None);
    }

    #[test]
    fn a_range_holds_the_truth_of_points_that_scatter() {
        let scattered: Vec<(f64, f64)> = law(0.1, 0.0)
            .into_iter()
            .enumerate()
            .map(|(i, (n, s))| (n, s * [1.0, 1.02, 0.98, 1.01, 0.99, 1.015][i]))
            .collect();
        let sigma = amdahl(&scattered).unwrap().sigma;
        assert!(sigma.low < 0.1 && 0.1 < sigma.high, "{sigma:?}");
        assert!(sigma.low < sigma.value && sigma.value < sigma.high);
    }

    #[test]
    fn too_few_numbers_of_workers_give_no_fit() {
        let few = [(1.0, 1.0), (2.0, 1.9), (4.0, 3.5), (4.0, 3.4), (2.0, 1.8)];
        assert_eq!(amdahl(&few), None);
        assert_eq!(usl(&few), None);
        assert_eq!(usl(&[]), None);
    }

    #[test]
    fn odd_points_are_passed_over_and_parameters_stay_in_their_bounds() {
        let odd = [
            (1.0, 1.0),
            (2.0, 3.0),
            (3.0, 7.0),
            (4.0, 90.0),
            (0.0, 1.0),
            (5.0, f64::NAN),
            (f64::INFINITY, 2.0),
            (6.0, -1.0),
        ];
        for fit in [amdahl(&odd), usl(&odd)].into_iter().flatten() {
            for part in [fit.sigma, fit.kappa] {
                assert!(part.value >= 0.0 && part.low <= part.value, "{fit:?}");
                assert!(part.value <= part.high, "{fit:?}");
            }
        }
    }
}
