//! What every Rust cell has in scope: `use lab::prelude::*;`.
//!
//! Names that a learner's code is likely to have for something else (`Cell`,
//! `Lock`, `Queue`, `Event`) are left out; they are `lab::Cell` and so on.

pub use crate::clock::{millis, secs};
pub use crate::explore::{Search, Verdict};
pub use crate::gil::Version;
#[cfg(feature = "cell")]
pub use crate::show::Show;
pub use crate::trace::Model;
pub use crate::{Advised, Compared, Explored, Lab, Raced, Run};
pub use crate::{Death, Guard, Plain, Portable, Steps, Value, Worker};
pub use crate::{Described, RunError, Settings, Start};

/// These names: code without any of them, and without the name of the library,
/// needs the library for nothing.
pub const NAMES: &[&str] = &[
    "Advised",
    "Compared",
    "Death",
    "Described",
    "Explored",
    "Guard",
    "Lab",
    "Model",
    "Plain",
    "Portable",
    "Raced",
    "Run",
    "RunError",
    "Search",
    "Settings",
    "Show",
    "Start",
    "Steps",
    "Value",
    "Verdict",
    "Version",
    "Worker",
    "millis",
    "secs",
];

#[cfg(test)]
mod tests {
    use super::NAMES;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_of_names_is_what_is_exported() {
        let uses = include_str!("prelude.rs").lines();
        let uses = uses.filter_map(|line| line.strip_prefix("pub use "));
        let names = uses.flat_map(|path| {
            let (before, group) = path.split_once('{').unwrap_or(("", path));
            let last = group.trim_end_matches(['}', ';']).split(", ");
            let name = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
            assert!(before.is_empty() || before.ends_with("::"));
            last.map(name).collect::<Vec<_>>()
        });
        let exported: BTreeSet<String> = names.collect();
        let listed: BTreeSet<String> = NAMES.iter().map(|name| name.to_string()).collect();
        assert_eq!(exported, listed);
    }
}
