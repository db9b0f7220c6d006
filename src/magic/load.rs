//! `%load`: a file's text in place of the cell.

use super::arguments::plain;
use super::files::{absolute, why};
use super::{Context, Doing, Magic, MagicError, near};
use clap::{Arg, ArgMatches};
use std::path::Path;

pub(super) const LOAD: Magic = Magic {
    name: "load",
    command: || {
        plain("load", "Puts a file's text in the place of the cell").arg(
            Arg::new("file")
                .value_name("FILE")
                .help("The file, from the folder of the notebook on")
                .required(true),
        )
    },
    run,
};

/// Bytes that a cell has room for.
const MOST: u64 = 1_000_000;

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let named = matches.get_one::<String>("file").map_or("", String::as_str);
        let text = read(named)?;
        // `%%` has to stay in the first line.
        let text = if text.trim_start().starts_with("%%") {
            text
        } else {
            format!("// %load {named}\n{text}")
        };
        context.screen.next_input(text);
        Ok(())
    })
}

fn read(named: &str) -> Result<String, MagicError> {
    let path = absolute(named)?;
    let failed = |error: std::io::Error| MagicError::Usage {
        message: format!("{} cannot be read: {}", path.display(), why(&error)),
        near: beside(named, &path),
        todo: String::new(),
    };
    let about = std::fs::metadata(&path).map_err(failed)?;
    let refused = |what: &str| {
        let message = format!("{} {what}", path.display());
        Err(MagicError::usage(message, "%load takes a file of text"))
    };
    if about.is_dir() {
        return refused("is a folder");
    }
    // Reading a pipe waits for somebody to write, and a device may never end.
    if !about.is_file() {
        return refused("is a pipe, a socket or a device");
    }
    if about.len() > MOST {
        return refused("is larger than a cell should be (1 MB)");
    }
    let bytes = std::fs::read(&path).map_err(failed)?;
    match String::from_utf8(bytes) {
        // Some editors begin a file with a mark of its encoding.
        Ok(text) => Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n")),
        Err(_) => refused("is no text (UTF-8)"),
    }
}

/// Files of a similar name in the same folder, as they would be typed.
fn beside(named: &str, path: &Path) -> Vec<String> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return vec![];
    };
    let name = name.to_string_lossy();
    let typed = &named[..named.len() - named.rsplit('/').next().unwrap_or(named).len()];
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let near = near(&name, names.iter().map(String::as_str));
    near.into_iter()
        .map(|name| format!("%load {typed}{name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_says_what_is_near() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("breakfast.rs"), "").unwrap();
        let named = folder.path().join("brekfast.rs").display().to_string();
        let error = read(&named).unwrap_err().to_string();
        assert!(error.contains("there is no such file"), "{error}");
        assert!(error.contains("/breakfast.rs`?"), "{error}");
    }

    #[test]
    fn only_text_goes_into_a_cell() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(at("picture"), [0xff, 0xd8]).unwrap();
        std::fs::write(at("text"), "a\r\nb").unwrap();
        assert!(
            read(&at("picture"))
                .unwrap_err()
                .to_string()
                .contains("no text")
        );
        assert!(
            read(&at(""))
                .unwrap_err()
                .to_string()
                .contains("is a folder")
        );
        assert_eq!(read(&at("text")).unwrap(), "a\nb");
        std::fs::write(at("marked"), "\u{feff}let x = 1;").unwrap();
        assert_eq!(read(&at("marked")).unwrap(), "let x = 1;");
    }

    #[test]
    fn what_may_never_end_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = crate::magic::files::tests::pipe(folder.path());
        for named in [&*pipe, "/dev/zero"] {
            let error = read(named).unwrap_err().to_string();
            assert!(error.contains("is a pipe, a socket or a device"), "{error}");
        }
    }
}
