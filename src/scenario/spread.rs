//! Samples of a measurement in a few numbers, for scenarios whose result is one.

use super::quantity::thousands;
use lab::{Portable, Value, stats};

/// The middle of samples, where nine in ten of them lie, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    low: f64,
    high: f64,
    pub(super) samples: u64,
}

impl Spread {
    /// Of these samples; all zero without any.
    pub(super) fn of(samples: &[f64]) -> Self {
        let at = |share| stats::quantile(samples, share).unwrap_or_default();
        Spread {
            median: at(0.5),
            low: at(0.05),
            high: at(0.95),
            samples: samples.len() as u64,
        }
    }

    /// `2.5 us, 2.1 to 3.9 in 4,000 samples`.
    pub(super) fn told(&self, unit: &str) -> String {
        let n = self.samples;
        format!(
            "{} {unit}, {} to {} in {} samples",
            digits(self.median),
            digits(self.low),
            digits(self.high),
            thousands(n)
        )
    }
}

/// A list of the median, the fifth and the ninety-fifth of a hundred, and the
/// number of samples.
impl Portable for Spread {
    fn into_value(self) -> Value {
        (self.median, self.low, self.high, self.samples).into_value()
    }

    fn from_value(value: Value) -> Option<Self> {
        let (median, low, high, samples) = Portable::from_value(value)?;
        Some(Spread {
            median,
            low,
            high,
            samples,
        })
    }
}

/// With two decimals below a hundred, and with none but thousands set apart
/// above.
fn digits(x: f64) -> String {
    if x < 100.0 {
        format!("{x:.2}")
    } else {
        thousands(x.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_told_and_survives_being_a_value() {
        let samples: Vec<f64> = (0..=100).map(f64::from).collect();
        let spread = Spread::of(&samples);
        assert_eq!(spread.told("us"), "50.00 us, 5.00 to 95.00 in 101 samples");
        assert_eq!(Spread::from_value(spread.into_value()), Some(spread));
        let rates = Spread::of(&[1_234_567.0]);
        assert_eq!(
            rates.told("/s"),
            "1,234,567 /s, 1,234,567 to 1,234,567 in 1 samples"
        );
    }
}
