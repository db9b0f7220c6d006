//! Slanting lines inside a rectangle, as paths.
//!
//! Not every renderer of SVG draws patterns alike, and the back end has none.
//! So the lines are laid by hand, those of a rectangle as one path that runs up
//! one line, along the edge, and down the next: a single short element, whose
//! pieces along the edge vanish under the rectangle's outline.

use super::area::Area;

/// Which lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hatch {
    /// Rising to the right.
    Lines,
    /// Rising and falling.
    Crossed,
}

/// From one line to the next along an edge.
const STEP: i32 = 7;

/// The paths that fill `area`. Lines of neighbouring rectangles meet, because
/// they are counted from the page's corner and not from the rectangle's.
pub(super) fn paths(area: Area, hatch: Hatch) -> Vec<Vec<(i32, i32)>> {
    let rising = serpentine(area);
    match hatch {
        Hatch::Lines => vec![rising],
        Hatch::Crossed => {
            // Falling lines are rising ones seen in a mirror at x = 0.
            let mirrored = Area {
                left: -area.right,
                right: -area.left,
                ..area
            };
            let falling = serpentine(mirrored)
                .into_iter()
                .map(|(x, y)| (-x, y))
                .collect();
            vec![rising, falling]
        }
    }
}

/// All lines x + y = k * STEP within `area`, joined along its edge.
fn serpentine(area: Area) -> Vec<(i32, i32)> {
    let Area {
        left,
        top,
        right,
        bottom,
    } = area;
    let first = (left + top).div_euclid(STEP) + 1;
    let last = (right + bottom - 1).div_euclid(STEP);
    let mut path: Vec<(i32, i32)> = Vec::new();
    for (k, line) in (first..=last).enumerate() {
        let sum = line * STEP;
        // The lower end is on the left edge or on the bottom, the upper one on
        // the top or on the right edge.
        let lower = if sum - left <= bottom {
            (left, sum - left)
        } else {
            (sum - bottom, bottom)
        };
        let upper = if sum - top <= right {
            (sum - top, top)
        } else {
            (right, sum - right)
        };
        let (from, to) = if k % 2 == 0 {
            (lower, upper)
        } else {
            (upper, lower)
        };
        if let Some(&before) = path.last() {
            // Round the corner if it lies between the two ends.
            let corner = if k % 2 == 0 {
                (left, bottom)
            } else {
                (right, top)
            };
            if before.0 != from.0 && before.1 != from.1 {
                path.push(corner);
            }
        }
        path.push(from);
        path.push(to);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_stays_inside_and_runs_along_edge_or_diagonal() {
        for (width, height) in [(4, 3), (30, 10), (10, 30), (7, 7), (200, 5)] {
            let area = Area {
                left: 13,
                top: 5,
                right: 13 + width,
                bottom: 5 + height,
            };
            for path in paths(area, Hatch::Crossed) {
                for &(x, y) in &path {
                    assert!((area.left..=area.right).contains(&x), "{area:?} {x}");
                    assert!((area.top..=area.bottom).contains(&y), "{area:?} {y}");
                }
                for pair in path.windows(2) {
                    let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                    assert!(dx == 0 || dy == 0 || dx.abs() == dy.abs(), "{pair:?}");
                }
            }
        }
    }
}
