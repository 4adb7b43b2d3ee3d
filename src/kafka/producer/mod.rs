//! The producer: takes records, chooses partitions, and answers for every send exactly once (KafkaProducer.java; `kafka-semantics` 1, 3.2-3.6).

mod accumulator;
mod config;
mod identity;
mod partition;
mod sender;

use super::client_metadata::{ClientConfig, ClientMetadata, MetadataEvent};
use super::effect::{CallId, Effects, Outcome, Reply, Timer};
use super::errors::ErrorCode;
use super::fact::Fact;
use super::protocol::Broken;
use super::record::{BATCH_HEADER_BYTES, Record, RecordId, Topic, TopicPartition};
use crate::map::{Map, Set};
use crate::sim::{MILLISECOND, Micros, NodeId};
use accumulator::{Accumulator, Appended, BatchId};
pub use config::{Partitioner, ProducerConfig};
use identity::Identity;
use partition::Partitioners;
use std::collections::VecDeque;
use std::rc::Rc;

/// The timers of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProducerTimer {
    /// The sender has something to do.
    Poll,
}

/// A send that waits for metadata or memory.
#[derive(Clone, Debug)]
struct Waiting {
    id: RecordId,
    topic: Topic,
    partition: Option<i32>,
    key: Option<Rc<str>>,
    value: Option<Rc<str>>,
    sent_at: Micros,
}

/// A Produce request on its way.
#[derive(Clone, Debug)]
struct InFlight {
    to: NodeId,
    batches: Vec<(TopicPartition, BatchId)>,
}

/// A producer client.
#[derive(Clone, Debug)]
pub struct Producer {
    node: NodeId,
    config: ProducerConfig,
    metadata: ClientMetadata,
    accumulator: Accumulator,
    identity: Identity,
    partitioners: Partitioners,
    waiting: VecDeque<Waiting>,
    waits_for_memory: bool,
    calls: Map<CallId, InFlight>,
    next_number: u32,
    /// When timers will fire.
    armed: Set<Micros>,
    closing: bool,
    closed: bool,
}

/// What became of trying to append a record.
enum Append {
    Done,
    Failed(ErrorCode),
    /// The topic or the partition is not known.
    NeedsMetadata,
    NeedsMemory,
}

impl Producer {
    /// A producer that knows its bootstrap servers.
    pub fn new(node: NodeId, config: ProducerConfig, bootstrap: Vec<NodeId>) -> Self {
        Producer {
            node,
            metadata: ClientMetadata::new(ClientConfig { allow_auto_create_topics: true, ..config.client.clone() }, bootstrap),
            accumulator: Accumulator::new(config.batch_size_bytes.max(1), config.buffer_memory),
            identity: Identity::default(),
            partitioners: Partitioners::default(),
            waiting: VecDeque::new(),
            waits_for_memory: false,
            calls: Map::new(),
            next_number: 0,
            armed: Set::new(),
            closing: false,
            closed: false,
            config,
        }
    }

    // ---- getters

    /// Its configuration.
    pub fn config(&self) -> &ProducerConfig {
        &self.config
    }

    /// What it knows of the cluster.
    pub fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }

    /// Producer id and epoch, once it has them.
    pub fn identity(&self) -> Option<(i64, i16)> {
        self.identity.producer()
    }

    /// Sends without an outcome yet.
    pub fn pending_records(&self) -> usize {
        self.waiting.len() + self.accumulator.record_count()
    }

    /// Batches queued by partition, for partitions it has sent to.
    pub fn queued_batches(&self) -> impl Iterator<Item = (&TopicPartition, usize)> {
        self.accumulator.queues().map(|(partition, queue)| (partition, queue.len()))
    }

    /// Produce requests without an answer yet.
    pub fn requests_in_flight(&self) -> usize {
        self.calls.len()
    }

    // ---- handlers

    /// The process starts.
    pub fn start(&mut self, now: Micros, out: &mut Effects) {
        self.poll(now, out);
    }

    /// Sends a record; its outcome comes as an effect, now or later.
    pub fn send(
        &mut self,
        now: Micros,
        topic: &Topic,
        partition: Option<i32>,
        key: Option<Rc<str>>,
        value: Option<Rc<str>>,
        out: &mut Effects,
    ) -> RecordId {
        let id = RecordId { producer: self.node.0, number: self.next_number };
        self.next_number += 1;
        self.metadata.want(topic);
        self.waiting.push_back(Waiting { id, topic: topic.clone(), partition, key, value, sent_at: now });
        self.poll(now, out);
        id
    }

    /// Handles the end of one of its calls.
    pub fn on_reply(&mut self, now: Micros, reply: Reply, out: &mut Effects) {
        let mine = self.calls.remove(&reply.call);
        let identity = self.identity.request.is_some_and(|(call, _)| call == reply.call);
        self.metadata.note(now, &reply);
        if let Some(in_flight) = mine {
            self.on_produced(now, in_flight, &reply, out);
        } else if identity {
            self.on_identity(now, &reply, out);
        } else if self.metadata.on_reply(now, &reply, out) == MetadataEvent::Updated {
            self.leave_old_leaders(now, out);
        }
        self.poll(now, out);
    }

    /// The connection to a broker is gone; its calls are told apart from this.
    pub fn on_lost(&mut self, now: Micros, peer: NodeId, why: Broken, out: &mut Effects) {
        self.metadata.on_lost(now, peer, why);
        self.poll(now, out);
    }

    /// Wakes up.
    pub fn on_timer(&mut self, now: Micros, timer: ProducerTimer, out: &mut Effects) {
        let ProducerTimer::Poll = timer;
        self.armed.retain(|at| *at > now);
        self.poll(now, out);
    }

    /// Sends what is left at once, waits for every outcome, then ends.
    pub fn close(&mut self, now: Micros, out: &mut Effects) {
        self.closing = true;
        self.poll(now, out);
    }

    // ---- the sender's loop

    fn poll(&mut self, now: Micros, out: &mut Effects) {
        if self.closed {
            return;
        }
        let blocked_until = self.append_waiting(now, out);
        let expires_at = self.expire_batches(now, out);
        let identity_at = self.poll_identity(now, out);
        let sendable_at = self.send_ready(now, out);
        if self.waits_for_memory {
            // An acknowledged or expired batch may have made room.
            self.append_waiting(now, out);
        }
        let version = self.metadata.version();
        let metadata_at = self.metadata.poll(now, out);
        if self.metadata.version() != version {
            // It started again from its bootstrap servers.
            self.leave_old_leaders(now, out);
        }
        if self.closing && self.waiting.is_empty() && self.accumulator.is_empty() {
            self.closed = true;
            out.exit();
            return;
        }
        let next = [blocked_until, expires_at, identity_at, sendable_at, metadata_at].into_iter().flatten().min();
        if let Some(at) = next.map(|at| at.max(now + 1))
            && self.armed.first().is_none_or(|armed| at < *armed)
        {
            self.armed.insert(at);
            out.wake(at, Timer::Producer(ProducerTimer::Poll));
        }
    }

    /// Appends the sends that wait, as far as they can be; returns when the next one has waited for `max.block.ms`.
    fn append_waiting(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        self.waits_for_memory = false;
        for _ in 0..self.waiting.len() {
            let Some(waiting) = self.waiting.pop_front() else { break };
            let append = if self.waits_for_memory { Append::NeedsMemory } else { self.try_append(now, &waiting, out) };
            let expired = waiting.sent_at + self.config.max_block <= now;
            let error = match append {
                Append::Done => continue,
                Append::Failed(error) => error.name(),
                Append::NeedsMetadata if waiting.partition.is_some_and(|partition| partition < 0) => "IllegalArgumentException",
                Append::NeedsMetadata if expired => "TIMED_OUT",
                Append::NeedsMemory if expired => "TIMED_OUT",
                Append::NeedsMetadata => {
                    self.metadata.want(&waiting.topic);
                    self.metadata.request_update();
                    self.waiting.push_back(waiting);
                    continue;
                }
                Append::NeedsMemory => {
                    self.waits_for_memory = true;
                    self.waiting.push_back(waiting);
                    continue;
                }
            };
            let partition = waiting.partition.map(|partition| TopicPartition::new(&waiting.topic, partition));
            out.fact(Fact::RecordFailed { record: waiting.id, partition, error });
            out.outcome(waiting.id, Outcome::Failed { error });
        }
        self.waiting.iter().map(|waiting| waiting.sent_at + self.config.max_block).min()
    }

    fn try_append(&mut self, now: Micros, waiting: &Waiting, out: &mut Effects) -> Append {
        if self.metadata.topic_error(&waiting.topic) == Some(ErrorCode::InvalidTopicException) {
            return Append::Failed(ErrorCode::InvalidTopicException);
        }
        let Some(count) = self.metadata.partition_count(&waiting.topic).filter(|count| *count > 0) else {
            return Append::NeedsMetadata;
        };
        if waiting.partition.is_some_and(|partition| !(0..count).contains(&partition)) {
            return Append::NeedsMetadata;
        }
        let record = Record {
            id: Some(waiting.id),
            key: waiting.key.clone(),
            value: waiting.value.clone(),
            timestamp_ms: waiting.sent_at / MILLISECOND,
            coordinator: None,
        };
        let text = |text: &Option<Rc<str>>| text.as_ref().map_or(0, |text| text.len() as i64);
        let upper_bound = i64::from(BATCH_HEADER_BYTES + RECORD_OVERHEAD_BYTES) + text(&record.key) + text(&record.value);
        if upper_bound > i64::from(self.config.max_request_size) || upper_bound > self.config.buffer_memory {
            return Append::Failed(ErrorCode::MessageTooLarge);
        }
        let (partition, choice) = self.choose_partition(waiting, count, out);
        if self.accumulator.lacks_memory(&partition, record.size_bytes()) {
            return Append::NeedsMemory;
        }
        let appended = Appended { id: waiting.id, record, sent_at: waiting.sent_at };
        let appended_bytes = self.accumulator.append(now, &partition, appended);
        self.note_appended(&partition, choice, appended_bytes, out);
        out.fact(Fact::RecordSent { record: waiting.id, partition, key: waiting.key.clone(), choice });
        Append::Done
    }
}

/// The most a record takes beside its key and value.
const RECORD_OVERHEAD_BYTES: i32 = 21;

#[cfg(test)]
mod tests;
