//! The producer.

/// The timers of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProducerTimer {}
