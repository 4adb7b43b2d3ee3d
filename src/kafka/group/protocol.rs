//! Requests and responses of group members (classic protocol) and their coordinator (`kafka-semantics` 7).

use super::record::CommittedOffset;
use crate::kafka::errors::ErrorCode;
use crate::kafka::record::TopicPartition;
use std::rc::Rc;

/// What a member tells of itself under one assignor when it joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Topics it wants.
    pub topics: Vec<Rc<str>>,
    /// Partitions it still owns (cooperative assignors).
    pub owned: Vec<TopicPartition>,
    /// The generation it owned them in, or -1.
    pub generation: i32,
    /// Its rack, if any.
    pub rack: Option<Rc<str>>,
}

/// A member as the group's leader gets it to assign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its id.
    pub member_id: Rc<str>,
    /// Its instance id, if static.
    pub instance_id: Option<Rc<str>>,
    /// What it wants.
    pub subscription: Subscription,
}

/// A request about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupRequest {
    /// Who coordinates the group?
    FindCoordinator { group: Rc<str> },
    /// Enter the group, or enter again; assignors in order of preference.
    JoinGroup {
        group: Rc<str>,
        member_id: Rc<str>,
        instance_id: Option<Rc<str>>,
        client_id: Rc<str>,
        session_timeout_ms: i32,
        rebalance_timeout_ms: i32,
        protocols: Vec<(Rc<str>, Subscription)>,
    },
    /// Give (the leader) and get the assignment.
    SyncGroup { group: Rc<str>, generation: i32, member_id: Rc<str>, assignments: Vec<(Rc<str>, Vec<TopicPartition>)> },
    /// Still there.
    Heartbeat { group: Rc<str>, generation: i32, member_id: Rc<str>, instance_id: Option<Rc<str>> },
    /// Leave.
    LeaveGroup { group: Rc<str>, member_id: Rc<str> },
    /// Commit offsets; generation -1 and an empty member id for a consumer without a group.
    OffsetCommit { group: Rc<str>, generation: i32, member_id: Rc<str>, offsets: Vec<(TopicPartition, i64, i32)> },
    /// Read committed offsets.
    OffsetFetch { group: Rc<str>, partitions: Vec<TopicPartition> },
}

impl GroupRequest {
    /// The name of the API, as Kafka has it.
    pub fn name(&self) -> &'static str {
        match self {
            GroupRequest::FindCoordinator { .. } => "FindCoordinator",
            GroupRequest::JoinGroup { .. } => "JoinGroup",
            GroupRequest::SyncGroup { .. } => "SyncGroup",
            GroupRequest::Heartbeat { .. } => "Heartbeat",
            GroupRequest::LeaveGroup { .. } => "LeaveGroup",
            GroupRequest::OffsetCommit { .. } => "OffsetCommit",
            GroupRequest::OffsetFetch { .. } => "OffsetFetch",
        }
    }
}

/// A response about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupResponse {
    /// The coordinator's broker, -1 with an error.
    FindCoordinator { error: ErrorCode, broker: i32 },
    /// The generation joined; `members` only for the leader.
    JoinGroup {
        error: ErrorCode,
        generation: i32,
        protocol: Option<Rc<str>>,
        leader: Rc<str>,
        member_id: Rc<str>,
        skip_assignment: bool,
        members: Vec<JoinedMember>,
    },
    /// The assignment.
    SyncGroup { error: ErrorCode, assignment: Vec<TopicPartition> },
    /// Fine, or what happened.
    Heartbeat { error: ErrorCode },
    /// Gone.
    LeaveGroup { error: ErrorCode },
    /// Per partition.
    OffsetCommit(Vec<(TopicPartition, ErrorCode)>),
    /// The offsets committed, none where there is none.
    OffsetFetch { error: ErrorCode, offsets: Vec<(TopicPartition, Option<CommittedOffset>)> },
}
