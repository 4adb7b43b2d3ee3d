//! ZooKeeper mode: the ZooKeeper node, a broker's session with it, and the controller that lives in one of the brokers
//! (`kafka-semantics` 5.9, kafka/controller/*.scala of 3.9).

mod admin;
mod channel;
mod client;
mod context;
mod controller;
mod deletion;
mod partitions;
pub mod protocol;
mod reassignment;
pub mod server;
mod state_change;
pub mod tree;

pub use client::{ZkClient, ZkSettings, ZkTimer};
pub use controller::ZkController;

use crate::sim::NodeId;

/// The ZooKeeper node.
pub const ZOOKEEPER: NodeId = NodeId(-2);
