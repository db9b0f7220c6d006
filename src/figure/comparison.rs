//! c
use super::*;
/// c
pub fn comparison(
    _groups: &[Group<'_>],
    _guide: &[Documented],
    _style: &Style,
) -> Result<Figure, FigureError> {
    Err(FigureError::NoGroups("comparison"))
}
