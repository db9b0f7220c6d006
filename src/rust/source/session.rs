//! What stays from cell to cell: items, `use`s, dependencies, and the names and
//! types of variables. Their values are the child's.

use super::cell::{Cell, Defined, Import};
use super::key::Key;
use super::naming;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a session knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub attributes: Vec<String>,
    pub imports: Vec<Import>,
    pub items: Vec<Item>,
    /// What `:dep` asked for: name, and what stands right of the `=`.
    pub dependencies: BTreeMap<String, String>,
    pub variables: BTreeMap<String, Variable>,
    /// Variables that are no longer there, and why.
    pub gone: BTreeMap<String, String>,
    /// The cells that items come from, by their keys.
    pub cells: BTreeMap<usize, String>,
}

/// An item of an earlier cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub from: Place,
    pub key: Key,
    /// What the layout of values may depend on.
    pub shape: String,
    pub is_value: bool,
    pub names: BTreeSet<String>,
}

/// A part of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub cell: usize,
    pub from: usize,
    pub to: usize,
}

/// A variable that the child holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Variable {
    /// Its type, as it was told at run time.
    pub told: String,
    /// Its type, as code names it.
    pub named: String,
    pub mutable: bool,
    /// In bytes, without what it points to.
    pub size: u64,
}

/// Names of types that code has without a `use`.
const PRELUDE: [&str; 22] = [
    "Box", "Option", "Result", "String", "Vec", "bool", "char", "f32", "f64", "i8", "i16", "i32",
    "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128", "usize",
];

/// Keys of cells with the same number lie so far apart.
const APART: usize = 1_000_000_000;

/// The number of a cell, as a learner sees it, by its key.
pub(crate) fn number(key: usize) -> usize {
    key % APART
}

impl Session {
    /// The key of a cell. Pieces of one cell between magics have its number in
    /// common, as silent cells have that of the cell before them, and each has
    /// its own text.
    pub(crate) fn key(&self, number: usize, text: &str) -> usize {
        let mut key = number;
        while self.cells.get(&key).is_some_and(|known| known != text) {
            key += APART;
        }
        key
    }

    /// The text of a part of an earlier cell.
    pub(crate) fn text(&self, place: Place) -> &str {
        self.cells
            .get(&place.cell)
            .and_then(|cell| cell.get(place.from..place.to))
            .unwrap_or("")
    }

    /// What is gone when all of it is forgotten, in words.
    pub(crate) fn forgotten(&self) -> String {
        let items = self.items.iter().filter_map(|item| match &item.key {
            Key::Named(name) => Some(name.clone()),
            Key::Macro(name) => Some(format!("{name}!")),
            Key::Names(names) => Some(Vec::from_iter(names.clone()).join(", ")),
            Key::Impl { .. } | Key::Text(_) => None,
        });
        let imports = self.imports.iter().map(|import| import.name.clone());
        let kinds: [(&str, Vec<String>); 4] = [
            ("variables", self.variables.keys().cloned().collect()),
            ("functions, types and other items", items.collect()),
            ("imports", imports.collect()),
            ("dependencies", self.dependencies.keys().cloned().collect()),
        ];
        let told = kinds.iter().filter(|(_, names)| !names.is_empty());
        let lines: String = told
            .map(|(kind, names)| format!("{kind}: {}\n", names.join(", ")))
            .collect();
        if lines.is_empty() {
            return "there was nothing to forget\n".into();
        }
        format!("forgotten:\n{lines}")
    }

    /// What this session has brought into scope, as far as a cell leaves it there.
    pub(crate) fn imports_left_by(&self, cell: &Cell) -> impl Iterator<Item = &Import> {
        let brought = brought(cell);
        // A function may have the name of a module: where it takes the name of
        // another function, the compiler says so.
        let named = cell.items.iter().filter_map(|item| match &item.key {
            Key::Named(name) if !item.is_value => Some(name),
            _ => None,
        });
        let named: BTreeSet<&String> = named.collect();
        let left = move |import: &&Import| {
            !brought.contains(&import.name) && !named.contains(&import.name)
        };
        self.imports.iter().filter(left)
    }

    /// The items that there are with those of a cell, in the order in which they
    /// have to stand: macros come before their use, so that a new one takes the
    /// place of the one before it. All else stands at the end.
    pub(crate) fn items_with<'a>(&'a self, cell: &'a Cell) -> Vec<Placed<'a>> {
        let brought = brought(cell);
        let mut placed = vec![];
        let mut new: Vec<Option<&Defined>> = cell.items.iter().map(Some).collect();
        for old in &self.items {
            let replaces = |new: &Defined| new.key.replaces(&old.key);
            match (&old.key, cell.items.iter().position(replaces)) {
                (Key::Macro(_), Some(at)) => placed.extend(new[at].take().map(Placed::New)),
                (_, Some(_)) => {}
                (Key::Named(name), None) if brought.contains(name) => {}
                (_, None) => placed.push(Placed::Old(old)),
            }
        }
        placed.extend(new.into_iter().flatten().map(Placed::New));
        placed
    }

    /// Forgets variables whose names a cell gives to functions, constants and
    /// statics.
    pub(crate) fn end_variables(&mut self, cell: &Cell) {
        for item in cell.items.iter().filter(|item| item.is_value) {
            if let Key::Named(name) = &item.key {
                self.variables.remove(name);
            }
        }
    }

    /// Takes an item out that a cell does not go with: what it is, in words, and
    /// the variables that are lost with it, with their types.
    pub(crate) fn leave_out(&mut self, at: usize) -> (String, Vec<(String, String)>) {
        let item = &self.items[at];
        let text = self.text(item.from);
        let first_line = |until: char| text.split(until).next().unwrap_or_default().trim();
        let what = match &item.key {
            Key::Named(name) => name.clone(),
            Key::Macro(name) => format!("{name}!"),
            Key::Names(names) => Vec::from_iter(names.clone()).join(", "),
            Key::Impl { .. } => first_line('{').to_owned(),
            Key::Text(_) => first_line('\n').to_owned(),
        };
        let what = format!("`{what}` of cell {}", number(item.from.cell));
        let (mut changed, mut touched) = (BTreeSet::new(), BTreeSet::new());
        match &item.key {
            _ if item.shape.is_empty() => {}
            Key::Named(name) | Key::Macro(name) => changed.extend([name.clone()]),
            Key::Impl { header, .. } => touched.extend(self.items_in(header)),
            Key::Names(_) | Key::Text(_) => {}
        }
        let types = self.with_all_made_of(changed, touched);
        let lost = self.forget_of(&types);
        self.items.remove(at);
        (what, lost)
    }

    /// Types of this session that a cell defines anew, with those that are made
    /// of what it gives another meaning: a value of one of them would be read as
    /// what it is not.
    pub(crate) fn redefined(&self, cell: &Cell) -> BTreeSet<String> {
        let mut changed = BTreeSet::new();
        // Names by which an array may be so long as it was not before.
        let mut touched = BTreeSet::new();
        for old in self.items.iter().filter(|old| !old.shape.is_empty()) {
            let replaces = |new: &&Defined| new.key.replaces(&old.key);
            match (cell.items.iter().find(replaces), &old.key) {
                (Some(new), Key::Impl { header, .. }) if new.shape != old.shape => {
                    touched.extend(self.items_in(header));
                }
                (Some(new), Key::Named(name) | Key::Macro(name)) if new.shape != old.shape => {
                    changed.insert(name.clone());
                }
                _ => {}
            }
        }
        // A name that comes to mean something else.
        let brought = cell.uses.iter().flat_map(|used| &used.imports);
        let brought = brought.filter(|new| !self.imports.contains(new));
        let brought = brought.map(|import| (&import.name, self.has_item(&import.name)));
        let defined = cell.items.iter().filter_map(|new| match &new.key {
            Key::Named(name) | Key::Macro(name) => Some((name, false)),
            Key::Names(_) | Key::Impl { .. } | Key::Text(_) => None,
        });
        for (name, was_item) in brought.chain(defined) {
            let imported = self.imports.iter().any(|import| import.name == *name);
            if was_item || imported || !self.has_item(name) && self.shadows(name) {
                changed.insert(name.clone());
            }
        }
        self.with_all_made_of(changed, touched)
    }

    /// Names that have changed, with those of all types that are made of them or
    /// of what computes with the names that are touched.
    fn with_all_made_of(
        &self,
        mut changed: BTreeSet<String>,
        mut touched: BTreeSet<String>,
    ) -> BTreeSet<String> {
        loop {
            let means_another = |name: &String| changed.contains(name) || touched.contains(name);
            let more: Vec<String> = (self.items.iter().filter(|item| !item.shape.is_empty()))
                .filter_map(|item| match &item.key {
                    Key::Named(own) | Key::Macro(own) if !changed.contains(own) => {
                        let mut others = item.names.iter().filter(|name| *name != own);
                        others.any(means_another).then(|| own.clone())
                    }
                    _ => None,
                })
                .collect();
            // What an `impl` computes of it.
            let impls = self.items.iter().filter_map(|item| match &item.key {
                Key::Impl { header, .. } if !item.shape.is_empty() => Some((header, item)),
                _ => None,
            });
            let further: Vec<String> = impls
                .filter(|(_, item)| item.names.iter().any(means_another))
                .flat_map(|(header, _)| self.items_in(header))
                .filter(|name| !means_another(name))
                .collect();
            if more.is_empty() && further.is_empty() {
                return changed;
            }
            changed.extend(more);
            touched.extend(further);
        }
    }

    /// Items of this session that the header of an `impl` names.
    fn items_in(&self, header: &str) -> Vec<String> {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let words = header.split(|c| !word(c));
        let of_ours = words.filter(|word| self.has_item(word));
        of_ours.map(String::from).collect()
    }

    /// Whether an item of this key is a function, a constant or a static.
    pub(crate) fn is_value(&self, key: &Key) -> bool {
        let mut items = self.items.iter();
        items.any(|item| item.is_value && item.key == *key)
    }

    fn has_item(&self, name: &str) -> bool {
        let called = |item: &Item| matches!(&item.key, Key::Named(n) | Key::Macro(n) if n == name);
        self.items.iter().any(called)
    }

    /// Whether a name that nothing here has may have meant something: by a
    /// prelude, or by what a glob has brought.
    fn shadows(&self, name: &str) -> bool {
        let globs = self.imports.iter().any(|import| import.name.ends_with('*'));
        globs || PRELUDE.contains(&name) || lab::prelude::NAMES.contains(&name)
    }

    /// Forgets variables of types that were defined anew; their names.
    pub(crate) fn forget_of(&mut self, types: &BTreeSet<String>) -> Vec<(String, String)> {
        let mut lost = vec![];
        for (name, variable) in &self.variables {
            if let Some(of) = types.iter().find(|t| naming::mentions(&variable.told, t)) {
                lost.push((name.clone(), of.clone()));
            }
        }
        for (name, of) in &lost {
            self.variables.remove(name);
            let why = format!("its type `{of}` was defined anew");
            self.gone.insert(name.clone(), why);
        }
        lost
    }

    /// Takes over what a cell has defined.
    pub(crate) fn take(&mut self, number: usize, cell: &Cell, text: &str) {
        if cell.uses.is_empty() && cell.items.is_empty() && cell.attributes.is_empty() {
            return;
        }
        let place = |range: &std::ops::Range<usize>| Place {
            cell: number,
            from: range.start,
            to: range.end,
        };
        let mut imports: Vec<Import> = self.imports_left_by(cell).cloned().collect();
        imports.extend(cell.uses.iter().flat_map(|used| used.imports.clone()));
        let items = self
            .items_with(cell)
            .into_iter()
            .map(|placed| match placed {
                Placed::Old(old) => old.clone(),
                Placed::New(new) => Item {
                    from: place(&new.range),
                    key: new.key.clone(),
                    shape: new.shape.clone(),
                    is_value: new.is_value,
                    names: new.names.clone(),
                },
            });
        let items = items.collect();
        (self.imports, self.items) = (imports, items);
        let attributes = cell.attributes.iter().map(|r| text[r.clone()].to_owned());
        for attribute in attributes {
            if !self.attributes.contains(&attribute) {
                self.attributes.push(attribute);
            }
        }
        self.cells.insert(number, text.to_owned());
        let used: BTreeSet<usize> = self.items.iter().map(|item| item.from.cell).collect();
        self.cells.retain(|number, _| used.contains(number));
    }
}

/// An item of a session, or of a cell that is about to become a part of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Placed<'a> {
    Old(&'a Item),
    New(&'a Defined),
}

/// Names that a cell brings into scope.
fn brought(cell: &Cell) -> BTreeSet<&String> {
    let imports = cell.uses.iter().flat_map(|used| &used.imports);
    imports.map(|import| &import.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(cells: &[&str]) -> Session {
        let mut session = Session::default();
        for (number, text) in (1..).zip(cells) {
            session.take(number, &Cell::read(text), text);
        }
        session
    }

    fn variable(told: &str) -> Variable {
        Variable {
            told: told.into(),
            named: told.into(),
            mutable: false,
            size: 0,
        }
    }

    fn texts(session: &Session) -> Vec<&str> {
        let imports = session.imports.iter().map(|import| &*import.path);
        imports
            .chain(session.items.iter().map(|i| session.text(i.from)))
            .collect()
    }

    #[test]
    fn importing_a_name_again_leaves_the_others_of_its_list() {
        let session = session(&["use a::{b, c};", "use x::b;"]);
        assert_eq!(texts(&session), ["a::c", "x::b"]);
    }

    #[test]
    fn a_name_that_comes_to_mean_another_type_is_redefined() {
        let session = session(&["use a::P;\nstruct Q(P);\nstruct R;"]);
        let of = |text: &str| session.redefined(&Cell::read(text));
        assert_eq!(of("use b::P;"), ["P", "Q"].map(String::from).into());
        assert_eq!(of("struct P;"), ["P", "Q"].map(String::from).into());
        assert_eq!(of("use b::R;"), ["R"].map(String::from).into());
        assert_eq!(of("use a::P;"), BTreeSet::new());
    }

    #[test]
    fn an_item_of_the_same_name_takes_the_place_of_the_one_before() {
        let session = session(&["fn a() {}\nfn b() {}", "fn a() { 1; }", "use x::b;"]);
        assert_eq!(texts(&session), ["x::b", "fn a() { 1; }"]);
        assert_eq!(session.cells.len(), 1);
    }

    #[test]
    fn pieces_of_one_cell_keep_their_texts() {
        let mut session = session(&["fn a() {}"]);
        let second = "\n\nfn b() {}";
        let key = session.key(1, second);
        session.take(key, &Cell::read(second), second);
        assert_eq!(texts(&session), ["fn a() {}", "fn b() {}"]);
        assert_eq!((number(key), session.key(1, "fn a() {}")), (1, 1));
    }

    #[test]
    fn a_type_is_redefined_with_all_that_is_made_of_it() {
        let session = session(&["struct P;\nstruct Q(P);\nstruct R(Q);\nstruct S;"]);
        let of = |text: &str| session.redefined(&Cell::read(text));
        assert_eq!(
            of("struct P(i32);"),
            ["P", "Q", "R"].map(String::from).into()
        );
        assert_eq!(of("struct P;"), BTreeSet::new());
    }

    #[test]
    fn what_a_length_is_computed_by_redefines_the_type() {
        let lost = |before: &str, now: &str| session(&[before]).redefined(&Cell::read(now));
        let p: BTreeSet<String> = ["P".to_owned()].into();
        for (before, now) in [
            ("const fn n() -> usize { 1 }", "const fn n() -> usize { 2 }"),
            (
                "const fn m() -> usize { 1 }\nconst fn n() -> usize { m() }",
                "const fn m() -> usize { 2 }",
            ),
        ] {
            let of = format!("{before}\nstruct P([u8; n()]);\nstruct Other;");
            let lost = lost(&of, now);
            assert!(lost.contains("P") && !lost.contains("Other"), "{lost:?}");
        }
        let of_x = "struct X;\nimpl X { const N: usize = 1; fn other() {} }\nstruct P([u8; X::N]);";
        assert_eq!(
            lost(of_x, "impl X { const N: usize = 2; fn other() {} }"),
            p
        );
        assert_eq!(
            lost(
                of_x,
                "impl X { const N: usize = 1; fn other() { loop {} } }"
            ),
            [].into()
        );
        let of_m = "macro_rules! t { () => { u8 } }\nstruct P(t!());";
        assert!(lost(of_m, "macro_rules! t { () => { u64 } }").contains("P"));
        assert!(lost("struct P(String);", "struct String([u64; 9]);").contains("P"));
        // A path is not the name that a `use` brings for the first time.
        let path = "struct P(std::collections::HashMap<u8, u8>);\nfn f() {}";
        assert_eq!(
            lost(path, "use std::collections::HashMap;\nfn f() { loop {} }"),
            [].into()
        );
    }

    #[test]
    fn variables_of_a_redefined_type_are_forgotten() {
        let mut session = session(&["struct P;"]);
        session
            .variables
            .insert("p".into(), variable("alloc::vec::Vec<notebook::P>"));
        session.variables.insert("x".into(), variable("i32"));
        let lost = session.forget_of(&["P".to_owned()].into());
        assert_eq!(lost, [("p".to_owned(), "P".to_owned())]);
        assert_eq!(session.variables.keys().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn a_macro_takes_the_place_of_the_one_before_it_and_all_else_stands_at_the_end() {
        let session = session(&[
            "macro_rules! m { () => { 1 } }\nfn a() { m!() }\nfn b() {}",
            "fn b() { n!() }\nmacro_rules! n { () => { 2 } }\nmacro_rules! m { () => { n!() } }",
        ]);
        let keys = session.items.iter().map(|item| match &item.key {
            Key::Named(name) | Key::Macro(name) => name.as_str(),
            _ => "",
        });
        assert_eq!(keys.collect::<Vec<_>>(), ["m", "a", "b", "n"]);
    }

    #[test]
    fn a_function_leaves_a_module_of_its_name_and_a_type_does_not() {
        let mut session = session(&["use std::fmt;\nuse x::T;", "fn fmt() {}\nstruct T;"]);
        let imports = session.imports.iter().map(|import| &*import.name);
        assert_eq!(imports.collect::<Vec<_>>(), ["fmt"]);
        session.variables.insert("x".into(), variable("i32"));
        session.end_variables(&Cell::read("fn x() {}"));
        assert!(session.variables.is_empty());
    }

    #[test]
    fn what_is_left_out_takes_variables_of_its_type_along() {
        let mut session = session(&["struct P;\nstruct Q(P);\nimpl P { fn f() {} }"]);
        session
            .variables
            .insert("q".into(), variable("notebook::Q"));
        let (what, lost) = session.leave_out(2);
        assert_eq!((&*what, lost), ("`impl P` of cell 1", vec![]));
        let (what, lost) = session.leave_out(0);
        assert_eq!(what, "`P` of cell 1");
        assert_eq!(lost, [("q".to_owned(), "Q".to_owned())]);
    }
}
