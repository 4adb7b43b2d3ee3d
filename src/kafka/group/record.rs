//! What a group coordinator writes to `__consumer_offsets`.

use crate::kafka::record::TopicPartition;
use crate::map::Map;
use std::rc::Rc;

/// One record of `__consumer_offsets`; a later one replaces an earlier one of the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoordinatorRecord {
    /// A committed offset; none removes it.
    Offset { group: Rc<str>, partition: TopicPartition, committed: Option<CommittedOffset> },
    /// A classic group after a generation was settled; none removes it.
    Group { group: Rc<str>, metadata: Option<GroupMetadata> },
}

/// A committed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: i64,
    /// Epoch of the last record read, or -1.
    pub leader_epoch: i32,
    /// When, in milliseconds.
    pub timestamp_ms: i64,
}

/// A classic group as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMetadata {
    /// The generation.
    pub generation: i32,
    /// The chosen assignor, none for an empty group.
    pub protocol: Option<Rc<str>>,
    /// The member that assigns.
    pub leader: Option<Rc<str>>,
    /// Members by id.
    pub members: Map<Rc<str>, StoredMember>,
}

/// A member as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMember {
    /// The client's id.
    pub client_id: Rc<str>,
    /// The instance id of a static member.
    pub instance_id: Option<Rc<str>>,
    /// Its session timeout, in milliseconds.
    pub session_timeout_ms: i32,
    /// Its rebalance timeout, in milliseconds.
    pub rebalance_timeout_ms: i32,
    /// Topics it subscribes to.
    pub topics: Vec<Rc<str>>,
    /// What it was assigned.
    pub assignment: Vec<TopicPartition>,
}
