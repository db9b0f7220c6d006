//! Code on a magic's own line: its options apart, and the code in its place.

use super::words::words;
use crate::magic::{self, Magic};
use clap::{Arg, Command};

/// The words of a magic that takes code: its options, and after them the code as
/// it stands, quotes and all. It keeps its place in the cell: what is before it
/// is blank. `rest` is what follows the magic's name on its `line`.
pub(super) fn with_code(above: &str, line: &str, rest: &str, magic: &Magic) -> Vec<String> {
    let (mut words, code) = options((magic.command)(), rest);
    let code = code.trim();
    if !code.is_empty() {
        let at = line.rfind(code).unwrap_or_default();
        let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
        let before: String = above.chars().chain(line[..at].chars()).map(blank).collect();
        words.push(format!("--{}={before}{code}", magic::CODE));
    }
    words
}

/// Where the code begins on a magic's own line, in bytes of it.
pub(super) fn code_from(line: &str, magic: &Magic) -> usize {
    let name = line.find(magic.name).map_or(0, |at| at + magic.name.len());
    let (_, code) = options((magic.command)(), &line[name..]);
    // The code is the line's end.
    line.len() - code.len()
}

/// A command's options at the front of a text, and what follows them; `--` ends
/// them.
fn options(command: Command, text: &str) -> (Vec<String>, &str) {
    let typed = words(text);
    let begins = |at: usize| typed.get(at).map_or(text.len(), |word| word.start);
    let mut options = vec![];
    let mut at = 0;
    while let Some(word) = typed.get(at) {
        if word.text == "--" {
            return (options, &text[begins(at + 1)..]);
        }
        let Some(arg) = option(&command, &word.text) else {
            break;
        };
        options.push(word.text.clone());
        at += 1;
        // The value is the next word, unless it is a part of this one.
        let alone = word.text.len() == 2 || word.text.starts_with("--");
        let takes = arg.is_some_and(|arg| arg.get_action().takes_values());
        if takes && alone && !word.text.contains('=') {
            options.extend(typed.get(at).map(|value| value.text.clone()));
            at += 1;
        }
    }
    (options, &text[begins(at)..])
}

/// Whether a word is an option rather than Rust with a minus before it, and the
/// one that it is.
fn option<'c>(command: &'c Command, word: &str) -> Option<Option<&'c Arg>> {
    if let Some(long) = word.strip_prefix("--") {
        let name = long.split('=').next().unwrap_or_default();
        let named = name.starts_with(|c: char| c.is_alphabetic());
        let mut all = command.get_arguments();
        return named.then(|| all.find(|arg| arg.get_long() == Some(name)));
    }
    let mut chars = word.strip_prefix('-')?.chars();
    let short = chars.next()?;
    let mut all = command.get_arguments();
    let arg = all.find(|arg| arg.get_short() == Some(short))?;
    chars.all(|c| c.is_ascii_digit()).then_some(Some(arg))
}
