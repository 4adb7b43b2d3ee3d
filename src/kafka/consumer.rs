//! The consumer.

/// The timers of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsumerTimer {}
