//! Runs with different numbers of workers as series of speed-ups, and the laws
//! fitted to them. Nothing here knows of pixels.

use lab::stats::{Estimate, FEWEST_POINTS, Fit, amdahl, usl};
use lab::trace::Kind;

use crate::figure::table::one_line;
use crate::figure::{Group, samples, stats, words};

/// One number of workers.
pub(super) struct Point {
    pub workers: f64,
    /// Seconds of each run, sorted.
    pub seconds: Vec<f64>,
    /// Times as fast as the base: each run, the median, and its interval.
    pub runs: Vec<f64>,
    pub median: f64,
    pub interval: Option<(f64, f64)>,
}

/// Runs of one label, kind and lock.
pub(super) struct Series {
    pub label: String,
    pub simulated: bool,
    /// By number of workers.
    pub points: Vec<Point>,
    /// The number of workers that the others are held against.
    pub base: f64,
    pub amdahl: Option<Fit>,
    pub usl: Option<Fit>,
}

/// All series, in the order of their first groups.
pub(super) fn series(groups: &[Group<'_>]) -> Vec<Series> {
    let key = |group: &Group<'_>| {
        let header = &group.trace.header;
        (group.label.clone(), header.kind, header.gil.clone())
    };
    let mut keys = Vec::new();
    for group in groups {
        if !keys.contains(&key(group)) {
            keys.push(key(group));
        }
    }
    keys.iter()
        .map(|wanted| {
            let own: Vec<&Group<'_>> = groups.iter().filter(|g| key(g) == *wanted).collect();
            Series::of(&wanted.0, wanted.1 == Kind::Simulated, &own)
        })
        .collect()
}

impl Series {
    fn of(label: &str, simulated: bool, groups: &[&Group<'_>]) -> Series {
        let mut times: Vec<(u32, Vec<f64>)> = Vec::new();
        for group in groups {
            let workers = group.trace.header.workers;
            let mut seconds = samples::durations(group.trace);
            seconds.retain(|seconds| *seconds > 0.0);
            if seconds.is_empty() || workers == 0 {
                continue;
            }
            match times.iter_mut().find(|(known, _)| *known == workers) {
                Some((_, known)) => known.extend(seconds),
                None => times.push((workers, seconds)),
            }
        }
        times.sort_by_key(|(workers, _)| *workers);
        for (_, seconds) in &mut times {
            seconds.sort_by(f64::total_cmp);
        }
        let base = times.first().map_or(1, |(workers, _)| *workers);
        let longest = times
            .first()
            .and_then(|(_, seconds)| stats::quantile(seconds, 0.5))
            .unwrap_or(1.0);
        let points: Vec<Point> = times
            .into_iter()
            .map(|(workers, seconds)| Point {
                workers: f64::from(workers),
                runs: seconds.iter().map(|seconds| longest / seconds).collect(),
                median: longest / stats::quantile(&seconds, 0.5).unwrap_or(longest),
                interval: stats::interval(&seconds)
                    .map(|(low, high)| (longest / high, longest / low)),
                seconds,
            })
            .collect();
        let medians: Vec<(f64, f64)> = points.iter().map(|p| (p.workers, p.median)).collect();
        // The laws speak of the speed-up against one worker, and of machines.
        let fitted = base == 1 && !simulated;
        let label = match one_line(label) {
            label if simulated && !label.contains("simulated") => format!("{label}, simulated"),
            label => label,
        };
        Series {
            label,
            simulated,
            base: f64::from(base),
            amdahl: amdahl(&medians).filter(|_| fitted),
            usl: usl(&medians).filter(|_| fitted),
            points,
        }
    }

    /// What the laws say of it, or why they say nothing.
    pub fn fits(&self, cores: Option<f64>) -> Option<String> {
        if self.simulated {
            return None;
        }
        let label = &self.label;
        let (Some(amdahl), Some(usl)) = (&self.amdahl, &self.usl) else {
            return Some(match self.points.len() {
                0 => format!("{label}: no run ended"),
                _ if self.base > 1.0 => format!(
                    "{label}: no run with one worker, so it is held against {}, and no law is fitted",
                    words::count(self.base as usize, "worker")
                ),
                few if few < FEWEST_POINTS => format!(
                    "{label}: no law is fitted to {} of workers ({FEWEST_POINTS} are needed)",
                    words::count(few, "number")
                ),
                _ => format!("{label}: no law fits"),
            });
        };
        let peak = match usl.peak() {
            Some(peak) if peak < 1e6 => format!(
                ", fastest with about {}",
                words::count(peak.round().max(1.0) as usize, "worker")
            ),
            _ => String::new(),
        };
        let beyond = self
            .points
            .iter()
            .filter(|point| cores.is_some_and(|cores| point.workers > cores))
            .count();
        let beyond = match beyond {
            0 => String::new(),
            many => format!(
                "; {many} of the {} numbers of workers are beyond the usable cores",
                self.points.len()
            ),
        };
        Some(format!(
            "{label}: Amdahl, serial {}; USL, sigma {}, kappa {}{peak}{beyond}",
            percent(amdahl.sigma),
            percent(usl.sigma),
            percent(usl.kappa),
        ))
    }
}

/// `3.1 % (2.5 to 3.7)`.
fn percent(estimate: Estimate) -> String {
    let number = |share: f64| {
        let percent = share * 100.0;
        if percent.abs() < 0.0005 {
            "0".to_owned()
        } else {
            words::plain((percent * 1000.0).round() / 1000.0)
        }
    };
    let Estimate { value, low, high } = estimate;
    format!(
        "{}\u{a0}% ({} to {})",
        number(value),
        number(low),
        number(high)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_in_per_cent_with_their_range() {
        let estimate = Estimate {
            value: 0.0312,
            low: 0.000_001,
            high: 0.5,
        };
        assert_eq!(percent(estimate), "3.12\u{a0}% (0 to 50)");
    }
}
