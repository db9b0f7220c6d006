//! A cell read line by line: what of its Rust is still open at a line's
//! beginning, and which lines are commands.

/// What Rust text leaves open, read on from where it was left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Open {
    /// What closes the brackets that are open, in the order of their opening.
    closing: String,
    inside: Inside,
}

/// What the text is in the middle of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Code,
    /// So many block comments, one in another.
    Comment(usize),
    /// A string.
    Text,
    /// A raw string with so many marks.
    Raw(usize),
}

impl Open {
    /// What is open at the end of a text.
    pub(crate) fn after(text: &str) -> Open {
        let mut open = Open::default();
        open.read(text);
        open
    }

    /// Reads on. The text ends where a line does, or the cell.
    pub(crate) fn read(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match &mut self.inside {
                Inside::Code => rest = self.code(c, rest),
                Inside::Comment(depth) => {
                    let closes = c == '*' && rest.starts_with('/');
                    if closes || c == '/' && rest.starts_with('*') {
                        *depth = if closes { *depth - 1 } else { *depth + 1 };
                        rest = &rest[1..];
                        if *depth == 0 {
                            self.inside = Inside::Code;
                        }
                    }
                }
                Inside::Text if c == '\\' => rest = behind_first(rest),
                Inside::Text if c == '"' => self.inside = Inside::Code,
                Inside::Raw(marks) if c == '"' && marks_of(rest) >= *marks => {
                    rest = &rest[*marks..];
                    self.inside = Inside::Code;
                }
                Inside::Text | Inside::Raw(_) => {}
            }
        }
    }

    /// Reads one character of code; what follows it and what belongs to it.
    fn code<'t>(&mut self, c: char, rest: &'t str) -> &'t str {
        match c {
            '(' => self.closing.push(')'),
            '[' => self.closing.push(']'),
            '{' => self.closing.push('}'),
            ')' | ']' | '}' => {
                self.closing.pop();
            }
            '/' if rest.starts_with('/') => return rest.find('\n').map_or("", |end| &rest[end..]),
            '/' if rest.starts_with('*') => {
                self.inside = Inside::Comment(1);
                return &rest[1..];
            }
            '"' => self.inside = Inside::Text,
            // r"...", r#"..."#; `r#type` is a name.
            'r' if rest[marks_of(rest)..].starts_with('"') => {
                self.inside = Inside::Raw(marks_of(rest));
                return &rest[marks_of(rest) + 1..];
            }
            '\'' => return behind_character(rest),
            _ => {}
        }
        rest
    }

    /// Whether a bracket, a quote or a comment is open.
    pub(crate) fn is_open(&self) -> bool {
        self.inside != Inside::Code || !self.closing.is_empty()
    }

    /// What closes the open brackets.
    pub(crate) fn closing(&self) -> String {
        self.closing.chars().rev().collect()
    }
}

/// The marks of a raw string that a text begins with.
fn marks_of(text: &str) -> usize {
    text.len() - text.trim_start_matches('#').len()
}

fn behind_first(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

/// What follows a character such as `{'`, whose first quote has been read; all of
/// it behind the quote of a lifetime.
fn behind_character(rest: &str) -> &str {
    let behind = behind_first(rest);
    if !rest.starts_with('\\') {
        return behind.strip_prefix('\'').unwrap_or(rest);
    }
    // The second one may be a quote itself.
    let behind = behind_first(behind);
    match behind.find(['\'', '\n']) {
        Some(end) => behind[end..].trim_start_matches('\''),
        None => "",
    }
}

/// A line that begins with a colon and a name is a command: what stands behind
/// the colon. Only where nothing is open before it.
pub(crate) fn command(line: &str) -> Option<&str> {
    line.trim()
        .strip_prefix(':')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_quotes_and_comments_are_open_until_their_other_half() {
        for text in [
            "f(",
            "fn f() { g(); ",
            "let s = \"a",
            "let s = \"a \\\"",
            "r#\"(\" ",
            "br##\"\"# ",
            "/* a",
            "/* /* */",
        ] {
            assert!(Open::after(text).is_open(), "{text}");
        }
        for text in [
            "f()",
            "\"a { \\\" \"",
            "\"\\\\\"",
            "'{'",
            "['\\'', '\"']",
            "'\\u{7b}'",
            "fn f<'a>(x: &'a str) {}",
            "// (",
            "/* ( /* */ { */",
            "r#\"(\"#",
            "r\"\\\"",
            "r#type",
        ] {
            assert!(!Open::after(text).is_open(), "{text}");
        }
    }

    #[test]
    fn what_is_open_is_carried_from_line_to_line() {
        let mut open = Open::default();
        let told = ["f(r#\"\n", "\"(\n", "\"#, /*\n", "'\n", "*/ [\n", "])\n"].map(|line| {
            open.read(line);
            (open.inside != Inside::Code, open.closing())
        });
        let expected = [
            (true, ")"),
            (true, ")"),
            (true, ")"),
            (true, ")"),
            (false, "])"),
            (false, ""),
        ];
        assert_eq!(told, expected.map(|(is, text)| (is, text.to_owned())));
    }
}
