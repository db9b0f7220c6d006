//! A figure as a mime bundle.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::bundle::Bundle;
use super::render::{pdf, png};
use super::{DisplayError, html};
use crate::figure::Figure;

/// A finished chart in all forms. With `accessible` also as HTML, which every
/// front end prefers to the others: the only form whose alt text survives.
///
/// # Errors
/// [`DisplayError`] when the figure cannot be turned into PNG or PDF.
pub fn chart(figure: &Figure, accessible: bool) -> Result<Bundle, DisplayError> {
    // The two take about as long as one another and nothing from one another.
    let (png, pdf) = std::thread::scope(|scope| {
        let png = scope.spawn(|| png(figure));
        let pdf = pdf(figure);
        (png.join(), pdf)
    });
    let png = png.map_err(|_| DisplayError::Png("the renderer panicked".to_owned()))??;
    let pdf = pdf?;
    let mut bundle = Bundle::default();
    if accessible {
        bundle = bundle.with("text/html", accessible_html(figure));
    }
    bundle = bundle
        .with("image/svg+xml", figure.svg.clone())
        .with("image/png", STANDARD.encode(png))
        .with("application/pdf", STANDARD.encode(pdf))
        .with("text/plain", figure.text.clone());
    let size = json!({ "width": figure.width, "height": figure.height });
    bundle.metadata.insert("image/png".to_owned(), size);
    Ok(bundle)
}

/// A chart that is still growing: what can be made in no time.
pub fn preview(figure: &Figure) -> Bundle {
    Bundle::default()
        .with("image/svg+xml", figure.svg.clone())
        .with("text/plain", figure.text.clone())
}

fn accessible_html(figure: &Figure) -> String {
    format!(
        "<figure><img alt=\"{}\" width=\"{}\" height=\"{}\" \
         src=\"data:image/svg+xml;base64,{}\"></figure>",
        html::escape(&figure.description),
        figure.width,
        figure.height,
        STANDARD.encode(&figure.svg),
    )
}
