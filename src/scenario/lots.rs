//! Numbers drawn by lot before a run starts, so that one seed gives the same
//! run under every model.

/// Lots from 0 to 1, without end (splitmix64, Steele et al. 2014).
#[derive(Debug)]
pub(super) struct Lots {
    state: u64,
}

impl Lots {
    pub(super) fn new(seed: u64) -> Self {
        Lots { state: seed }
    }
}

impl Iterator for Lots {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Some((z ^ (z >> 31)) as f64 / u64::MAX as f64)
    }
}
