//! Numbers and durations as a person would write them.

/// Units of time with their length in seconds, from the shortest.
const UNITS: [(&str, f64); 4] = [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)];

/// A duration in a unit that a person would choose: `3.0 s`, `12 ms`,
/// `450 µs`, `1 min 15 s`. What is no duration (negative, not a number) is
/// `unknown`.
pub fn duration(seconds: f64) -> String {
    written(seconds, |value| if value < 9.95 { 1 } else { 0 })
}

/// The same with three significant digits: `3.00 s`, `12.0 ms`.
pub fn precise(seconds: f64) -> String {
    written(seconds, |value| {
        if value < 9.995 {
            2
        } else if value < 99.95 {
            1
        } else {
            0
        }
    })
}

/// A stretch of a trace, whose clock counts whole nanoseconds: what lasted none
/// was shorter than one.
pub(super) fn stretch(seconds: f64) -> String {
    if seconds == 0.0 {
        return "under 1 ns".to_owned();
    }
    precise(seconds)
}

fn written(seconds: f64, decimals: impl Fn(f64) -> usize) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".to_owned();
    }
    if seconds == 0.0 {
        return "0 s".to_owned();
    }
    for (unit, length) in &UNITS[..3] {
        let value = seconds / length;
        let digits = decimals(value);
        // 999.96 ms is 1.0 s: what would be written decides, not the value.
        if value < 1000.0 - 0.5 * 10f64.powi(-(digits as i32)) {
            return format!("{value:.digits$} {unit}");
        }
    }
    if seconds < 59.95 {
        let digits = decimals(seconds).max(usize::from(seconds < 59.95));
        return format!("{seconds:.digits$} s");
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours} h {minutes} min")
    } else if rest > 0 {
        format!("{minutes} min {rest} s")
    } else {
        format!("{minutes} min")
    }
}

/// The unit for an axis that ends at `seconds`, and its length.
pub(super) fn unit(seconds: f64) -> (&'static str, f64) {
    if seconds >= 7200.0 {
        ("h", 3600.0)
    } else if seconds >= 300.0 {
        ("min", 60.0)
    } else {
        UNITS
            .into_iter()
            .rev()
            .find(|(_, length)| seconds >= *length)
            .unwrap_or(UNITS[0])
    }
}

/// A number with at most three significant digits after the point and no zeros
/// at its end: `3`, `0.3`, `12.8`, `1,024`.
pub(super) fn plain(value: f64) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let digits = (2 - magnitude).clamp(0, 12) as usize;
    let text = format!("{:.digits$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let sign = if value < 0.0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", separated(whole))
}

/// A number of bytes: `64 B`, `15.4 kB`, `3 MB`; a kB is 1,000 bytes.
pub fn bytes(number: f64) -> String {
    if !number.is_finite() || number < 0.0 {
        return "unknown".to_owned();
    }
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    // 999.6 kB is 1 MB: what would be written decides.
    match units
        .into_iter()
        .find(|(_, length)| number >= length * 0.9995)
    {
        Some((unit, length)) => format!("{} {unit}", plain(number / length)),
        None => format!("{number:.0} B"),
    }
}

/// The label of a tick at `value` where ticks are `step` apart: as many decimals
/// as tell them apart.
pub(super) fn plain_tick(value: f64, step: f64) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.abs() >= 1e15 || step < 1e-9 {
        return format!("{value:.1e}");
    }
    let decimals = if step < 1.0 {
        (-step.log10() - 1e-9).ceil().max(0.0) as usize
    } else {
        0
    };
    if decimals == 0 {
        thousands(value.round() as i64)
    } else {
        format!("{value:.decimals$}")
    }
}

/// How many times as fast: `1.94`, `12.5`, `340`.
pub(super) fn ratio(value: f64) -> String {
    if value < 9.995 {
        format!("{value:.2}")
    } else {
        plain(value)
    }
}

/// An integer with its thousands set apart: `1,000,000`.
pub(super) fn thousands(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", separated(&value.unsigned_abs().to_string()))
}

fn separated(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 worker`, `2 workers`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let number_word = thousands(i64::try_from(number).unwrap_or(i64::MAX));
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number_word} {noun}s")
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// What the guide says: `guide 3 s`, or `guide 3 s × 0.1 = 0.3 s` for a run
/// that was scaled.
pub(super) fn documented(seconds: f64, scale: f64) -> String {
    let scaled = scale.is_finite() && scale > 0.0 && (scale - 1.0).abs() > 1e-9;
    let original = if scaled { seconds / scale } else { seconds };
    let (name, length) = unit(original);
    let value = |seconds: f64| format!("{} {name}", plain(seconds / length));
    if scaled {
        format!(
            "guide {} × {} = {}",
            value(original),
            plain(scale),
            value(seconds)
        )
    } else {
        format!("guide {}", value(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_the_unit_a_person_would_choose() {
        let said: Vec<String> = [
            3.0,
            0.012,
            450e-6,
            0.0,
            0.9996,
            0.999_96,
            9.96,
            12.34,
            59.97,
            75.0,
            120.0,
            4000.0,
            2e-9,
            -1.0,
            f64::NAN,
        ]
        .into_iter()
        .map(duration)
        .collect();
        assert_eq!(
            said,
            [
                "3.0 s",
                "12 ms",
                "450 µs",
                "0 s",
                "1.0 s",
                "1.0 s",
                "10.0 s",
                "12.3 s",
                "1 min",
                "1 min 15 s",
                "2 min",
                "1 h 6 min",
                "2.0 ns",
                "unknown",
                "unknown"
            ]
        );
    }

    #[test]
    fn precise_durations_have_three_digits() {
        assert_eq!(precise(3.0), "3.00 s");
        assert_eq!(precise(0.012), "12.0 ms");
        assert_eq!(precise(0.0451), "45.1 ms");
        assert_eq!(precise(12.345), "12.3 s");
    }

    #[test]
    fn bytes_take_the_unit_a_person_would_choose() {
        let said = [0.0, 64.0, 999.6, 15_400.0, 3e6, 2.25e9, f64::NAN].map(bytes);
        assert_eq!(
            said,
            [
                "0 B", "64 B", "1 kB", "15.4 kB", "3 MB", "2.25 GB", "unknown"
            ]
        );
    }

    #[test]
    fn a_stretch_of_no_nanosecond_still_took_some_time() {
        assert_eq!(stretch(0.0), "under 1 ns");
        assert_eq!(stretch(20e-9), "20.0 ns");
    }

    #[test]
    fn numbers_have_no_needless_digits() {
        let said: Vec<String> = [3.0, 0.3, 12.8, 1024.0, 1.976, 0.0, -2.5, 1_000_000.0, 62e-9]
            .into_iter()
            .map(plain)
            .collect();
        assert_eq!(
            said,
            [
                "3",
                "0.3",
                "12.8",
                "1,024",
                "1.98",
                "0",
                "-2.5",
                "1,000,000",
                "0.000000062"
            ]
        );
        assert_eq!(thousands(-1_234_567), "-1,234,567");
        assert_eq!(thousands(i64::MIN), "-9,223,372,036,854,775,808");
    }

    #[test]
    fn a_scaled_guide_shows_its_sum() {
        assert_eq!(documented(3.0, 1.0), "guide 3 s");
        assert_eq!(documented(0.3, 0.1), "guide 3 s × 0.1 = 0.3 s");
        assert_eq!(documented(3.0, f64::NAN), "guide 3 s");
    }
}
