//! Lines of a cell that begin with a colon: evcxr's commands.

use crate::rust::source::lines::{self, Open};
use std::ops::Range;

/// The commands that there are, and what they do.
pub(super) const COMMANDS: &[(&str, &str)] = &[
    (
        "build_env",
        "Set an environment variable for cargo (NAME=VALUE)",
    ),
    ("clear", "Forget variables, items and dependencies"),
    ("dep", "Add a dependency: :dep NAME = \"VERSION\""),
    ("doc", "Explain a variable, a type, a function, a module"),
    ("env", "Set an environment variable for cells (NAME=VALUE)"),
    ("explain", "Explain the last compile error at length"),
    ("fmt", "How values are shown: {:?} or {:#?}"),
    ("help", "List the commands"),
    ("last_compile_dir", "The folder in which cells are compiled"),
    ("offline", "Whether cargo keeps off the network (0/1)"),
    ("opt", "Optimization level (0/1/2/3/s/z)"),
    (
        "restart",
        "Restart the process of cells; variables are gone then",
    ),
    ("show_deps", "List the dependencies"),
    ("t", "The same as :type"),
    ("timing", "Say how long each cell took, or no longer"),
    ("toolchain", "Use another toolchain of rustup's"),
    ("type", "The type of a variable"),
    ("vars", "List variables and their types"),
    ("version", "The version of this kernel"),
];

/// Commands of evcxr that mean nothing here, and why.
pub(super) const WITHOUT: &[(&str, &str)] = &[
    (
        "preserve_vars_on_panic",
        "variables are as they were before a cell that fails, always",
    ),
    ("linker", "cells are linked by cc"),
    (
        "codegen_backend",
        "cells are compiled as the compiler does by itself",
    ),
    (
        "sccache",
        "crates are compiled once for all sessions as it is",
    ),
    (
        "cache",
        "crates are compiled once for all sessions as it is",
    ),
    (
        "clear_cache",
        "crates are compiled once for all sessions as it is",
    ),
    (
        "allow_static_linking",
        "crates are always loaded once for all cells",
    ),
    ("types", ":type tells the type of a variable"),
    ("efmt", "errors of ? are shown by their Display"),
    (
        "time_passes",
        ":timing says how long a cell took to compile and to run",
    ),
    (
        "last_error_json",
        "the error itself has all that the compiler said",
    ),
    ("load_config", "there is no configuration file of evcxr's"),
    (
        "internal_debug",
        "there is nothing of evcxr's to be debugged",
    ),
];

/// A command, and where it stands in the cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub name: String,
    pub arguments: String,
    pub range: Range<usize>,
}

/// The commands of a cell, and the cell with blanks in their place, so that all
/// else stays where it is. Inside of brackets and quotes all is Rust.
pub(super) fn split(text: &str) -> (Vec<Command>, String) {
    let (mut commands, mut rest) = (vec![], String::with_capacity(text.len()));
    let (mut at, mut open) = (0, Open::default());
    for line in text.split_inclusive('\n') {
        match lines::command(line).filter(|_| !open.is_open()) {
            Some(command) => {
                let (name, arguments) = command
                    .split_once(char::is_whitespace)
                    .unwrap_or((command, ""));
                let from = at + line.len() - line.trim_start().len();
                commands.push(Command {
                    name: name.into(),
                    arguments: arguments.trim().into(),
                    range: from..from + line.trim().len(),
                });
                let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
                // A character of several bytes leaves as many blanks.
                rest.extend(
                    line.chars()
                        .flat_map(|c| std::iter::repeat_n(blank(c), c.len_utf8())),
                );
            }
            None => {
                open.read(line);
                rest.push_str(line);
            }
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

    #[test]
    fn a_line_inside_of_a_string_is_no_command() {
        let text = ":env A=\"\nlet s = \"\n:version\n\";\nf(\n:vars)";
        let (commands, rest) = split(text);
        assert_eq!((commands.len(), &*commands[0].name), (1, "env"));
        assert!(rest.ends_with(&text[9..]), "{rest}");
    }
}
