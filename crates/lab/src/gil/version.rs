//! CPython's versions, as far as the lock differs between them.

/// Versions whose lock is known, the oldest first. They are text: 3.10 is not
/// 3.1.
const KNOWN: [&str; 7] = ["2.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"];

/// A version of CPython whose lock is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "String", try_from = "String"))]
pub struct Version(usize);

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.name().into()
    }
}

impl TryFrom<String> for Version {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Version::find(&name).ok_or_else(|| format!("no lock of CPython {name} is known"))
    }
}

impl Version {
    /// The newest that is known.
    pub const NEWEST: Version = Version(KNOWN.len() - 1);

    /// As one writes it.
    pub fn name(self) -> &'static str {
        KNOWN[self.0]
    }

    /// All that are known, as one writes them.
    pub fn names() -> &'static [&'static str] {
        &KNOWN
    }

    /// A version as one writes it.
    pub fn find(name: &str) -> Option<Version> {
        KNOWN.iter().position(|known| *known == name).map(Version)
    }

    /// Whether the lock can be let go between nearly any two instructions (up to
    /// 3.9), or only at calls and backward jumps.
    pub fn checks_everywhere(self) -> bool {
        self.0 <= 2
    }

    /// Instructions after which the holder lets go of its own accord and wants the
    /// lock again at once (`sys.getcheckinterval()`, 2.7); none where it lets go
    /// because a waiter has asked.
    pub fn ticks(self) -> Option<u32> {
        (self.0 == 0).then_some(100)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_text_and_ordered() {
        assert_eq!(Version::find("3.1"), None);
        assert!(Version::find("3.9") < Version::find("3.10"));
        let everywhere: Vec<_> = KNOWN
            .into_iter()
            .filter(|v| Version::find(v).unwrap().checks_everywhere())
            .collect();
        assert_eq!(everywhere, ["2.7", "3.8", "3.9"]);
        assert_eq!(Version::NEWEST.name(), "3.13");
        let ticking = KNOWN
            .into_iter()
            .filter(|v| Version::find(v).unwrap().ticks().is_some());
        assert_eq!(ticking.collect::<Vec<_>>(), ["2.7"]);
    }
}
