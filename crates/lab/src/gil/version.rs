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

/// A version as one writes it: `"3.12".parse::<Version>()?`.
impl std::str::FromStr for Version {
    type Err = UnknownVersion;
    fn from_str(name: &str) -> Result<Self, UnknownVersion> {
        Version::find(name).ok_or_else(|| UnknownVersion(name.into()))
    }
}

/// A version whose lock is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVersion(String);

impl std::fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let known = KNOWN.join(", ");
        write!(
            f,
            "no lock of CPython {} is known; possible: {known}",
            self.0
        )
    }
}

impl std::error::Error for UnknownVersion {}

impl Version {
    /// CPython 2.7, whose lock goes by counted instructions.
    pub const V2_7: Version = Version(0);
    /// CPython 3.8.
    pub const V3_8: Version = Version(1);
    /// CPython 3.9, the last that checks between any two instructions.
    pub const V3_9: Version = Version(2);
    /// CPython 3.10, the first that checks at calls and backward jumps only.
    pub const V3_10: Version = Version(3);
    /// CPython 3.11.
    pub const V3_11: Version = Version(4);
    /// CPython 3.12.
    pub const V3_12: Version = Version(5);
    /// CPython 3.13.
    pub const V3_13: Version = Version(6);

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
        let constants = [
            Version::V2_7,
            Version::V3_8,
            Version::V3_9,
            Version::V3_10,
            Version::V3_11,
            Version::V3_12,
            Version::V3_13,
        ];
        assert_eq!(constants.map(Version::name), KNOWN);
        assert_eq!("3.12".parse(), Ok(Version::V3_12));
        let unknown = "3.1".parse::<Version>().unwrap_err().to_string();
        assert!(unknown.contains("3.1 is known; possible: 2.7, 3.8"));
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
