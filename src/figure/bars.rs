//! Stretches of time as bars on a lane.

use plotters::style::RGBColor;

use super::area::Area;
use super::canvas::Canvas;
use super::hatch::Hatch;
use super::style::Palette;

/// How strong a colour is under its own hatch.
const GROUND: f64 = 0.18;

/// What a bar looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Look {
    Solid(RGBColor),
    Hatched(RGBColor),
    /// Thinner than the others, and crossed.
    Thin(RGBColor),
    Outline(RGBColor),
}

/// Draws stretches from pixel to pixel, in the order of their beginnings; those
/// that touch are one bar.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    palette: &Palette,
    lane: Area,
    stretches: impl IntoIterator<Item = (i32, i32)>,
    look: Look,
) {
    for (left, right) in merged(stretches) {
        let bar = Area {
            left,
            right,
            ..lane
        };
        match look {
            Look::Solid(colour) => canvas.fill(bar, colour),
            Look::Hatched(colour) => {
                canvas.hatch(bar, palette.tint(colour, GROUND), Hatch::Lines, colour);
            }
            Look::Thin(colour) => {
                let quarter = lane.height() / 4;
                let thin = Area {
                    top: bar.top + quarter,
                    bottom: bar.bottom - quarter,
                    ..bar
                };
                canvas.hatch(thin, palette.tint(colour, GROUND), Hatch::Crossed, colour);
            }
            Look::Outline(colour) => canvas.outline(bar.grown(1), 2, colour),
        }
    }
}

/// Each at least one pixel wide, and no two of them touching.
pub(super) fn merged(stretches: impl IntoIterator<Item = (i32, i32)>) -> Vec<(i32, i32)> {
    let mut bars: Vec<(i32, i32)> = Vec::new();
    for (left, right) in stretches {
        let right = right.max(left + 1);
        match bars.last_mut() {
            Some(last) if left <= last.1 => last.1 = last.1.max(right),
            _ => bars.push((left, right)),
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one_bar_and_nothing_is_too_thin_to_see() {
        let bars = merged([(0, 4), (4, 6), (5, 5), (8, 8), (20, 10)]);
        assert_eq!(bars, [(0, 6), (8, 9), (20, 21)]);
    }
}
