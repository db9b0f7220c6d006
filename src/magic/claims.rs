//! `%claims`: every row of the inventory, and what takes it up.

use super::arguments::plain;
use super::options::near;
use super::table::TABLES;
use super::{Context, Doing, Magic, MagicError, advise};
use crate::claim::inventory::{self, OnCpython, Row};
use crate::claim::{self, Claim};
use crate::display::{Stream, Table};
use crate::notebook::{self, Chapter};
use crate::scenario;
use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Value, json};

/// Tables and figures that combine scenarios, as a learner types them, and the
/// rows that they show.
fn shown() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let tables = TABLES.iter().map(|table| (table.typed, table.claims));
    tables.chain([advise::CLAIMS])
}

pub(super) const CLAIMS: Magic = Magic {
    name: "claims",
    command: || {
        plain(
            "claims",
            "Lists what the guides claim, how it fares on a real CPython, and what takes it up here",
        )
        .arg(
            Arg::new("which")
                .value_name("SCENARIO|ID")
                .help("A scenario, a row's number, or what numbers begin with: crunch, MC4.3-T2b, MC4 [all]"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .help("Prints them as JSON")
                .action(ArgAction::SetTrue),
        )
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let which = matches.get_one::<String>("which");
        let rows = match which {
            Some(which) => chosen(which)?,
            None => inventory::all().iter().collect(),
        };
        let chapters = notebook::chapters();
        let rows: Vec<TakenUp> = rows.iter().map(|row| taken_up(row, &chapters)).collect();
        if matches.get_flag("json") {
            let list: Vec<Value> = rows.iter().map(TakenUp::to_json).collect();
            let text = serde_json::to_string_pretty(&list).unwrap_or_default();
            context.screen.text(Stream::Out, &format!("{text}\n"));
            return Ok(());
        }
        let table = match rows.as_slice() {
            [one] => whole(one),
            several => list(several),
        };
        context.screen.show(table.bundle(), None);
        Ok(())
    })
}

/// The rows that a word stands for.
fn chosen(which: &str) -> Result<Vec<&'static Row>, MagicError> {
    if let Some(scenario) = scenario::find(&which.replace('_', "-")) {
        let rows = inventory::all().iter();
        return Ok(rows
            .filter(|row| scenario.claims.contains(&row.id.as_str()))
            .collect());
    }
    if let Some(row) = inventory::find(which) {
        return Ok(vec![row]);
    }
    let begins = |row: &&Row| {
        let head = row.id.get(..which.len());
        !which.is_empty() && head.is_some_and(|head| head.eq_ignore_ascii_case(which))
    };
    let rows: Vec<&Row> = inventory::all().iter().filter(begins).collect();
    if !rows.is_empty() {
        return Ok(rows);
    }
    let ids = inventory::all().iter().map(|row| row.id.as_str());
    let scenarios = scenario::ALL.iter().filter(|s| !s.hidden).map(|s| s.name);
    Err(MagicError::Usage {
        message: format!("no claim or scenario is called `{which}`"),
        near: near(which, ids.chain(scenarios)),
        todo: "%claims lists them all".into(),
    })
}

/// A row with all that takes it up.
#[derive(Clone, Debug)]
pub struct TakenUp {
    /// The row.
    pub row: &'static Row,
    /// Scenarios that answer to it.
    pub scenarios: Vec<&'static str>,
    /// Chapters that name it, by their paths.
    pub notebooks: Vec<String>,
    /// Tables and figures that show it, as a learner types them.
    pub figures: Vec<&'static str>,
}

/// Every row of the inventory with all that takes it up.
pub fn all_taken_up() -> Vec<TakenUp> {
    let chapters = notebook::chapters();
    let rows = inventory::all().iter();
    rows.map(|row| taken_up(row, &chapters)).collect()
}

fn taken_up(row: &'static Row, chapters: &[Chapter]) -> TakenUp {
    let id = row.id.as_str();
    let scenarios = scenario::ALL.iter().filter(|s| s.claims.contains(&id));
    let chapters = chapters.iter().filter(|c| c.claims.iter().any(|c| c == id));
    let shown = shown().filter(|(_, ids)| ids.contains(&id));
    TakenUp {
        row,
        scenarios: scenarios.map(|s| s.name).collect(),
        notebooks: chapters.map(|c| c.path.clone()).collect(),
        figures: shown.map(|(typed, _)| typed).collect(),
    }
}

impl TakenUp {
    /// What takes it up, in words.
    fn by(&self) -> String {
        let scenarios = self.scenarios.iter().map(|s| (*s).to_owned());
        let figures = self.figures.iter().map(|f| (*f).to_owned());
        let chapters = self.notebooks.iter().map(|path| {
            let short = path.trim_end_matches(".ipynb");
            short.to_owned()
        });
        let all: Vec<String> = scenarios.chain(figures).chain(chapters).collect();
        all.join(", ")
    }

    /// The figures of it that runs are held against.
    fn held(&self) -> impl Iterator<Item = &'static Claim> {
        let id = self.row.id.as_str();
        let scenarios = self.scenarios.iter();
        scenarios.flat_map(move |name| claim::about(name).filter(move |c| c.id == id))
    }

    fn to_json(&self) -> Value {
        // A row is plain data, which JSON can always hold.
        let mut value = serde_json::to_value(self.row).unwrap_or_default();
        value["scenarios"] = json!(self.scenarios);
        value["notebooks"] = json!(self.notebooks);
        value["figures"] = json!(self.figures);
        value["held"] = self
            .held()
            .map(|claim| json!({"scenario": claim.scenario, "says": claim.says, "at": claim.typed()}))
            .collect();
        value
    }
}

fn list(rows: &[TakenUp]) -> Table {
    let cells = rows.iter().map(|taken| {
        vec![
            taken.row.id.clone(),
            taken.row.says.clone(),
            taken.row.documented.clone(),
            taken.row.verdict.name().into(),
            taken.by(),
        ]
    });
    let number = |verdict| rows.iter().filter(|t| t.row.verdict == verdict).count();
    Table {
        title: "Claims of the guides".into(),
        columns: [
            "claim",
            "what it says",
            "guide",
            "on CPython",
            "taken up by",
        ]
        .map(String::from)
        .to_vec(),
        rows: cells.collect(),
        notes: vec![
            format!(
                "{} rows. On CPython 3.8 to 3.13: holds {}, in part {}, false today {}, opinion {}; nothing to be judged in the others.",
                rows.len(),
                number(OnCpython::Holds),
                number(OnCpython::InPart),
                number(OnCpython::False),
                number(OnCpython::Opinion),
            ),
            "%claims ID tells all about one.".into(),
        ],
    }
}

fn whole(taken: &TakenUp) -> Table {
    let row = taken.row;
    let mut rows = vec![
        ("guide", format!("{}, line {}", row.guide, row.line)),
        ("says", row.says.clone()),
        ("figure", row.documented.clone()),
        ("parameters", row.parameters.clone()),
        ("on CPython", row.verdict.name().into()),
        ("there", row.cpython.clone()),
        ("taken up by", taken.by()),
    ];
    for claim in taken.held() {
        let typed = format!("{} {} {}", "%compare", claim.scenario, claim.typed());
        rows.push((
            "held against",
            format!("{}: {}", typed.trim_end(), claim.says),
        ));
    }
    rows.retain(|(_, text)| !text.is_empty());
    Table {
        title: row.id.clone(),
        columns: vec!["".into(), "".into()],
        rows: rows
            .into_iter()
            .map(|(what, text)| vec![what.into(), text])
            .collect(),
        notes: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_takes_a_claim_up_names_one_that_exists() {
        let known = |id: &str| inventory::all().iter().any(|row| row.id == id);
        for scenario in scenario::ALL {
            for id in scenario.claims {
                assert!(known(id), "{id} in {}", scenario.name);
            }
        }
        for chapter in notebook::chapters() {
            for id in &chapter.claims {
                assert!(known(id), "{id} in {}", chapter.path);
            }
        }
        for (typed, ids) in shown() {
            for id in ids {
                assert!(known(id), "{id} in {typed}");
            }
        }
    }

    #[test]
    fn a_word_stands_for_a_scenario_a_row_or_rows_that_begin_so() {
        let ids = |which: &str| -> Vec<&str> {
            let rows = chosen(which).unwrap();
            rows.iter().map(|row| row.id.as_str()).collect()
        };
        assert_eq!(ids("mc3.1"), ["MC3.1"]);
        assert_eq!(ids("breakfast"), ["MC5.1", "MC5.1a", "MC5.1b"]);
        assert!(ids("CM.mem").iter().all(|id| id.starts_with("CM.mem")));
        let error = chosen("brekfast").unwrap_err().to_string();
        assert!(error.contains("Did you mean `breakfast`?"), "{error}");
    }
}
