//! What a cell prints: text, and between marks something to be shown (evcxr's
//! convention).

use std::collections::BTreeMap;

const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";

/// A part of what was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// Something to be shown: mime type and content.
    Rich(String, String),
}

/// Takes bytes as they arrive apart.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Bytes that could be the beginning of a mark or of a character.
    held: Vec<u8>,
    /// Whether what comes next stands within a line.
    within: bool,
    /// The content that is open.
    open: Option<(String, Vec<u8>)>,
}

impl Output {
    /// Takes bytes in; gives what can be told by now.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Part> {
        self.held.extend_from_slice(bytes);
        let mut parts = vec![];
        let mut text = vec![];
        loop {
            let line = self.held.iter().position(|b| *b == b'\n');
            if self.open.is_some() {
                let Some(end) = line else { break };
                let line: Vec<u8> = self.held.drain(..=end).collect();
                if line[..end] == *END.as_bytes() {
                    let (mime, content) = self.open.take().unwrap_or_default();
                    let content = String::from_utf8_lossy(&content);
                    let content = content.strip_suffix('\n').unwrap_or(&content).to_owned();
                    parts.push(Part::Rich(mime, content));
                } else if let Some((_, content)) = &mut self.open {
                    content.extend(line);
                }
                continue;
            }
            let Some(end) = line else {
                // The rest of a line goes out at once, unless it could be a mark.
                let rest = &self.held;
                let seen = rest.len().min(BEGIN.len());
                let mark = !self.within && rest[..seen] == BEGIN.as_bytes()[..seen];
                if !mark && !rest.is_empty() {
                    self.within = true;
                    let whole = whole_characters(rest);
                    text.extend(self.held.drain(..whole));
                }
                break;
            };
            let line: Vec<u8> = self.held.drain(..=end).collect();
            let mime = (!self.within)
                .then(|| line[..end].strip_prefix(BEGIN.as_bytes()))
                .flatten();
            self.within = false;
            match mime {
                Some(mime) => {
                    flush(&mut text, &mut parts);
                    let mime = String::from_utf8_lossy(mime).trim().to_owned();
                    self.open = Some((mime, vec![]));
                }
                None => text.extend(line),
            }
        }
        flush(&mut text, &mut parts);
        parts
    }

    /// What is left at the end: content that was never closed is text.
    pub(super) fn finish(&mut self) -> Vec<Part> {
        let mut text = vec![];
        if let Some((mime, content)) = self.open.take() {
            text.extend(format!("{BEGIN}{mime}\n").into_bytes());
            text.extend(content);
        }
        text.append(&mut self.held);
        self.within = false;
        let mut parts = vec![];
        flush(&mut text, &mut parts);
        parts
    }
}

fn flush(text: &mut Vec<u8>, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(String::from_utf8_lossy(text).into_owned()));
        text.clear();
    }
}

/// Bytes at the front that end with a character rather than inside of one.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        // What is no character at all is replaced later.
        _ => bytes.len(),
    }
}

/// One bundle of several forms of the same thing, and what came too often to
/// be one of them.
pub(super) fn bundle(parts: Vec<(String, String)>) -> Vec<BTreeMap<String, String>> {
    let mut bundles: Vec<BTreeMap<String, String>> = vec![];
    for (mime, content) in parts {
        match bundles.last_mut().filter(|last| !last.contains_key(&mime)) {
            Some(last) => _ = last.insert(mime, content),
            None => bundles.push(BTreeMap::from([(mime, content)])),
        }
    }
    bundles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Part {
        Part::Text(text.into())
    }

    #[test]
    fn text_goes_out_at_once_and_whole() {
        let mut output = Output::default();
        assert_eq!(output.take(b"one\ntw"), [text("one\ntw")]);
        assert_eq!(output.take("o ü".as_bytes()), [text("o ü")]);
        assert_eq!(output.take(&[0xc3]), []);
        assert_eq!(output.take(&[0xbc, b'\n']), [text("ü\n")]);
        assert_eq!(output.take(&[0xff, b'x']), [text("\u{fffd}x")]);
    }

    #[test]
    fn content_between_marks_is_something_to_be_shown() {
        let mut output = Output::default();
        let printed = b"a\nEVCXR_BEGIN_CONTENT image/svg+xml\n<svg>\n</svg>\nEVCXR_END_CONTENT\nb";
        let mut parts = vec![];
        for byte in printed {
            parts.extend(output.take(&[*byte]));
        }
        let rich = Part::Rich("image/svg+xml".into(), "<svg>\n</svg>".into());
        assert_eq!(parts, [text("a"), text("\n"), rich, text("b")]);
    }

    #[test]
    fn a_mark_within_a_line_is_text_and_one_never_closed_too() {
        let mut output = Output::default();
        let line = "so EVCXR_BEGIN_CONTENT text/plain\n";
        assert_eq!(output.take(line.as_bytes()), [text(line)]);
        assert_eq!(output.take(b"EVCXR_BEGIN_CONTENT a/b\nx"), []);
        assert_eq!(output.finish(), [text("EVCXR_BEGIN_CONTENT a/b\nx")]);
        assert_eq!(
            output.take(b"EVCXR_EXECUTION_COMPLETE\n"),
            [text("EVCXR_EXECUTION_COMPLETE\n")]
        );
    }
}
