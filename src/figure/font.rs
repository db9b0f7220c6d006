//! The fonts of the figures, and how wide a text in them is.
//!
//! Two weights of Noto Sans, cut down to what European languages need
//! (`scripts/subset-fonts.sh`). They are part of the binary, because a server
//! need not have any font; and part of each SVG, because the reader's browser
//! need not have this one. They have no kerning, so that the width of a text is
//! the sum of the advances of its characters, here as in any renderer.

use std::collections::HashMap;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

/// The family's name, in the SVG and in the font files.
pub const FAMILY: &str = "Noto Sans";

/// The faces as TrueType, for whoever renders the SVG outside of a browser.
pub const FACES: [&[u8]; 2] = [
    include_bytes!("../../assets/fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../assets/fonts/NotoSans-Bold.ttf"),
];

const REGULAR_WOFF2: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Regular.woff2");
const BOLD_WOFF2: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Bold.woff2");

/// From the top of the ascent to the bottom of the descent, in thousandths of
/// the font's size; the measuring back end scales by it.
const HEIGHT: f64 = 1362.0;

/// Width assumed for a character that the font lacks (an emoji, a Chinese
/// character) and the reader's system has to supply, in thousandths.
const FOREIGN: u32 = 1350;

/// A size and a weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Font {
    /// In CSS pixels.
    pub size: u32,
    /// Bold instead of regular.
    pub bold: bool,
}

impl Font {
    /// The regular weight.
    pub const fn regular(size: u32) -> Font {
        Font { size, bold: false }
    }

    /// The largest of the regular sizes that is at most `size`, for texts that
    /// have to do with little room; none is smaller than 12.
    pub fn at_most(size: i32) -> Font {
        let fitting = [18, 16, 14].into_iter().find(|&fitting| fitting <= size);
        Font::regular(fitting.unwrap_or(12) as u32)
    }

    /// The bold weight.
    pub const fn bold(size: u32) -> Font {
        Font { size, bold: true }
    }

    /// How wide `text` is, in pixels, rounded up.
    pub fn width(self, text: &str) -> i32 {
        let advances = advances(self.bold);
        let thousandths: u64 = text
            .chars()
            .map(|c| u64::from(advances.get(&c).copied().unwrap_or(FOREIGN)))
            .sum();
        (thousandths * u64::from(self.size))
            .div_ceil(1000)
            .min(1_000_000) as i32
    }

    /// `text` if it is at most `room` pixels wide, else its beginning and an
    /// ellipsis; nothing if there is no room for even that.
    pub fn shorten(self, text: &str, room: i32) -> String {
        if self.width(text) <= room {
            return text.to_owned();
        }
        let mut short: String = text
            .chars()
            .scan(0, |used, c| {
                *used += self.width(c.encode_utf8(&mut [0; 4]));
                (*used <= room).then_some(c)
            })
            .collect();
        loop {
            let with_ellipsis = format!("{}…", short.trim_end());
            if self.width(&with_ellipsis) <= room {
                return with_ellipsis;
            }
            if short.pop().is_none() {
                return String::new();
            }
        }
    }

    /// From one baseline to the next.
    pub fn line(self) -> i32 {
        (f64::from(self.size) * 1.3).round() as i32
    }
}

/// The `@font-face` rules for the weights in use.
pub(super) fn font_faces(regular: bool, bold: bool) -> String {
    [
        (regular, "normal", REGULAR_WOFF2),
        (bold, "bold", BOLD_WOFF2),
    ]
    .into_iter()
    .filter(|(used, ..)| *used)
    .map(|(_, weight, data)| {
        format!(
            "@font-face{{font-family:'{FAMILY}';font-weight:{weight};\
                 src:url(data:font/woff2;base64,{}) format('woff2')}}",
            STANDARD.encode(data)
        )
    })
    .collect()
}

/// Advance of each character of the subset in thousandths of the size.
fn advances(bold: bool) -> &'static HashMap<char, u32> {
    static REGULAR: OnceLock<HashMap<char, u32>> = OnceLock::new();
    static BOLD: OnceLock<HashMap<char, u32>> = OnceLock::new();
    let cell = if bold { &BOLD } else { &REGULAR };
    cell.get_or_init(|| measure(bold))
}

fn measure(bold: bool) -> HashMap<char, u32> {
    let style = if bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    // A face that cannot be read leaves the table empty, and every character
    // counts as wide: the layout gets generous, nothing fails.
    if register_font(FAMILY, style, FACES[usize::from(bold)]).is_err() {
        return HashMap::new();
    }
    let font = FontDesc::new(FontFamily::Name(FAMILY), HEIGHT, style);
    let advance = |c: char| {
        font.layout_box(c.encode_utf8(&mut [0; 4]))
            .ok()
            .map(|(_, (width, _))| width as u32)
    };
    CHARACTERS
        .into_iter()
        .flatten()
        .filter_map(|c| Some((c, advance(c)?)))
        .collect()
}

/// What the subset holds; the same as in `scripts/subset-fonts.sh`.
const CHARACTERS: [std::ops::RangeInclusive<char>; 9] = [
    ' '..='~',
    '\u{a0}'..='\u{17f}',
    'μ'..='μ',
    'π'..='π',
    '–'..='—',
    '‘'..='‚',
    '“'..='„',
    '•'..='•',
    '…'..='…',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_the_advances_of_the_font() {
        // 572 thousandths for a digit in both weights, 260 for a space.
        assert_eq!(Font::regular(1000).width("0"), 572);
        assert_eq!(Font::bold(1000).width("0"), 572);
        assert_eq!(Font::regular(1000).width("0 0"), 572 + 260 + 572);
    }

    #[test]
    fn a_shortened_text_fits_and_ends_in_an_ellipsis() {
        let font = Font::regular(16);
        let short = font.shorten("a rather long name of a worker", 100);
        assert!(
            short.ends_with('…') && short.starts_with("a rather"),
            "{short}"
        );
        assert!(font.width(&short) <= 100);
        assert_eq!(font.shorten("short", 100), "short");
        assert_eq!(font.shorten("anything", 3), "");
    }

    #[test]
    fn only_the_weights_in_use_are_embedded() {
        assert_eq!(font_faces(true, true).matches("@font-face").count(), 2);
        assert!(!font_faces(true, false).contains("bold"));
    }
}
