//! A figure put together: what it says, and what is drawn between head and foot
//! of its page.

use super::canvas::{self, Canvas, Sheet};
use super::page::Page;
use super::style::Palette;
use super::{Figure, FigureError};

/// What a figure says beside what it draws.
pub(super) struct Told {
    pub name: &'static str,
    pub title: String,
    pub description: String,
    pub text: String,
    pub csv: String,
}

/// Draws the page and, `body` pixels high between its head and its foot, what
/// `draw` draws.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub(super) fn figure(
    told: Told,
    page: &Page,
    palette: &Palette,
    body: i32,
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<Figure, FigureError> {
    let (width, height) = (page.width as u32, page.height(body) as u32);
    let sheet = Sheet {
        width,
        height,
        paper: palette.paper,
        title: &told.title,
        description: &told.description,
    };
    let svg = canvas::paint(&sheet, |canvas| {
        draw(canvas);
        page.draw(canvas, palette, body);
    })?;
    Ok(Figure {
        name: told.name,
        title: told.title,
        description: told.description,
        svg,
        width,
        height,
        text: told.text,
        csv: told.csv,
    })
}
