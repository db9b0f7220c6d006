//! Columns of time, filled by shares of it.

use plotters::style::RGBColor;

use super::area::Area;
use super::canvas::Canvas;

/// Columns filled from below; equal neighbours are one rectangle.
pub(super) fn stacked(canvas: &mut Canvas<'_>, area: Area, layers: &[(Vec<f64>, RGBColor)]) {
    let columns = layers.iter().map(|(shares, _)| shares.len()).min();
    let columns = columns.unwrap_or(0);
    let mut floor = vec![0.0f64; columns];
    for (shares, colour) in layers {
        let roof: Vec<f64> = floor
            .iter()
            .zip(shares)
            .map(|(below, share)| (below + share.max(0.0)).min(1.0))
            .collect();
        let y = |share: f64| area.bottom - (share * f64::from(area.height())).round() as i32;
        let edge = |column: usize| {
            area.left + (column as i64 * i64::from(area.width()) / columns.max(1) as i64) as i32
        };
        let mut begin = 0;
        for column in 1..=columns {
            let (low, high) = (y(floor[begin]), y(roof[begin]));
            if column < columns && (y(floor[column]), y(roof[column])) == (low, high) {
                continue;
            }
            if high < low {
                let bar = Area {
                    left: edge(begin),
                    right: edge(column),
                    top: high,
                    bottom: low,
                };
                canvas.fill(bar, *colour);
            }
            begin = column;
        }
        floor = roof;
    }
}
