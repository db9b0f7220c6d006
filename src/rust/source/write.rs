//! Writes a cell into a crate that can be compiled: with what the session
//! knows around it, and the variables that it names loaded and kept.

use super::cell::Cell;
use super::session::{Placed, Session};
use super::text::{Origin, Source};
use crate::rust::wire::Timed;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A cell to be written.
#[derive(Debug)]
pub(crate) struct Writing<'a> {
    pub session: &'a Session,
    pub number: usize,
    pub text: &'a str,
    pub cell: &'a Cell,
    /// Whether `lab`'s prelude is in scope.
    pub lab: bool,
    /// Whether the value is shown by `{:#?}`.
    pub pretty: bool,
    /// Whether there is a value at all: code that never comes to its end has
    /// none that could be shown.
    pub ends: bool,
    /// Variables that are not kept, after all.
    pub unkept: &'a BTreeSet<String>,
    /// Those of them that borrow and are let go of before others are kept: a
    /// guard would hold what it guards.
    pub ended: &'a BTreeSet<String>,
    /// Variables that cannot be loaded, after all.
    pub unloaded: &'a BTreeSet<String>,
    /// Code before and after the cell's own, which a cell magic adds.
    pub before: &'a str,
    pub after: &'a str,
    /// Where the cell is run again and again.
    pub timed: Option<&'a Timed>,
    /// Whether it awaits.
    pub awaits: bool,
}

/// Before code that awaits, behind what waits for it. What it gives at its end is
/// told at once: an early `return` of something else is the mistake then.
fn begin_async(end: &str) -> String {
    format!("(async {{\nif false {{ return {end}; }}\n")
}

/// Behind it.
const DONE_ASYNC: &str = " })\n";
/// What a cell gives at its end: whatever the learner calls `Ok` or `Result`.
const KEPT: &str =
    "::core::result::Result::Ok::<_, ::threadlab_cell::Failure>(::threadlab_cell::Kept)";
/// The same of code that is run again and again.
const RAN: &str = "::core::result::Result::Ok::<(), ::threadlab_cell::Failure>(())";

impl Writing<'_> {
    /// The crate.
    pub(crate) fn write(&self) -> Source {
        let mut source = Source::default();
        source.frame(
            "#![allow(unused, dead_code, non_snake_case, non_upper_case_globals)]\n\
             #![warn(unused_must_use)]\n",
        );
        for attribute in &self.session.attributes {
            source.frame(attribute);
            source.frame("\n");
        }
        self.parts(&mut source, &self.cell.attributes);
        if self.lab {
            source.frame("use ::lab::prelude::*;\n");
        }
        for import in self.session.imports_left_by(self.cell) {
            source.frame(&format!("use {};\n", import.path));
        }
        for used in &self.cell.uses {
            source.cell(self.number, self.text, used.range.clone());
            source.frame("\n");
        }
        for placed in self.session.items_with(self.cell) {
            match placed {
                Placed::New(new) => source.cell(self.number, self.text, new.range.clone()),
                Placed::Old(old) => {
                    let (number, at) = (old.from.cell, old.from.from);
                    source.add(self.session.text(old.from), Origin::Cell { number, at });
                }
            }
            source.frame("\n");
        }
        source.frame(
            "#[unsafe(no_mangle)]\n\
             pub fn threadlab_cell(__store: &mut ::threadlab_cell::Store) -> ::core::result::Result<::threadlab_cell::Kept, ::threadlab_cell::Failure> {\n",
        );
        let awaits = self.awaits && self.timed.is_none();
        if awaits {
            source.frame(if self.has_tokio() {
                "::tokio::runtime::Runtime::new()?.block_on"
            } else {
                "::threadlab_cell::block_on"
            });
            source.frame(&begin_async(KEPT));
        }
        self.body(&mut source);
        source.frame(KEPT);
        source.frame(if awaits { DONE_ASYNC } else { "\n" });
        source.frame("}\n");
        source
    }

    fn has_tokio(&self) -> bool {
        self.session.dependencies.contains_key("tokio")
    }

    fn parts(&self, source: &mut Source, ranges: &[std::ops::Range<usize>]) {
        for range in ranges {
            source.cell(self.number, self.text, range.clone());
            source.frame("\n");
        }
    }

    fn body(&self, source: &mut Source) {
        let loaded = self.loaded();
        for name in &loaded {
            let variable = &self.session.variables[*name];
            let mutable = if variable.mutable { "mut " } else { "" };
            let line = format!(
                "let {mutable}{name}: {} = __store.take({name:?});\n",
                variable.named
            );
            source.add(&line, Origin::Load((*name).clone()));
        }
        if !self.before.is_empty() {
            source.frame(self.before);
            source.frame("\n");
        }
        if let Some(timed) = self.timed {
            self.timed(source, timed);
            self.keep(source, &loaded);
            return;
        }
        self.statements(source, &self.cell.statements);
        match &self.cell.value {
            // A cell magic's own last expression is the value then.
            Some(range) if !self.after.is_empty() => {
                source.cell(self.number, self.text, range.clone());
                source.frame(";\n");
                self.shown(source, |source| source.frame(self.after));
            }
            Some(value) => self.shown(source, |source| {
                let shown = self.cell.shown.as_ref().unwrap_or(value);
                source.cell(self.number, self.text, shown.clone());
            }),
            None if !self.after.is_empty() => self.shown(source, |s| s.frame(self.after)),
            None => {}
        }
        self.keep(source, &loaded);
    }

    fn statements(&self, source: &mut Source, ranges: &[std::ops::Range<usize>]) {
        for range in ranges {
            source.cell(self.number, self.text, range.clone());
            // So that one that lacks its own says so, and nothing of ours.
            source.frame("\n;\n");
        }
    }

    /// The statements in a closure that is called again and again.
    fn timed(&self, source: &mut Source, timed: &Timed) {
        let before = |range: &std::ops::Range<usize>| range.start < timed.from;
        let statements = self.cell.statements.iter().cloned();
        let (setup, code): (Vec<_>, Vec<_>) = statements.partition(before);
        self.statements(source, &setup);
        let awaits = self.awaits;
        if awaits && self.has_tokio() {
            source.frame("let __runtime = ::tokio::runtime::Runtime::new()?;\n");
        }
        source.frame(&format!(
            "::threadlab_cell::timed({:?}, {:?}, || -> ::core::result::Result<(), ::threadlab_cell::Failure> {{\n",
            timed.loops, timed.repeats
        ));
        if awaits {
            source.frame(if self.has_tokio() {
                "__runtime.block_on"
            } else {
                "::threadlab_cell::block_on"
            });
            source.frame(&begin_async(RAN));
        }
        self.statements(source, &code);
        if let Some(value) = &self.cell.value {
            source.frame("::std::hint::black_box(");
            source.cell(self.number, self.text, value.clone());
            source.frame("\n);\n");
        }
        source.frame(RAN);
        source.frame(if awaits { DONE_ASYNC } else { "\n" });
        source.frame("})?;\n");
    }

    fn keep(&self, source: &mut Source, loaded: &[&String]) {
        let ended = self.cell.bindings.iter().map(|binding| &binding.name);
        for name in ended.filter(|name| self.ended.contains(*name)) {
            let line = format!("{{ let _over = {name}; }}\n");
            source.add(&line, Origin::Keep(name.clone()));
        }
        for name in self.kept(loaded) {
            let line = format!("__store.put({name:?}, {name});\n");
            source.add(&line, Origin::Keep(name.clone()));
        }
    }

    fn shown(&self, source: &mut Source, value: impl FnOnce(&mut Source)) {
        if !self.ends {
            value(source);
            source.frame("\n;\n");
            return;
        }
        source.add("match &(", Origin::Show);
        value(source);
        let end = "\n) { __value => { use ::threadlab_cell::ByDebug as _; let _shown = ::threadlab_cell::shown(PRETTY); \
             __value.evcxr_display(); } }\n";
        let pretty = if self.pretty { "true" } else { "false" };
        source.add(&end.replace("PRETTY", pretty), Origin::Show);
    }

    /// Variables of the session that the cell names.
    fn loaded(&self) -> Vec<&String> {
        let named = |name: &&String| {
            // A cell magic makes a `lab` of its own, and that of the session stays.
            let made = *name == "lab" && !self.before.is_empty();
            let bare = name.trim_start_matches("r#");
            self.cell.names.contains(bare) && !self.unloaded.contains(*name) && !made
        };
        self.session.variables.keys().filter(named).collect()
    }

    fn kept(&self, loaded: &[&String]) -> Vec<String> {
        let made = self.cell.bindings.iter().map(|binding| &binding.name);
        let made = made.filter(|_| self.timed.is_none());
        let mut all: Vec<String> = loaded.iter().copied().chain(made).cloned().collect();
        let mut seen = BTreeSet::new();
        all.retain(|name| !self.unkept.contains(name) && name != "_" && seen.insert(name.clone()));
        all
    }
}

/// What stands for a session where code is to be completed or explained: its
/// `use`s, items and variables without their values.
pub(crate) fn declarations(session: &Session, lab: bool) -> String {
    let mut text = String::new();
    if lab {
        text.push_str("use ::lab::prelude::*;\n");
    }
    for import in &session.imports {
        let _ = writeln!(text, "use {};", import.path);
    }
    for item in &session.items {
        let _ = writeln!(text, "{}", session.text(item.from));
    }
    for (name, variable) in &session.variables {
        let mutable = if variable.mutable { "mut " } else { "" };
        let _ = writeln!(text, "let {mutable}{name}: {} = loop {{}};", variable.named);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::session::Variable;
    use super::*;

    fn written(session: &Session, text: &str) -> String {
        written_as(session, text, None)
    }

    fn with_variables(names: &[&str]) -> Session {
        let mut session = Session::default();
        for name in names {
            let variable = Variable {
                told: "i32".into(),
                named: "i32".into(),
                mutable: *name == "x",
                size: 4,
            };
            session.variables.insert((*name).into(), variable);
        }
        session
    }

    fn written_as(session: &Session, text: &str, timed: Option<&Timed>) -> String {
        written_below("", session, text, timed)
    }

    fn written_below(before: &str, session: &Session, text: &str, timed: Option<&Timed>) -> String {
        let cell = Cell::read(text);
        let none = BTreeSet::new();
        let source = Writing {
            session,
            number: 2,
            text,
            cell: &cell,
            lab: false,
            pretty: false,
            ends: true,
            unkept: &none,
            ended: &none,
            unloaded: &none,
            before,
            after: "",
            timed,
            awaits: cell.awaits,
        }
        .write();
        let text = source.text();
        text[text.find("pub fn threadlab_cell").unwrap()..].to_owned()
    }

    #[test]
    fn a_cell_loads_what_it_names_and_keeps_what_it_makes() {
        insta::assert_snapshot!(written(&with_variables(&["x", "y"]), "let z = x + 1;\nz"), @r#"
        pub fn threadlab_cell(__store: &mut ::threadlab_cell::Store) -> ::core::result::Result<::threadlab_cell::Kept, ::threadlab_cell::Failure> {
        let mut x: i32 = __store.take("x");
        let z = x + 1;
        ;
        match &(z
        ) { __value => { use ::threadlab_cell::ByDebug as _; let _shown = ::threadlab_cell::shown(false); __value.evcxr_display(); } }
        __store.put("x", x);
        __store.put("z", z);
        ::core::result::Result::Ok::<_, ::threadlab_cell::Failure>(::threadlab_cell::Kept)
        }
        "#);
    }

    #[test]
    fn a_variable_of_a_raw_name_is_loaded() {
        let written = written(&with_variables(&["r#type"]), "r#type + 1");
        assert!(written.contains("let r#type: i32"), "{written}");
    }

    #[test]
    fn below_a_cell_magic_the_lab_is_the_magics_own() {
        let session = with_variables(&["lab"]);
        let own = "let lab = Lab::new();";
        let written = written_below(own, &session, "lab.task()", None);
        assert!(
            written.contains(own) && !written.contains("__store."),
            "{written}"
        );
    }

    #[test]
    fn timed_code_stands_in_a_closure_behind_what_runs_once_and_keeps_nothing_new() {
        let text = "let n = 9;\nlet y = n + 1;\ny * 2";
        let timed = Timed {
            from: 11,
            loops: Some(5),
            repeats: None,
        };
        let written = written_as(&Session::default(), text, Some(&timed));
        let at = |part: &str| {
            written
                .find(part)
                .unwrap_or_else(|| panic!("{part}: {written}"))
        };
        assert!(at("let n = 9;") < at("timed(Some(5), None, ||"));
        assert!(at("timed(Some(5), None, ||") < at("let y = n + 1;"));
        assert!(at("black_box(y * 2") < at("})?;"));
        assert!(!written.contains("put"), "{written}");
    }
}
