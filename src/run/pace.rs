//! How long one iteration of a counting loop takes on the Python on PATH.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Names under which Python is looked for.
const NAMES: [&str; 2] = ["python3", "python"];
/// A Python that takes longer than this is not waited for.
const LIMIT: Duration = Duration::from_secs(5);

/// The guides' loop, `x += 1` on a global. The fastest of several passes is the
/// one that nothing came in between.
const LOOP: &str = "
import platform, time
x = 0
def count(n):
    global x
    began = time.perf_counter()
    for _ in range(n):
        x += 1
    return time.perf_counter() - began
n = 200_000
count(n)
best = min(count(n) for _ in range(7))
print(platform.python_implementation(), platform.python_version(), best / n * 1e9)
";

/// A pace that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct PythonPace {
    /// Nanoseconds of one iteration.
    pub nanos: f64,
    /// On what: `CPython 3.12.1`.
    pub of: String,
}

/// Measures it, in some 50 ms.
///
/// # Errors
/// In words: when there is no Python, or when it says nothing that can be read
/// within five seconds.
pub fn of_python() -> Result<PythonPace, String> {
    NAMES
        .iter()
        .find_map(|name| measured(name).transpose())
        .unwrap_or_else(|| Err(format!("there is no {} on PATH", NAMES.join(" and no "))))
}

/// None when there is no program of that name.
fn measured(program: &str) -> Result<Option<PythonPace>, String> {
    let started = Command::new(program)
        .args(["-I", "-c", LOOP])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{program} cannot be started: {error}")),
    };
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < LIMIT => std::thread::sleep(Duration::from_millis(2)),
            waited => {
                let _ = child.kill();
                let _ = child.wait();
                let limit = LIMIT.as_secs();
                return Err(match waited {
                    Err(error) => format!("{program} cannot be waited for: {error}"),
                    Ok(_) => format!("{program} has not counted to the end within {limit} s"),
                });
            }
        }
    };
    let mut said = String::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_string(&mut said)
            .map_err(|error| format!("{program} cannot be heard: {error}"))?;
    }
    match read(&said) {
        Some(pace) if status.success() => Ok(Some(pace)),
        _ => Err(format!("{program} left with {status} and no pace")),
    }
}

fn read(said: &str) -> Option<PythonPace> {
    let mut words = said.split_whitespace();
    let of = format!("{} {}", words.next()?, words.next()?);
    let nanos: f64 = words.next()?.parse().ok()?;
    // To a tenth: what is beyond differs from pass to pass.
    let nanos = (nanos * 10.0).round() / 10.0;
    (nanos > 0.0 && nanos.is_finite()).then_some(PythonPace { nanos, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_says_is_read_and_anything_else_is_no_pace() {
        let pace = read("CPython 3.12.1 25.4321\n").unwrap();
        assert_eq!((pace.nanos, pace.of.as_str()), (25.4, "CPython 3.12.1"));
        for said in [
            "",
            "CPython 3.12.1",
            "CPython 3.12.1 fast",
            "CPython 3.12.1 nan",
            "a b 0",
        ] {
            assert_eq!(read(said), None, "{said}");
        }
    }

    #[test]
    fn a_name_that_nothing_has_is_passed_over() {
        assert_eq!(measured("there-is-no-such-python"), Ok(None));
    }
}
