//! What a learner's own tasks came to, as the cell's code tells it: shown as
//! magics show their runs.

use super::advise;
use super::figures;
use super::over::Shows;
use super::record::{Labelled, Missing, Shown};
use super::{Context, MagicError};
use serde_json::Value;

/// The mime type of a figure's data that a cell prints. The library writes it,
/// in the copy that cells are linked to.
pub(super) const SHOWN: &str = "application/vnd.threadlab.shown+json";

/// The figure that is not drawn from runs alone: what to take, and why.
const DECISION: &str = "decision";

/// Shows what a cell printed as [`SHOWN`].
///
/// # Errors
/// When it cannot be read or drawn; when workers did not end as they should,
/// after it was shown.
pub(super) async fn show_from_cell(
    context: &mut Context<'_>,
    json: &str,
    Shows(options): &Shows,
) -> Result<(), MagicError> {
    let unread = |error: serde_json::Error| {
        MagicError::usage(
            format!("what this cell shows cannot be read: {error}"),
            "It is for a Lab's results to print it",
        )
    };
    let mut printed: Value = serde_json::from_str(json).map_err(unread)?;
    if printed["figure"] == DECISION {
        let runs: Vec<Labelled> =
            serde_json::from_value(printed["groups"].take()).map_err(unread)?;
        let missing: Vec<Missing> =
            serde_json::from_value(printed["missing"].take()).map_err(unread)?;
        return advise::of_a_cell(context, runs, &missing, options);
    }
    let shown: Shown = serde_json::from_value(printed).map_err(unread)?;
    figures::show(context, shown, options, None).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::magic::record::FigureKind;

    #[test]
    fn what_the_library_prints_is_read_field_by_field() {
        let ladder = include_str!("../../crates/lab/tests/shown/ladder.json");
        let shown: Shown = serde_json::from_str(ladder).unwrap();
        assert_eq!(shown.figure, FigureKind::Ladder);
        let found = shown.explored.unwrap();
        assert_eq!((found.schedules, found.failing), (6, 4));
        assert!(found.replay.is_some() && found.interleavings == Some(6));
        let comparison = include_str!("../../crates/lab/tests/shown/comparison.json");
        let shown: Shown = serde_json::from_str(comparison).unwrap();
        assert_eq!(shown.figure, FigureKind::Comparison);
        assert_eq!(shown.groups[0].label, "threads");
        assert_eq!(shown.missing[0].label, "sequential");
    }
}
