//! Lines of a cell that begin with a colon: evcxr's commands.

use std::ops::Range;

/// A command, and where it stands in the cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub name: String,
    pub arguments: String,
    pub range: Range<usize>,
}

/// The commands of a cell, and the cell with blanks in their place, so that all
/// else stays where it is.
pub(super) fn split(text: &str) -> (Vec<Command>, String) {
    let (mut commands, mut rest) = (vec![], String::with_capacity(text.len()));
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let named = trimmed
            .strip_prefix(':')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        match named {
            Some(command) => {
                let (name, arguments) = command
                    .split_once(char::is_whitespace)
                    .unwrap_or((command, ""));
                let from = at + line.len() - line.trim_start().len();
                commands.push(Command {
                    name: name.into(),
                    arguments: arguments.trim().into(),
                    range: from..from + trimmed.len(),
                });
                let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
                // A character of several bytes leaves as many blanks.
                rest.extend(
                    line.chars()
                        .flat_map(|c| std::iter::repeat_n(blank(c), c.len_utf8())),
                );
            }
            None => rest.push_str(line),
        }
        at += line.len();
    }
    (commands, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_taken_out_and_all_else_stays_in_its_place() {
        let text = ":dep ü = \"1\"\nlet x = ::std::f();\n  :vars";
        let (commands, rest) = split(text);
        let told: Vec<_> = commands
            .iter()
            .map(|c| (&*c.name, &*c.arguments, &text[c.range.clone()]))
            .collect();
        assert_eq!(
            told,
            [
                ("dep", "ü = \"1\"", ":dep ü = \"1\""),
                ("vars", "", ":vars")
            ]
        );
        assert_eq!(rest.len(), text.len());
        assert_eq!(rest.trim(), "let x = ::std::f();");
    }
}
