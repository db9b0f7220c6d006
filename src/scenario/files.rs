//! Files: written, synced to the disk, read back and compared.

use super::quantity::{thousands, typed_bytes};
use super::surroundings::{give_up, go_on, must};
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Site, Surroundings};
use crate::real::files;
use lab::trace::Model;
use lab::{Lab, Value};
use std::path::PathBuf;
use std::time::Duration;

/// What a disk takes in virtual time: to make sure of a file, and for a byte
/// written and read. As measured on a solid-state disk.
const SYNC: Duration = Duration::from_millis(2);
const WRITE: f64 = 1e-9;
const READ: f64 = 0.3e-9;

pub(super) const FILES: Scenario = Scenario {
    name: "files",
    about: "files are written, synced to the disk, read back and compared",
    section: "Masterclass 10.3, Table 7",
    models: &Model::ALL,
    crew: Crew::Pool { default: 5 },
    parameters: &[
        Parameter::count("files", "files that are written", 5, 10_000),
        Parameter::size("size", "bytes of each", 1_000_000, 1_000_000_000_000),
        Parameter::seconds("latency", "what a slow disk takes for a file on top", 0.0),
    ],
    claims: &["MC10-T7a", "MC15.3-T9a"],
    estimate: |p| {
        let bytes = p.number("size") as f64;
        let each = p.seconds("latency") + SYNC.as_secs_f64() + bytes * (WRITE + READ);
        Estimate {
            waits: super::shares(p, "files", each),
            ..Estimate::default()
        }
    },
    wrong: |p, result| {
        let all = p.number("files") * p.number("size");
        super::unless(&Value::Int(all as i64), result)
    },
    folder: true,
    surroundings,
    tasks,
    rust: include_str!("files.rs"),
    python: include_str!("files.py"),
    ..Scenario::PLAIN
};

/// The run's folder, if all files fit into it at once.
fn surroundings(site: &Site<'_>, p: &Parameters) -> Result<Surroundings, String> {
    let (number, size) = (p.number("files"), p.number("size"));
    let free = files::free(site.folder)
        .map_err(|error| format!("{} cannot be used: {error}", site.folder.display()))?;
    if number.saturating_mul(size) > free {
        let place = site.folder.parent().unwrap_or(site.folder).display();
        return Err(format!(
            "--files {number} of --size {} do not fit: {} are free in {place}; \
             TMPDIR names another place",
            typed_bytes(size),
            typed_bytes(free / 1_000_000 * 1_000_000),
        ));
    }
    Ok(Surroundings::at(site.folder.display().to_string(), ()))
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    lab.workers(p.workers as usize);
    let (number, size, latency) = (p.number("files"), p.number("size"), p.duration("latency"));
    for file in 1..=number {
        let path = PathBuf::from(p.place()).join(format!("file-{file}"));
        lab.task(format!("file {file}"), async move |w| {
            go_on();
            if !latency.is_zero() {
                w.wait_for("slow disk", latency).await;
            }
            let write = || files::write(&path, size, file as u8);
            let takes = SYNC + lab::secs(size as f64 * WRITE);
            must(
                w.call_known("write and sync", write, takes, || Ok(()))
                    .await,
            );
            w.say(format!("file {file} is written"));
            let read = || {
                let same = files::holds(&path, size, file as u8)?;
                files::remove(&path).map(|()| same)
            };
            let takes = lab::secs(size as f64 * READ);
            if !must(w.call_known("read back", read, takes, || Ok(true)).await) {
                give_up(format!("file {file} came back other than it was written"));
            }
            w.say(format!(
                "file {file} is read back: {} bytes",
                thousands(size)
            ));
            size
        });
    }
    Box::new(move |_, seconds, results| {
        let bytes = super::total(results);
        let line = format!(
            "{number} files, {} bytes, after {seconds:.2} s",
            thousands(bytes)
        );
        (Value::Int(bytes as i64), line)
    })
}
