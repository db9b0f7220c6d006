//! Masterclass 9.2: one number in memory that processes share, with its lock and
//! without, and what its type can hold.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

/// Seconds that one increment takes, roughly: for announcements only.
const INCREMENT: f64 = 2e-7;

pub(super) const SHARED_VALUE: Scenario = Scenario {
    name: "shared-value",
    aliases: &["shared_value"],
    about: "processes count in memory that they share, with its lock or without",
    section: "Masterclass 9.2",
    models: &[Model::Processes],
    crew: Crew::Alike { default: 4 },
    parameters: &[
        Parameter::count(
            "increments",
            "increments of each worker",
            100_000,
            100_000_000,
        ),
        Parameter::choice(
            "protect",
            "what keeps two workers from writing over each other",
            &["lock", "none"],
        ),
        Parameter::choice(
            "type",
            "what the memory holds: an integer of 32 bits, a float of 32 or of 64, one byte",
            &["i", "f", "d", "c"],
        ),
    ],
    shares: true,
    claims: &["MC9.2", "MC9.2-T4", "CF.ipc", "OV.shm", "OV.mp"],
    estimate: |p| Estimate {
        computes: vec![p.number("increments") as f64 * INCREMENT; p.workers as usize],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 2,
        numbers: &[("increments", 1)],
    }),
    wrong: |p, result| {
        let all = (u64::from(p.workers) * p.number("increments")) as f64;
        let counted = match p.word("type") {
            // Its numbers lie further apart than one from there on.
            "f" => all.min(f64::from(1 << f32::MANTISSA_DIGITS)),
            other => keeper(other)(all),
        };
        super::unless(&number(p.word("type"), counted), result)
    },
    tasks,
    rust: include_str!("shared_value.rs"),
    python: include_str!("shared_value.py"),
    ..Scenario::PLAIN
};

/// What becomes of a number that is written into memory of this type.
fn keeper(kind: &str) -> fn(f64) -> f64 {
    match kind {
        "f" => |x| f64::from(x as f32),
        "d" => |x| x,
        "c" => |x| f64::from(x as i64 as u8),
        _ => |x| f64::from(x as i64 as i32),
    }
}

/// A number as one of this type is told.
fn number(kind: &str, x: f64) -> Value {
    match kind {
        "f" | "d" => Value::Float(x),
        _ => Value::Int(x as i64),
    }
}

/// What is to be known of a type, tried out.
fn lesson(kind: &str) -> String {
    let keep = keeper(kind);
    match kind {
        "f" => format!("f has 32 bits: 0.1 becomes {:.11}", keep(0.1)),
        "d" => format!("d has 64 bits: 0.1 stays {}", keep(0.1)),
        "c" => format!("c is one byte: after 255 comes {}", keep(256.0)),
        _ => {
            let last = f64::from(i32::MAX);
            format!("i has 32 bits: after {last} comes {}", keep(last + 1.0))
        }
    }
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (workers, increments) = (p.workers, p.number("increments"));
    let (total, lock) = (lab.shared("total", 0f64), lab.lock("lock"));
    let (locked, kind) = (p.word("protect") == "lock", p.word("type").to_owned());
    let keep = keeper(&kind);
    for number in 1..=workers {
        lab.task(format!("adder {number}"), async move |w| {
            for _ in 0..increments {
                let held = match locked {
                    true => Some(w.lock(&lock).await),
                    false => None,
                };
                let seen = w.load(&total).await; // another worker may come in here,
                w.store(&total, keep(seen + 1.0)).await; // and is written over
                drop(held);
            }
        });
    }
    Box::new(move |lab, seconds, _| {
        let counted = number(&kind, lab.get(&total));
        let shown = match counted {
            Value::Int(n) if n >= 0 => thousands(n as u64),
            ref other => other.to_string(),
        };
        let line = format!(
            "expected {}, counted {shown} after {seconds:.2} s; {}",
            thousands(u64::from(workers) * increments),
            lesson(&kind)
        );
        (counted, line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn a_type_holds_what_its_bits_can_hold() {
        assert_eq!(keeper("i")(2_147_483_648.0), -2_147_483_648.0);
        assert_eq!(lesson("f"), "f has 32 bits: 0.1 becomes 0.10000000149");
        assert_eq!(keeper("f")(16_777_217.0), 16_777_216.0);
        assert_eq!(keeper("d")(16_777_217.0), 16_777_217.0);
        assert_eq!(keeper("c")(256.0), 0.0);
    }

    #[test]
    fn with_the_lock_everything_is_counted_as_far_as_the_type_goes() {
        for (kind, expected) in [("i", "800"), ("f", "800"), ("d", "800"), ("c", "32")] {
            let mut p = SHARED_VALUE.defaults();
            p.set("increments", ParameterValue::Count(200));
            p.set("type", ParameterValue::Choice(kind.into()));
            let result = trial::simulated(&SHARED_VALUE, &p, Model::Processes);
            assert_eq!(result.to_string(), expected, "{kind}");
            assert_eq!((SHARED_VALUE.wrong)(&p, &result), None, "{kind}");
        }
    }
}
