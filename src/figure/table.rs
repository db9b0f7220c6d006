//! Tables as plain text, and fields of CSV.

/// Rows under their columns, padded so that they stand below one another;
/// columns that hold nothing but numbers are aligned to the right.
pub(crate) fn aligned(columns: &[String], rows: &[Vec<String>]) -> String {
    let numeric = numeric_columns(columns.len(), rows);
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(i, head)| {
            rows.iter()
                .filter_map(|row| row.get(i))
                .map(|cell| one_line(cell).chars().count())
                .chain([head.chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = widths
            .iter()
            .enumerate()
            .map(|(i, &width)| {
                let cell = cells.get(i).map(|cell| one_line(cell)).unwrap_or_default();
                if numeric[i] {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            })
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    std::iter::once(line(columns))
        .chain(rows.iter().map(|row| line(row)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Which columns hold numbers and nothing else (a unit or a sign may follow,
/// empty cells do not count).
pub(crate) fn numeric_columns(columns: usize, rows: &[Vec<String>]) -> Vec<bool> {
    (0..columns)
        .map(|i| {
            let mut cells = rows
                .iter()
                .filter_map(|row| row.get(i))
                .filter(|cell| !cell.is_empty() && *cell != "-")
                .peekable();
            cells.peek().is_some()
                && cells.all(|cell| {
                    cell.trim_start_matches(['-', '+'])
                        .starts_with(|c: char| c.is_ascii_digit())
                })
        })
        .collect()
}

/// `cell` without line ends and other control characters.
pub(super) fn one_line(cell: &str) -> String {
    cell.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// One field of CSV, quoted where it has to be.
pub(super) fn field(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_words_left() {
        let rows = [["ale", "3.00 s"], ["b", "12.0 s"], ["gap", ""]]
            .map(|row| row.map(str::to_owned).to_vec());
        let text = aligned(&["name".to_owned(), "took".to_owned()], &rows);
        assert_eq!(text, "name    took\nale   3.00 s\nb     12.0 s\ngap");
    }

    #[test]
    fn fields_are_quoted_only_where_they_must_be() {
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
    }
}
