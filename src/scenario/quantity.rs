//! Numbers as a learner types them: `100_000_000`, `1e8`, `500ms`, `2s`.

/// A number could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QuantityError {
    /// Not a whole number.
    #[error("`{0}` is not a whole number; write for example 100, 100_000_000 or 1e8")]
    Count(String),
    /// Not a number.
    #[error("`{0}` is not a number; write for example 0.5 or 2")]
    Number(String),
    /// Not a duration.
    #[error("`{0}` is not a duration; write for example 500ms, 2s or 1.5s")]
    Duration(String),
    /// Not a size.
    #[error("`{0}` is not a size; write for example 500B, 35KB, 64KiB or 1MB")]
    Size(String),
    /// Outside of what is possible.
    #[error("{given} is out of range: from {least} to {most} is possible")]
    Range {
        /// What was typed.
        given: String,
        /// Smallest possible.
        least: String,
        /// Largest possible.
        most: String,
    },
}

/// A whole number, underscores and exponents allowed.
///
/// # Errors
/// When it is not a whole number, or negative, or past 2^53 (where a float
/// would no longer be exact).
pub fn count(text: &str) -> Result<u64, QuantityError> {
    let wrong = || QuantityError::Count(text.into());
    let plain = text.replace('_', "");
    if let Ok(n) = plain.parse() {
        return Ok(n);
    }
    let x = finite(&plain).ok_or_else(wrong)?;
    if x < 0.0 || x.fract() != 0.0 || x > (1u64 << 53) as f64 {
        return Err(wrong());
    }
    Ok(x as u64)
}

/// Any finite number.
///
/// # Errors
/// When it is not one.
pub fn number(text: &str) -> Result<f64, QuantityError> {
    finite(&text.replace('_', "")).ok_or_else(|| QuantityError::Number(text.into()))
}

/// Seconds, from a number with a unit; a number alone is seconds.
///
/// # Errors
/// When it is not a duration, or a negative one.
pub fn seconds(text: &str) -> Result<f64, QuantityError> {
    let wrong = || QuantityError::Duration(text.into());
    let units = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("min", 60.0),
        ("s", 1.0),
    ];
    let (digits, unit) = units
        .iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit)))
        .unwrap_or((text, 1.0));
    let x = finite(&digits.trim().replace('_', "")).ok_or_else(wrong)?;
    if x < 0.0 { Err(wrong()) } else { Ok(x * unit) }
}

/// Units of bytes, the larger first.
const SIZES: [(&str, u64); 8] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
];

/// Bytes, from a number with a unit; a number alone is bytes. `kB` and `MB` are
/// powers of 1000, `KiB` and `MiB` powers of 1024, whatever their case.
///
/// # Errors
/// When it is not a size, or comes to more than 2^53 or to a part of a byte.
pub fn bytes(text: &str) -> Result<u64, QuantityError> {
    let wrong = || QuantityError::Size(text.into());
    let lower = text.to_lowercase();
    let suffixes = SIZES.iter().map(|(unit, of)| (unit.to_lowercase(), *of));
    let (digits, unit) = suffixes
        .chain([("b".into(), 1)])
        .find_map(|(unit, of)| Some((lower.strip_suffix(&unit)?, of)))
        .unwrap_or((&lower, 1));
    let x = finite(&digits.trim().replace('_', "")).ok_or_else(wrong)? * unit as f64;
    if x < 0.0 || x.fract() != 0.0 || x > (1u64 << 53) as f64 {
        return Err(wrong());
    }
    Ok(x as u64)
}

/// Bytes as one would type them: `35KB`, `64KiB`, `1500B`.
pub fn typed_bytes(bytes: u64) -> String {
    let whole = |(_, of): &&(&str, u64)| bytes > 0 && bytes.is_multiple_of(*of);
    match SIZES.iter().find(whole) {
        Some((unit, of)) => format!("{}{unit}", bytes / of),
        None => format!("{bytes}B"),
    }
}

/// Refuses what lies outside of `least..=most`.
///
/// # Errors
/// When it does; the message names both ends.
pub fn within<T: PartialOrd + std::fmt::Display>(
    given: &str,
    value: T,
    least: T,
    most: T,
) -> Result<T, QuantityError> {
    if value >= least && value <= most {
        return Ok(value);
    }
    let (least, most) = (least.to_string(), most.to_string());
    Err(QuantityError::Range {
        given: given.into(),
        least,
        most,
    })
}

/// Seconds as one would type them: `2s`, `300ms`, `40us`.
pub fn typed_seconds(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s == 0.0 || s >= 1.0 => (s, "s"),
        s if s >= 1e-3 => (s * 1e3, "ms"),
        s if s >= 1e-6 => (s * 1e6, "us"),
        s => (s * 1e9, "ns"),
    };
    // Six digits are more than any clock here gives; no trailing zeros.
    format!("{}{unit}", (value * 1e3).round() / 1e3)
}

/// A whole number with its thousands set apart: `100,000,000`.
pub fn thousands(n: impl Into<u128>) -> String {
    let digits = n.into().to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number to one decimal place.
pub fn tenths(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|x: &f64| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_may_be_written_in_three_ways() {
        assert_eq!(count("100000000"), Ok(100_000_000));
        assert_eq!(count("100_000_000"), Ok(100_000_000));
        assert_eq!(count("1e8"), Ok(100_000_000));
    }

    #[test]
    fn what_is_no_count_is_refused_with_examples() {
        for wrong in ["1.5", "-1", "many", "", "1e99", "nan", "inf"] {
            assert!(
                count(wrong).unwrap_err().to_string().contains("1e8"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn durations_take_units() {
        assert_eq!(seconds("500ms"), Ok(0.5));
        assert_eq!(seconds("2s"), Ok(2.0));
        assert_eq!(seconds("2"), Ok(2.0));
        assert_eq!(seconds("1min"), Ok(60.0));
        assert!(seconds("-1s").is_err() && seconds("soon").is_err() && seconds("s").is_err());
    }

    #[test]
    fn durations_are_typed_with_a_fitting_unit() {
        let typed: Vec<_> = [0.0, 2.0, 1.5, 0.3, 0.0002, 5e-8].map(typed_seconds).into();
        assert_eq!(typed, ["0s", "2s", "1.5s", "300ms", "200us", "50ns"]);
    }

    #[test]
    fn sizes_take_units_of_a_thousand_and_of_1024() {
        assert_eq!(bytes("500"), Ok(500));
        assert_eq!(bytes("500 B"), Ok(500));
        assert_eq!(bytes("35KB"), Ok(35_000));
        assert_eq!(bytes("64KiB"), Ok(65_536));
        assert_eq!(bytes("1.5mb"), Ok(1_500_000));
        for wrong in ["", "KB", "-1KB", "0.5B", "many", "1e30TB"] {
            let error = bytes(wrong).unwrap_err().to_string();
            assert!(error.contains("64KiB"), "{wrong}: {error}");
        }
    }

    #[test]
    fn sizes_read_back_as_they_are_shown() {
        for size in [0, 1, 999, 35_000, 65_536, 1_000_000, 1 << 20, 1_234_567] {
            assert_eq!(bytes(&typed_bytes(size)), Ok(size));
        }
        assert_eq!(typed_bytes(35_000), "35KB");
        assert_eq!(typed_bytes(65_536), "64KiB");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [7u64, 1000, 100_000_000].map(thousands),
            ["7", "1,000", "100,000,000"]
        );
    }
}
