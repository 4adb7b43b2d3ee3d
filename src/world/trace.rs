//! The trace: every fact with its instant, its node and its cause.

use crate::kafka::fact::Fact;
use crate::sim::{Micros, NodeId};

/// What made a node act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A command, by its number in the run.
    Command(u64),
    /// A message, by its flight's number.
    Message(u64),
    /// A timer of the node itself, or the end of a connection.
    Timer,
}

/// A fact in the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The step it happened in.
    pub step: u64,
    /// When.
    pub at: Micros,
    /// Where.
    pub node: NodeId,
    /// Why.
    pub cause: Cause,
    /// What.
    pub fact: Fact,
}
