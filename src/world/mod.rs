//! The world: nodes, the queue of what is due, and the network between them. Commands go in, facts come out.

pub mod act;
pub mod canon;
pub mod check;
pub mod command;
pub mod describe;
mod disk;
pub mod grammar;
pub mod paste;
mod pending;
pub mod print;
pub mod script;
mod settings;
mod step;
pub mod take_away;
pub mod trace;

use crate::kafka::admin::Admin;
use crate::kafka::broker::Broker;
use crate::kafka::config::Config;
use crate::kafka::consumer::Consumer;
use crate::kafka::controller::Controller;
use crate::kafka::effect::{Effect, Outcome, Timer};
use crate::kafka::metadata::MetadataImage;
use crate::kafka::producer::Producer;
use crate::kafka::protocol::{Request, Response};
use crate::kafka::record::{RecordId, TopicPartition};
use crate::kafka::zk::ZOOKEEPER;
use crate::kafka::zk::server::ZooKeeper;
use crate::map::{Map, Set};
use crate::sim::network::{Body, Delivery, Flight, Network, NetworkEvent};
use crate::sim::queue::Queue;
use crate::sim::rng::Rng;
use crate::sim::{EPOCH, Micros, NodeId};
use command::{Cluster, Rate, Send};
use pending::Pending;
use std::collections::VecDeque;
use std::rc::Rc;
use trace::{Cause, Entry};

/// The admin client's node.
pub const ADMIN: NodeId = NodeId(-3);
/// Clients are numbered from here on, in the order they are declared.
pub const FIRST_CLIENT: i32 = 10_001;
/// Controllers are numbered from here on.
pub const FIRST_CONTROLLER: i32 = 3_001;
/// How many outcomes of sends that nobody waits for are kept for each producer.
const KEPT_OUTCOMES: usize = 1_000;
/// How many outcomes are kept that nobody may ask for.
const SHOWN_OUTCOMES: usize = 16;

/// Something that is due.
#[derive(Clone, Copy, Debug)]
enum Event {
    Network(NetworkEvent),
    Timer {
        node: NodeId,
        process: u64,
        timer: Timer,
    },
    Rate {
        node: NodeId,
        number: u64,
    },
    /// A command that waits wants to look whether it is done.
    Look,
}

/// What reached a process that stands still.
#[derive(Clone, Debug)]
enum Deferred {
    Delivery(Delivery<Request, Response>),
    Timer(Timer),
    Network(NetworkEvent),
}

/// A process of a node.
#[derive(Clone, Debug)]
pub struct Process {
    /// Whether it runs.
    pub up: bool,
    number: u64,
    rng: Rng,
    deferred: Vec<Deferred>,
}

/// A producer with what the world does for it.
#[derive(Clone, Debug)]
pub struct ProducerNode {
    /// Its name.
    pub name: Rc<str>,
    /// What it was declared with.
    pub configs: Vec<(Rc<str>, Rc<str>)>,
    /// The client itself.
    pub client: Producer,
    /// Its steady stream, if any.
    pub rate: Option<Stream>,
    /// Records sent and not awaited yet, oldest first.
    pub sent: VecDeque<RecordId>,
    /// The last outcomes, newest last.
    pub outcomes: VecDeque<(RecordId, Outcome)>,
    rate_number: u64,
    rate_count: u64,
}

/// A steady stream of records.
#[derive(Clone, Debug)]
pub struct Stream {
    /// How many.
    pub rate: Rate,
    /// Of what kind, as it was asked for.
    pub send: Send,
    /// The keys, which take turns.
    keys: Rc<[Rc<str>]>,
}

/// A consumer with what the world knows of it.
#[derive(Clone, Debug)]
pub struct ConsumerNode {
    /// Its name.
    pub name: Rc<str>,
    /// What it was declared with.
    pub configs: Vec<(Rc<str>, Rc<str>)>,
    /// Its group, if any.
    pub group: Option<Rc<str>>,
    /// What it reads.
    pub subscription: command::Subscription,
    /// The client itself.
    pub client: Consumer,
}

/// A cluster with its clients, at an instant.
#[derive(Clone, Debug)]
pub struct World {
    /// The instant, in microseconds since 1970.
    pub now: Micros,
    /// How many things have been done.
    pub step: u64,
    /// The seed of all chance.
    pub seed: u64,
    /// What the cluster was made with.
    pub cluster: Option<Cluster>,
    /// Controllers by id.
    pub controllers: Map<i32, Controller>,
    /// ZooKeeper, in its profiles.
    pub zookeeper: Option<ZooKeeper>,
    /// Brokers by id.
    pub brokers: Map<i32, Broker>,
    /// Producers by node.
    pub producers: Map<NodeId, ProducerNode>,
    /// Consumers by node.
    pub consumers: Map<NodeId, ConsumerNode>,
    /// Links, connections and flights.
    pub network: Network<Request, Response>,
    /// Facts not drained yet, oldest first.
    pub facts: Vec<Entry>,
    admin: Admin,
    config: Config,
    /// Configurations of nodes that were started with their own.
    edited: Map<NodeId, Config>,
    processes: Map<NodeId, Process>,
    /// Nodes whose process stands still.
    paused: Set<NodeId>,
    names: Map<Rc<str>, NodeId>,
    queue: Queue<Event>,
    network_rng: Rng,
    next_call: u64,
    next_client: i32,
    next_process: u64,
    commands: u64,
    cause: Cause,
    pending: Map<u64, Pending>,
    answers: Map<u64, Vec<String>>,
    buffer: Vec<Effect>,
    stated: u64,
}

impl Default for World {
    fn default() -> Self {
        World::new()
    }
}

impl World {
    /// A world before its first command.
    pub fn new() -> World {
        World {
            now: EPOCH,
            step: 0,
            seed: 0,
            cluster: None,
            controllers: Map::new(),
            zookeeper: None,
            brokers: Map::new(),
            producers: Map::new(),
            consumers: Map::new(),
            network: Network::default(),
            facts: Vec::new(),
            admin: Admin::default(),
            edited: Map::new(),
            config: Config::defaults(crate::kafka::config::Scope::Broker),
            processes: Map::new(),
            paused: Set::new(),
            names: Map::new(),
            queue: Queue::default(),
            network_rng: Rng::stream(0, "network"),
            next_call: 0,
            next_client: FIRST_CLIENT,
            next_process: 0,
            commands: 0,
            cause: Cause::Timer,
            pending: Map::new(),
            answers: Map::new(),
            buffer: Vec::new(),
            stated: 0,
        }
    }

    /// `min.insync.replicas` as it holds for a topic: its own, else the brokers'.
    pub fn min_insync_replicas(&self, topic: &Rc<str>) -> i32 {
        let name = "min.insync.replicas";
        let set = self.metadata().and_then(|image| image.topic_config(topic, name).or_else(|| image.broker_config(-1, name)));
        let set = set.and_then(|value| value.parse().ok());
        set.unwrap_or_else(|| self.brokers.values().next().map_or(1, |b| b.settings.min_insync_replicas))
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Micros> {
        self.queue.next_at()
    }

    /// How many things wait in the queue.
    pub fn queue_len(&self) -> usize {
        self.queue.len()
    }

    /// The process of a node.
    pub fn process(&self, node: NodeId) -> Option<&Process> {
        self.processes.get(&node)
    }

    /// The node of a client's name.
    pub fn client(&self, name: &str) -> Option<NodeId> {
        self.names.get(name).copied()
    }

    /// A node's name as a person reads it: `broker-1`, `controller-3001`, `p1`, `admin`.
    pub fn name(&self, node: NodeId) -> Rc<str> {
        if node == ADMIN {
            return "admin".into();
        }
        if let Some(producer) = self.producers.get(&node) {
            return producer.name.clone();
        }
        if let Some(consumer) = self.consumers.get(&node) {
            return consumer.name.clone();
        }
        if node == ZOOKEEPER {
            return "zk".into();
        }
        if self.controllers.contains_key(&node.0) {
            return format!("controller-{}", node.0).into();
        }
        if self.brokers.contains_key(&node.0) {
            return format!("broker-{}", node.0).into();
        }
        self.names.iter().find(|(_, n)| **n == node).map_or_else(|| format!("client-{}", node.0).into(), |(name, _)| name.clone())
    }

    /// The controller that decides now, if one does: of two that think so, the one of the later epoch.
    pub fn active_controller(&self) -> Option<&Controller> {
        self.controllers.values().filter(|c| c.is_active).max_by_key(|c| c.quorum.epoch)
    }

    /// How long a broker may be silent before the cluster goes on without it.
    pub fn session_timeout(&self) -> Micros {
        let zookeeper = self.brokers.values().find_map(|b| b.zk.as_ref()).map(|zk| zk.settings.session_timeout);
        zookeeper.or_else(|| self.controllers.values().map(|c| c.settings.session_timeout).max()).unwrap_or(0)
    }

    /// When a broker's session ends if nothing more is heard of it.
    pub fn session_ends_at(&self, broker: i32) -> Option<Micros> {
        if let Some(zookeeper) = &self.zookeeper {
            return zookeeper.sessions.iter().find(|s| s.client == NodeId(broker)).map(|s| s.expires_at);
        }
        let c = self.active_controller()?;
        Some(c.contacts.get(&broker)?.last_at + c.settings.session_timeout)
    }

    /// What the metadata log, as far as it is committed, or ZooKeeper says, whoever has read it: the truth about leaders and ISRs.
    pub fn metadata(&self) -> Option<&Rc<MetadataImage>> {
        if let Some(zookeeper) = &self.zookeeper {
            return Some(&zookeeper.image);
        }
        self.controllers.values().map(Controller::committed).max_by_key(|image| image.end_offset)
    }

    /// The messages on their way: each flight that is no connection packet, with its request, and its response if it is one.
    pub fn messages(&self) -> impl Iterator<Item = (&Flight<Request, Response>, &Request, Option<&Response>)> {
        self.network.flights().filter_map(|flight| match &flight.body {
            Body::Request { request, .. } => Some((flight, &**request, None)),
            Body::Response { request, response, .. } => Some((flight, &**request, Some(response))),
            Body::Open | Body::Accept | Body::Refuse | Body::Close => None,
        })
    }

    /// Takes the facts that were stated since the last time.
    pub fn drain_facts(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.facts)
    }

    /// How many facts have been stated in this world's life.
    pub fn stated(&self) -> u64 {
        self.stated
    }

    /// Whether a process of that node runs.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.processes.get(&node).is_some_and(|p| p.up)
    }

    /// Whether it stands still.
    pub fn is_frozen(&self, node: NodeId) -> bool {
        self.paused.contains(&node)
    }

    /// The partitions of a topic that is known, for those who print them.
    pub fn partitions(&self, topic: &Rc<str>) -> Vec<TopicPartition> {
        let count = self.metadata().and_then(|m| m.topics.get(topic)).map_or(0, |t| t.partitions.len());
        (0..count as i32).map(|p| TopicPartition::new(topic, p)).collect()
    }

    /// Keeps an outcome that somebody may still ask for, and the last few for who looks.
    fn note_outcome(&mut self, record: RecordId, outcome: Outcome) {
        let Some(producer) = self.producers.get_mut(&NodeId(record.producer)) else { return };
        producer.outcomes.push_back((record, outcome));
        while producer.outcomes.len() > KEPT_OUTCOMES && producer.sent.len() > KEPT_OUTCOMES && self.pending.is_empty() {
            producer.sent.pop_front();
        }
        while let Some((oldest, _)) = producer.outcomes.front()
            && producer.outcomes.len() > SHOWN_OUTCOMES
        {
            // Records are numbered in the order they are sent.
            let awaited = self.pending.values().any(|p| p.waits_for(oldest));
            let kept = producer.sent.binary_search(oldest).is_ok() && producer.outcomes.len() <= KEPT_OUTCOMES;
            if awaited || kept {
                break;
            }
            producer.outcomes.pop_front();
        }
    }
}
