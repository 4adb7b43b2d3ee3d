//! A broker.

/// A broker's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerTimer {}
