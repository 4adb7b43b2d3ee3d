//! Metrics under Kafka's JMX names, as the facts of a run add up to them: gauges as steps, meters as counts at instants.

use super::place::Place;
use super::view::ClusterView;
use crate::kafka::fact::Fact;
use crate::kafka::record::TopicPartition;
use crate::kafka::record::is_internal;
use crate::map::Map;
use crate::sim::Micros;
use crate::world::FIRST_CONTROLLER;
use crate::world::trace::Entry;
use std::collections::VecDeque;
use std::rc::Rc;

/// How many points of a metric are kept; the older half goes.
const POINTS: usize = 20_000;

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Partitions with fewer in sync than assigned; each leader counts its own.
    UnderReplicatedPartitions,
    /// Partitions with fewer in sync than `min.insync.replicas`; each leader counts its own.
    UnderMinIsrPartitionCount,
    /// Partitions without a leader, as the controller has it.
    OfflinePartitionsCount,
    /// Controllers that decide.
    ActiveControllerCount,
    /// Brokers that are registered and counted out.
    FencedBrokerCount,
    /// ISRs that leaders shrank.
    IsrShrinksPerSec,
    /// ISRs that leaders grew.
    IsrExpandsPerSec,
    /// Elections outside ISR and ELR.
    UncleanLeaderElectionsPerSec,
    /// Produce requests that a leader could not serve; what a client is expected to handle is not counted.
    FailedProduceRequestsPerSec,
    /// Records appended by leaders.
    MessagesInPerSec,
}

impl Metric {
    /// All of them, gauges first.
    pub const ALL: [Metric; 10] = [
        Metric::UnderReplicatedPartitions,
        Metric::UnderMinIsrPartitionCount,
        Metric::OfflinePartitionsCount,
        Metric::ActiveControllerCount,
        Metric::FencedBrokerCount,
        Metric::IsrShrinksPerSec,
        Metric::IsrExpandsPerSec,
        Metric::UncleanLeaderElectionsPerSec,
        Metric::FailedProduceRequestsPerSec,
        Metric::MessagesInPerSec,
    ];
    const GAUGES: usize = 5;

    /// Its JMX name, and the type of the MBean that has it.
    pub const fn names(self) -> (&'static str, &'static str) {
        const REPLICAS: &str = "kafka.server:type=ReplicaManager";
        const CONTROLLER: &str = "kafka.controller:type=KafkaController";
        const TOPICS: &str = "kafka.server:type=BrokerTopicMetrics";
        match self {
            Metric::UnderReplicatedPartitions => ("UnderReplicatedPartitions", REPLICAS),
            Metric::UnderMinIsrPartitionCount => ("UnderMinIsrPartitionCount", REPLICAS),
            Metric::OfflinePartitionsCount => ("OfflinePartitionsCount", CONTROLLER),
            Metric::ActiveControllerCount => ("ActiveControllerCount", CONTROLLER),
            Metric::FencedBrokerCount => ("FencedBrokerCount", CONTROLLER),
            Metric::IsrShrinksPerSec => ("IsrShrinksPerSec", REPLICAS),
            Metric::IsrExpandsPerSec => ("IsrExpandsPerSec", REPLICAS),
            Metric::UncleanLeaderElectionsPerSec => ("UncleanLeaderElectionsPerSec", "kafka.controller:type=ControllerStats"),
            Metric::FailedProduceRequestsPerSec => ("FailedProduceRequestsPerSec", TOPICS),
            Metric::MessagesInPerSec => ("MessagesInPerSec", TOPICS),
        }
    }

    /// Whether it counts what happens; the others say what is.
    pub const fn is_meter(self) -> bool {
        self as usize >= Metric::GAUGES
    }

    /// Whether anything but zero is trouble.
    pub const fn is_trouble(self) -> bool {
        !matches!(self, Metric::ActiveControllerCount | Metric::IsrExpandsPerSec | Metric::MessagesInPerSec)
    }
}

/// What the gauges count of a partition.
#[derive(Clone, Debug, Default)]
struct Part {
    in_sync: usize,
    replicas: usize,
    min: usize,
    leader: i32,
    leader_epoch: i32,
    /// What its leader asked for, until the controller has answered.
    asked: Option<usize>,
}

/// The metrics of a run. They follow the run as it grows, and begin anew when it became another.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    place: Place,
    parts: Map<TopicPartition, Part>,
    down: Vec<i32>,
    active: Vec<i32>,
    fenced: Vec<i32>,
    /// Since when the gauges may differ from their last points.
    changed_at: Option<Micros>,
    points: [Vec<(Micros, i64)>; Metric::ALL.len()],
}

fn put(list: &mut Vec<i32>, id: i32, is_in: bool) {
    list.retain(|other| *other != id);
    if is_in {
        list.push(id);
    }
}

impl Metrics {
    /// The points of a metric, ascending: a gauge's value from there on, or a meter's count there.
    pub fn points(&self, metric: Metric) -> &[(Micros, i64)] {
        self.points.get(metric as usize).map_or(&[], Vec::as_slice)
    }

    /// What it says at an instant: a gauge's value, a meter's count so far.
    pub fn at(&self, metric: Metric, at: Micros) -> i64 {
        let points = self.points(metric);
        let known = points.get(..points.partition_point(|(t, _)| *t <= at)).unwrap_or_default();
        if metric.is_meter() { known.iter().map(|(_, n)| n).sum() } else { known.last().map_or(0, |(_, value)| *value) }
    }

    /// Reads the facts of a run that are new; the view knows how many replicas a partition was given, and how many must be in sync.
    pub fn follow(&mut self, facts: &VecDeque<Rc<Entry>>, forgotten: u64, view: &ClusterView) {
        let from = self.place.next(facts, facts.len(), forgotten).unwrap_or_else(|| {
            *self = Metrics::default();
            0
        });
        for entry in facts.range(from..) {
            if self.changed_at.is_some_and(|at| at != entry.at) {
                self.measure();
            }
            self.note(entry, view);
        }
        self.measure();
        self.place = Place::behind(facts, facts.len(), forgotten);
    }

    fn count(&mut self, metric: Metric, at: Micros, many: i64) {
        let Some(points) = self.points.get_mut(metric as usize) else { return };
        match points.last_mut().filter(|(t, _)| *t == at) {
            Some((_, n)) => *n += many,
            None => points.push((at, many)),
        }
        if points.len() > POINTS {
            points.drain(..POINTS / 2);
        }
    }

    /// Takes the gauges' values.
    fn measure(&mut self) {
        let Some(at) = self.changed_at.take() else { return };
        let mut values = [0; Metric::GAUGES];
        for (_, part) in self.parts.iter() {
            // A leader without a process counts nothing.
            let is_counted = part.leader >= 0 && !self.down.contains(&part.leader);
            values[0] += i64::from(is_counted && part.in_sync < part.replicas);
            values[1] += i64::from(is_counted && part.in_sync < part.min.min(part.replicas));
            values[2] += i64::from(part.leader < 0);
        }
        values[3] = self.active.len() as i64;
        values[4] = self.fenced.len() as i64;
        for (points, value) in self.points.iter_mut().zip(values) {
            if points.last().map_or(0, |(_, before)| *before) != value {
                points.push((at, value));
            }
        }
    }

    fn part(&mut self, partition: &TopicPartition, in_sync: usize, view: &ClusterView) -> &mut Part {
        let replicas = view.partition(partition).map_or(in_sync, |p| p.replicas.len());
        let min = view.topics.iter().find(|t| t.name == partition.topic).map_or(1, |t| t.min_insync_replicas.max(1) as usize);
        let part = self.parts.entry(partition.clone()).or_insert(Part { in_sync: replicas, leader: -1, ..Part::default() });
        part.replicas = replicas.max(part.replicas);
        part.min = min;
        part
    }

    fn note(&mut self, entry: &Entry, view: &ClusterView) {
        let (at, node) = (entry.at, entry.node.0);
        match &entry.fact {
            // A new topic's leaders are not elected: they are told by themselves.
            Fact::BecameLeader { partition, leader_epoch, .. } if !is_internal(&partition.topic) => {
                let part = self.part(partition, 0, view);
                if *leader_epoch < part.leader_epoch {
                    return;
                }
                (part.leader, part.leader_epoch) = (node, *leader_epoch);
            }
            Fact::LeaderElected { partition, to, leader_epoch, unclean, .. } if !is_internal(&partition.topic) => {
                let part = self.part(partition, 0, view);
                (part.leader, part.leader_epoch) = (*to, *leader_epoch);
                if *unclean {
                    self.count(Metric::UncleanLeaderElectionsPerSec, at, 1);
                }
            }
            Fact::IsrProposed { partition, to, .. } if !is_internal(&partition.topic) => {
                self.part(partition, to.len(), view).asked = Some(to.len());
            }
            Fact::IsrChanged { partition, from, to } if !is_internal(&partition.topic) => {
                let part = self.part(partition, from.len().max(to.len()), view);
                part.in_sync = to.len();
                // Only what a leader asked for is the leader's shrink or expand.
                if part.asked.take() == Some(to.len()) {
                    let metric = if to.len() < from.len() { Metric::IsrShrinksPerSec } else { Metric::IsrExpandsPerSec };
                    self.count(metric, at, 1);
                }
            }
            Fact::TopicDeleted { topic } => self.parts.retain(|p, _| p.topic != *topic),
            Fact::Appended { partition, base_offset, last_offset, .. } if !is_internal(&partition.topic) => {
                self.count(Metric::MessagesInPerSec, at, last_offset - base_offset + 1);
                return;
            }
            Fact::ProduceRefused { error, .. } => {
                // What clients are expected to meet is not counted (ReplicaManager.scala, appendToLocalLog).
                let expected = ["NOT_LEADER", "UNKNOWN_TOPIC", "TOO_LARGE", "CORRUPT", "STORAGE", "AFTER_APPEND"];
                if !expected.iter().any(|part| error.name().contains(part)) {
                    self.count(Metric::FailedProduceRequestsPerSec, at, 1);
                }
                return;
            }
            Fact::BrokerFenced { broker, .. } => put(&mut self.fenced, *broker, true),
            Fact::BrokerUnfenced { broker } | Fact::BrokerUnregistered { broker } => put(&mut self.fenced, *broker, false),
            Fact::Started => {
                put(&mut self.down, node, false);
                // A controller without others does not say that it decides.
                if node >= FIRST_CONTROLLER && view.controllers.len() == 1 {
                    put(&mut self.active, node, true);
                }
            }
            Fact::Killed | Fact::Stopped | Fact::PowerLost | Fact::DiskLost => {
                put(&mut self.down, node, true);
                put(&mut self.active, node, false);
            }
            Fact::ControllerActivated { .. } => put(&mut self.active, node, true),
            Fact::ControllerRenounced { .. } => put(&mut self.active, node, false),
            Fact::ControllerElected { broker, .. } => put(&mut self.active, *broker, true),
            Fact::ControllerResigned { broker, .. } => put(&mut self.active, *broker, false),
            _ => return,
        }
        self.changed_at = Some(at);
    }
}
