//! A schedule as a short text that can be copied: which program it is of, and
//! whose turns there are.

/// Marks the form of the text; another build with another form refuses it.
const FORM: &str = "s1";

/// Why a text is not a schedule of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// It does not read as a schedule.
    Form,
    /// It is one of another program, of other parameters, or of another build.
    OtherProgram,
}

impl std::fmt::Display for ReplayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ReplayError::Form => {
                "this is no schedule: one looks like s1-1a2b3c4d-ABBA, as exploring prints it"
            }
            ReplayError::OtherProgram => {
                "this schedule is one of another program: of other tasks or parameters, or of \
                 another build of Threadlab"
            }
        })
    }
}

impl std::error::Error for ReplayError {}

/// Writes the turns of a program that has this number. Up to 26 workers are
/// letters; turns of one worker in a row are counted.
pub fn write(program: u32, turns: &[u32]) -> String {
    let letters = turns.iter().all(|worker| *worker < 26);
    let mut text = format!("{FORM}-{program:08x}-");
    for run in turns.chunk_by(|a, b| a == b) {
        if letters {
            text.push(char::from(b'A' + run[0] as u8));
            if run.len() > 1 {
                text += &run.len().to_string();
            }
        } else {
            text += &format!(".{}x{}", run[0], run.len());
        }
    }
    text
}

/// Reads turns of a program that has this number.
///
/// # Errors
/// When the text is no schedule, or one of another program.
pub fn read(program: u32, text: &str) -> Result<Vec<u32>, ReplayError> {
    let mut parts = text.trim().splitn(3, '-');
    let (Some(FORM), Some(of), Some(turns)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(ReplayError::Form);
    };
    if of.len() != 8 || u32::from_str_radix(of, 16) != Ok(program) {
        return Err(ReplayError::OtherProgram);
    }
    let runs: Option<Vec<(u32, usize)>> = match turns.strip_prefix('.') {
        Some(numbers) => numbers
            .split('.')
            .map(|run| {
                let (worker, times) = run.split_once('x')?;
                Some((worker.parse().ok()?, times.parse().ok()?))
            })
            .collect(),
        None => letters(turns),
    };
    let runs = runs.ok_or(ReplayError::Form)?;
    if runs.iter().map(|(_, times)| times).sum::<usize>() > LONGEST {
        return Err(ReplayError::Form);
    }
    Ok(runs
        .into_iter()
        .flat_map(|(worker, times)| std::iter::repeat_n(worker, times))
        .collect())
}

/// Turns past this are no schedule that was ever printed.
const LONGEST: usize = 10_000_000;

fn letters(turns: &str) -> Option<Vec<(u32, usize)>> {
    let mut runs = vec![];
    let mut rest = turns;
    while let Some(letter) = rest.chars().next() {
        if !letter.is_ascii_uppercase() {
            return None;
        }
        rest = &rest[1..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let times = if digits == 0 {
            1
        } else {
            rest[..digits].parse().ok()?
        };
        rest = &rest[digits..];
        runs.push((u32::from(letter) - u32::from('A'), times));
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_comes_back_as_it_was() {
        for turns in [
            vec![0, 1, 1, 0],
            vec![0; 30],
            vec![],
            vec![25, 26, 26],
            (0..100).collect(),
        ] {
            assert_eq!(read(7, &write(7, &turns)), Ok(turns));
        }
        assert_eq!(write(0xab, &[0, 1, 1, 0]), "s1-000000ab-AB2A");
    }

    #[test]
    fn what_is_not_a_schedule_of_this_program_is_refused() {
        assert_eq!(read(7, &write(8, &[0, 1])), Err(ReplayError::OtherProgram));
        for text in [
            "",
            "ABBA",
            "s1-00000007-abba",
            "s1-00000007-A99999999999",
            "s0-00000007-A",
            "s1-00000007-.1x",
        ] {
            assert_eq!(read(7, text), Err(ReplayError::Form), "{text}");
        }
    }
}
