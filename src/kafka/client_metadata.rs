//! What a client knows of the cluster and of its connections, and when it asks again (Metadata.java, NetworkClient.java; `kafka-semantics` 0.8).

use super::config::{Config, Scope};
use super::effect::{CallId, Channel, Effects, Reply};
use super::errors::ErrorCode;
use super::protocol::{Broken, MetadataResponse, PartitionMetadata, Request, Response};
use super::record::{Topic, TopicId, TopicPartition};
use crate::map::{Map, Set};
use crate::sim::rng::Rng;
use crate::sim::{MILLISECOND, Micros, NodeId};
use std::rc::Rc;

/// How a client asks for metadata and connects: the configurations all clients share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// `retry.backoff.ms`.
    pub retry_backoff: Micros,
    /// `retry.backoff.max.ms`.
    pub retry_backoff_max: Micros,
    /// `reconnect.backoff.ms`.
    pub reconnect_backoff: Micros,
    /// `reconnect.backoff.max.ms`.
    pub reconnect_backoff_max: Micros,
    /// `request.timeout.ms`.
    pub request_timeout: Micros,
    /// `metadata.max.age.ms`.
    pub metadata_max_age: Micros,
    /// `metadata.recovery.strategy` is `rebootstrap`.
    pub rebootstrap: bool,
    /// `metadata.recovery.rebootstrap.trigger.ms`.
    pub rebootstrap_trigger: Micros,
    /// `allow.auto.create.topics`; a producer always allows it.
    pub allow_auto_create_topics: bool,
}

impl ClientConfig {
    /// Reads what a producer's or consumer's configuration shares.
    pub fn new(config: &Config) -> Self {
        ClientConfig {
            retry_backoff: config.micros("retry.backoff.ms"),
            retry_backoff_max: config.micros("retry.backoff.max.ms"),
            reconnect_backoff: config.micros("reconnect.backoff.ms"),
            reconnect_backoff_max: config.micros("reconnect.backoff.max.ms"),
            request_timeout: config.micros("request.timeout.ms"),
            metadata_max_age: config.micros("metadata.max.age.ms"),
            rebootstrap: config.text("metadata.recovery.strategy").eq_ignore_ascii_case("rebootstrap"),
            rebootstrap_trigger: config.micros("metadata.recovery.rebootstrap.trigger.ms"),
            allow_auto_create_topics: config.scope != Scope::Consumer || config.bool("allow.auto.create.topics"),
        }
    }
}

/// `base`·2^`attempts`, give or take 20 %, at most `max` (ExponentialBackoff.java).
pub fn backoff(base: Micros, max: Micros, attempts: u32, rng: &mut Rng) -> Micros {
    let term = base.saturating_mul(1 << attempts.min(30)).min(max);
    let spread = term / 5;
    (term - spread + rng.up_to(2 * spread)).min(max)
}

/// A topic as the client knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicView {
    /// Its id.
    pub id: TopicId,
    /// Its partitions, ascending.
    pub partitions: Vec<PartitionMetadata>,
}

/// The client's side of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct NodeState {
    connected: bool,
    in_flight: usize,
    /// Calls whose connection is gone, and whose replies are still to come.
    broken: usize,
    failures: u32,
    retry_at: Micros,
}

/// What happened to the metadata with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataEvent {
    /// The reply belongs to somebody else.
    NotMine,
    /// The client knows more now.
    Updated,
    /// The request failed; another follows.
    Failed,
}

/// A client's picture of the cluster.
#[derive(Clone, Debug)]
pub struct ClientMetadata {
    config: ClientConfig,
    bootstrap: Vec<NodeId>,
    brokers: Vec<NodeId>,
    racks: Map<i32, Rc<str>>,
    topics: Map<Topic, TopicView>,
    errors: Map<Topic, ErrorCode>,
    wanted: Set<Topic>,
    epochs: Map<TopicPartition, (TopicId, i32)>,
    nodes: Map<NodeId, NodeState>,
    update_requested: bool,
    wanted_changed: bool,
    last_refresh: Option<Micros>,
    last_success: Option<Micros>,
    attempt_started: Option<Micros>,
    attempts: u32,
    equivalent: u32,
    retry_at: Micros,
    in_flight: Option<(CallId, NodeId)>,
    version: u64,
}

impl ClientMetadata {
    /// A client that knows its bootstrap servers only.
    pub fn new(config: ClientConfig, bootstrap: Vec<NodeId>) -> Self {
        ClientMetadata {
            config,
            brokers: bootstrap.clone(),
            bootstrap,
            racks: Map::new(),
            topics: Map::new(),
            errors: Map::new(),
            wanted: Set::new(),
            epochs: Map::new(),
            nodes: Map::new(),
            update_requested: true,
            wanted_changed: false,
            last_refresh: None,
            last_success: None,
            attempt_started: None,
            attempts: 0,
            equivalent: 0,
            retry_at: 0,
            in_flight: None,
            version: 0,
        }
    }

    // ---- getters

    /// Rises with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What is known of `topic`.
    pub fn topic(&self, topic: &Topic) -> Option<&TopicView> {
        self.topics.get(topic)
    }

    /// The error the last answer had for `topic`, if any.
    pub fn topic_error(&self, topic: &Topic) -> Option<ErrorCode> {
        self.errors.get(topic).copied()
    }

    /// What is known of `partition`.
    pub fn partition(&self, partition: &TopicPartition) -> Option<&PartitionMetadata> {
        let index = usize::try_from(partition.partition).ok()?;
        self.topics.get(&partition.topic)?.partitions.get(index)
    }

    /// The leader of `partition` with its epoch, when there is one among the known brokers.
    pub fn leader(&self, partition: &TopicPartition) -> Option<(NodeId, i32)> {
        let known = self.partition(partition)?;
        (known.leader >= 0).then_some((NodeId(known.leader), known.leader_epoch))
    }

    /// Partitions of `topic`; none when it is not known.
    pub fn partition_count(&self, topic: &Topic) -> Option<i32> {
        self.topics.get(topic).map(|view| view.partitions.len() as i32)
    }

    /// Entries of all topics' partitions, the measure of Java's table of them (`kafka-semantics` 1.7).
    pub fn partition_entries(&self) -> usize {
        self.topics.values().map(|view| view.partitions.len()).sum()
    }

    /// Racks of the replicas of each of a topic's partitions, as far as known; none when the topic is not known.
    pub fn replica_racks(&self, topic: &Topic) -> Option<Vec<Set<Rc<str>>>> {
        let racks_of = |p: &PartitionMetadata| p.replicas.iter().filter_map(|id| self.racks.get(id).cloned()).collect();
        Some(self.topics.get(topic)?.partitions.iter().map(racks_of).collect())
    }

    /// Every known topic with its view.
    pub fn topics(&self) -> impl Iterator<Item = (&Topic, &TopicView)> {
        self.topics.iter()
    }

    /// Whether a connection to `node` is open, as far as the client has noticed.
    pub fn is_connected(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|state| state.connected)
    }

    /// Requests on the connection to `node` without an answer yet.
    pub fn in_flight(&self, node: NodeId) -> usize {
        self.nodes.get(&node).map_or(0, |state| state.in_flight)
    }

    /// When a request to `node` makes sense: at once when connected, else after the reconnect back-off.
    pub fn ready_at(&self, node: NodeId) -> Micros {
        self.nodes.get(&node).map_or(0, |state| if state.connected { 0 } else { state.retry_at })
    }

    // ---- what the client wants

    /// Asks for `topic` from now on; at once when it is new.
    pub fn want(&mut self, topic: &Topic) {
        if self.wanted.insert(topic.clone()) {
            self.request_now();
        }
    }

    /// Asks for exactly these topics from now on.
    pub fn want_only(&mut self, topics: Set<Topic>) {
        let more = topics.iter().any(|topic| !self.wanted.contains(topic));
        self.wanted = topics;
        if more {
            self.request_now();
        }
    }

    fn request_now(&mut self) {
        self.update_requested = true;
        self.wanted_changed = true;
        self.equivalent = 0;
        self.retry_at = 0;
    }

    /// Wants fresh metadata, after the back-off (Metadata.requestUpdate).
    pub fn request_update(&mut self) {
        self.update_requested = true;
    }

    // ---- calls, so that connections are known

    /// Asks `to` on the client's connection to it.
    pub fn call(&mut self, out: &mut Effects, to: NodeId, request: Request, timeout: Micros) -> CallId {
        self.nodes.entry(to).or_default().in_flight += 1;
        out.call(to, Channel::Data, request, timeout)
    }

    /// Sends what gets no answer.
    pub fn tell(&mut self, out: &mut Effects, to: NodeId, request: Request) -> CallId {
        self.nodes.entry(to).or_default().in_flight += 1;
        out.tell(to, Channel::Data, request)
    }

    /// Takes note of a reply to one of [`ClientMetadata::call`] or [`ClientMetadata::tell`]; to be called once for each, first of all.
    pub fn note(&mut self, now: Micros, reply: &Reply) {
        let state = self.nodes.entry(reply.from).or_default();
        let broken = state.broken > 0 && (reply.result.is_err() || state.in_flight == 0);
        let count = if broken { &mut state.broken } else { &mut state.in_flight };
        *count = count.saturating_sub(1);
        match reply.result {
            Ok(_) => {
                state.connected = true;
                state.failures = 0;
            }
            Err(Broken::Unreachable) if state.connected => {}
            Err(why) => self.note_lost(now, reply.from, why),
        }
    }

    fn note_lost(&mut self, now: Micros, node: NodeId, why: Broken) {
        let config = &self.config;
        let state = self.nodes.entry(node).or_default();
        // Every call of a connection breaks with it; they count as one failure.
        if state.connected || state.retry_at <= now {
            state.failures = if why == Broken::Unreachable { state.failures + 1 } else { 1 };
            let doubled = config.reconnect_backoff.saturating_mul(1 << (state.failures - 1).min(20));
            state.retry_at = now + doubled.min(config.reconnect_backoff_max);
            state.connected = false;
        }
        self.update_requested = true;
    }

    /// The connection to `node` is gone: stale metadata may be why, so fresh metadata is wanted (NetworkClient.handleServerDisconnect).
    pub fn on_lost(&mut self, now: Micros, node: NodeId, why: Broken) {
        let state = self.nodes.entry(node).or_default();
        state.broken += std::mem::take(&mut state.in_flight);
        self.note_lost(now, node, why);
    }

    /// The client closes its connection to `node`; its calls get no reply.
    pub fn disconnect(&mut self, out: &mut Effects, node: NodeId) {
        out.disconnect(node, Channel::Data);
        let state = self.nodes.entry(node).or_default();
        state.in_flight = 0;
        state.connected = false;
        if self.in_flight.is_some_and(|(_, to)| to == node) {
            self.in_flight = None;
            self.update_requested = true;
        }
    }

    /// The broker to ask what any broker can answer: an idle connection, else a busy one, one being made, one that can be made;
    /// none when every known broker waits for its reconnect back-off (NetworkClient.leastLoadedNode).
    pub fn least_loaded(&self, now: Micros, rng: &mut Rng) -> Option<NodeId> {
        let count = self.brokers.len();
        let first = rng.below(count as u64) as usize;
        let nodes = (0..count).map(|i| self.brokers[(first + i) % count]);
        nodes
            .filter_map(|node| {
                let state = self.nodes.get(&node).cloned().unwrap_or_default();
                let rank = match state {
                    NodeState { connected: true, in_flight, .. } => (0, in_flight as Micros),
                    NodeState { in_flight, .. } if in_flight > 0 => (1, 0),
                    // The one whose last attempt is the longest ago.
                    NodeState { retry_at, .. } if retry_at <= now => (2, retry_at),
                    _ => return None,
                };
                Some((rank, node))
            })
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, node)| node)
    }

    // ---- the state machine

    /// Asks for metadata when it is due; returns when to look again.
    pub fn poll(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        if self.in_flight.is_some() {
            return None;
        }
        let learned = !self.topics.is_empty() || self.brokers != self.bootstrap;
        if self.config.rebootstrap && self.update_requested && learned && self.least_loaded(now, out.rng).is_none() {
            self.rebootstrap(now);
        }
        let expires = self.last_success.map_or(now, |at| at + self.config.metadata_max_age);
        let due = if self.update_requested { now } else { expires }.max(self.retry_at);
        if due > now {
            return Some(due);
        }
        let started = *self.attempt_started.get_or_insert(now);
        if self.config.rebootstrap && now - started > self.config.rebootstrap_trigger {
            self.rebootstrap(now);
        }
        let mut to = self.least_loaded(now, out.rng);
        if to.is_none() && self.config.rebootstrap {
            self.rebootstrap(now);
            to = self.least_loaded(now, out.rng);
        }
        let Some(to) = to else {
            let next = self.brokers.iter().map(|node| self.ready_at(*node)).min();
            return next.map(|at| at.max(now + MILLISECOND));
        };
        let topics = self.wanted.iter().cloned().collect();
        let request = Request::Metadata { topics, allow_auto_topic_creation: self.config.allow_auto_create_topics };
        self.wanted_changed = false;
        self.in_flight = Some((self.call(out, to, request, self.config.request_timeout), to));
        None
    }

    /// Drops what is known of brokers and topics and starts again from the bootstrap servers (KIP-899). Leader epochs are kept.
    fn rebootstrap(&mut self, now: Micros) {
        self.brokers = self.bootstrap.clone();
        for node in &self.brokers {
            if let Some(state) = self.nodes.get_mut(node) {
                state.retry_at = 0;
            }
        }
        self.topics.clear();
        self.errors.clear();
        self.update_requested = true;
        self.attempt_started = Some(now);
        self.version += 1;
    }

    /// Handles the reply to a metadata request.
    pub fn on_reply(&mut self, now: Micros, reply: &Reply, out: &mut Effects) -> MetadataEvent {
        if self.in_flight.is_none_or(|(call, _)| call != reply.call) {
            return MetadataEvent::NotMine;
        }
        self.in_flight = None;
        self.last_refresh = Some(now);
        match &reply.result {
            Ok(Response::Metadata(response)) if !response.brokers.is_empty() => {
                self.attempts = 0;
                self.attempt_started = None;
                self.last_success = Some(now);
                self.update_requested = self.wanted_changed;
                let before = (self.brokers.clone(), self.topics.clone());
                self.apply(response);
                let same = before.0 == self.brokers && before.1 == self.topics;
                self.equivalent = if same { self.equivalent + 1 } else { 0 };
                let wait = backoff(self.config.retry_backoff, self.config.retry_backoff_max, self.equivalent.saturating_sub(1), out.rng);
                self.retry_at = if self.wanted_changed { 0 } else { now + wait };
                self.version += 1;
                MetadataEvent::Updated
            }
            _ => {
                self.update_requested = true;
                let wait = backoff(self.config.retry_backoff, self.config.retry_backoff_max, self.attempts, out.rng);
                self.attempts += 1;
                self.retry_at = now + wait;
                MetadataEvent::Failed
            }
        }
    }

    fn apply(&mut self, response: &MetadataResponse) {
        self.brokers = response.brokers.iter().map(|broker| NodeId(broker.id)).collect();
        self.racks = response.brokers.iter().filter_map(|broker| Some((broker.id, broker.rack.clone()?))).collect();
        self.errors.clear();
        let mut topics = Map::new();
        for topic in &response.topics {
            if !topic.error.is_none() {
                self.errors.insert(topic.topic.clone(), topic.error);
                // A topic that is not there (yet) is asked for again, a name that cannot be is not.
                self.update_requested |= topic.error.is_invalid_metadata();
                continue;
            }
            let old = self.topics.get(&topic.topic).filter(|old| old.id == topic.topic_id);
            let mut partitions = topic.partitions.clone();
            for new in &mut partitions {
                let key = TopicPartition::new(&topic.topic, new.partition);
                let last = self.epochs.get(&key).filter(|(id, _)| *id == topic.topic_id).map_or(-1, |(_, epoch)| *epoch);
                if new.leader_epoch < last {
                    // Older than what is known: the answering broker is behind.
                    let known = usize::try_from(new.partition).ok().and_then(|index| old.and_then(|old| old.partitions.get(index)));
                    match known {
                        Some(known) => *new = known.clone(),
                        None => new.leader = -1,
                    }
                } else {
                    self.epochs.insert(key, (topic.topic_id, new.leader_epoch));
                }
                self.update_requested |= new.error.is_invalid_metadata();
            }
            topics.insert(topic.topic.clone(), TopicView { id: topic.topic_id, partitions });
        }
        self.topics = topics;
    }

    /// Applies a leader named in an error response (KIP-951), if it is newer than what is known. Says whether it was.
    pub fn apply_hint(&mut self, partition: &TopicPartition, leader: i32, leader_epoch: i32) -> bool {
        let Some(index) = usize::try_from(partition.partition).ok() else { return false };
        let Some(view) = self.topics.get_mut(&partition.topic) else { return false };
        let Some(known) = view.partitions.get_mut(index) else { return false };
        if leader < 0 || leader_epoch <= known.leader_epoch {
            return false;
        }
        known.leader = leader;
        known.leader_epoch = leader_epoch;
        known.error = ErrorCode::None;
        self.epochs.insert(partition.clone(), (view.id, leader_epoch));
        self.version += 1;
        true
    }

    /// Raises the leader epoch known of `partition`, so that older metadata is refused and newer asked for.
    pub fn see_epoch(&mut self, partition: &TopicPartition, leader_epoch: i32) {
        let Some(id) = self.topics.get(&partition.topic).map(|view| view.id) else { return };
        let known = self.epochs.entry(partition.clone()).or_insert((id, -1));
        if known.0 == id && leader_epoch > known.1 {
            known.1 = leader_epoch;
            self.update_requested = true;
        }
    }
}
