//! Consumer groups: what members and coordinator say to each other, what the coordinator writes, and its state machine.

pub mod classic_group;
pub mod config;
pub mod coordinator;
pub mod effects;
mod join;
pub mod protocol;
pub mod record;
mod session;
mod sync;
#[cfg(test)]
mod tests;
