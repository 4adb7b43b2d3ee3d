//! What a world can be asked: the closed set of commands, as plain data. `grammar` turns each into a line of text and back.

use std::rc::Rc;

pub use crate::kafka::broker::truncation::Truncation;
pub use crate::kafka::protocol::{Configs, ElectionType, Placement};
pub use crate::kafka::record::TopicPartition;
pub use crate::sim::Micros;

/// A node as a command names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeName {
    /// A broker (from 1) or a controller (3001, 3002, 3003).
    Node(i32),
    /// A client.
    Client(Rc<str>),
    /// ZooKeeper, in its profiles.
    Zk,
}

/// Which Kafka a cluster behaves like (`kafka-semantics` 0.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// `4.1`, the default.
    #[default]
    Kafka41,
    /// `4.0`.
    Kafka40,
    /// `3.9-kraft`.
    Kafka39Kraft,
    /// `3.9-zk`.
    Kafka39Zk,
    /// `3.4-kraft`.
    Kafka34Kraft,
    /// `2.3-zk`.
    Kafka23Zk,
}

impl Profile {
    /// Whether ZooKeeper stands where KRaft's quorum does.
    pub fn is_zookeeper(self) -> bool {
        matches!(self, Profile::Kafka39Zk | Profile::Kafka23Zk)
    }

    /// Whether Eligible Leader Replicas are kept where nothing else is said: in clusters formatted at 4.1.
    pub fn has_elr(self) -> bool {
        self == Profile::Kafka41
    }

    /// Whether the high watermark stands still below `min.insync.replicas`, as since 3.7.
    pub fn min_isr_gates_high_watermark(self) -> bool {
        !matches!(self, Profile::Kafka34Kraft | Profile::Kafka23Zk)
    }

    /// Whether a shrinking ISR raises the leader epoch in KRaft, as before metadata version 3.6.
    pub fn bumps_leader_epoch_on_isr_shrink(self) -> bool {
        self == Profile::Kafka34Kraft
    }

    /// Broker configurations whose defaults were others (KIP-537: since 2.5 they are today's).
    pub fn defaults(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Profile::Kafka23Zk => &[("replica.lag.time.max.ms", "10000"), ("zookeeper.session.timeout.ms", "6000")],
            _ => &[],
        }
    }
}

/// A fraction of 1, as `1/10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Above the line; at most `of`.
    pub part: u32,
    /// Below the line; never 0.
    pub of: u32,
}

/// So many a span of time, as `5/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many, at least 1.
    pub count: u32,
    /// In which span.
    pub per: Micros,
}

/// The first command: the cluster itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// How many brokers.
    pub brokers: i32,
    /// Their ids, as many; empty: 1 to `brokers`.
    pub ids: Vec<i32>,
    /// How many controllers; their ids begin at 3001. Of no meaning in a ZooKeeper profile.
    pub controllers: i32,
    /// The racks of the brokers in order, begun again when there are more brokers; an empty name, or an empty list: none.
    pub racks: Vec<Rc<str>>,
    /// Which Kafka.
    pub profile: Profile,
    /// The seed of everything left to chance, where given.
    pub seed: Option<u64>,
    /// Whether Eligible Leader Replicas are kept, where it is not left to the profile.
    pub elr: Option<bool>,
    /// How followers truncate.
    pub truncate: Truncation,
    /// Broker configurations, as written.
    pub configs: Configs,
}

impl Cluster {
    /// The ids of the brokers, in the order of their racks.
    pub fn broker_ids(&self) -> Vec<i32> {
        if self.ids.is_empty() { (1..=self.brokers).collect() } else { self.ids.clone() }
    }

    /// The rack of the broker at this place in [`Cluster::broker_ids`].
    pub fn rack(&self, at: usize) -> Option<Rc<str>> {
        self.racks.get(at.checked_rem(self.racks.len())?).filter(|rack| !rack.is_empty()).cloned()
    }
}

/// What to send, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// The topic's name.
    pub topic: Rc<str>,
    /// The partition, where it is not left to the partitioner.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<Rc<str>>,
    /// The value; none is a tombstone (with a count: an empty prefix).
    pub value: Option<Rc<str>>,
    /// Where given, so many records, whose values are `value` followed by 0, 1, 2 ….
    pub count: Option<u32>,
}

/// What a consumer reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// subscribe(): topics, shared out among the members of the group.
    Topics(Vec<Rc<str>>),
    /// assign(): these partitions.
    Partitions(Vec<TopicPartition>),
}

/// What to describe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Describe {
    /// A topic's partitions: leaders, replicas, ISR.
    Topic(Rc<str>),
    /// The log of a partition on each of its replicas.
    Log(TopicPartition),
    /// A group: its members and what is committed.
    Group(Rc<str>),
    /// What the controller holds of every broker.
    Brokers,
    /// The controllers' quorum, and how far every node has the metadata log. This simulator's own.
    Quorum,
    /// Every record whose fate is not the good one.
    Records,
}

/// A command. Configurations stand in the order written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Makes the cluster.
    Cluster(Cluster),
    /// Adds a broker.
    Broker { broker: i32, rack: Option<Rc<str>> },
    /// Takes a stopped broker out of the cluster.
    Unregister { broker: i32 },
    /// Creates a topic. `-1` partitions or replicas: as the brokers are configured.
    Topic { topic: Rc<str>, placement: Placement, configs: Configs },
    /// Grows a topic to so many partitions.
    Partitions { topic: Rc<str>, count: i32 },
    /// Alters the configuration of a topic, or of all brokers.
    Config { topic: Option<Rc<str>>, configs: Configs },
    /// Deletes a topic.
    Delete { topic: Rc<str> },
    /// A producer.
    Producer { producer: Rc<str>, configs: Configs },
    /// Sends, each record after the outcome of the one before, and waits for the outcomes.
    Produce { producer: Rc<str>, send: Send },
    /// Sends without waiting.
    Send { producer: Rc<str>, send: Send },
    /// Waits for the outcomes of what was sent.
    Await { producer: Rc<str> },
    /// Sends steadily from now on; `send.count` is none.
    Rate { producer: Rc<str>, rate: Rate, send: Send },
    /// Ends a steady stream.
    RateOff { producer: Rc<str> },
    /// Begins a transaction.
    Begin { producer: Rc<str> },
    /// Commits a producer's transaction, or a consumer's positions.
    Commit { client: Rc<str> },
    /// Aborts a transaction.
    Abort { producer: Rc<str> },
    /// Sends a consumer's positions into the producer's transaction.
    Offsets { producer: Rc<str>, consumer: Rc<str> },
    /// A consumer that polls by itself from now on.
    Consumer { consumer: Rc<str>, subscription: Subscription, group: Option<Rc<str>>, configs: Configs },
    /// What a consumer received since the last time.
    Read { consumer: Rc<str> },
    /// Moves a consumer's position.
    Seek { consumer: Rc<str>, partition: TopicPartition, offset: i64 },
    /// Closes a client in good order.
    Close { client: Rc<str> },
    /// A client's process stands still.
    Freeze { client: Rc<str> },
    /// A frozen client goes on.
    Thaw { client: Rc<str> },
    /// A process dies at once.
    Kill { node: NodeName },
    /// A controlled shutdown.
    Stop { node: NodeName },
    /// Starts again on the same disk; with configurations, after its `server.properties` was edited (this simulator's own addition).
    Start { node: NodeName, configs: Configs },
    /// A process stands still.
    Pause { node: NodeName },
    /// A paused process goes on.
    Resume { node: NodeName },
    /// Dies, and what was not flushed is gone; with `keep` only these partitions lose, all but their first n records.
    PowerLoss { node: NodeName, keep: Option<Vec<(TopicPartition, i64)>> },
    /// Dies, and the data directory is empty.
    LoseDisk { node: NodeName },
    /// One log directory of a living broker fails.
    LoseDir { node: NodeName, dir: Rc<str> },
    /// No packets from one node to another, and, unless one way, none back.
    Cut { from: NodeName, to: NodeName, one_way: bool },
    /// Mends the link of two nodes, or every link.
    Heal { between: Option<(NodeName, NodeName)> },
    /// A bad link between two nodes, both ways.
    Slow { from: NodeName, to: NodeName, latency: Micros, jitter: Micros, loss: Option<Fraction> },
    /// A follower's fetcher gives up a partition (ReplicaFetcherThread.markPartitionFailed) until its leader changes or it restarts.
    Fail { broker: i32, partition: TopicPartition },
    /// A slow disk.
    Disk { node: NodeName, latency: Micros },
    /// ElectLeaders.
    Elect { election: ElectionType, partition: TopicPartition },
    /// AlterPartitionReassignments; no replicas cancels.
    Reassign { partition: TopicPartition, replicas: Option<Vec<i32>> },
    /// Time passes.
    Wait { duration: Micros },
    /// Says what is.
    Describe(Describe),
}
