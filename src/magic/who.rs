//! `%who`: the variables of Rust.

use super::arguments::plain;
use super::{Context, Doing, Magic};
use crate::display::{Bundle, Table};
use crate::figure::bytes;
use crate::rust::wire::Known;
use clap::ArgMatches;

pub(super) const WHO: Magic = Magic {
    name: "who",
    command: || {
        plain(
            "who",
            "Lists the variables of Rust cells with their types and sizes",
        )
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, _: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let bundle = match context.session.rust.variables() {
            [] => {
                Bundle::text("there are no variables yet: `let x = 1;` in a cell makes one".into())
            }
            variables => table(variables).bundle(),
        };
        context.screen.show(bundle, None);
        Ok(())
    })
}

fn table(variables: &[Known]) -> Table {
    let row = |variable: &Known| {
        let changes = if variable.mutable { "mut" } else { "" };
        vec![
            variable.name.clone(),
            changes.to_owned(),
            variable.of.clone(),
            bytes(variable.size as f64),
        ]
    };
    Table {
        title: "Variables".into(),
        columns: ["variable", "", "type", "size"].map(String::from).to_vec(),
        rows: variables.iter().map(row).collect(),
        notes: vec!["Sizes are of the values themselves, without what they point to.".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_a_row() {
        let known = Known {
            name: "v".into(),
            of: "Vec<i32>".into(),
            size: 24,
            mutable: true,
        };
        let text = table(&[known]).to_text();
        assert!(text.contains("v         mut  Vec<i32>  24 B"), "{text}");
    }
}
