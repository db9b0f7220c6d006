//! SVG to PNG and PDF.
//!
//! Both see the fonts that the figures embed and no others, so that a picture
//! is the same on every machine.

use std::sync::{Arc, OnceLock};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use super::DisplayError;
use crate::figure::{FACES, FAMILY, Figure};

/// Pixels of a PNG for each CSS pixel: screens of today have that many.
const SCALE: u32 = 2;

/// CSS pixels in an inch.
const DPI: f32 = 96.0;

/// The figure as PNG, exactly twice as wide and as high as the figure.
///
/// # Errors
/// [`DisplayError`] when the SVG cannot be read or the picture is too large.
pub fn png(figure: &Figure) -> Result<Vec<u8>, DisplayError> {
    let tree = tree(figure)?;
    let (width, height) = (
        figure.width.saturating_mul(SCALE),
        figure.height.saturating_mul(SCALE),
    );
    let mut pixels = Pixmap::new(width, height).ok_or(DisplayError::Size { width, height })?;
    let scale = Transform::from_scale(SCALE as f32, SCALE as f32);
    resvg::render(&tree, scale, &mut pixels.as_mut());
    let straight = pixels.pixels().iter().flat_map(|pixel| {
        let colour = pixel.demultiply();
        [colour.red(), colour.green(), colour.blue(), colour.alpha()]
    });
    let straight: Vec<u8> = straight.collect();
    let mut bytes = vec![];
    // Most of a figure repeats the line above it. The crate's fast compression
    // makes 50 MB of a large one, this 2.
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Level(1), FilterType::Up)
        .write_image(&straight, width, height, ExtendedColorType::Rgba8)
        .map_err(|error| DisplayError::Png(error.to_string()))?;
    Ok(bytes)
}

/// The figure as a PDF of one page, drawn in vectors, its text as text.
///
/// # Errors
/// [`DisplayError`] when the SVG cannot be read or converted.
pub fn pdf(figure: &Figure) -> Result<Vec<u8>, DisplayError> {
    let page = svg2pdf::PageOptions { dpi: DPI };
    svg2pdf::to_pdf(&tree(figure)?, svg2pdf::ConversionOptions::default(), page)
        .map_err(|error| DisplayError::Pdf(error.to_string()))
}

fn tree(figure: &Figure) -> Result<usvg::Tree, DisplayError> {
    let options = usvg::Options {
        fontdb: Arc::clone(fonts()),
        font_family: FAMILY.to_owned(),
        ..usvg::Options::default()
    };
    Ok(usvg::Tree::from_str(&figure.svg, &options)?)
}

fn fonts() -> &'static Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        for face in FACES {
            fonts.load_font_source(fontdb::Source::Binary(Arc::new(face)));
        }
        Arc::new(fonts)
    })
}
