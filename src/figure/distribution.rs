//! d
use super::*;
/// d
pub fn distribution(
    _groups: &[Group<'_>],
    _expected: i64,
    _style: &Style,
) -> Result<Figure, FigureError> {
    Err(FigureError::NoGroups("distribution"))
}
