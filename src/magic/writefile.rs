//! `%%writefile`: a cell's text as a file.

use super::arguments::{BODY, body, plain};
use super::files::{absolute, why};
use super::{Context, Doing, Magic, MagicError};
use crate::display::Stream;
use clap::{Arg, ArgAction, ArgMatches};
use std::io::Write;
use std::path::PathBuf;

pub(super) const WRITEFILE: Magic = Magic {
    name: "writefile",
    command: || {
        plain(
            "writefile",
            "`%%writefile FILE` over a cell: writes the cell to a file",
        )
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .help("The file, from the folder of the notebook on")
                .required(true),
        )
        .arg(
            Arg::new("append")
                .long("append")
                .short('a')
                .action(ArgAction::SetTrue)
                .help("Adds to the end of the file instead of replacing it"),
        )
        .arg(body())
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let Some(text) = matches.get_one::<String>(BODY) else {
            return Err(MagicError::usage(
                "%writefile takes a cell, and this is one line",
                "Write %%writefile FILE in a cell's first line, and the text below it",
            ));
        };
        let named = matches.get_one::<String>("file").map_or("", String::as_str);
        let line = write(named, text, matches.get_flag("append"))?;
        context.screen.text(Stream::Out, &line);
        Ok(())
    })
}

/// Writes the text, whose last line ends as the others do; what was done.
fn write(named: &str, text: &str, append: bool) -> Result<String, MagicError> {
    let path = absolute(named)?;
    let mut text = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let about = std::fs::metadata(&path).ok();
    // Opening a pipe waits for somebody to read. A folder is refused below.
    if about.as_ref().is_some_and(|a| !a.is_file() && !a.is_dir()) {
        let message = format!("{} is a pipe, a socket or a device", path.display());
        return Err(MagicError::usage(
            message,
            "%%writefile writes a file of text",
        ));
    }
    let there = about.is_some();
    let mut how = std::fs::OpenOptions::new();
    how.create(true)
        .write(true)
        .append(append)
        .truncate(!append);
    let written = how
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(error) = written {
        return Err(refused(path, &error));
    }
    let (did, bytes) = (
        match (append, there) {
            (true, true) => "appended",
            (false, true) => "replaced what was there: wrote",
            (_, false) => "wrote",
        },
        text.len(),
    );
    let bytes = if bytes == 1 {
        "1 byte".into()
    } else {
        format!("{bytes} bytes")
    };
    Ok(format!("{did} {bytes} to {}\n", path.display()))
}

fn refused(path: PathBuf, error: &std::io::Error) -> MagicError {
    let folder = path.parent().filter(|folder| !folder.is_dir());
    let (why, todo) = match folder {
        Some(folder) => (
            format!("there is no folder {}", folder.display()),
            "Make the folder first, or name another",
        ),
        None => (why(error), "Nothing was written; name another file"),
    };
    MagicError::usage(format!("{} cannot be written: {why}", path.display()), todo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_written_replaced_and_added_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rs");
        let named = path.display().to_string();
        assert_eq!(
            write(&named, "ü", false).unwrap(),
            format!("wrote 3 bytes to {named}\n")
        );
        write(&named, "one\n", false).unwrap();
        assert!(
            write(&named, "two", true)
                .unwrap()
                .starts_with("appended 4 bytes")
        );
        assert_eq!(std::fs::read_to_string(path).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn where_it_cannot_write_it_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let error = |name: &str| write(&at(name), "x", false).unwrap_err().to_string();
        assert!(error("no/a.rs").contains("there is no folder"));
        assert!(error("").contains("it is a folder"), "{}", error(""));
        crate::magic::files::tests::pipe(folder.path());
        assert!(error("pipe").contains("is a pipe"), "{}", error("pipe"));
    }
}
