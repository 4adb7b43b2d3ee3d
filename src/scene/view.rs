//! What the page shows of a world, as plain values that compare: the standing scene and the cards are functions of these alone.

use crate::kafka::controller::quorum::QuorumRole;
use crate::kafka::record::{RecordId, Topic, TopicPartition};
use crate::sim::{Micros, NodeId};
use std::rc::Rc;

/// A controller of the quorum, or ZooKeeper where that stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerView {
    /// Its id.
    pub id: i32,
    /// Whether its process runs.
    pub up: bool,
    /// Whether it stands still.
    pub paused: bool,
    /// Whether it decides. One that only thinks so has the role of a leader, of an epoch that is over.
    pub active: bool,
    /// What it is in the quorum.
    pub role: QuorumRole,
    /// The quorum's epoch it knows.
    pub epoch: i32,
    /// Who leads in it, as far as it has heard.
    pub leader: Option<i32>,
    /// For whom it voted in it.
    pub voted: Option<i32>,
    /// The last offset of the metadata log it has.
    pub metadata_offset: i64,
    /// What it knows to be committed: the offset behind the last record on a majority.
    pub high_watermark: i64,
    /// Of ZooKeeper: the broker that is the controller, -1 none.
    pub zookeeper: Option<i32>,
}

impl ControllerView {
    /// Its name as a person reads it.
    pub fn name(&self) -> Rc<str> {
        match self.zookeeper {
            Some(_) => "ZooKeeper".into(),
            None => ("controller-".to_owned() + &self.id.to_string()).into(),
        }
    }
}

/// What a broker is doing, as a person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerState {
    /// Serving.
    Alive,
    /// Registering, or catching up with the metadata log.
    Starting,
    /// It runs, but the controller counts it out.
    Fenced,
    /// The process stands still.
    Paused,
    /// Giving its leaderships away before it stops.
    Stopping,
    /// No process.
    Down,
}

/// A broker: a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerView {
    /// Its id.
    pub id: i32,
    /// Its state.
    pub state: BrokerState,
    /// Whether the controller counts it out, whatever its state.
    pub fenced: bool,
    /// Whether it is the controller of a ZooKeeper cluster.
    pub controller: bool,
    /// Its rack, if any.
    pub rack: Option<Rc<str>>,
    /// The partitions it leads, of topics that are shown.
    pub leads: Vec<TopicPartition>,
    /// How much of its session at the controller has passed since its last heartbeat, in 40ths; none without a session.
    pub session: Option<u8>,
    /// What its disk adds to every write.
    pub disk_latency: Micros,
}

/// A topic: neighbouring columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicView {
    /// Its name.
    pub name: Topic,
    /// How many replicas a partition was given.
    pub replication_factor: i32,
    /// `min.insync.replicas` as it applies.
    pub min_insync_replicas: i32,
    /// Its columns, ascending.
    pub partitions: Vec<PartitionView>,
}

/// A partition: a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionView {
    /// Which.
    pub partition: TopicPartition,
    /// The leader as the controller has it; none: offline.
    pub leader: Option<i32>,
    /// Its epoch.
    pub leader_epoch: i32,
    /// The version of its registration.
    pub partition_epoch: i32,
    /// In-sync replicas, ascending.
    pub isr: Vec<i32>,
    /// Assigned brokers, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Eligible leader replicas.
    pub elr: Vec<i32>,
    /// The last known leader, once ISR and ELR are empty.
    pub last_known_elr: Vec<i32>,
    /// Replicas that a reassignment adds.
    pub adding: Vec<i32>,
    /// Replicas that it removes.
    pub removing: Vec<i32>,
    /// Fewer in sync than `min.insync.replicas`.
    pub under_min_isr: bool,
    /// The offset in the first slot of every replica's log.
    pub base: i64,
    /// The replicas by broker.
    pub logs: Vec<Rc<ReplicaView>>,
}

impl PartitionView {
    /// Fewer in sync than assigned.
    pub fn is_under_replicated(&self) -> bool {
        self.isr.len() < self.replicas.len()
    }

    /// The replica on a broker.
    pub fn log_on(&self, broker: i32) -> Option<&Rc<ReplicaView>> {
        self.logs.iter().find(|l| l.broker == broker)
    }
}

/// What a replica is, as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Leads.
    Leader,
    /// Follows.
    Follower,
    /// Led when its process ended.
    WasLeader,
    /// Followed when its process ended.
    WasFollower,
    /// Runs, but has not been told its role yet.
    Unknown,
}

/// Where a replica stands with the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In the ISR.
    InIsr,
    /// In the ELR.
    InElr,
    /// It led last, and nobody is left in ISR or ELR.
    LastKnown,
    /// A reassignment adds it.
    Adding,
    /// None of these.
    Out,
}

/// A record in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellMark {
    /// Acknowledged, and the caption or the selection speaks of it.
    Safe,
    /// Just cut off.
    Truncated,
}

/// A record in a replica's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellView {
    /// Its offset.
    pub offset: i64,
    /// The epoch of the leader that appended it.
    pub leader_epoch: i32,
    /// Which send it is.
    pub record: Option<RecordId>,
    /// Its key.
    pub key: Option<Rc<str>>,
    /// Its value.
    pub value: Option<Rc<str>>,
    /// At or above the high watermark as this replica knows it.
    pub pending: bool,
    /// An emphasis.
    pub mark: Option<CellMark>,
}

/// A replica's log, where its broker's row and its partition's column cross.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaView {
    /// The row.
    pub broker: i32,
    /// The column.
    pub partition: TopicPartition,
    /// What it is.
    pub role: Role,
    /// The leader epoch it has.
    pub leader_epoch: i32,
    /// In the ISR as the controller has it.
    pub in_isr: bool,
    /// Where it stands with the controller.
    pub standing: Standing,
    /// The first offset kept.
    pub start_offset: i64,
    /// The next offset to write (LEO).
    pub end_offset: i64,
    /// The high watermark as this replica knows it.
    pub high_watermark: i64,
    /// Leader epochs with the offset each begins at.
    pub epochs: Vec<(i32, i64)>,
    /// The offset in the first slot.
    pub base: i64,
    /// The records from `base` on, ascending; compaction leaves holes.
    pub cells: Vec<CellView>,
    /// Records exist before the first slot.
    pub older: bool,
}

impl ReplicaView {
    /// Its process is gone; what is shown is what its disk holds.
    pub fn is_frozen(&self) -> bool {
        matches!(self.role, Role::WasLeader | Role::WasFollower)
    }
}

/// What became of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutcomeView {
    /// It has a partition and is on its way; `retried`: not for the first time.
    Sent { partition: TopicPartition, retried: bool },
    /// The leader has it and has not answered yet.
    Waiting { partition: TopicPartition, offset: i64 },
    /// Acknowledged; no offset with acks=0.
    Acknowledged { partition: TopicPartition, offset: Option<i64> },
    /// Given up, with Kafka's name of the error.
    Failed { partition: Option<TopicPartition>, error: Rc<str> },
    /// Acknowledged, and no longer in the log.
    Lost { partition: TopicPartition, offset: Option<i64> },
}

/// A steady stream of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateView {
    /// How many.
    pub count: u32,
    /// In which span.
    pub per: Micros,
}

/// A producer: a card on the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerView {
    /// Its node.
    pub node: NodeId,
    /// Its name.
    pub name: Rc<str>,
    /// `acks` as it was configured.
    pub acks: Rc<str>,
    /// Whether its process runs.
    pub up: bool,
    /// Whether it stands still.
    pub paused: bool,
    /// The last three sends, newest last.
    pub outcomes: Vec<(RecordId, OutcomeView)>,
    /// Records sent and without an outcome yet.
    pub pending: usize,
    /// Its steady stream, if any.
    pub rate: Option<RateView>,
}

/// One partition a consumer reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// The partition.
    pub partition: TopicPartition,
    /// The next offset it reads, once it knows.
    pub next: Option<i64>,
    /// Records between that and the partition's high watermark.
    pub lag: i64,
}

/// A consumer: a card on the right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerView {
    /// Its node.
    pub node: NodeId,
    /// Its name.
    pub name: Rc<str>,
    /// Whether its process runs.
    pub up: bool,
    /// Whether it stands still.
    pub paused: bool,
    /// A rebalance waits for it.
    pub missing: bool,
    /// What it reads.
    pub positions: Vec<PositionView>,
    /// Records it received in its life.
    pub received: u64,
}

/// The state of a group, by Kafka's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupStateView {
    /// No coordinator answers for it yet.
    Unknown,
    /// Nobody is in it.
    Empty,
    /// Waits for members to join.
    PreparingRebalance,
    /// Waits for the leader's assignment.
    CompletingRebalance,
    /// Everyone reads.
    Stable,
    /// To be forgotten.
    Dead,
}

impl GroupStateView {
    /// Whether it shares partitions out again.
    pub fn is_rebalancing(self) -> bool {
        matches!(self, GroupStateView::PreparingRebalance | GroupStateView::CompletingRebalance)
    }
}

/// A group: a dashed box with its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Its name.
    pub name: Rc<str>,
    /// Its state, as its coordinator has it.
    pub state: GroupStateView,
    /// How often it has shared out partitions.
    pub generation: i32,
    /// The broker that coordinates it, if one does.
    pub coordinator: Option<i32>,
    /// Its members, by name.
    pub members: Vec<ConsumerView>,
    /// Whom a rebalance waits for.
    pub missing: Vec<Rc<str>>,
}

/// How one direction of a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WayView {
    /// Nothing passes.
    pub cut: bool,
    /// Time a message needs.
    pub latency: Micros,
    /// Lost packets: so many of so many; 0 of 1 none.
    pub loss: (u32, u32),
}

/// A line between two nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// One end: a client, else the broker, else the smaller id.
    pub from: NodeId,
    /// The other end.
    pub to: NodeId,
    /// From the first to the second.
    pub there: WayView,
    /// And back.
    pub back: WayView,
    /// It differs from a link as it was set up.
    pub changed: bool,
    /// An end has no process.
    pub off: bool,
}

/// The numbers of the bar; always there, so that a zero means something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Partitions with fewer in sync than assigned.
    pub under_replicated: usize,
    /// Partitions without a leader.
    pub offline: usize,
    /// Partitions with fewer in sync than `min.insync.replicas`.
    pub under_min_isr: usize,
    /// Records that were acknowledged and are gone.
    pub lost_after_ack: usize,
}

/// Everything that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterView {
    /// The quorum, by id.
    pub controllers: Vec<ControllerView>,
    /// The rows, by id.
    pub brokers: Vec<BrokerView>,
    /// The columns, by name; internal topics are not shown.
    pub topics: Vec<TopicView>,
    /// Producers, in the order they were declared.
    pub producers: Vec<Rc<ProducerView>>,
    /// Groups, in the order of their first members.
    pub groups: Vec<Rc<GroupView>>,
    /// Consumers without a group.
    pub loners: Vec<ConsumerView>,
    /// The lines.
    pub links: Vec<LinkView>,
    /// The numbers.
    pub health: Health,
}

impl ClusterView {
    /// All columns, left to right.
    pub fn partitions(&self) -> impl Iterator<Item = &PartitionView> {
        self.topics.iter().flat_map(|t| &t.partitions)
    }

    /// One column.
    pub fn partition(&self, partition: &TopicPartition) -> Option<&PartitionView> {
        self.partitions().find(|p| p.partition == *partition)
    }

    /// One row.
    pub fn broker(&self, id: i32) -> Option<&BrokerView> {
        self.brokers.iter().find(|b| b.id == id)
    }

    /// All consumers, members of groups first.
    pub fn consumers(&self) -> impl Iterator<Item = &ConsumerView> {
        self.groups.iter().flat_map(|g| &g.members).chain(&self.loners)
    }

    /// One consumer.
    pub fn consumer(&self, node: NodeId) -> Option<&ConsumerView> {
        self.consumers().find(|c| c.node == node)
    }

    /// One producer.
    pub fn producer(&self, node: NodeId) -> Option<&Rc<ProducerView>> {
        self.producers.iter().find(|p| p.node == node)
    }
}
