//! Samples as dots over an axis, and below them a box for the middle half of them
//! with a mark at their median.

use super::area::Area;
use super::axis::Scale;
use super::canvas::Canvas;
use super::stats;
use super::style::Palette;

/// A dot's radius.
pub(super) const RADIUS: i32 = 4;

/// Height of the box that shows the quartiles.
pub(super) const BOX: i32 = 12;

/// Draws sorted values: dots between `ceiling` and `base`, stacked from `centre`
/// on, and below `base` the box, from [`stats::FEWEST`] values on.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    palette: &Palette,
    values: &[f64],
    scale: Scale,
    centre: i32,
    (ceiling, base): (i32, i32),
) {
    for at in stacked(values, scale, centre, base - RADIUS, ceiling) {
        // A rim of paper tells dots apart that lie over one another.
        canvas.dot(at, RADIUS as u32 + 1, palette.paper);
        canvas.dot(at, RADIUS as u32, palette.working);
    }
    let box_area = |left: i32, right: i32| Area {
        left,
        right,
        top: base + 3,
        bottom: base + 3 + BOX,
    };
    if let Some((low, high)) = quartiles(values) {
        let (left, right) = (scale.x(low), scale.x(high));
        canvas.outline(box_area(left - 1, right.max(left + 1) + 1), 2, palette.ink);
    }
    if let Some(median) = stats::quantile(values, 0.5) {
        let x = scale.x(median);
        canvas.fill(box_area(x - 2, x + 2).grown(1), palette.ink);
    }
}

/// Lower quartile and upper quartile, of enough values.
pub(super) fn quartiles(sorted: &[f64]) -> Option<(f64, f64)> {
    if sorted.len() < stats::FEWEST {
        return None;
    }
    Some((
        stats::quantile(sorted, 0.25)?,
        stats::quantile(sorted, 0.75)?,
    ))
}

/// The dots of sorted values: those of about the same value above one another,
/// closer together where they would not fit. Stacks are counted from `centre`, so
/// that values that are there stand on its line.
fn stacked(values: &[f64], scale: Scale, centre: i32, base: i32, ceiling: i32) -> Vec<(i32, i32)> {
    let width = 2 * RADIUS + 1;
    let bins: Vec<i32> = values
        .iter()
        .map(|value| (scale.x(*value) - centre + RADIUS).div_euclid(width))
        .collect();
    let tallest = bins
        .chunk_by(|a, b| a == b)
        .map(<[i32]>::len)
        .max()
        .unwrap_or(1)
        .max(2);
    let step = (f64::from(base - ceiling) / (tallest - 1) as f64).clamp(0.0, f64::from(width));
    let mut dots: Vec<(i32, i32)> = Vec::new();
    let mut values = values.iter();
    for bin in bins.chunk_by(|a, b| a == b) {
        for (level, value) in values.by_ref().take(bin.len()).enumerate() {
            // One dot alone stands where it belongs, a stack in its middle.
            let x = match bin.len() {
                1 => scale.x(*value),
                _ => (centre + bin[0] * width).clamp(scale.left, scale.right),
            };
            let dot = (x, base - (level as f64 * step).round() as i32);
            if dots.last() != Some(&dot) {
                dots.push(dot);
            }
        }
    }
    dots
}
