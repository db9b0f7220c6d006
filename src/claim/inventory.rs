//! Every row of the guides' inventory, as data: what a guide shows or says, and
//! what a real CPython makes of it. `rows` holds the figures
//! among them against runs.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// One numbered row.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its number, such as `MC4.3-T2b`.
    pub id: String,
    /// The guide.
    pub guide: String,
    /// Line of the guide's text.
    pub line: u32,
    /// C code, T table, F figure, N number, G claim, R recommendation.
    pub kinds: Vec<String>,
    /// What it shows or says, in words of our own.
    pub says: String,
    /// The guide's figure or result; empty where it gives none.
    pub documented: String,
    /// The guide's parameters; empty where there are none.
    pub parameters: String,
    /// How it fares.
    pub verdict: OnCpython,
    /// What real CPythons of 3.8 to 3.13 do, on a machine with two cores.
    pub cpython: String,
}

/// How a claim fares on a real CPython.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum OnCpython {
    /// It holds.
    #[serde(rename = "H")]
    Holds,
    /// It holds in part.
    #[serde(rename = "P")]
    InPart,
    /// It is false on a current one.
    #[serde(rename = "F")]
    False,
    /// It is an opinion, or cannot be measured.
    #[serde(rename = "N")]
    Opinion,
    /// It says nothing to be judged: a listing without a figure, or a picture
    /// that is missing.
    #[serde(rename = "-")]
    Silent,
}

impl OnCpython {
    /// The word for tables.
    pub fn name(self) -> &'static str {
        match self {
            OnCpython::Holds => "holds",
            OnCpython::InPart => "in part",
            OnCpython::False => "false today",
            OnCpython::Opinion => "opinion",
            OnCpython::Silent => "",
        }
    }
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("inventory.json")).expect("a test reads the inventory")
});

/// Every row, in the order of the guides.
pub fn all() -> &'static [Row] {
    &ROWS
}

/// A row by its number, in capitals or not.
pub fn find(id: &str) -> Option<&'static Row> {
    all().iter().find(|row| row.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_inventory_is_read_and_each_number_stands_once() {
        let ids: HashSet<&str> = all().iter().map(|row| row.id.as_str()).collect();
        assert_eq!((all().len(), ids.len()), (178, 178));
        assert_eq!(
            find("mc4.3-t2b").map(|row| row.verdict),
            Some(OnCpython::Holds)
        );
    }

    #[test]
    fn every_row_says_something_and_names_its_kinds() {
        for row in all() {
            assert!(
                !row.says.is_empty() && !row.cpython.is_empty(),
                "{}",
                row.id
            );
            let known = |kind: &String| ["C", "T", "F", "N", "G", "R"].contains(&kind.as_str());
            assert!(
                !row.kinds.is_empty() && row.kinds.iter().all(known),
                "{}",
                row.id
            );
        }
    }
}
