//! Shapes that tell series of points apart, beside their colours.

use plotters::style::RGBColor;

use super::canvas::Canvas;

/// A shape around a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Round,
    Square,
    Diamond,
    Triangle,
}

impl Marker {
    /// The shape of the series with this number.
    pub fn of(series: usize) -> Marker {
        [
            Marker::Round,
            Marker::Square,
            Marker::Diamond,
            Marker::Triangle,
        ][series % 4]
    }

    /// Draws it; hollow ones show the paper inside.
    pub fn draw(
        self,
        canvas: &mut Canvas<'_>,
        (x, y): (i32, i32),
        radius: i32,
        colour: RGBColor,
        hollow: Option<RGBColor>,
    ) {
        let r = radius;
        let corners = match self {
            Marker::Round => {
                canvas.dot((x, y), r as u32, colour);
                if let Some(paper) = hollow {
                    canvas.dot((x, y), (r - 2).max(1) as u32, paper);
                }
                return;
            }
            Marker::Square => vec![
                (x - r, y - r),
                (x + r, y - r),
                (x + r, y + r),
                (x - r, y + r),
            ],
            Marker::Diamond => vec![(x - r, y), (x, y - r), (x + r, y), (x, y + r)],
            Marker::Triangle => vec![(x - r, y + r), (x, y - r), (x + r, y + r)],
        };
        canvas.polygon(&corners, hollow.unwrap_or(colour));
        let mut outline = corners.clone();
        outline.extend(&corners[..2]);
        canvas.line(&outline, 2, colour);
    }
}
