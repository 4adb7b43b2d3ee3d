//! Commands: what each does to the world at once, and what it then waits for.

use super::command::{Cluster, Command, Describe, NodeName, Send, Subscription};
use super::pending::Pending;
use super::trace::Cause;
use super::{ADMIN, ConsumerNode, Event, FIRST_CLIENT, FIRST_CONTROLLER, Process, ProducerNode, Stream, World, settings};
use crate::kafka::broker::Broker;
use crate::kafka::config::{Config, ConfigError, Scope};
use crate::kafka::consumer::{self, Consumer, ConsumerConfig};
use crate::kafka::controller::{Controller, say_not_simulated};
use crate::kafka::fact::Fact;
use crate::kafka::producer::{Producer, ProducerConfig};
use crate::kafka::protocol::{AdminRequest, ConfigResource, CreatableTopic};
use crate::kafka::record::{RecordId, TopicPartition};
use crate::kafka::zk::ZOOKEEPER;
use crate::kafka::zk::server::ZooKeeper;
use crate::sim::network::Link;
use crate::sim::rng::Rng;
use crate::sim::{MILLISECOND, Micros, NodeId, SECOND};
use std::fmt::{self, Write};
use std::rc::Rc;

/// Why a command was refused; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The first command must be `cluster`, and only the first.
    ClusterFirst,
    /// No such node or client: what was found, and the nearest there is.
    Unknown { found: String, nearest: Option<String> },
    /// The name is taken.
    Taken { found: String },
    /// It makes no sense now: what was found and what was expected.
    Senseless { found: String, expected: String },
    /// A configuration that Kafka refuses.
    Config(ConfigError),
    /// Not simulated.
    NotSimulated { what: String },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::ClusterFirst => write!(f, "the first command, and only the first, is `cluster`"),
            Refusal::Unknown { found, nearest: Some(nearest) } => {
                write!(f, "found `{found}`, expected a node or client that exists; the nearest is `{nearest}`")
            }
            Refusal::Unknown { found, nearest: None } => write!(f, "found `{found}`, expected a node or client that exists"),
            Refusal::Taken { found } => write!(f, "found `{found}`, expected a name that is not in use"),
            Refusal::Senseless { found, expected } => write!(f, "found {found}, expected {expected}"),
            Refusal::Config(error) => error.fmt(f),
            Refusal::NotSimulated { what } => write!(f, "{what} is not simulated"),
        }
    }
}

/// A command under way; its answer is had by [`World::take_answer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandId(pub u64);

impl World {
    /// Does a command. What it answers is there at once or when time has run: see [`World::take_answer`].
    pub fn apply(&mut self, command: &Command) -> Result<CommandId, Refusal> {
        if matches!(command, Command::Cluster(_)) == self.cluster.is_some() {
            return Err(Refusal::ClusterFirst);
        }
        let id = self.commands + 1;
        self.cause = Cause::Command(id);
        let pending = self.begin(command)?;
        self.commands = id;
        match pending {
            Some(pending) => {
                if let Some(at) = pending.looks_at() {
                    self.queue.put(at, Event::Look);
                }
                self.pending.insert(id, pending);
            }
            None => {
                let answer = self.answer(command);
                self.answers.insert(id, answer);
            }
        }
        self.settle();
        Ok(CommandId(id))
    }

    /// The answer of a command, once, when it is there; empty for one with nothing to say.
    pub fn take_answer(&mut self, id: CommandId) -> Option<Vec<String>> {
        self.answers.remove(&id.0)
    }

    /// Whether a command still waits.
    pub fn is_pending(&self, id: CommandId) -> bool {
        self.pending.contains_key(&id.0)
    }

    pub(super) fn finish(&mut self, id: u64, answer: Vec<String>) {
        self.pending.remove(&id);
        self.answers.insert(id, answer);
    }

    fn answer(&mut self, command: &Command) -> Vec<String> {
        match command {
            Command::Describe(what) => super::describe::describe(self, what),
            Command::Read { consumer } => match self.client(consumer).and_then(|n| self.consumers.get_mut(&n)) {
                Some(node) => super::describe::read(&mut node.client),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn begin(&mut self, command: &Command) -> Result<Option<Pending>, Refusal> {
        match command {
            Command::Cluster(cluster) => self.make_cluster(cluster).map(Some),
            Command::Broker { broker, rack } => self.add_broker(*broker, rack.clone()),
            Command::Topic { topic, placement, configs } => {
                let topic = CreatableTopic { topic: topic.clone(), placement: placement.clone(), configs: configs.clone() };
                Ok(Some(self.ask(AdminRequest::CreateTopics(vec![topic]))))
            }
            Command::Partitions { topic, count } => {
                Ok(Some(self.ask(AdminRequest::CreatePartitions { topic: topic.clone(), count: *count })))
            }
            Command::Delete { topic } => Ok(Some(self.ask(AdminRequest::DeleteTopics(vec![topic.clone()])))),
            Command::Config { topic, configs } => {
                let resource = topic.as_ref().map_or(ConfigResource::Broker(None), |t| ConfigResource::Topic(t.clone()));
                Ok(Some(self.ask(AdminRequest::AlterConfigs { resource, configs: configs.clone() })))
            }
            Command::Elect { election, partition } => {
                Ok(Some(self.ask(AdminRequest::ElectLeaders { election: *election, partition: partition.clone() })))
            }
            Command::Reassign { partition, replicas } => {
                let request = AdminRequest::AlterPartitionReassignments { partition: partition.clone(), replicas: replicas.clone() };
                Ok(Some(self.ask(request)))
            }
            Command::Unregister { broker } => Ok(Some(self.ask(AdminRequest::UnregisterBroker { broker: *broker }))),
            Command::Producer { producer, configs } => self.add_producer(producer, configs),
            Command::Consumer { consumer, subscription, group, configs } => {
                self.add_consumer(consumer, subscription, group.clone(), configs)
            }
            Command::Produce { producer, send } => {
                let node = self.producer(producer)?;
                self.require_awake(node)?;
                let count = send.count.unwrap_or(1);
                let mut pending = Pending::Produce { node, send: send.clone(), sent: Vec::new(), count, outcomes: Vec::new() };
                self.produce_next(&mut pending);
                Ok(Some(pending))
            }
            Command::Send { producer, send } => {
                let node = self.producer(producer)?;
                self.require_awake(node)?;
                for number in 0..send.count.unwrap_or(1) {
                    if let Some(record) = self.send(node, send, number)
                        && let Some(p) = self.producers.get_mut(&node)
                    {
                        p.sent.push_back(record);
                    }
                }
                Ok(None)
            }
            Command::Await { producer } => {
                let node = self.producer(producer)?;
                let waits = self.producers.get_mut(&node).map(|p| std::mem::take(&mut p.sent)).unwrap_or_default();
                Ok(Some(Pending::Await { node, records: waits.into() }))
            }
            Command::Rate { producer, rate, send } => {
                let node = self.producer(producer)?;
                let topic = self.topic_name(&send.topic);
                if let Some(p) = self.producers.get_mut(&node) {
                    let keys = send.key.iter().flat_map(|keys| keys.split(',')).map(Rc::from).collect();
                    p.rate = Some(Stream { rate: *rate, send: Send { topic, ..send.clone() }, keys });
                    p.rate_number += 1;
                    self.queue.put(self.now, Event::Rate { node, number: p.rate_number });
                }
                Ok(None)
            }
            Command::RateOff { producer } => {
                let node = self.producer(producer)?;
                if let Some(p) = self.producers.get_mut(&node) {
                    p.rate = None;
                    p.rate_number += 1;
                }
                Ok(None)
            }
            Command::Read { consumer } => self.consumer(consumer).map(|_| None),
            Command::Seek { consumer, partition, offset } => {
                let node = self.consumer(consumer)?;
                self.require_awake(node)?;
                if *offset < 0 {
                    return Ok(Some(self.said(vec!["IllegalArgumentException".into()])));
                }
                let mut assigned = false;
                self.act(node, |world, now, out| {
                    assigned = world.consumers.get_mut(&node).is_some_and(|c| c.client.seek(now, partition, *offset, out));
                });
                Ok(if assigned { None } else { Some(self.said(vec!["IllegalStateException".into()])) })
            }
            Command::Commit { client } => {
                let node = self.consumer(client)?;
                self.require_awake(node)?;
                self.act(node, |world, now, out| {
                    if let Some(c) = world.consumers.get_mut(&node) {
                        c.client.commit(now, out);
                    }
                });
                Ok(Some(Pending::Commit { node }))
            }
            Command::Close { client } => {
                let node = self.client(client).ok_or_else(|| self.unknown(client))?;
                self.require_awake(node)?;
                self.act(node, |world, now, out| {
                    if let Some(p) = world.producers.get_mut(&node) {
                        p.rate = None;
                        p.client.close(now, out);
                    } else if let Some(c) = world.consumers.get_mut(&node) {
                        c.client.close(now, out);
                    }
                });
                Ok(Some(Pending::Close { node }))
            }
            Command::Kill { node } => {
                let node = self.node(node)?;
                self.require_up(node)?;
                self.kill(node);
                Ok(None)
            }
            Command::Stop { node } => {
                let node = self.node(node)?;
                self.require_up(node)?;
                self.require_awake(node)?;
                self.act(node, |world, now, out| {
                    if let Some(broker) = world.brokers.get_mut(&node.0) {
                        broker.stop(now, out);
                    } else if let Some(controller) = world.controllers.get_mut(&node.0) {
                        controller.stop(now, out);
                    } else if let Some(zookeeper) = world.zookeeper.as_mut().filter(|_| node == ZOOKEEPER) {
                        zookeeper.stop(out);
                    }
                });
                Ok(Some(Pending::Stop { node }))
            }
            Command::Start { node, configs } => {
                let node = self.node(node)?;
                if self.is_up(node) {
                    return Err(Refusal::Senseless { found: format!("{} running", self.name(node)), expected: "a stopped node".into() });
                }
                self.reconfigure(node, configs)?;
                self.start(node);
                Ok(Some(self.pending_start(node)))
            }
            Command::Pause { node } => {
                let node = self.node(node)?;
                self.freeze(node, true)
            }
            Command::Resume { node } => {
                let node = self.node(node)?;
                self.freeze(node, false)
            }
            Command::Freeze { client } => {
                let node = self.client(client).ok_or_else(|| self.unknown(client))?;
                self.freeze(node, true)
            }
            Command::Thaw { client } => {
                let node = self.client(client).ok_or_else(|| self.unknown(client))?;
                self.freeze(node, false)
            }
            Command::Cut { from, to, one_way } => {
                let (a, b) = self.ends(from, to)?;
                self.change_link(a, b, *one_way, |link| link.cut = true);
                self.state_fact(a, Fact::LinkCut { from: a, to: b, both_ways: !one_way });
                Ok(None)
            }
            Command::Heal { between } => {
                let links: Vec<_> = match between {
                    Some((from, to)) => {
                        let (a, b) = self.ends(from, to)?;
                        vec![(a, b), (b, a)]
                    }
                    None => self.network.changed_links().map(|(ends, _)| *ends).collect(),
                };
                for (a, b) in links {
                    if self.network.link(a, b).cut {
                        self.change_link(a, b, true, |link| link.cut = false);
                        self.state_fact(a, Fact::LinkHealed { from: a, to: b });
                    }
                }
                Ok(None)
            }
            Command::Slow { from, to, latency, jitter, loss } => {
                let (a, b) = self.ends(from, to)?;
                let loss = loss.map_or((0, 1), |l| (l.part, l.of));
                self.change_link(a, b, false, |link| *link = Link { latency: *latency, jitter: *jitter, loss, cut: link.cut });
                self.state_fact(a, Fact::LinkSlowed { from: a, to: b, latency: *latency });
                Ok(None)
            }
            Command::Wait { duration } => Ok(Some(Pending::Wait { until: self.now + *duration })),
            Command::Describe(Describe::Records) => Err(Refusal::NotSimulated { what: "describe records".into() }),
            Command::Describe(_) => Ok(None),
            Command::PowerLoss { node, keep } => self.lose_power(node, keep.as_deref()),
            Command::LoseDisk { node } => self.lose_disk(node),
            Command::LoseDir { node, dir } => self.lose_directory(node, dir),
            Command::Disk { node, latency } => self.slow_disk(node, *latency),
            Command::Fail { broker, partition } => {
                self.require_up(self.node(&NodeName::Node(*broker))?)?;
                let follows = self.brokers.get_mut(broker).is_some_and(|b| b.fail_partition(partition));
                if follows {
                    self.state_fact(NodeId(*broker), Fact::ReplicaFailed { partition: partition.clone() });
                    return Ok(None);
                }
                Err(Refusal::Senseless { found: partition.to_string(), expected: format!("a partition that broker-{broker} follows") })
            }
            Command::Begin { .. } | Command::Abort { .. } | Command::Offsets { .. } => {
                Err(Refusal::NotSimulated { what: "a transaction".into() })
            }
        }
    }

    // ---- names

    fn unknown(&self, found: &str) -> Refusal {
        let numbers: Vec<String> = self.brokers.keys().chain(self.controllers.keys()).map(i32::to_string).collect();
        let known = self.names.keys().map(|n| &**n).chain(numbers.iter().map(String::as_str));
        Refusal::Unknown { found: found.to_string(), nearest: crate::kafka::config::nearest::nearest(found, known).map(str::to_string) }
    }

    fn producer(&self, name: &str) -> Result<NodeId, Refusal> {
        match self.client(name) {
            Some(node) if self.producers.contains_key(&node) && self.is_up(node) => Ok(node),
            Some(_) => Err(Refusal::Senseless { found: format!("`{name}`"), expected: "a running producer".into() }),
            None => Err(self.unknown(name)),
        }
    }

    /// A process that stands still does nothing that is asked of it.
    pub(super) fn require_awake(&self, node: NodeId) -> Result<(), Refusal> {
        if self.is_frozen(node) {
            let found = format!("{} standing still", self.name(node));
            return Err(Refusal::Senseless { found, expected: "a process that runs; resume or thaw it first".into() });
        }
        Ok(())
    }

    fn consumer(&self, name: &str) -> Result<NodeId, Refusal> {
        match self.client(name) {
            Some(node) if self.consumers.contains_key(&node) => Ok(node),
            Some(_) => Err(Refusal::Senseless { found: format!("`{name}`"), expected: "a consumer".into() }),
            None => Err(self.unknown(name)),
        }
    }

    pub(super) fn node(&self, name: &NodeName) -> Result<NodeId, Refusal> {
        match name {
            NodeName::Node(id) if self.brokers.contains_key(id) || self.controllers.contains_key(id) => Ok(NodeId(*id)),
            NodeName::Node(id) => Err(self.unknown(&id.to_string())),
            NodeName::Client(name) => self.client(name).ok_or_else(|| self.unknown(name)),
            NodeName::Zk if self.zookeeper.is_some() => Ok(ZOOKEEPER),
            NodeName::Zk => Err(self.unknown("zk")),
        }
    }

    /// The two ends of a link. Brokers and controllers must exist, a client may be still to come.
    fn ends(&mut self, one: &NodeName, other: &NodeName) -> Result<(NodeId, NodeId), Refusal> {
        for name in [one, other] {
            if !matches!(name, NodeName::Client(_)) {
                self.node(name)?;
            }
        }
        if one == other {
            return Err(Refusal::Senseless { found: format!("`{one}` twice"), expected: "two nodes".into() });
        }
        Ok((self.end(one), self.end(other)))
    }

    fn end(&mut self, name: &NodeName) -> NodeId {
        match name {
            NodeName::Node(id) => NodeId(*id),
            NodeName::Client(name) => self.client_node(&name.clone()),
            NodeName::Zk => ZOOKEEPER,
        }
    }

    fn client_node(&mut self, name: &Rc<str>) -> NodeId {
        if let Some(node) = self.names.get(name) {
            return *node;
        }
        let node = NodeId(self.next_client);
        self.next_client += 1;
        self.names.insert(name.clone(), node);
        node
    }

    pub(super) fn require_up(&self, node: NodeId) -> Result<(), Refusal> {
        if self.is_up(node) {
            return Ok(());
        }
        Err(Refusal::Senseless { found: format!("{} stopped", self.name(node)), expected: "a running node".into() })
    }

    // ---- processes

    fn new_process(&mut self, node: NodeId) {
        self.next_process += 1;
        let number = self.next_process;
        let rng = Rng::stream(self.seed ^ (number << 32), "process");
        self.processes.insert(node, Process { up: true, number, rng, deferred: Vec::new() });
        self.paused.remove(&node);
        self.network.set_up(node);
    }

    fn start(&mut self, node: NodeId) {
        self.new_process(node);
        if let Some(zk) = self.brokers.get_mut(&node.0).and_then(|b| b.zk.as_mut()).filter(|zk| zk.delay == 0) {
            zk.delay = LOADING;
        }
        self.act(node, |world, now, out| {
            if let Some(broker) = world.brokers.get_mut(&node.0) {
                broker.start(now, out);
            } else if let Some(controller) = world.controllers.get_mut(&node.0) {
                controller.start(now, out);
            } else if let Some(zookeeper) = world.zookeeper.as_mut().filter(|_| node == ZOOKEEPER) {
                zookeeper.start(now, out);
            } else if let Some(p) = world.producers.get_mut(&node) {
                p.client.start(now, out);
            } else if let Some(c) = world.consumers.get_mut(&node) {
                c.client.start(now, out);
            }
        });
    }

    pub(super) fn down(&mut self, node: NodeId) {
        if let Some(process) = self.processes.get_mut(&node) {
            process.up = false;
            process.deferred.clear();
        }
        self.paused.remove(&node);
        self.network.set_down(self.now, &mut self.network_rng, node);
        if let Some(broker) = self.brokers.get_mut(&node.0) {
            broker.crash();
        } else if let Some(controller) = self.controllers.get_mut(&node.0) {
            controller.crash();
        } else if let Some(zookeeper) = self.zookeeper.as_mut().filter(|_| node == ZOOKEEPER) {
            zookeeper.crash();
        } else if let Some(p) = self.producers.get_mut(&node) {
            p.rate = None;
            p.rate_number += 1;
        }
    }

    pub(super) fn kill(&mut self, node: NodeId) {
        self.state_fact(node, Fact::Killed);
        self.down(node);
    }

    /// A process ended by itself.
    pub(super) fn process_ended(&mut self, node: NodeId) {
        self.state_fact(node, Fact::Stopped);
        self.down(node);
    }

    fn freeze(&mut self, node: NodeId, freeze: bool) -> Result<Option<Pending>, Refusal> {
        self.require_up(node)?;
        if self.is_frozen(node) == freeze {
            let found = if freeze { "a paused node" } else { "a node that runs" };
            let expected = if freeze { "a node that runs" } else { "a paused node" };
            return Err(Refusal::Senseless { found: found.to_string(), expected: expected.to_string() });
        }
        if freeze {
            self.paused.insert(node);
        } else {
            self.paused.remove(&node);
        }
        self.state_fact(node, if freeze { Fact::Paused } else { Fact::Resumed });
        if !freeze {
            self.catch_up(node);
        }
        Ok(None)
    }

    fn change_link(&mut self, a: NodeId, b: NodeId, one_way: bool, change: impl Fn(&mut Link)) {
        for (from, to) in [(a, b), (b, a)].into_iter().take(if one_way { 1 } else { 2 }) {
            let mut link = self.network.link(from, to);
            change(&mut link);
            self.network.set_link(self.now, from, to, link);
        }
    }

    // ---- the cluster

    fn make_cluster(&mut self, cluster: &Cluster) -> Result<Pending, Refusal> {
        let mut config = Config::defaults(Scope::Broker);
        let replicas = cluster.brokers.min(3).to_string();
        let defaults = [
            ("offsets.topic.replication.factor", replicas.as_str()),
            ("transaction.state.log.replication.factor", replicas.as_str()),
            ("transaction.state.log.min.isr", if cluster.brokers > 1 { "2" } else { "1" }),
        ];
        let given = cluster.configs.iter().map(|(name, value)| (&**name, &**value));
        for (name, value) in defaults.into_iter().chain(cluster.profile.defaults().iter().copied()).chain(given) {
            config.set(name, value).map_err(Refusal::Config)?;
        }
        self.config = config;
        self.seed = cluster.seed.unwrap_or(7);
        self.network_rng = Rng::stream(self.seed, "network");
        self.cluster = Some(cluster.clone());
        self.new_process(ADMIN);
        let first = if cluster.profile.is_zookeeper() { ZOOKEEPER } else { NodeId(FIRST_CONTROLLER) };
        let mut nodes = vec![first];
        if cluster.profile.is_zookeeper() {
            self.zookeeper = Some(ZooKeeper::default());
            self.admin.ask_controller();
        } else {
            let voters: Vec<i32> = (FIRST_CONTROLLER..FIRST_CONTROLLER + cluster.controllers).collect();
            nodes = voters.iter().map(|id| NodeId(*id)).collect();
            for id in &voters {
                let controller = Controller::new(*id, voters.clone(), settings::controller(&self.config, cluster));
                self.controllers.insert(*id, controller);
            }
        }
        for node in &nodes {
            self.network.set_inner(*node);
        }
        for node in nodes {
            self.start(node);
        }
        self.act(first, |_, _, out| say_not_simulated(Scope::Broker, &cluster.configs, out));
        let ids = cluster.broker_ids();
        for (at, id) in ids.iter().enumerate() {
            // The first to register becomes the controller: the last.
            self.new_broker(*id, cluster.rack(at), (ids.len() - 1 - at) as Micros * REGISTRATION_LAG);
        }
        self.admin.set_brokers(self.bootstrap());
        Ok(Pending::Active { brokers: ids, deadline: None })
    }

    fn new_broker(&mut self, id: i32, rack: Option<Rc<str>>, delay: Micros) {
        let controllers = self.controllers.keys().map(|id| NodeId(*id)).collect();
        let Some(cluster) = &self.cluster else { return };
        let mut broker = Broker::new(id, rack, settings::broker(&self.config, cluster), controllers);
        if let Some(zk) = &mut broker.zk {
            zk.delay = delay + 1;
        }
        self.brokers.insert(id, broker);
        self.network.set_inner(NodeId(id));
        self.start(NodeId(id));
    }

    fn add_broker(&mut self, id: i32, rack: Option<Rc<str>>) -> Result<Option<Pending>, Refusal> {
        if !(0..FIRST_CONTROLLER).contains(&id) {
            return Err(Refusal::Senseless { found: id.to_string(), expected: "a broker's id, from 0 to 3000".into() });
        }
        if self.brokers.contains_key(&id) {
            return Err(Refusal::Taken { found: id.to_string() });
        }
        self.new_broker(id, rack, 0);
        self.admin.set_brokers(self.bootstrap());
        Ok(Some(Pending::Active { brokers: vec![id], deadline: Some(self.now + super::pending::START_LIMIT) }))
    }

    fn bootstrap(&self) -> Vec<NodeId> {
        self.brokers.keys().map(|id| NodeId(*id)).collect()
    }

    fn ask(&mut self, request: AdminRequest) -> Pending {
        let id = self.act(ADMIN, |world, now, out| world.admin.ask(now, request, out));
        Pending::Admin { id }
    }

    /// A stopped node's own `server.properties` is edited.
    fn reconfigure(&mut self, node: NodeId, configs: &[(Rc<str>, Rc<str>)]) -> Result<(), Refusal> {
        if configs.is_empty() {
            return Ok(());
        }
        let mut config = self.edited.get(&node).unwrap_or(&self.config).clone();
        for (name, value) in configs {
            config.set(name, value).map_err(Refusal::Config)?;
        }
        if let (Some(broker), Some(cluster)) = (self.brokers.get_mut(&node.0), &self.cluster) {
            broker.reconfigure(settings::broker(&config, cluster));
        } else if let (Some(controller), Some(cluster)) = (self.controllers.get_mut(&node.0), &self.cluster) {
            controller.settings = settings::controller(&config, cluster);
        }
        self.edited.insert(node, config);
        Ok(())
    }

    // ---- clients

    fn free_name(&self, name: &Rc<str>) -> Result<(), Refusal> {
        match self.client(name) {
            Some(node) if self.is_up(node) => Err(Refusal::Taken { found: name.to_string() }),
            _ => Ok(()),
        }
    }

    fn add_producer(&mut self, name: &Rc<str>, configs: &[(Rc<str>, Rc<str>)]) -> Result<Option<Pending>, Refusal> {
        self.free_name(name)?;
        let config = match Config::new(Scope::Producer, &configs.to_vec()).and_then(|c| ProducerConfig::new(&c)) {
            Ok(config) => config,
            Err(_) => return Ok(Some(Pending::Said { answer: vec![ConfigError::EXCEPTION.to_string()], at: self.now })),
        };
        let node = self.client_node(name);
        self.consumers.remove(&node);
        let client = Producer::new(node, config, self.bootstrap());
        let producer = ProducerNode {
            name: name.clone(),
            configs: configs.to_vec(),
            client,
            rate: None,
            sent: Default::default(),
            outcomes: Default::default(),
            rate_number: 0,
            rate_count: 0,
        };
        self.producers.insert(node, producer);
        self.start(node);
        self.act(node, |_, _, out| say_not_simulated(Scope::Producer, &configs.to_vec(), out));
        Ok(None)
    }

    fn add_consumer(
        &mut self,
        name: &Rc<str>,
        subscription: &Subscription,
        group: Option<Rc<str>>,
        configs: &[(Rc<str>, Rc<str>)],
    ) -> Result<Option<Pending>, Refusal> {
        self.free_name(name)?;
        let mut given = configs.to_vec();
        if let Some(group) = &group {
            given.push(("group.id".into(), group.clone()));
        } else {
            given.push(("enable.auto.commit".into(), "false".into()));
        }
        let config = match Config::new(Scope::Consumer, &given).and_then(|c| ConsumerConfig::new(&c)) {
            Ok(config) => config,
            Err(_) => return Ok(Some(Pending::Said { answer: vec![ConfigError::EXCEPTION.to_string()], at: self.now })),
        };
        let node = self.client_node(name);
        self.producers.remove(&node);
        let reads = match subscription.clone() {
            Subscription::Topics(topics) => consumer::Subscription::Topics(topics.iter().map(|topic| self.topic_name(topic)).collect()),
            Subscription::Partitions(partitions) => {
                let shared = |p: TopicPartition| TopicPartition { topic: self.topic_name(&p.topic), ..p };
                consumer::Subscription::Assigned(partitions.into_iter().map(shared).collect())
            }
        };
        let client = Consumer::new(node, name.clone(), config, reads, self.bootstrap());
        let consumer = ConsumerNode { name: name.clone(), configs: configs.to_vec(), group, subscription: subscription.clone(), client };
        self.consumers.insert(node, consumer);
        self.start(node);
        self.act(node, |_, _, out| say_not_simulated(Scope::Consumer, &configs.to_vec(), out));
        Ok(None)
    }

    /// A topic's name as the cluster has it, where it has: what shares its letters is compared without looking at them.
    fn topic_name(&self, topic: &Rc<str>) -> Rc<str> {
        self.metadata().and_then(|image| image.topics.get_key_value(topic)).map_or_else(|| topic.clone(), |(name, _)| name.clone())
    }

    pub(super) fn send(&mut self, node: NodeId, send: &Send, number: u32) -> Option<RecordId> {
        let value = match (send.count, &send.value) {
            (None | Some(1), value) => value.clone(),
            (Some(_), value) => Some(numbered(value.as_deref().unwrap_or("v"), number)),
        };
        self.act(node, |world, now, out| {
            let producer = world.producers.get_mut(&node)?;
            Some(producer.client.send(now, &send.topic, send.partition, send.key.clone(), value, out))
        })
    }

    /// A steady stream sends its next records; one too many for the buffer is left out, so that a page left on stays small.
    pub(super) fn rate_due(&mut self, node: NodeId, number: u64) {
        let Some(p) = self.producers.get_mut(&node).filter(|p| p.rate_number == number) else { return };
        let Some(stream) = p.rate.clone() else { return };
        let (count, busy) = (p.rate_count as u32, p.client.pending_records() > 1_000);
        p.rate_count += 1;
        let pause = (stream.rate.per / Micros::from(stream.rate.count.max(1))).max(1);
        self.queue.put(self.now + pause, Event::Rate { node, number });
        if !busy && !self.is_frozen(node) {
            let key = stream.keys.get(count as usize % stream.keys.len().max(1)).cloned();
            self.send(node, &Send { key, count: Some(u32::MAX), ..stream.send }, count);
        }
    }
}

/// `prefix` followed by a number.
fn numbered(prefix: &str, number: u32) -> Rc<str> {
    let mut text = String::with_capacity(prefix.len() + 10);
    text.push_str(prefix);
    // Writing into a String cannot fail.
    let _ = write!(text, "{number}");
    text.into()
}

/// How long a broker loads before it registers with ZooKeeper. It matters where a controller has just been elected: five seconds later it
/// gives leaderships back, and a broker that was started meanwhile would not be there yet.
const LOADING: Micros = 3 * SECOND;
/// How far apart brokers of a new ZooKeeper cluster register.
const REGISTRATION_LAG: Micros = 20 * MILLISECOND;

const _: () = assert!(FIRST_CLIENT > FIRST_CONTROLLER);
