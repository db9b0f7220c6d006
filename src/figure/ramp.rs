//! Stretches of time, counted by column.

use lab::trace::Nanos;

/// Adds up stretches of time by column: the ends at once, the full columns
/// between them as a difference that is summed in the end.
pub(super) struct Ramp {
    partial: Vec<f64>,
    change: Vec<f64>,
    per_nano: f64,
}

impl Ramp {
    /// `columns` columns from 0 to `until` nanoseconds.
    pub fn new(columns: usize, until: f64) -> Ramp {
        let columns = columns.max(1);
        let per_nano = if until > 0.0 {
            columns as f64 / until
        } else {
            0.0
        };
        Ramp {
            partial: vec![0.0; columns],
            change: vec![0.0; columns + 1],
            per_nano,
        }
    }

    /// Adds one for the stretch from `start` to `end`.
    pub fn add(&mut self, start: Nanos, end: Nanos) {
        let limit = self.partial.len() as f64;
        let from = (start as f64 * self.per_nano).clamp(0.0, limit);
        let to = (end as f64 * self.per_nano).clamp(0.0, limit);
        let last = self.partial.len() - 1;
        let (first_column, last_column) = ((from as usize).min(last), (to as usize).min(last));
        if first_column == last_column {
            self.partial[first_column] += to - from;
            return;
        }
        self.partial[first_column] += (first_column + 1) as f64 - from;
        self.partial[last_column] += to - last_column as f64;
        self.change[first_column + 1] += 1.0;
        self.change[last_column] -= 1.0;
    }

    /// How many stretches on average cover each column.
    pub fn columns(self) -> Vec<f64> {
        let mut full = 0.0;
        self.partial
            .iter()
            .zip(&self.change)
            .map(|(partial, change)| {
                full += change;
                partial + full
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_keep_the_time_that_they_are_given() {
        let mut ramp = Ramp::new(10, 100.0);
        ramp.add(5, 37);
        ramp.add(42, 44);
        ramp.add(90, 100);
        let columns = ramp.columns();
        assert!(
            (columns.iter().sum::<f64>() - 4.4).abs() < 1e-9,
            "{columns:?}"
        );
        assert!(
            (columns[1] - 1.0).abs() < 1e-9 && (columns[3] - 0.7).abs() < 1e-9,
            "{columns:?}"
        );
    }
}
