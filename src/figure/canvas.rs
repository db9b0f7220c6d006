//! The drawing back end, and the only file that draws with it.
//!
//! Positions are whole pixels from the top left. Texts are placed by their
//! middle line, so that they stand level with the bar or the marker beside
//! them, in every renderer.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

use super::FigureError;
use super::area::Area;
use super::font::{FAMILY, Font, font_faces};
use super::hatch::{self, Hatch};

/// What the back end divides a font's size by.
const BACKEND_SCALE: f64 = 1.24;

/// Where the middle line of a text lies below its top, in parts of its size,
/// as the back end counts the top: 0.76 above the baseline.
const MIDDLE: f64 = 0.42;

/// Which end of a text its position means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// A sheet to draw on.
pub(super) struct Canvas<'a> {
    backend: SVGBackend<'a>,
    regular: bool,
    bold: bool,
    /// The first failure; what comes after it is not drawn.
    failure: Option<String>,
}

/// What a document says about itself.
pub(super) struct Sheet<'a> {
    pub width: u32,
    pub height: u32,
    pub paper: RGBColor,
    pub title: &'a str,
    pub description: &'a str,
}

/// Draws a document.
///
/// # Errors
/// [`FigureError::Drawing`] when the back end fails.
pub(super) fn paint(
    sheet: &Sheet<'_>,
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<String, FigureError> {
    let mut body = String::new();
    let (regular, bold) = paint_body(sheet, draw, &mut body)?;
    // The back end knows neither titles nor fonts: its opening tag is replaced.
    let Some((_, drawn)) = body.split_once(">\n") else {
        return Err(FigureError::Drawing(
            "the document has no opening tag".to_owned(),
        ));
    };
    let Sheet { width, height, .. } = sheet;
    // Not by reference to title and description: several figures on a page would
    // share the same ids.
    let description = escape(sheet.description);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{description}\">\n\
         <title>{}</title>\n<desc>{description}</desc>\n<style>{}</style>\n{drawn}",
        escape(sheet.title),
        font_faces(regular, bold),
    ))
}

/// Draws on the sheet, and tells whether regular and bold text was drawn.
fn paint_body(
    sheet: &Sheet<'_>,
    draw: impl FnOnce(&mut Canvas<'_>),
    body: &mut String,
) -> Result<(bool, bool), FigureError> {
    let mut canvas = Canvas {
        backend: SVGBackend::with_string(body, (sheet.width, sheet.height)),
        regular: false,
        bold: false,
        failure: None,
    };
    let all = Area {
        left: 0,
        top: 0,
        right: sheet.width as i32,
        bottom: sheet.height as i32,
    };
    canvas.fill(all, sheet.paper);
    draw(&mut canvas);
    let present = canvas.backend.present();
    canvas.keep(present);
    match canvas.failure.take() {
        Some(failure) => Err(FigureError::Drawing(failure)),
        None => Ok((canvas.regular, canvas.bold)),
    }
}

impl Canvas<'_> {
    /// A filled rectangle.
    pub fn fill(&mut self, area: Area, colour: RGBColor) {
        let drawn = self.backend.draw_rect(
            (area.left, area.top),
            (area.right, area.bottom),
            &ShapeStyle::from(&colour).filled(),
            true,
        );
        self.keep(drawn);
    }

    /// The outline of a rectangle, drawn inside it.
    pub fn outline(&mut self, area: Area, width: i32, colour: RGBColor) {
        if area.width() <= 2 * width || area.height() <= 2 * width {
            return self.fill(area, colour);
        }
        // Half of the line's width lies on either side of its path. The path
        // goes on past its beginning, so that the first corner is mitred too.
        let Area {
            left,
            top,
            right,
            bottom,
        } = area.grown(-(width / 2));
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        let path = [
            corners[0], corners[1], corners[2], corners[3], corners[0], corners[1],
        ];
        self.line(&path, width as u32, colour);
    }

    /// A rectangle with a thin outline, filled with slanting lines.
    pub fn hatch(&mut self, area: Area, ground: RGBColor, hatch: Hatch, colour: RGBColor) {
        if area.width() < 4 {
            // Too narrow for lines to show: what remains is the colour.
            return self.fill(area, colour);
        }
        self.fill(area, ground);
        for path in hatch::paths(area, hatch) {
            self.line(&path, 1, colour);
        }
        self.outline(area, 1, colour);
    }

    /// A line through `points`.
    pub fn line(&mut self, points: &[(i32, i32)], width: u32, colour: RGBColor) {
        if points.len() < 2 {
            return;
        }
        let style = ShapeStyle {
            color: colour.into(),
            filled: false,
            stroke_width: width,
        };
        let drawn = self.backend.draw_path(points.iter().copied(), &style);
        self.keep(drawn);
    }

    /// A dashed line, straight down or straight across.
    pub fn dashes(&mut self, from: (i32, i32), to: (i32, i32), width: i32, colour: RGBColor) {
        const ON: i32 = 7;
        const OFF: i32 = 5;
        let down = from.0 == to.0;
        let (begin, end) = if down { (from.1, to.1) } else { (from.0, to.0) };
        let mut at = begin;
        while at < end {
            let stop = (at + ON).min(end);
            let dash = if down {
                Area {
                    left: from.0,
                    top: at,
                    right: from.0 + width,
                    bottom: stop,
                }
            } else {
                Area {
                    left: at,
                    top: from.1,
                    right: stop,
                    bottom: from.1 + width,
                }
            };
            self.fill(dash, colour);
            at = stop + OFF;
        }
    }

    /// A line through `points`, so many pixels drawn and so many left out.
    pub fn dashed(
        &mut self,
        points: &[(i32, i32)],
        (on, off): (f64, f64),
        width: u32,
        colour: RGBColor,
    ) {
        let mut dash: Vec<(i32, i32)> = Vec::new();
        let (mut drawn, mut left) = (true, on.max(1.0));
        for pair in points.windows(2) {
            let [from, to] = [pair[0], pair[1]].map(|(x, y)| (f64::from(x), f64::from(y)));
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let at = |way: f64| {
                let share = if length > 0.0 { way / length } else { 0.0 };
                let between = |a: f64, b: f64| (a + (b - a) * share).round() as i32;
                (between(from.0, to.0), between(from.1, to.1))
            };
            let mut way = 0.0;
            dash.push(pair[0]);
            while length - way > left {
                way += left;
                if drawn {
                    dash.push(at(way));
                    self.line(&dash, width, colour);
                }
                dash.clear();
                dash.push(at(way));
                drawn = !drawn;
                left = if drawn { on } else { off }.max(1.0);
            }
            left -= length - way;
        }
        if let (true, Some(last)) = (drawn, points.last()) {
            dash.push(*last);
            self.line(&dash, width, colour);
        }
    }

    /// The head of an arrow that comes from `from` and ends at `to`, and where
    /// its shaft has to end.
    pub fn arrowhead(
        &mut self,
        from: (i32, i32),
        to: (i32, i32),
        size: i32,
        colour: RGBColor,
    ) -> (i32, i32) {
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = dx.hypot(dy).max(1.0);
        let (dx, dy) = (dx / length, dy / length);
        let size = f64::from(size);
        let corner = |back: f64, aside: f64| {
            (
                (f64::from(to.0) - dx * back - dy * aside).round() as i32,
                (f64::from(to.1) - dy * back + dx * aside).round() as i32,
            )
        };
        self.polygon(
            &[to, corner(size, size * 0.5), corner(size, -size * 0.5)],
            colour,
        );
        corner(size * 0.8, 0.0)
    }

    /// A straight line with a head at its end.
    pub fn arrow(&mut self, from: (i32, i32), to: (i32, i32), width: u32, colour: RGBColor) {
        let end = self.arrowhead(from, to, 6 + 2 * width as i32, colour);
        self.line(&[from, end], width, colour);
    }

    /// A cross from corner to corner, on a rim that shows on any ground.
    pub fn cross(&mut self, area: Area, rim: RGBColor, colour: RGBColor) {
        let Area {
            left,
            top,
            right,
            bottom,
        } = area;
        let strokes = [
            [(left, top), (right, bottom)],
            [(left, bottom), (right, top)],
        ];
        for (width, colour) in [(5, rim), (2, colour)] {
            for stroke in strokes {
                self.line(&stroke, width, colour);
            }
        }
    }

    /// A filled shape.
    pub fn polygon(&mut self, points: &[(i32, i32)], colour: RGBColor) {
        if points.len() < 3 {
            return;
        }
        let drawn = self
            .backend
            .fill_polygon(points.iter().copied(), &ShapeStyle::from(&colour).filled());
        self.keep(drawn);
    }

    /// A filled circle.
    pub fn dot(&mut self, centre: (i32, i32), radius: u32, colour: RGBColor) {
        let style = ShapeStyle::from(&colour).filled();
        let drawn = self.backend.draw_circle(centre, radius, &style, true);
        self.keep(drawn);
    }

    /// A circle's outline.
    pub fn ring(&mut self, centre: (i32, i32), radius: u32, width: u32, colour: RGBColor) {
        let style = ShapeStyle {
            color: colour.into(),
            filled: false,
            stroke_width: width,
        };
        let drawn = self.backend.draw_circle(centre, radius, &style, false);
        self.keep(drawn);
    }

    /// A diamond with nothing inside.
    pub fn diamond(&mut self, (x, y): (i32, i32), radius: i32, colour: RGBColor) {
        let corner = [
            (x - radius, y),
            (x, y - radius),
            (x + radius, y),
            (x, y + radius),
        ];
        self.line(
            &[
                corner[0], corner[1], corner[2], corner[3], corner[0], corner[1],
            ],
            2,
            colour,
        );
    }

    /// A text whose middle line is at `y`.
    pub fn text(
        &mut self,
        (x, y): (i32, i32),
        text: &str,
        font: Font,
        colour: RGBColor,
        align: Align,
    ) {
        // Control characters are not allowed in XML, not even escaped.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if text.trim().is_empty() {
            return;
        }
        if font.bold {
            self.bold = true;
        } else {
            self.regular = true;
        }
        let weight = if font.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let desc = FontDesc::new(
            FontFamily::Name(FAMILY),
            f64::from(font.size) * BACKEND_SCALE,
            weight,
        );
        let style = TextStyle::from(desc)
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Top));
        let top = y - (f64::from(font.size) * MIDDLE).round() as i32;
        let drawn = self.backend.draw_text(&text, &style, (x, top));
        self.keep(drawn);
    }

    fn keep<E: std::fmt::Display>(&mut self, result: Result<(), E>) {
        if let Err(error) = result {
            self.failure.get_or_insert_with(|| error.to_string());
        }
    }
}

/// `text` as XML character data, or as a quoted attribute.
fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, c| {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                c if c.is_control() => out.push(' '),
                c => out.push(c),
            }
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_names_itself_and_escapes_what_it_says() {
        let sheet = Sheet {
            width: 100,
            height: 50,
            paper: RGBColor(255, 255, 255),
            title: "a < b & \u{1}c",
            description: "says",
        };
        let svg = paint(&sheet, |canvas| {
            let ink = RGBColor(0, 0, 0);
            canvas.text((5, 25), "<&\u{0}\">", Font::regular(12), ink, Align::Left);
        })
        .unwrap();
        assert!(svg.contains("<title>a &lt; b &amp;  c</title>"), "{svg}");
        assert!(svg.contains("&lt;&amp; &quot;&gt;"), "{svg}");
        assert!(svg.ends_with("</svg>\n"), "{svg}");
    }
}
