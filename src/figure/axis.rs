//! Scales, and the axes that tell them.

use super::area::Area;
use super::canvas::{Align, Canvas};
use super::font::Font;
use super::style::Palette;
use super::words;

/// Values onto pixels from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub from: f64,
    pub to: f64,
    pub left: i32,
    pub right: i32,
}

impl Scale {
    /// Where `value` stands; outside of the scale it stands on its border.
    pub fn x(self, value: f64) -> i32 {
        let share = (value - self.from) / (self.to - self.from);
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.left + (share * f64::from(self.right - self.left)).round() as i32
    }
}

/// A scale with its ticks and its name.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub scale: Scale,
    pub title: String,
    font: Font,
    ticks: Vec<(i32, String)>,
}

impl Axis {
    /// Seconds from zero to `to`, in a unit that a person would choose;
    /// `title` is followed by the unit.
    pub fn time(to: f64, left: i32, right: i32, title: &str, font: Font) -> Axis {
        let to = if to.is_finite() && to > 0.0 { to } else { 1e-3 };
        let (unit, length) = words::unit(to);
        let scale = Scale {
            from: 0.0,
            to,
            left,
            right,
        };
        let fits = |ticks: &[(i32, String)]| side_by_side(ticks, font, right - left);
        let ticks = ticks(scale, length, 0.0, fits, words::plain_tick);
        Axis {
            scale,
            title: format!("{title} ({unit})"),
            font,
            ticks,
        }
    }

    /// Plain numbers.
    pub fn number(from: f64, to: f64, left: i32, right: i32, title: &str, font: Font) -> Axis {
        Axis::plain((from, to), (left, right), 0.0, title, font)
    }

    /// Whole numbers from zero.
    pub fn count(to: f64, left: i32, right: i32, title: &str, font: Font) -> Axis {
        Axis::plain((0.0, to), (left, right), 1.0, title, font)
    }

    /// Powers of ten: the scale's values are logarithms. `label` is given the
    /// number itself.
    pub fn decades(
        (from, to): (f64, f64),
        (left, right): (i32, i32),
        title: &str,
        font: Font,
        label: impl Fn(f64) -> String,
    ) -> Axis {
        let scale = Scale {
            from,
            to,
            left,
            right,
        };
        let fits = |ticks: &[(i32, String)]| side_by_side(ticks, font, right - left);
        Axis {
            scale,
            title: title.to_owned(),
            font,
            ticks: decades(scale, fits, label),
        }
    }

    fn plain(
        (from, to): (f64, f64),
        (left, right): (i32, i32),
        least: f64,
        title: &str,
        font: Font,
    ) -> Axis {
        let scale = Scale {
            from,
            to,
            left,
            right,
        };
        let fits = |ticks: &[(i32, String)]| side_by_side(ticks, font, right - left);
        let ticks = ticks(scale, 1.0, least, fits, words::plain_tick);
        Axis {
            scale,
            title: title.to_owned(),
            font,
            ticks,
        }
    }

    /// Height below the line: ticks, labels, title.
    pub fn height(font: Font) -> i32 {
        6 + 2 * font.line()
    }

    /// The lines behind the data.
    pub fn grid(&self, canvas: &mut Canvas<'_>, palette: &Palette, top: i32, bottom: i32) {
        for (x, _) in &self.ticks {
            canvas.fill(
                Area {
                    left: *x,
                    top,
                    right: x + 1,
                    bottom,
                },
                palette.grid,
            );
        }
    }

    /// The line at `y` with what is below it; no text goes past `limit`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, palette: &Palette, y: i32, limit: i32) {
        let Scale { left, right, .. } = self.scale;
        canvas.fill(
            Area {
                left,
                top: y,
                right: right + 1,
                bottom: y + 1,
            },
            palette.ink,
        );
        let middle = y + 7 + self.font.line() / 2;
        for (x, label) in &self.ticks {
            canvas.fill(
                Area {
                    left: *x,
                    top: y,
                    right: x + 1,
                    bottom: y + 5,
                },
                palette.ink,
            );
            let half = (self.font.width(label) + 1) / 2;
            let x = (*x).min(limit - half);
            canvas.text((x, middle), label, self.font, palette.ink, Align::Middle);
        }
        let title = self.font.shorten(&self.title, limit - left);
        let half = (self.font.width(&title) + 1) / 2;
        let centre = ((left + right) / 2).clamp(half.min(limit - half), limit - half);
        let below = middle + self.font.line();
        canvas.text(
            (centre, below),
            &title,
            self.font,
            palette.ink,
            Align::Middle,
        );
    }
}

/// Ticks at round values at least `least` apart, as many as fit; the values are
/// told in units of `length`.
pub(super) fn ticks(
    scale: Scale,
    length: f64,
    least: f64,
    fits: impl Fn(&[(i32, String)]) -> bool,
    label: impl Fn(f64, f64) -> String,
) -> Vec<(i32, String)> {
    let (from, to) = (scale.from / length, scale.to / length);
    let mut best = vec![(scale.left, label(from, to - from))];
    for wanted in 1..=8 {
        let step = round_step((to - from) / f64::from(wanted)).max(least);
        let first = (from / step - 1e-9).ceil();
        let many = ((to / step + 1e-9).floor() - first).clamp(0.0, 20.0) as i32;
        let ticks: Vec<(i32, String)> = (0..=many)
            .map(|i| (first + f64::from(i)) * step)
            .map(|value| (scale.x(value * length), label(value, step)))
            .collect();
        if ticks.len() >= 2 && fits(&ticks) {
            best = ticks;
        }
    }
    best
}

/// The whole logarithms around `values` that are above zero: from below the
/// least to above the most, at least one apart.
pub(super) fn logarithms(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let usable = values.filter(|value| value.is_finite() && *value > 0.0);
    let (least, most) = usable.fold((f64::INFINITY, 0.0_f64), |(least, most), value| {
        (least.min(value), most.max(value))
    });
    if !least.is_finite() {
        return (0.0, 1.0);
    }
    let from = (least.log10() + 1e-9).floor();
    (from, (most.log10() - 1e-9).ceil().max(from + 1.0))
}

/// A tick at each power of ten, or at every second, third ... where they would
/// touch.
pub(super) fn decades(
    scale: Scale,
    fits: impl Fn(&[(i32, String)]) -> bool,
    label: impl Fn(f64) -> String,
) -> Vec<(i32, String)> {
    let (from, to) = (scale.from.round() as i32, scale.to.round() as i32);
    let every = |step: i32| -> Vec<(i32, String)> {
        (from..=to)
            .step_by(step.max(1) as usize)
            .map(|power| (scale.x(f64::from(power)), label(10f64.powi(power))))
            .collect()
    };
    (1..=to - from)
        .map(every)
        .find(|ticks| fits(ticks))
        .unwrap_or_else(|| every(to - from + 1))
}

/// Whether labels side by side do not touch.
fn side_by_side(ticks: &[(i32, String)], font: Font, room: i32) -> bool {
    let widths = ticks.iter().map(|(_, label)| font.width(label));
    let widest = widths.max().unwrap_or(0);
    widest < room
        && ticks
            .windows(2)
            .all(|pair| pair[1].0 - pair[0].0 >= widest + 14)
}

/// 1, 2 or 5 times a power of ten, at least `rough`.
fn round_step(rough: f64) -> f64 {
    if !rough.is_finite() || rough <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(rough)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn time_axes_begin_at_zero_in_a_fitting_unit() {
        let axis = Axis::time(3.05, 100, 800, "elapsed time", Font::regular(16));
        assert_eq!(
            labels(&axis),
            ["0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]
        );
        assert_eq!(axis.title, "elapsed time (s)");
        let axis = Axis::time(0.045, 100, 800, "t", Font::regular(16));
        assert_eq!(axis.title, "t (ms)");
        assert_eq!(labels(&axis)[..2], ["0", "10"]);
    }

    #[test]
    fn labels_never_touch_however_narrow_the_axis() {
        for width in [1, 10, 40, 90, 200, 700] {
            let axis = Axis::number(0.0, 1_000_000.0, 0, width, "", Font::regular(16));
            for pair in axis.ticks.windows(2) {
                let widths = Font::regular(16)
                    .width(&pair[0].1)
                    .max(Font::regular(16).width(&pair[1].1));
                assert!(pair[1].0 - pair[0].0 >= widths, "{width}: {pair:?}");
            }
        }
    }

    #[test]
    fn logarithms_reach_around_what_is_shown_and_pass_odd_values_over() {
        assert_eq!(logarithms([64.0, 1e6].into_iter()), (1.0, 6.0));
        assert_eq!(logarithms([10.0].into_iter()), (1.0, 2.0));
        let odd = [f64::NAN, 0.0, -3.0, f64::INFINITY];
        assert_eq!(logarithms(odd.into_iter()), (0.0, 1.0));
    }

    #[test]
    fn decades_that_would_touch_are_left_out() {
        let axis = |width| {
            let font = Font::regular(16);
            Axis::decades((0.0, 6.0), (0, width), "", font, |n| format!("{n}"))
        };
        assert_eq!(axis(2000).ticks.len(), 7);
        assert_eq!(labels(&axis(300)), ["1", "100", "10000", "1000000"]);
        assert_eq!(labels(&axis(1)), ["1"]);
    }

    #[test]
    fn odd_ranges_do_no_harm() {
        for to in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e300] {
            let axis = Axis::time(to, 0, 500, "t", Font::regular(16));
            assert!(!axis.ticks.is_empty());
        }
        assert!(
            !Axis::number(5.0, 5.0, 0, 500, "t", Font::regular(16))
                .ticks
                .is_empty()
        );
    }
}
