//! What any simulated distributed system needs: time, order, chance and links. It knows nothing of Kafka.

pub mod network;
pub mod queue;
pub mod rng;

/// Virtual time, or a span of it, in microseconds.
pub type Micros = i64;

/// One millisecond of virtual time.
pub const MILLISECOND: Micros = 1_000;
/// One second of virtual time.
pub const SECOND: Micros = 1_000_000;

/// The instant a world begins at: 2024-01-01T00:00:00Z. Kafka reads a timestamp of 0 as "never", so the clock must
/// start far from it (`kafka-semantics` 0.4).
pub const EPOCH: Micros = 1_704_067_200 * SECOND;

/// A process on a host of its own: a broker, a controller or a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub i32);
