//! Chance as a value: seeded streams, one per concern, integers only.

/// A stream of pseudo-random numbers (SplitMix64). The same seed and label give the same stream everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// The stream of `seed` for the concern named `label`.
    pub fn stream(seed: u64, label: &str) -> Rng {
        let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
        for byte in label.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        let mut rng = Rng { state };
        rng.draw();
        rng
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.draw()) * u128::from(n)) >> 64) as u64
    }

    /// True `numerator` times out of `denominator`; never when the denominator is 0.
    pub fn ratio(&mut self, numerator: u64, denominator: u64) -> bool {
        numerator > 0 && denominator > 0 && self.below(denominator) < numerator
    }

    /// A span in `0..=span` microseconds.
    pub fn up_to(&mut self, span: i64) -> i64 {
        if span <= 0 { 0 } else { self.below(span as u64 + 1) as i64 }
    }
}
