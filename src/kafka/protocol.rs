//! Kafka's requests and responses, as far as they carry meaning: what nodes say to each other, and all they know of each other.

use super::effect::Ticket;
use super::errors::ErrorCode;
use super::group::protocol as group;
use super::metadata::MetadataBatch;
use super::record::{DirectoryId, RecordBatch, Topic, TopicId, TopicPartition};
use super::registration::{NO_LEADER, PartitionRegistration};
use super::zk::protocol as zk;
use crate::sim::{Micros, NodeId};
use std::rc::Rc;

/// How a call broke without an answer (`kafka-semantics` 0.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Never sent: no connection could be made (refused, or its set-up timed out). Safe to try again.
    Unreachable,
    /// Sent, then the peer or the network closed the connection: NETWORK_EXCEPTION, outcome unknown.
    Disconnected,
    /// Sent, then a request on the connection ran out of time: REQUEST_TIMED_OUT, outcome unknown.
    TimedOut,
}

/// A partition with its error.
pub type PartitionError = (TopicPartition, ErrorCode);
/// Configurations by name, in the order given.
pub type Configs = Vec<(Rc<str>, Rc<str>)>;

/// What a read of a partition may see (`kafka-semantics` 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// A follower's: up to the log end.
    LogEnd,
    /// read_uncommitted: up to the high watermark.
    HighWatermark,
    /// read_committed: up to the last stable offset.
    LastStable,
}

/// A follower's identity in a Fetch, and in an ISR proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerEpoch {
    /// The broker.
    pub id: i32,
    /// Its epoch; -1 when not known.
    pub epoch: i64,
}

/// One partition of a Fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// The topic's id.
    pub topic_id: TopicId,
    /// The leader epoch the fetcher knows; -1 none.
    pub current_leader_epoch: i32,
    /// The offset to read from.
    pub fetch_offset: i64,
    /// The epoch of the fetcher's last record; -1 none (and for consumers).
    pub last_fetched_epoch: i32,
    /// The fetcher's own log start offset; -1 for consumers.
    pub log_start_offset: i64,
}

/// Fetch, of a follower (`replica` given) or a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// The follower, or none for a consumer.
    pub replica: Option<BrokerEpoch>,
    /// How long the answer may wait for data.
    pub max_wait: Micros,
    /// How many bytes it waits for.
    pub min_bytes: i32,
    /// Bytes of the whole answer.
    pub max_bytes: i32,
    /// Bytes per partition.
    pub partition_max_bytes: i32,
    /// What the fetcher may see.
    pub isolation: Isolation,
    /// What it wants.
    pub partitions: Vec<FetchPartition>,
}

/// One partition of a Fetch response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// NONE, or why there is nothing.
    pub error: ErrorCode,
    /// The leader's high watermark before this fetch had an effect (`kafka-semantics` 4.3); -1 with an error.
    pub high_watermark: i64,
    /// The last stable offset.
    pub last_stable_offset: i64,
    /// Where the leader's log starts.
    pub log_start_offset: i64,
    /// Epoch and end offset where the fetcher's log departs from the leader's (4.9).
    pub diverging: Option<(i32, i64)>,
    /// What was read.
    pub batches: Vec<Rc<RecordBatch>>,
}

/// What a ListOffsets asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetQuery {
    /// The log start offset.
    Earliest,
    /// The high watermark (or last stable offset).
    Latest,
    /// The first record at or after a time in milliseconds.
    At(i64),
}

/// A broker in a Metadata response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerInfo {
    /// Its id.
    pub id: i32,
    /// Its rack, if any.
    pub rack: Option<Rc<str>>,
}

/// A partition in a Metadata response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionMetadata {
    /// NONE or LEADER_NOT_AVAILABLE.
    pub error: ErrorCode,
    /// Its number.
    pub partition: i32,
    /// The leader, or -1.
    pub leader: i32,
    /// Its epoch.
    pub leader_epoch: i32,
    /// Assigned brokers.
    pub replicas: Vec<i32>,
    /// In sync.
    pub isr: Vec<i32>,
}

/// A topic in a Metadata response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicMetadata {
    /// NONE, UNKNOWN_TOPIC_OR_PARTITION, …
    pub error: ErrorCode,
    /// The name.
    pub topic: Topic,
    /// The id.
    pub topic_id: TopicId,
    /// Its partitions, ascending.
    pub partitions: Vec<PartitionMetadata>,
}

/// Metadata response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataResponse {
    /// Brokers alive as the answering broker knows.
    pub brokers: Vec<BrokerInfo>,
    /// The controller, where that is a broker; -1 none.
    pub controller: i32,
    /// What was asked for.
    pub topics: Vec<TopicMetadata>,
}

/// How a topic's replicas are placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// By the controller.
    Automatic { partitions: i32, replication_factor: i16 },
    /// One list of brokers a partition.
    Manual(Vec<Vec<i32>>),
}

/// A topic to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatableTopic {
    /// The name.
    pub topic: Topic,
    /// Where its replicas go.
    pub placement: Placement,
    /// Its configuration.
    pub configs: Configs,
}

/// What a configuration change is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigResource {
    /// A topic.
    Topic(Topic),
    /// One broker, or all of them.
    Broker(Option<i32>),
}

/// Which election ElectLeaders asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElectionType {
    /// Give leadership to the first assigned replica.
    Preferred,
    /// Accept a leader outside the ISR where there is none.
    Unclean,
}

/// A change of the ISR that a leader proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterPartitionItem {
    /// The partition.
    pub partition: TopicPartition,
    /// The topic's id.
    pub topic_id: TopicId,
    /// The leader epoch the leader has.
    pub leader_epoch: i32,
    /// The partition epoch it has.
    pub partition_epoch: i32,
    /// The ISR it wants, each member with its broker epoch.
    pub new_isr: Vec<BrokerEpoch>,
}

/// The controller's word on one proposed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlteredPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// NONE or why not.
    pub error: ErrorCode,
    /// The leader now.
    pub leader: i32,
    /// Its epoch.
    pub leader_epoch: i32,
    /// The ISR now.
    pub isr: Vec<i32>,
    /// The partition epoch now.
    pub partition_epoch: i32,
}

impl AlteredPartition {
    /// The word on a change of a partition that is so now; none: it is not there.
    pub fn new(partition: &TopicPartition, error: ErrorCode, is: Option<&Rc<PartitionRegistration>>) -> AlteredPartition {
        AlteredPartition {
            partition: partition.clone(),
            error,
            leader: is.map_or(NO_LEADER, |r| r.leader),
            leader_epoch: is.map_or(-1, |r| r.leader_epoch),
            isr: is.map(|r| r.isr.clone()).unwrap_or_default(),
            partition_epoch: is.map_or(-1, |r| r.partition_epoch),
        }
    }
}

/// Who leads the controllers' quorum, as a node has heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuorumLeader {
    /// The quorum's epoch.
    pub epoch: i32,
    /// The leader in it, if known.
    pub leader: Option<i32>,
}

/// Fetch of the metadata log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchMetadata {
    /// The voter or broker.
    pub replica: i32,
    /// The quorum's epoch it knows; -1 none.
    pub epoch: i32,
    /// The offset to read from.
    pub offset: i64,
    /// The epoch of its last record; -1 for a broker, which holds nothing that is not committed.
    pub last_fetched_epoch: i32,
    /// The high watermark it knows.
    pub high_watermark: i64,
    /// How long the answer may wait for news.
    pub max_wait: Micros,
}

/// What was fetched of the metadata log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedMetadata {
    /// NONE, or why there is nothing.
    pub error: ErrorCode,
    /// Who leads.
    pub quorum: QuorumLeader,
    /// The leader's high watermark, as far as it is known.
    pub high_watermark: i64,
    /// Epoch and end offset where the fetcher's log departs from the leader's.
    pub diverging: Option<(i32, i64)>,
    /// What was read.
    pub batches: Vec<MetadataBatch>,
}

/// Everything one node asks of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Which brokers, topics and leaders there are; `topics` none: only brokers.
    Metadata { topics: Vec<Topic>, allow_auto_topic_creation: bool },
    /// Write batches; `acks` is -1 (all), 0 or 1.
    Produce { acks: i16, timeout: Micros, batches: Vec<(TopicPartition, RecordBatch)> },
    /// Read records.
    Fetch(FetchRequest),
    /// Find offsets; each partition with the leader epoch known (-1 none).
    ListOffsets { isolation: Isolation, partitions: Vec<(TopicPartition, i32, OffsetQuery)> },
    /// Where an epoch ends: partition, current leader epoch, epoch asked for.
    OffsetForLeaderEpoch { partitions: Vec<(TopicPartition, i32, i32)> },
    /// A producer id.
    InitProducerId,
    /// Anything of groups.
    Group(group::GroupRequest),
    /// An administrator's wish; a broker forwards it to the controller.
    Admin(AdminRequest),
    /// A broker joins the cluster.
    BrokerRegistration { broker: i32, incarnation: u64, rack: Option<Rc<str>>, previous_epoch: i64, directories: Rc<[DirectoryId]> },
    /// A broker shows it is alive, and says what it wants.
    BrokerHeartbeat {
        broker: BrokerEpoch,
        metadata_offset: i64,
        want_fence: bool,
        want_shut_down: bool,
        offline_directories: Vec<DirectoryId>,
    },
    /// A leader proposes ISR changes.
    AlterPartition { broker: BrokerEpoch, changes: Vec<AlterPartitionItem> },
    /// A broker says in which log directory its replicas are.
    AssignReplicasToDirs { broker: BrokerEpoch, replicas: Vec<(TopicPartition, TopicId, DirectoryId)> },
    /// Fetch of `__cluster_metadata`, of a voter or of a broker, which observes.
    FetchMetadata(FetchMetadata),
    /// A voter asks for a vote in an epoch, or whether it would get one (`pre_vote`); with the epoch of its last record and its log's end.
    Vote { epoch: i32, candidate: i32, last_epoch: i32, end_offset: i64, pre_vote: bool },
    /// The quorum's new leader tells a voter.
    BeginQuorumEpoch { epoch: i32, leader: i32 },
    /// The quorum's leader resigns; whom it would have follow it, the best first.
    EndQuorumEpoch { epoch: i32, leader: i32, successors: Vec<i32> },
    /// A broker asks for a block of producer ids.
    AllocateProducerIds { broker: BrokerEpoch },
    /// Anything that is asked of ZooKeeper.
    Zk(zk::ZkRequest),
    /// The controller of a ZooKeeper cluster tells a broker what to do.
    Control(zk::ControlRequest),
    /// A broker of a ZooKeeper cluster wants to stop.
    ControlledShutdown { broker: BrokerEpoch },
}

/// What an administrator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminRequest {
    /// CreateTopics.
    CreateTopics(Vec<CreatableTopic>),
    /// CreatePartitions, up to a count.
    CreatePartitions { topic: Topic, count: i32 },
    /// DeleteTopics.
    DeleteTopics(Vec<Topic>),
    /// IncrementalAlterConfigs.
    AlterConfigs { resource: ConfigResource, configs: Configs },
    /// ElectLeaders.
    ElectLeaders { election: ElectionType, partition: TopicPartition },
    /// AlterPartitionReassignments; none cancels.
    AlterPartitionReassignments { partition: TopicPartition, replicas: Option<Vec<i32>> },
    /// UnregisterBroker.
    UnregisterBroker { broker: i32 },
}

/// One partition of a Produce response: error, base offset (-1 with an error), and with NOT_LEADER_OR_FOLLOWER the leader and epoch known (KIP-951).
pub type Produced = (TopicPartition, ErrorCode, i64, Option<(i32, i32)>);

/// Everything a node answers. What is large and rare is kept behind a pointer: answers are moved more often than they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// Not from the peer: a request without an answer (acks=0) is on its way.
    Written,
    /// The whole request failed.
    Error(ErrorCode),
    /// Metadata.
    Metadata(Box<MetadataResponse>),
    /// Outcomes of a Produce, per partition.
    Produce(Vec<Produced>),
    /// Fetched data.
    Fetch(Vec<FetchedPartition>),
    /// Per partition: error, offset, leader epoch (-1 none).
    ListOffsets(Vec<(TopicPartition, ErrorCode, i64, i32)>),
    /// Per partition: error, epoch, end offset (-1, -1 undefined).
    OffsetForLeaderEpoch(Vec<(TopicPartition, ErrorCode, i32, i64)>),
    /// A producer id and its epoch.
    InitProducerId { error: ErrorCode, producer_id: i64, epoch: i16 },
    /// Anything of groups.
    Group(Box<group::GroupResponse>),
    /// The answer to an administrator: one error, NONE if it was done.
    Admin(ErrorCode),
    /// The epoch a registration got.
    BrokerRegistration { error: ErrorCode, epoch: i64 },
    /// What the controller holds of the broker now.
    BrokerHeartbeat { error: ErrorCode, is_caught_up: bool, is_fenced: bool, should_shut_down: bool },
    /// ISR changes decided; the error is about the whole request.
    AlterPartition { error: ErrorCode, partitions: Vec<AlteredPartition> },
    /// Whether the whole assignment was taken.
    AssignReplicasToDirs(ErrorCode),
    /// Metadata records from the offset asked for, and who leads the quorum.
    FetchMetadata(Box<FetchedMetadata>),
    /// A vote, granted or not.
    Vote { error: ErrorCode, quorum: QuorumLeader, granted: bool },
    /// A voter has heard of the new leader.
    BeginQuorumEpoch { error: ErrorCode, quorum: QuorumLeader },
    /// A voter has heard of the resignation.
    EndQuorumEpoch { error: ErrorCode, quorum: QuorumLeader },
    /// What ZooKeeper answers.
    Zk(Box<zk::ZkResponse>),
    /// What a broker did of what the controller told it.
    Control { error: ErrorCode, partitions: Vec<PartitionError> },
    /// How many partitions a broker that wants to stop still leads.
    ControlledShutdown { error: ErrorCode, remaining: i32 },
    /// A block of producer ids: the first, and how many.
    AllocateProducerIds { error: ErrorCode, first: i64, count: i32 },
}

impl Request {
    /// The name of the API, as Kafka has it.
    pub fn name(&self) -> &'static str {
        match self {
            Request::Metadata { .. } => "Metadata",
            Request::Produce { .. } => "Produce",
            Request::Fetch(_) | Request::FetchMetadata(_) => "Fetch",
            Request::ListOffsets { .. } => "ListOffsets",
            Request::OffsetForLeaderEpoch { .. } => "OffsetForLeaderEpoch",
            Request::InitProducerId => "InitProducerId",
            Request::Group(request) => request.name(),
            Request::Admin(request) => request.name(),
            Request::BrokerRegistration { .. } => "BrokerRegistration",
            Request::BrokerHeartbeat { .. } => "BrokerHeartbeat",
            Request::AlterPartition { .. } => "AlterPartition",
            Request::AssignReplicasToDirs { .. } => "AssignReplicasToDirs",
            Request::AllocateProducerIds { .. } => "AllocateProducerIds",
            Request::Vote { .. } => "Vote",
            Request::BeginQuorumEpoch { .. } => "BeginQuorumEpoch",
            Request::EndQuorumEpoch { .. } => "EndQuorumEpoch",
            Request::Zk(request) => request.name(),
            Request::Control(request) => request.name(),
            Request::ControlledShutdown { .. } => "ControlledShutdown",
        }
    }
}

impl AdminRequest {
    /// The name of the API, as Kafka has it.
    pub fn name(&self) -> &'static str {
        match self {
            AdminRequest::CreateTopics(_) => "CreateTopics",
            AdminRequest::CreatePartitions { .. } => "CreatePartitions",
            AdminRequest::DeleteTopics(_) => "DeleteTopics",
            AdminRequest::AlterConfigs { .. } => "IncrementalAlterConfigs",
            AdminRequest::ElectLeaders { .. } => "ElectLeaders",
            AdminRequest::AlterPartitionReassignments { .. } => "AlterPartitionReassignments",
            AdminRequest::UnregisterBroker { .. } => "UnregisterBroker",
        }
    }
}

/// A request as its server sees it.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// What to answer.
    pub ticket: Ticket,
    /// Who asks.
    pub from: NodeId,
    /// What is asked.
    pub request: Rc<Request>,
}
