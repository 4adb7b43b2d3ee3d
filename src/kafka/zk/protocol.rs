//! What brokers and ZooKeeper say to each other, and what the controller tells brokers.

use super::tree::{Seen, ZkWrite};
use crate::kafka::metadata::{BrokerRegistration, MetadataImage};
use crate::kafka::record::{Topic, TopicId, TopicPartition};
use crate::kafka::registration::PartitionRegistration;
use crate::sim::Micros;
use std::rc::Rc;

/// What a client asks of ZooKeeper. Reads come with the watch that made them necessary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZkRequest {
    /// Makes a session, or goes on with an old one (0: none).
    Connect { session: u64, timeout: Micros },
    /// Ends a session: its ephemeral nodes go at once.
    Close { session: u64 },
    /// Creates the ephemeral node `/brokers/ids/N`.
    Register { session: u64, broker: i32, rack: Option<Rc<str>> },
    /// Creates the ephemeral node `/controller` and raises `/controller_epoch`.
    Elect { session: u64, broker: i32 },
    /// A ping; the answer comes at once when a watched node is not as it was seen, else after `max_wait`.
    Ping { session: u64, seen: Seen, max_wait: Micros },
    /// Leaves a note in `/log_dir_event_notification`.
    LogDirFailed { session: u64, broker: i32 },
    /// Writes of the controller of this epoch, all or none.
    Multi { session: u64, controller_epoch: i32, writes: Rc<[ZkWrite]> },
}

impl ZkRequest {
    /// What a person sees of it.
    pub fn name(&self) -> &'static str {
        match self {
            ZkRequest::Connect { .. } => "createSession",
            ZkRequest::Close { .. } => "closeSession",
            ZkRequest::Register { .. } => "create /brokers/ids",
            ZkRequest::Elect { .. } => "create /controller",
            ZkRequest::Ping { .. } => "ping",
            ZkRequest::LogDirFailed { .. } => "create /log_dir_event_notification",
            ZkRequest::Multi { .. } => "multi",
        }
    }

    /// The session it is sent in; 0 where it makes one.
    pub fn session(&self) -> u64 {
        match self {
            ZkRequest::Connect { session, .. }
            | ZkRequest::Close { session }
            | ZkRequest::Register { session, .. }
            | ZkRequest::Elect { session, .. }
            | ZkRequest::Ping { session, .. }
            | ZkRequest::LogDirFailed { session, .. }
            | ZkRequest::Multi { session, .. } => *session,
        }
    }
}

/// What ZooKeeper answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZkResponse {
    /// The session is there.
    Session { session: u64 },
    /// The session is not there any more.
    Expired,
    /// The session ended as asked.
    Closed,
    /// The broker is registered; its epoch is the zxid of its node.
    Registered { epoch: i64, image: Rc<MetadataImage> },
    /// The node of a former session is still there.
    NodeExists,
    /// This broker is the controller now: its epoch and all there is, with the topics to be deleted.
    Elected { controller_epoch: i32, seen: Seen, image: Rc<MetadataImage>, deletions: Vec<Topic> },
    /// Another one is.
    NotElected,
    /// The state of what is watched.
    Watched { controller: i32, seen: Seen, image: Rc<MetadataImage>, log_dirs: Vec<i32> },
    /// Written.
    Written,
    /// The note is there.
    Noted,
    /// Another controller has a higher epoch.
    ControllerMoved,
}

impl ZkResponse {
    /// Whether it tells of nothing but what was seen before.
    pub fn has_seen(&self, seen: &Seen) -> bool {
        matches!(self, ZkResponse::Watched { seen: now, .. } if now == seen)
    }
}

/// A partition as a control request carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionState {
    /// The partition.
    pub partition: TopicPartition,
    /// Its topic's id.
    pub topic_id: TopicId,
    /// Assignment, leader, ISR and epochs.
    pub registration: Rc<PartitionRegistration>,
}

/// A request of the controller to a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlRequest {
    /// The controller's broker id.
    pub controller: i32,
    /// Its epoch.
    pub controller_epoch: i32,
    /// The epoch of the broker it means.
    pub broker_epoch: i64,
    /// What the broker shall do.
    pub control: Control,
}

/// What a broker shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Lead and follow.
    LeaderAndIsr(Vec<PartitionState>),
    /// Know all live brokers and these partitions; forget those that are deleted.
    UpdateMetadata { brokers: Vec<(i32, BrokerRegistration)>, partitions: Vec<PartitionState>, deleted: Vec<TopicPartition> },
    /// Stop following; delete, where said, the log.
    StopReplica(Vec<(TopicPartition, bool)>),
}

impl ControlRequest {
    /// The name of the API, as Kafka has it.
    pub fn name(&self) -> &'static str {
        match self.control {
            Control::LeaderAndIsr(_) => "LeaderAndIsr",
            Control::UpdateMetadata { .. } => "UpdateMetadata",
            Control::StopReplica(_) => "StopReplica",
        }
    }
}
