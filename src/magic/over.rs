//! to come
use super::{Context, Magic, MagicError};
pub struct Wrapped {
    pub before: String,
    pub after: String,
}
pub fn over_a_cell(magic: &str, _words: &[String]) -> Result<Wrapped, MagicError> {
    Ok(Wrapped {
        before: "let lab = Lab::new();".into(),
        after: format!("lab.{magic}()"),
    })
}
pub fn goes_over_cells(magic: &Magic) -> bool {
    ["threads", "processes"].contains(&magic.name)
}
pub(super) async fn show_from_cell(
    _c: &mut Context<'_>,
    _j: &str,
    _o: Option<()>,
) -> Result<(), MagicError> {
    Ok(())
}
