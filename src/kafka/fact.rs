//! What has happened: the closed list of facts a node may state.

use super::errors::ErrorCode;
use super::protocol::Broken;
use super::record::{RecordId, Topic, TopicPartition};
use crate::sim::{Micros, NodeId};
use std::rc::Rc;

/// How a record's partition was chosen (`kafka-semantics` 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionChoice {
    /// The record named it.
    Explicit,
    /// murmur2 of the key, made positive, modulo the count.
    Key { hash: i32, partitions: i32 },
    /// The sticky partition of the moment.
    Sticky,
    /// The next in turn.
    RoundRobin,
}

/// One thing that happened at a node, beside when and why, which the trace adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    // ---- producers
    /// A record was given a partition and waits to be sent.
    RecordSent { record: RecordId, partition: TopicPartition, key: Option<Rc<str>>, choice: PartitionChoice },
    /// The leader acknowledged it (offset none with acks=0).
    RecordAcknowledged { record: RecordId, partition: TopicPartition, offset: Option<i64>, sent_at: Micros },
    /// It was given up.
    RecordFailed { record: RecordId, partition: Option<TopicPartition>, error: &'static str },
    /// A batch is sent again.
    BatchRetried { partition: TopicPartition, records: i32, error: ErrorCode },
    /// The producer got its identity.
    ProducerIdAssigned { producer_id: i64, epoch: i16 },
    // ---- consumers
    /// Records were received.
    RecordsRead { partition: TopicPartition, first_offset: i64, last_offset: i64, records: i32 },
    /// A position was set by auto.offset.reset, or by truncation detection.
    PositionReset { partition: TopicPartition, offset: i64 },
    /// Partitions were taken away.
    PartitionsRevoked { group: Rc<str>, partitions: Vec<TopicPartition> },
    /// Partitions were given.
    PartitionsAssigned { group: Rc<str>, generation: i32, partitions: Vec<TopicPartition> },
    /// Polling raised an error.
    ConsumerFailed { error: &'static str },
    // ---- group coordinators
    /// A member joined.
    MemberJoined { group: Rc<str>, member: Rc<str> },
    /// A member left or its session ran out.
    MemberLeft { group: Rc<str>, member: Rc<str>, expired: bool },
    /// The group prepares a rebalance.
    RebalanceStarted { group: Rc<str>, generation: i32 },
    /// Everyone has the assignment.
    GroupStable { group: Rc<str>, generation: i32, protocol: Rc<str>, members: i32 },
    /// Nobody is left.
    GroupEmpty { group: Rc<str> },
    /// Offsets were committed.
    OffsetsCommitted { group: Rc<str>, offsets: Vec<(TopicPartition, i64)> },
    // ---- replicas
    /// A leader appended a batch.
    Appended { partition: TopicPartition, base_offset: i64, last_offset: i64, leader_epoch: i32, records: Vec<RecordId> },
    /// A duplicate batch was recognised and answered with its old offsets.
    DuplicateFound { partition: TopicPartition, base_offset: i64 },
    /// A write was refused.
    ProduceRefused { partition: TopicPartition, error: ErrorCode },
    /// A follower copied batches.
    Replicated { partition: TopicPartition, base_offset: i64, last_offset: i64 },
    /// The leader's high watermark moved.
    HighWatermarkAdvanced { partition: TopicPartition, from: i64, to: i64 },
    /// A follower learned a high watermark.
    HighWatermarkLearned { partition: TopicPartition, from: i64, to: i64 },
    /// A replica leads from now on.
    BecameLeader { partition: TopicPartition, leader_epoch: i32, start_offset: i64 },
    /// A replica follows from now on.
    BecameFollower { partition: TopicPartition, leader: i32, leader_epoch: i32 },
    /// A log was cut.
    Truncated { partition: TopicPartition, from: i64, to: i64 },
    /// A follower gave a partition up: it fetches it no more until the leader changes or the broker restarts.
    ReplicaFailed { partition: TopicPartition },
    /// A leader asks the controller for another ISR.
    IsrProposed { partition: TopicPartition, from: Vec<i32>, to: Vec<i32> },
    // ---- brokers
    /// A broker serves from now on.
    BrokerRunning { broker: i32 },
    /// A broker found no controller to register it, and gave up.
    RegistrationTimedOut { broker: i32 },
    // ---- the controllers' quorum
    /// A voter asks for votes in a new epoch of the quorum.
    QuorumElectionStarted { epoch: i32 },
    /// A controller leads the quorum and decides from now on.
    ControllerActivated { epoch: i32 },
    /// It no longer does.
    ControllerRenounced { epoch: i32 },
    /// A voter dropped metadata records that were never committed.
    MetadataTruncated { from: i64, to: i64 },
    // ---- controllers
    /// A broker registered.
    BrokerRegistered { broker: i32, epoch: i64 },
    /// A registration was refused.
    RegistrationRefused { broker: i32, error: ErrorCode },
    /// A broker was fenced.
    BrokerFenced { broker: i32, expired: bool },
    /// A broker's log directories failed, as the controller was told.
    DirectoriesOffline { broker: i32, directories: i32 },
    /// A broker was unfenced.
    BrokerUnfenced { broker: i32 },
    /// A broker began its controlled shutdown.
    ShutdownStarted { broker: i32 },
    /// A broker's ZooKeeper session ended, and with it what it held there.
    SessionEnded { broker: i32, expired: bool },
    /// A broker could not register: the node of its former session is still there.
    BrokerNodeExists { broker: i32 },
    /// A broker became the controller of a ZooKeeper cluster.
    ControllerElected { broker: i32, epoch: i32 },
    /// It is not any more.
    ControllerResigned { broker: i32, epoch: i32 },
    /// A broker was taken out of the cluster.
    BrokerUnregistered { broker: i32 },
    /// A partition has another leader (-1 none).
    LeaderElected { partition: TopicPartition, from: i32, to: i32, leader_epoch: i32, unclean: bool },
    /// A partition has another ISR.
    IsrChanged { partition: TopicPartition, from: Vec<i32>, to: Vec<i32> },
    /// A topic was created.
    TopicCreated { topic: Topic, partitions: i32, replication_factor: i32 },
    /// A topic was deleted.
    TopicDeleted { topic: Topic },
    /// A topic grew.
    PartitionsAdded { topic: Topic, from: i32, to: i32 },
    /// A configuration changed.
    ConfigChanged { resource: Rc<str>, name: Rc<str>, value: Rc<str> },
    /// A configuration was accepted that this simulation does not act on.
    ConfigNotSimulated { name: Rc<str>, value: Rc<str> },
    /// An administrator's request was refused; for an unknown configuration, the nearest known name.
    AdminRefused { request: &'static str, error: ErrorCode, nearest: Option<Rc<str>> },
    // ---- hosts and links
    /// A process started.
    Started,
    /// A process died at once.
    Killed,
    /// A process ended by itself.
    Stopped,
    /// The power of a host failed: its process died, and what its page cache held is gone.
    PowerLost,
    /// A host's disk was replaced by an empty one.
    DiskLost,
    /// A log lost its end with the power.
    DataLost { partition: TopicPartition, from: i64, to: i64 },
    /// A log directory of a broker failed.
    DirectoryFailed { broker: i32, directory: Rc<str> },
    /// A write takes so long from now on.
    DiskSlowed { latency: Micros },
    /// A process stands still.
    Paused,
    /// It goes on.
    Resumed,
    /// No packets between two nodes any more.
    LinkCut { from: NodeId, to: NodeId, both_ways: bool },
    /// Packets between two nodes take so long from now on.
    LinkSlowed { from: NodeId, to: NodeId, latency: Micros },
    /// Packets pass again.
    LinkHealed { from: NodeId, to: NodeId },
    /// A connection broke.
    ConnectionLost { to: NodeId, why: Broken },
}
