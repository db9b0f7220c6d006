//! Variables that stay from cell to cell.

use crate::wire;
use std::alloc::Layout;
use std::any::{Any, type_name};
use std::collections::HashMap;

/// The variables of a session, by name. A cell takes those that it names out,
/// and puts them and its own back at its end.
#[derive(Default)]
pub struct Store {
    variables: HashMap<String, Variable>,
}

struct Variable {
    value: Box<dyn Any>,
    type_name: &'static str,
    size: usize,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let types = self.variables.iter().map(|(name, v)| (name, v.type_name));
        f.debug_map().entries(types).finish()
    }
}

impl Store {
    /// Keeps a variable; one of the same name before it is dropped.
    pub fn put<T: 'static>(&mut self, name: &str, value: T) {
        self.keep(
            name,
            Variable {
                value: Box::new(value),
                type_name: type_name::<T>(),
                size: size_of::<T>(),
            },
        );
    }

    // Not generic: compiled once, here, and not in every cell.
    fn keep(&mut self, name: &str, variable: Variable) {
        self.variables.insert(name.to_owned(), variable);
    }

    /// Takes a variable out.
    ///
    /// # Panics
    /// When there is none of this name and type: the evaluator writes the cell
    /// so that there is.
    pub fn take<T: 'static>(&mut self, name: &str) -> T {
        let layout = Layout::new::<T>();
        match self.out(name, layout, type_name::<T>()).downcast() {
            Ok(value) => *value,
            Err(_) => not_a(name, type_name::<T>()),
        }
    }

    // A type that is defined anew is the same one to `Any`, and the evaluator
    // lets go of its variables. One that it has overlooked is not read as what
    // it is not, as far as that can be seen.
    fn out(&mut self, name: &str, layout: Layout, of: &str) -> Box<dyn Any> {
        match self.variables.remove(name) {
            Some(variable) if Layout::for_value(&*variable.value) != layout => {
                // What it was its destructor does not know.
                std::mem::forget(variable.value);
                not_a(name, of)
            }
            Some(variable) => variable.value,
            None => panic!("the variable `{name}` is not in the store"),
        }
    }

    /// Tells the evaluator what is there.
    pub(crate) fn tell(&self) {
        for (name, variable) in &self.variables {
            let size = variable.size.to_string();
            wire::send(wire::VARIABLE, &[name, variable.type_name, &size]);
        }
    }
}

#[cold]
fn not_a(name: &str, of: &str) -> ! {
    panic!("the variable `{name}` is not a {of}, or not as that is defined now")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_comes_back_as_it_was_put() {
        let mut store = Store::default();
        store.put("x", vec![1, 2]);
        assert_eq!(store.take::<Vec<i32>>("x"), [1, 2]);
    }

    #[test]
    #[should_panic(expected = "`x` is not a u8")]
    fn another_type_is_refused() {
        let mut store = Store::default();
        store.put("x", 1i32);
        store.take::<u8>("x");
    }
}
