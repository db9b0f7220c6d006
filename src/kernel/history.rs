//! The cells of this session, in memory.

use jupyter_protocol::{HistoryEntry, HistoryReply, HistoryRequest};

/// Cells in the order in which they were run.
#[derive(Debug, Default)]
pub(super) struct History {
    cells: Vec<(usize, String)>,
}

/// This session's number; in memory there is only one.
const SESSION: usize = 1;

impl History {
    /// Adds a cell under its execution count.
    pub(super) fn add(&mut self, count: usize, code: &str) {
        self.cells.push((count, code.to_owned()));
    }

    /// history_reply (messaging protocol, "History").
    pub(super) fn answer(&self, request: &HistoryRequest) -> HistoryReply {
        let (picked, output): (Vec<&(usize, String)>, bool) = match request {
            HistoryRequest::Tail { n, output, .. } => {
                (last(self.cells.iter().collect(), *n), *output)
            }
            HistoryRequest::Range {
                session,
                start,
                stop,
                output,
                ..
            } => {
                // 0 is this session; so is its own number. Older ones are gone.
                let this = session.is_none_or(|s| s == 0 || s == SESSION as i32);
                let inside = |count: usize| {
                    let count = count as i64;
                    count >= i64::from(*start) && (*stop <= 0 || count < i64::from(*stop))
                };
                (
                    self.cells
                        .iter()
                        .filter(|(count, _)| this && inside(*count))
                        .collect(),
                    *output,
                )
            }
            HistoryRequest::Search {
                pattern,
                unique,
                n,
                output,
                ..
            } => {
                let mut found: Vec<_> = self
                    .cells
                    .iter()
                    .filter(|(_, code)| matches(pattern, code))
                    .collect();
                if *unique {
                    let mut seen = std::collections::HashSet::new();
                    found.reverse();
                    found.retain(|(_, code)| seen.insert(code.as_str()));
                    found.reverse();
                }
                (last(found, *n), *output)
            }
        };
        let entry = |(count, code): &(usize, String)| {
            if output {
                HistoryEntry::InputOutput(SESSION, *count, (code.clone(), String::new()))
            } else {
                HistoryEntry::Input(SESSION, *count, code.clone())
            }
        };
        HistoryReply::new(picked.into_iter().map(entry).collect())
    }
}

/// The last `n`; all of them where n is not positive.
fn last<T>(mut all: Vec<T>, n: i32) -> Vec<T> {
    match usize::try_from(n) {
        Ok(n) if n > 0 => all.split_off(all.len().saturating_sub(n)),
        _ => all,
    }
}

/// Whether a pattern with `*` and `?` fits the whole text.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut retry) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                // Let the last star take one more character.
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(request: HistoryRequest) -> Vec<String> {
        let mut history = History::default();
        for (at, code) in [
            "%threads breakfast",
            "%lsmagic",
            "%threads breakfast",
            "%race counter",
        ]
        .iter()
        .enumerate()
        {
            history.add(at + 1, code);
        }
        let entries = history.answer(&request).history;
        entries
            .into_iter()
            .map(|entry| match entry {
                HistoryEntry::Input(_, count, code)
                | HistoryEntry::InputOutput(_, count, (code, _)) => {
                    format!("{count} {code}")
                }
            })
            .collect()
    }

    #[test]
    fn the_tail_is_the_last_cells() {
        let tail = |n| {
            texts(HistoryRequest::Tail {
                n,
                output: false,
                raw: true,
            })
        };
        assert_eq!(tail(1), ["4 %race counter"]);
        assert_eq!(tail(99).len(), 4);
    }

    #[test]
    fn a_range_leaves_its_end_out() {
        let range = |start, stop| {
            texts(HistoryRequest::Range {
                session: Some(0),
                start,
                stop,
                output: false,
                raw: true,
            })
        };
        assert_eq!(range(2, 4), ["2 %lsmagic", "3 %threads breakfast"]);
        assert_eq!(range(3, 0).len(), 2);
    }

    #[test]
    fn a_search_knows_stars_and_tells_each_text_once() {
        let search = |pattern: &str, unique| {
            texts(HistoryRequest::Search {
                pattern: pattern.into(),
                unique,
                n: 0,
                output: true,
                raw: true,
            })
        };
        assert_eq!(search("%thr*fast", true), ["3 %threads breakfast"]);
        assert_eq!(search("%thr*fast", false).len(), 2);
        assert_eq!(search("%?smagic", false), ["2 %lsmagic"]);
        assert!(search("breakfast", false).is_empty());
    }
}
