//! "What if": what would become of each partition if these brokers failed now. Every row is a fork of the very world, lived until the last
//! session has run out and read then; nothing is concluded from a formula.

use crate::kafka::record::{RecordId, TopicPartition, is_internal};
use crate::kafka::registration::{NO_LEADER, PartitionRegistration};
use crate::map::Map;
use crate::sim::{Micros, NodeId, SECOND};
use crate::world::World;
use crate::world::command::{Command, NodeName};
use std::rc::Rc;

/// From so many brokers on, only pairs that hold a replica of the same partition are asked about.
pub const MANY_BROKERS: usize = 13;
/// Behind the last session there is an election, and metadata to follow.
const AFTER: Micros = 3 * SECOND;

/// How brokers fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blow {
    /// The process dies; its host lives, and with it what was written.
    #[default]
    Crash,
    /// What was not flushed to the disk is gone too.
    PowerLoss,
    /// The data directory is empty.
    DiskLost,
}

impl Blow {
    /// The command that strikes a broker.
    pub fn command(self, broker: i32) -> Command {
        let node = NodeName::Node(broker);
        match self {
            Blow::Crash => Command::Kill { node },
            Blow::PowerLoss => Command::PowerLoss { node, keep: None },
            Blow::DiskLost => Command::LoseDisk { node },
        }
    }
}

/// What becomes of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// An acknowledged record is on no replica that may lead, or was cut off by an election.
    pub may_lose: bool,
    /// Nobody leads it.
    pub offline: bool,
    /// It is led, by fewer in sync than `min.insync.replicas`.
    pub under_min_isr: bool,
}

/// Who fails together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The rack, where a whole one fails.
    pub rack: Option<Rc<str>>,
    /// The brokers, ascending.
    pub brokers: Vec<i32>,
    /// What became of the partitions, in the order of [`Survey::partitions`]; none while it is not known.
    pub fates: Option<Vec<Fate>>,
}

impl Row {
    /// How many partitions could lose acknowledged data, go offline, fall under `min.insync.replicas`.
    pub fn counts(&self) -> Option<[usize; 3]> {
        let fates = self.fates.as_ref()?;
        let count = |of: fn(&Fate) -> bool| fates.iter().filter(|f| of(f)).count();
        Some([count(|f| f.may_lose), count(|f| f.offline), count(|f| f.under_min_isr)])
    }
}

/// The last acknowledged records of each partition.
pub type Acknowledged = Map<TopicPartition, Vec<(i64, RecordId)>>;

/// The table of one instant, filled row by row.
#[derive(Clone, Debug)]
pub struct Survey {
    /// How they fail.
    pub blow: Blow,
    /// Single brokers, racks of several brokers, then pairs.
    pub rows: Vec<Row>,
    /// The partitions, in order.
    pub partitions: Vec<TopicPartition>,
    base: Rc<World>,
    acknowledged: Rc<Acknowledged>,
    /// The fork of the row in work, and when it is read.
    fork: Option<(World, Micros)>,
}

impl Survey {
    /// A table of this world with nothing known yet.
    pub fn new(base: Rc<World>, acknowledged: Rc<Acknowledged>, blow: Blow) -> Survey {
        let (mut partitions, mut rows) = (Vec::new(), Vec::new());
        if let Some(image) = base.metadata() {
            let mut alone = |rack: Option<Rc<str>>, brokers: Vec<i32>| rows.push(Row { rack, brokers, fates: None });
            let topics = image.topics.iter().filter(|(name, _)| !is_internal(name));
            let all: Vec<(TopicPartition, &Rc<PartitionRegistration>)> =
                topics.flat_map(|(name, topic)| (0..).zip(&topic.partitions).map(|(p, r)| (TopicPartition::new(name, p), r))).collect();
            for id in image.brokers.keys() {
                alone(None, vec![*id]);
            }
            let mut racks: Map<Rc<str>, Vec<i32>> = Map::new();
            for (id, broker) in &image.brokers {
                if let Some(rack) = &broker.rack {
                    racks.entry(rack.clone()).or_default().push(*id);
                }
            }
            for (rack, brokers) in racks {
                if brokers.len() > 1 {
                    alone(Some(rack), brokers);
                }
            }
            let ids: Vec<i32> = image.brokers.keys().copied().collect();
            let few = ids.len() < MANY_BROKERS;
            let share = |a: i32, b: i32| all.iter().any(|(_, r)| r.replicas.contains(&a) && r.replicas.contains(&b));
            for (i, a) in ids.iter().enumerate() {
                for b in ids.iter().skip(i + 1).filter(|b| few || share(*a, **b)) {
                    alone(None, vec![*a, *b]);
                }
            }
            partitions = all.into_iter().map(|(partition, _)| partition).collect();
        }
        Survey { blow, rows, partitions, base, acknowledged, fork: None }
    }

    /// The instant it is about.
    pub fn at(&self) -> Micros {
        self.base.now
    }

    /// Whether every row is known.
    pub fn is_done(&self) -> bool {
        self.rows.iter().all(|row| row.fates.is_some())
    }

    /// Goes on for at most so many steps of forks; false when nothing is left to do.
    pub fn work(&mut self, steps: usize) -> bool {
        let Some(at) = self.rows.iter().position(|row| row.fates.is_none()) else { return false };
        let Some((mut world, until)) = self.fork.take().or_else(|| self.struck(at)) else { return false };
        for _ in 0..steps {
            if world.next_at().is_none_or(|next| next > until) {
                let fates = self.partitions.iter().map(|p| self.fate(&world, p)).collect();
                if let Some(row) = self.rows.get_mut(at) {
                    row.fates = Some(fates);
                }
                return true;
            }
            world.step();
            world.facts.clear();
        }
        self.fork = Some((world, until));
        true
    }

    /// The world in which the brokers of a row have just failed.
    fn struck(&self, row: usize) -> Option<(World, Micros)> {
        let mut world = (*self.base).clone();
        for broker in &self.rows.get(row)?.brokers {
            // One that is down already can fail no further.
            let _ = world.apply(&self.blow.command(*broker));
        }
        let session = world.session_timeout();
        // The controller looks for sessions that ran out every eighth of their length.
        let until = world.now + session + session / 8 + AFTER;
        Some((world, until))
    }

    fn fate(&self, world: &World, partition: &TopicPartition) -> Fate {
        let Some(image) = world.metadata() else { return Fate::default() };
        let Some(registration) = image.partition(partition) else { return Fate::default() };
        let offline = registration.leader == NO_LEADER || !world.is_up(NodeId(registration.leader));
        let may_lead: Vec<i32> = match offline {
            false => vec![registration.leader],
            true => registration.isr.iter().chain(&registration.elr).copied().collect(),
        };
        let has = |broker: i32, offset: i64, id: RecordId| {
            let log = world.brokers.get(&broker).and_then(|b| b.log(partition));
            log.is_some_and(|log| {
                let mut records = log.batches(offset, offset + 1).flat_map(|batch| batch.iter());
                // What retention took was not lost by a failure.
                offset < log.start_offset() || records.any(|(at, record)| at == offset && record.id == Some(id))
            })
        };
        let tail = self.acknowledged.get(partition).map_or(&[][..], Vec::as_slice);
        let may_lose = tail.iter().any(|(offset, id)| !may_lead.iter().any(|broker| has(*broker, *offset, *id)));
        let min_isr = world.min_insync_replicas(&partition.topic).min(registration.replicas.len() as i32);
        Fate { may_lose, offline, under_min_isr: !offline && (registration.isr.len() as i32) < min_isr }
    }
}
