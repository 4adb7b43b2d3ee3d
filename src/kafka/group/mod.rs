//! Consumer groups: what members and coordinator say to each other, what the coordinator writes, and its state machine.

pub mod protocol;
pub mod record;
