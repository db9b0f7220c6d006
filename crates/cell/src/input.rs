//! Input through the front end.

use crate::wire;

/// Why there is no input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError(String);

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InputError {}

/// Asks the learner for a line.
///
/// ```no_run
/// let name = cell::input("name? ");
/// println!("hello, {name}");
/// ```
///
/// # Panics
/// When the front end takes no input; [`try_input`] gives that as an error.
pub fn input(prompt: &str) -> String {
    try_input(prompt).unwrap_or_else(|error| panic!("{error}"))
}

/// Asks for a line that the front end does not show.
///
/// # Panics
/// As [`input`].
pub fn password(prompt: &str) -> String {
    ask(prompt, "secret").unwrap_or_else(|error| panic!("{error}"))
}

/// Asks the learner for a line.
///
/// # Errors
/// When the front end takes no input, or there is none.
pub fn try_input(prompt: &str) -> Result<String, InputError> {
    ask(prompt, "")
}

fn ask(prompt: &str, how: &str) -> Result<String, InputError> {
    use std::io::Write;
    let _ = std::io::stdout().flush();
    match wire::ask(prompt, how) {
        Ok(answer) => answer.map_err(InputError),
        Err(error) => Err(InputError(format!("there is no notebook to ask: {error}"))),
    }
}
