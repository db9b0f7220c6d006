//! Pictures: drawn, decoded, blurred, searched for edges, encoded.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{GrayImage, ImageError, ImageFormat, Luma, RgbImage, imageops};

/// Bright and dark of a drawn picture.
const BRIGHT: u8 = 200;
const DARK: u8 = 40;
/// How far the blur reaches, in pixels.
const BLUR: f32 = 1.5;
/// The brightness of the neighbours taken from that of a pixel: what is left
/// are edges.
const EDGES: [f32; 9] = [-1.0, -1.0, -1.0, -1.0, 8.0, -1.0, -1.0, -1.0, -1.0];
/// Fainter ones are traces of the JPEG.
const EDGE: u8 = 40;

/// Most bars that can be told from one another on a side of so many pixels.
pub const fn most_bars(side: u32) -> u32 {
    side / 24
}

/// A square picture of so many upright bars, as JPEG.
///
/// # Errors
/// When it cannot be encoded.
pub fn bars(side: u32, bars: u32) -> Result<Vec<u8>, ImageError> {
    // A bar, and as much ground on both sides of each.
    let stripe = |x: u32| u64::from(x) * u64::from(2 * bars + 1) / u64::from(side);
    let drawn = GrayImage::from_fn(side, side, |x, _| {
        Luma([if stripe(x) % 2 == 1 { BRIGHT } else { DARK }])
    });
    let mut bytes = vec![];
    drawn.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 90))?;
    Ok(bytes)
}

/// A colourful square picture, as an encoder made it.
fn photo(side: u32) -> RgbImage {
    RgbImage::from_fn(side, side, |x, y| {
        // Noise (a hash of the place) over a slope: it compresses as photos do.
        let hash = (x ^ y.rotate_left(16)).wrapping_mul(0x9E37_79B9) >> 27;
        let slope = |at: u32| (at * 200 / side + hash) as u8;
        image::Rgb([slope(x), slope(y), slope((x + y) / 2)])
    })
}

/// A picture of a side, as JPEG.
///
/// # Errors
/// When it cannot be encoded.
pub fn jpeg(side: u32) -> Result<Vec<u8>, ImageError> {
    let mut bytes = vec![];
    photo(side).write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 80))?;
    Ok(bytes)
}

/// A picture of a side, as PNG.
///
/// # Errors
/// When it cannot be encoded.
pub fn png(side: u32) -> Result<Vec<u8>, ImageError> {
    let mut bytes = vec![];
    photo(side).write_with_encoder(PngEncoder::new(&mut bytes))?;
    Ok(bytes)
}

/// Reads a JPEG.
///
/// # Errors
/// When it is none.
pub fn decode(jpeg: &[u8]) -> Result<GrayImage, ImageError> {
    Ok(image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)?.into_luma8())
}

/// Blurs by a Gaussian.
pub fn blur(picture: &GrayImage) -> GrayImage {
    imageops::blur(picture, BLUR)
}

/// Leaves the edges: bright where the brightness changes.
pub fn edges(picture: &GrayImage) -> GrayImage {
    imageops::filter3x3(picture, &EDGES)
}

/// Writes a PNG.
///
/// # Errors
/// When it cannot be encoded.
pub fn encode(picture: &GrayImage) -> Result<Vec<u8>, ImageError> {
    let mut bytes = vec![];
    picture.write_with_encoder(PngEncoder::new(&mut bytes))?;
    Ok(bytes)
}

/// Bars whose edges are there, along the middle row: each has two.
pub fn count_bars(edges: &GrayImage) -> u64 {
    let row = edges.height() / 2;
    let bright: Vec<bool> = (0..edges.width())
        .map(|x| edges.get_pixel(x, row).0[0] > EDGE)
        .collect();
    let begins = bright.windows(2).filter(|pair| !pair[0] && pair[1]).count();
    begins as u64 / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_each_bar_are_found_after_all_that_is_done_to_them() {
        for side in [32, 48, 64, 100, 256, 1000] {
            for n in 1..=most_bars(side).min(12) {
                let picture = decode(&bars(side, n).unwrap()).unwrap();
                let found = edges(&blur(&picture));
                assert_eq!(count_bars(&found), u64::from(n), "{n} bars on {side}");
                let png = encode(&found).unwrap();
                let read = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap();
                assert_eq!(read.into_luma8(), found);
            }
        }
    }

    #[test]
    fn what_was_not_searched_for_edges_shows_fewer_bars_than_there_are() {
        let picture = decode(&bars(256, 4).unwrap()).unwrap();
        assert_ne!(count_bars(&picture), 4);
    }
}
