//! Bodies for a server: valid pictures of exactly the size asked for.
//!
//! A picture is drawn as large as fits, and the rest is filled where its format
//! has a place for what is no picture: a comment of a JPEG, a private chunk of a
//! PNG, white space of an SVG.

use super::picture;
use image::ImageError;

/// Kinds of bodies, in the order in which a mixture takes them.
pub const KINDS: [&str; 3] = ["jpeg", "png", "svg"];

/// Sides of the largest picture drawn and of the smallest.
const SIDES: (u32, u32) = (1_024, 4);

/// Why there is no such body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Too few bytes for a picture.
    #[error("{size} bytes are too few for a picture: {least} are possible for {kind}")]
    Small {
        /// Bytes asked for.
        size: usize,
        /// The kind.
        kind: &'static str,
        /// Bytes of the smallest.
        least: usize,
    },
    /// It could not be encoded.
    #[error("a picture could not be made: {0}")]
    Picture(#[from] ImageError),
}

/// The media type of a kind.
pub fn media_type(kind: &str) -> &'static str {
    match kind {
        "jpeg" => "image/jpeg",
        "png" => "image/png",
        _ => "image/svg+xml",
    }
}

/// How a format is drawn, and filled up with so many bytes that are no picture.
struct Format {
    draw: fn(u32) -> Result<Vec<u8>, ImageError>,
    fill: fn(&mut Vec<u8>, usize),
    /// Fewest bytes that it can be filled up with.
    gap: usize,
}

/// A picture of a kind, and of exactly so many bytes.
///
/// # Errors
/// When so few bytes hold none.
pub fn body(kind: &'static str, size: usize) -> Result<Vec<u8>, BodyError> {
    let Format { draw, fill, gap } = match kind {
        "jpeg" => Format {
            draw: picture::jpeg,
            fill: fill_jpeg,
            gap: 4,
        },
        "png" => Format {
            draw: picture::png,
            fill: fill_png,
            gap: 12,
        },
        _ => Format {
            draw: |side| Ok(svg(side)),
            fill: fill_svg,
            gap: 0,
        },
    };
    // No picture has less than a bit a pixel: larger ones need not be tried.
    let mut side = SIDES.0.min(((size * 8) as f64).sqrt() as u32).max(SIDES.1);
    loop {
        let mut drawn = draw(side)?;
        let fits = |drawn: usize| drawn == size || drawn + gap <= size;
        if fits(drawn.len()) {
            let rest = size - drawn.len();
            if rest > 0 {
                fill(&mut drawn, rest);
            }
            return Ok(drawn);
        }
        if side == SIDES.1 {
            let least = drawn.len() + gap;
            return Err(BodyError::Small { size, kind, least });
        }
        side = (side * 3 / 4).max(SIDES.1);
    }
}

/// Comments after the mark of a JPEG's beginning; each takes at most 65,535
/// bytes and its own mark, and at least 4 in all.
fn fill_jpeg(jpeg: &mut Vec<u8>, rest: usize) {
    let mut comments = Vec::with_capacity(rest);
    while comments.len() < rest {
        let left = rest - comments.len();
        let take = if left <= 65_537 {
            left
        } else {
            (left - 4).min(65_537)
        };
        comments.extend([0xFF, 0xFE]);
        comments.extend((take as u16 - 2).to_be_bytes());
        comments.resize(comments.len() + take - 4, b' ');
    }
    jpeg.splice(2..2, comments);
}

/// A chunk that every reader may pass over, after a PNG's first (8 bytes of
/// signature, 25 of header).
fn fill_png(png: &mut Vec<u8>, rest: usize) {
    let data = rest - 12;
    let mut chunk = Vec::with_capacity(rest);
    chunk.extend((data as u32).to_be_bytes());
    chunk.extend(b"fiLl");
    chunk.resize(8 + data, b' ');
    chunk.extend(crc32fast::hash(&chunk[4..]).to_be_bytes());
    png.splice(33..33, chunk);
}

const END: &str = "</svg>\n";

/// As many circles as the side has pixels.
fn svg(side: u32) -> Vec<u8> {
    let mut text =
        String::from("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\">\n");
    for circle in 0..side {
        let (x, y) = (circle * 37 % 100, circle * 61 % 100);
        text += &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"2\" fill=\"hsl({x},60%,50%)\"/>\n");
    }
    (text + END).into_bytes()
}

fn fill_svg(svg: &mut Vec<u8>, rest: usize) {
    let end = svg.len() - END.len();
    svg.splice(end..end, std::iter::repeat_n(b' ', rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_valid_pictures_of_exactly_their_size() {
        for size in [2_000, 2_001, 35_000, 65_540, 131_075, 1_000_000] {
            for (kind, format) in [
                ("jpeg", image::ImageFormat::Jpeg),
                ("png", image::ImageFormat::Png),
            ] {
                let bytes = body(kind, size).unwrap();
                assert_eq!(bytes.len(), size, "{kind}");
                let read = image::load_from_memory_with_format(&bytes, format);
                assert!(read.is_ok(), "{kind} of {size}: {read:?}");
            }
            let bytes = body("svg", size).unwrap();
            assert_eq!(bytes.len(), size);
            let options = resvg::usvg::Options::default();
            assert!(resvg::usvg::Tree::from_data(&bytes, &options).is_ok());
        }
    }

    #[test]
    fn the_picture_takes_most_of_a_body() {
        let bytes = body("jpeg", 35_000).unwrap();
        let filled = bytes.iter().filter(|byte| **byte == b' ').count();
        assert!(filled < 20_000, "{filled} of 35,000 bytes are filled up");
    }

    #[test]
    fn too_small_a_body_says_what_is_possible() {
        for kind in KINDS {
            let error = body(kind, 10).unwrap_err();
            let BodyError::Small { least, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(body(kind, least).unwrap().len(), least, "{kind}");
        }
    }
}
