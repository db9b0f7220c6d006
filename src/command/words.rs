//! A line as words, with quotes and comments as in a shell.

/// A word and where it stands in its line, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub text: String,
    pub start: usize,
}

/// Splits a line. A comment begins at a `#` or `//` that stands at the
/// beginning of a word. A quote that is never closed holds to the end.
pub(super) fn words(line: &str) -> Vec<Word> {
    let mut words: Vec<Word> = vec![];
    let mut chars = line.char_indices().peekable();
    let mut word: Option<Word> = None;
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        if word.is_none() && (c == '#' || line[at..].starts_with("//")) {
            return words;
        }
        let word = word.get_or_insert_with(|| Word {
            text: String::new(),
            start: at,
        });
        match c {
            '"' | '\'' => {
                for (_, inside) in chars.by_ref() {
                    if inside == c {
                        break;
                    }
                    word.text.push(inside);
                }
            }
            '\\' => word.text.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => word.text.push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line).into_iter().map(|w| w.text).collect()
    }

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(texts("a 'b c' \"d e\"f g\\ h"), ["a", "b c", "d ef", "g h"]);
    }

    #[test]
    fn comments_are_left_out_and_addresses_are_not() {
        assert_eq!(texts("%threads x # so"), ["%threads", "x"]);
        assert_eq!(texts("%threads x // so"), ["%threads", "x"]);
        assert_eq!(texts("--url http://a/b#c"), ["--url", "http://a/b#c"]);
    }

    #[test]
    fn words_know_where_they_stand() {
        assert_eq!(
            words("  ab c").iter().map(|w| w.start).collect::<Vec<_>>(),
            [2, 5]
        );
    }
}
