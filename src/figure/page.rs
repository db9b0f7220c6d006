//! What stands around every figure: title, caption and legend above it, the
//! stamp below. All of it is wrapped to the width before anything is drawn,
//! because the page's height follows from it.

use plotters::style::RGBColor;

use super::area::Area;
use super::canvas::{Align, Canvas};
use super::font::Font;
use super::hatch::Hatch;
use super::marker::Marker;
use super::style::{Palette, Style};

/// The figure's name.
pub(super) const TITLE: Font = Font::bold(22);
/// Names, captions, legends. At this size they can still be read when a figure
/// of the default width is printed 8 cm wide.
pub(super) const LABEL: Font = Font::regular(18);
/// Ticks, and texts within the drawing.
pub(super) const SMALL: Font = Font::regular(16);
/// The stamp.
pub(super) const STAMP: Font = Font::regular(14);

/// Room left free at the page's border.
pub(super) const MARGIN: i32 = 16;

/// Narrower than this, nothing can be laid out.
const NARROWEST: u32 = 320;

/// A sign that a legend or a caption explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Swatch {
    Solid(RGBColor),
    Hatched(RGBColor, Hatch),
    /// Lower than the others, as on a lane.
    ThinHatched(RGBColor, Hatch),
    Outline(RGBColor),
    Tick(RGBColor),
    Dash(RGBColor),
    Dot(RGBColor),
    Ring(RGBColor),
    Diamond(RGBColor),
    /// The point of a series; hollow or full.
    Point(Marker, RGBColor, bool),
    /// A box with a dashed outline.
    Dashed(RGBColor),
    /// A box crossed out.
    Crossed(RGBColor),
    Line(RGBColor),
    Dots(RGBColor),
    Arrow(RGBColor),
    DashedArrow(RGBColor),
    /// The thick line at a median.
    Median(RGBColor),
    /// A bracket from one value to another.
    Range(RGBColor),
}

impl Swatch {
    fn width(self) -> i32 {
        match self {
            Swatch::Tick(_)
            | Swatch::Dot(_)
            | Swatch::Ring(_)
            | Swatch::Diamond(_)
            | Swatch::Point(..)
            | Swatch::Median(_) => 14,
            _ => 26,
        }
    }
}

/// A text, perhaps with the sign that it explains.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub swatch: Option<Swatch>,
    pub text: String,
}

impl Key {
    pub fn of(swatch: Swatch, text: impl Into<String>) -> Key {
        Key {
            swatch: Some(swatch),
            text: text.into(),
        }
    }

    pub fn text(text: impl Into<String>) -> Key {
        Key {
            swatch: None,
            text: text.into(),
        }
    }
}

/// What stands on a page, not yet laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub title: String,
    /// Where the numbers come from: `Rust, measured`.
    pub source: String,
    /// Sentences, each on a line of its own.
    pub says: Vec<String>,
    pub caption: Vec<Key>,
    pub legend: Vec<Key>,
    pub stamp: Vec<String>,
}

/// Something at its place.
struct Placed<T> {
    x: i32,
    y: i32,
    what: T,
}

/// A page whose head and foot are laid out.
pub(super) struct Page {
    /// In pixels.
    pub width: i32,
    /// Height of what stands above the figure.
    pub head: i32,
    foot: i32,
    title: Vec<Placed<(String, bool)>>,
    keys: Vec<Placed<Key>>,
    stamp: Vec<Placed<String>>,
}

const SWATCH_GAP: i32 = 7;
const KEY_GAP: i32 = 22;

impl Page {
    pub fn lay(words: &Words, style: &Style) -> Page {
        let width = style.width.clamp(NARROWEST, 20_000) as i32;
        let room = width - 2 * MARGIN;
        let mut page = Page {
            width,
            head: MARGIN - 6,
            foot: 0,
            title: Vec::new(),
            keys: Vec::new(),
            stamp: Vec::new(),
        };
        if style.title {
            page.lay_title(words, room);
        }
        for sentence in &words.says {
            page.lay_keys(&[Key::text(sentence.as_str())], room);
        }
        for keys in [&words.caption, &words.legend] {
            page.lay_keys(keys, room);
        }
        page.head += 8;
        if style.stamp {
            page.lay_stamp(&words.stamp, room);
        }
        page.foot += MARGIN - 6;
        page
    }

    fn lay_title(&mut self, words: &Words, room: i32) {
        let mut end = 0;
        for line in wrap(&words.title, TITLE, room, " ") {
            end = MARGIN + TITLE.width(&line);
            self.title.push(Placed {
                x: MARGIN,
                y: self.head + TITLE.line() / 2,
                what: (line, true),
            });
            self.head += TITLE.line();
        }
        if words.source.is_empty() {
            return;
        }
        let beside = end + 14;
        if end > 0 && beside + LABEL.width(&words.source) <= MARGIN + room {
            let y = self.head - TITLE.line() / 2 + 1;
            self.title.push(Placed {
                x: beside,
                y,
                what: (words.source.clone(), false),
            });
        } else {
            for line in wrap(&words.source, LABEL, room, " ") {
                self.title.push(Placed {
                    x: MARGIN,
                    y: self.head + LABEL.line() / 2,
                    what: (line, false),
                });
                self.head += LABEL.line();
            }
        }
        self.head += 2;
    }

    fn lay_keys(&mut self, keys: &[Key], room: i32) {
        let mut x = MARGIN;
        let mut rows = 0;
        for key in keys {
            let sign = key.swatch.map_or(0, |swatch| swatch.width() + SWATCH_GAP);
            let mut text = key.text.as_str();
            let lines = wrap(text, LABEL, room - sign, " ");
            for (i, line) in lines.iter().enumerate() {
                text = line;
                let wide = sign + LABEL.width(text);
                if rows == 0 || i > 0 || x + wide > MARGIN + room {
                    rows += 1;
                    x = MARGIN;
                    self.head += LABEL.line();
                }
                let swatch = key.swatch.filter(|_| i == 0);
                let indent = if i > 0 { sign } else { 0 };
                let what = Key {
                    swatch,
                    text: text.to_owned(),
                };
                self.keys.push(Placed {
                    x: x + indent,
                    y: self.head - LABEL.line() / 2,
                    what,
                });
                x += wide + KEY_GAP;
            }
        }
    }

    fn lay_stamp(&mut self, items: &[String], room: i32) {
        let mut lines: Vec<String> = Vec::new();
        for item in items.iter().filter(|item| !item.trim().is_empty()) {
            if let Some(last) = lines.last_mut() {
                let longer = format!("{last} · {item}");
                if STAMP.width(&longer) <= room {
                    *last = longer;
                    continue;
                }
            }
            lines.extend(wrap(item, STAMP, room, " "));
        }
        if !lines.is_empty() {
            self.foot += 10;
        }
        for line in lines {
            self.stamp.push(Placed {
                x: MARGIN,
                y: self.foot + STAMP.line() / 2,
                what: line,
            });
            self.foot += STAMP.line();
        }
    }

    /// Height of a page whose figure takes `body`.
    pub fn height(&self, body: i32) -> i32 {
        self.head + body + self.foot
    }

    /// The height that is left for the figure when the reader chose one.
    pub fn room(&self, style: &Style) -> Option<i32> {
        let height = style.height?.min(20_000) as i32;
        Some((height - self.head - self.foot).max(0))
    }

    /// Draws head and foot of a page whose figure takes `body`.
    pub fn draw(&self, canvas: &mut Canvas<'_>, palette: &Palette, body: i32) {
        for Placed {
            x,
            y,
            what: (text, bold),
        } in &self.title
        {
            let (font, colour) = if *bold {
                (TITLE, palette.ink)
            } else {
                (LABEL, palette.faint)
            };
            canvas.text((*x, *y), text, font, colour, Align::Left);
        }
        for Placed { x, y, what } in &self.keys {
            let mut x = *x;
            if let Some(swatch) = what.swatch {
                draw_swatch(canvas, palette, swatch, x, *y);
                x += swatch.width() + SWATCH_GAP;
            }
            canvas.text((x, *y), &what.text, LABEL, palette.ink, Align::Left);
        }
        for Placed { x, y, what } in &self.stamp {
            let y = self.head + body + y;
            canvas.text((*x, y), what, STAMP, palette.faint, Align::Left);
        }
    }
}

fn draw_swatch(canvas: &mut Canvas<'_>, palette: &Palette, swatch: Swatch, left: i32, y: i32) {
    let right = left + swatch.width();
    let centre = (left + swatch.width() / 2, y);
    let bar = Area {
        left,
        top: y - 7,
        right,
        bottom: y + 7,
    };
    let line = |top: i32, bottom: i32| Area {
        left,
        top,
        right,
        bottom,
    };
    match swatch {
        Swatch::Solid(colour) => canvas.fill(bar, colour),
        Swatch::Hatched(colour, hatch) => {
            canvas.hatch(bar, palette.tint(colour, 0.18), hatch, colour);
        }
        Swatch::ThinHatched(colour, hatch) => {
            canvas.hatch(
                line(y - 4, y + 4),
                palette.tint(colour, 0.18),
                hatch,
                colour,
            );
        }
        Swatch::Outline(colour) => canvas.outline(bar, 2, colour),
        Swatch::Tick(colour) => {
            canvas.fill(
                Area {
                    left: centre.0 - 1,
                    right: centre.0 + 1,
                    ..bar
                },
                colour,
            );
        }
        Swatch::Dash(colour) => canvas.dashes((left, y - 1), (right, y - 1), 2, colour),
        Swatch::Dot(colour) => canvas.dot(centre, 5, colour),
        Swatch::Ring(colour) => canvas.ring(centre, 5, 2, colour),
        Swatch::Diamond(colour) => canvas.diamond(centre, 7, colour),
        Swatch::Point(marker, colour, hollow) => {
            marker.draw(canvas, centre, 5, colour, hollow.then_some(palette.paper));
        }
        Swatch::Dashed(colour) => dashed_box(canvas, bar, colour),
        Swatch::Crossed(colour) => {
            canvas.outline(bar, 1, colour);
            canvas.cross(bar, palette.paper, colour);
        }
        Swatch::Line(colour) => canvas.fill(line(y - 1, y + 1), colour),
        Swatch::Dots(colour) => canvas.dashed(&[(left, y), (right, y)], DOTS, 2, colour),
        Swatch::Arrow(colour) => canvas.arrow((left, y), (right, y), 2, colour),
        Swatch::DashedArrow(colour) => {
            let end = canvas.arrowhead((left, y), (right, y), 10, colour);
            canvas.dashed(&[(left, y), end], (5.0, 3.0), 2, colour);
        }
        Swatch::Median(colour) => {
            canvas.fill(
                Area {
                    left: centre.0 - 2,
                    right: centre.0 + 1,
                    ..bar
                },
                colour,
            );
        }
        Swatch::Range(colour) => draw_range(canvas, left, right, y, colour),
    }
}

/// A line of dots: drawn and left out.
pub(super) const DOTS: (f64, f64) = (2.0, 4.0);

/// The outline of a rectangle in dashes.
pub(super) fn dashed_box(canvas: &mut Canvas<'_>, area: Area, colour: RGBColor) {
    let Area {
        left,
        top,
        right,
        bottom,
    } = area.grown(-1);
    let path = [
        (left, top),
        (right, top),
        (right, bottom),
        (left, bottom),
        (left, top),
    ];
    canvas.dashed(&path, (4.0, 3.0), 2, colour);
}

/// A bracket from one value to another.
pub(super) fn draw_range(canvas: &mut Canvas<'_>, left: i32, right: i32, y: i32, colour: RGBColor) {
    canvas.fill(
        Area {
            left,
            top: y - 1,
            right: right + 1,
            bottom: y + 1,
        },
        colour,
    );
    for x in [left, right - 1] {
        canvas.fill(
            Area {
                left: x,
                top: y - 5,
                right: x + 2,
                bottom: y + 5,
            },
            colour,
        );
    }
}

/// The name of a row, ending at `right` and in the middle of `y`: in two lines
/// where `height` allows it and one is too short, and shortened where two are.
pub(super) fn draw_name(
    canvas: &mut Canvas<'_>,
    palette: &Palette,
    (right, y): (i32, i32),
    name: &str,
    height: i32,
) {
    let room = right - MARGIN;
    let tight = LABEL.size as i32 + 3;
    let lines = wrap(name, LABEL, room, " ");
    if lines.len() < 2 || height < 2 * tight {
        let name = LABEL.shorten(name, room);
        return canvas.text((right, y), &name, LABEL, palette.ink, Align::Right);
    }
    let rest = LABEL.shorten(&lines[1..].join(" "), room);
    canvas.text(
        (right, y - tight / 2),
        &lines[0],
        LABEL,
        palette.ink,
        Align::Right,
    );
    canvas.text(
        (right, y + tight / 2),
        &rest,
        LABEL,
        palette.ink,
        Align::Right,
    );
}

/// `text` in lines of at most `room` pixels, broken at `at`; a word that is
/// wider than a line is broken where it has to be.
pub(super) fn wrap(text: &str, font: Font, room: i32, at: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(at).filter(|word| !word.is_empty()) {
        if let Some(last) = lines.last_mut() {
            let longer = format!("{last}{at}{word}");
            if font.width(&longer) <= room {
                *last = longer;
                continue;
            }
        }
        let mut line = String::new();
        for c in word.chars() {
            line.push(c);
            if font.width(&line) > room && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, c.to_string()));
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let text = "one two three fourandaverylongwordthatcannotfit five";
        let lines = wrap(text, LABEL, 120, " ");
        assert!(lines.len() > 3);
        assert!(
            lines.iter().all(|line| LABEL.width(line) <= 120),
            "{lines:?}"
        );
        let letters = |s: &str| s.replace(' ', "");
        assert_eq!(letters(&lines.concat()), letters(text));
    }
}
