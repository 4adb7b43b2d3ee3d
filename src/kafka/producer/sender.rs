//! The sender: what goes into which request, and what follows from the answers (Sender.java; `kafka-semantics` 3.4, 3.5).

use super::accumulator::{Accumulator, BatchId};
use super::{InFlight, Producer};
use crate::kafka::client_metadata::backoff;
use crate::kafka::effect::{Effects, Outcome, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::protocol::{Broken, Request, Response};
use crate::kafka::record::TopicPartition;
use crate::map::Set;
use crate::sim::{Micros, NodeId};

/// What scenarios print of an error: a REQUEST_TIMED_OUT that ends a send is a TimeoutException.
pub(super) fn outcome_name(error: ErrorCode) -> &'static str {
    if error == ErrorCode::RequestTimedOut { "TIMED_OUT" } else { error.name() }
}

impl Producer {
    /// Fails batches older than `delivery.timeout.ms`; returns when the next one will be.
    pub(super) fn expire_batches(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        let timeout = self.config.delivery_timeout;
        let next = |accumulator: &Accumulator| accumulator.batches().map(|(_, batch)| batch.created_at + timeout).min();
        let at = next(&self.accumulator);
        if at.is_none_or(|at| at > now) {
            return at;
        }
        let expired: Vec<BatchId> =
            self.accumulator.batches().filter(|(_, batch)| batch.created_at + timeout <= now).map(|(id, _)| id).collect();
        for id in expired {
            let Some(batch) = self.accumulator.get(id) else { continue };
            if batch.base_sequence >= 0 && (batch.in_retry || batch.in_flight) {
                let next = super::accumulator::sequence_after(batch.last_sequence(), 1);
                let partition = batch.partition.clone();
                self.identity.mark_unresolved(&partition, next);
            }
            self.fail_batch(id, ErrorCode::RequestTimedOut, false, out);
        }
        next(&self.accumulator)
    }

    /// Asks for a producer id when there is none; returns when to look again.
    pub(super) fn poll_identity(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        if !self.config.idempotence {
            return None;
        }
        if self.identity.settle(&mut self.accumulator)
            && let Some((producer_id, epoch)) = self.identity.producer()
        {
            out.fact(Fact::ProducerIdAssigned { producer_id, epoch });
        }
        if self.identity.producer().is_some() || self.identity.request.is_some() {
            return None;
        }
        if now < self.identity.retry_at {
            return Some(self.identity.retry_at);
        }
        let Some(to) = self.metadata.least_loaded(now, out.rng) else {
            self.identity.retry_at = now + self.config.client.retry_backoff;
            return Some(self.identity.retry_at);
        };
        let call = self.metadata.call(out, to, Request::InitProducerId, self.config.client.request_timeout);
        self.identity.request = Some((call, to));
        None
    }

    pub(super) fn on_identity(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        self.identity.request = None;
        match reply.result {
            Ok(Response::InitProducerId { error: ErrorCode::None, producer_id, epoch }) => {
                self.identity.attempts = 0;
                self.identity.assign(producer_id, epoch);
                self.identity.resume(&mut self.accumulator);
                out.fact(Fact::ProducerIdAssigned { producer_id, epoch });
            }
            _ => {
                let client = &self.config.client;
                self.identity.retry_at = now + backoff(client.retry_backoff, client.retry_backoff_max, self.identity.attempts, out.rng);
                self.identity.attempts += 1;
            }
        }
    }

    /// Sends what is sendable; returns when more will be.
    pub(super) fn send_ready(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        let at_once = self.closing || self.waits_for_memory;
        let sendable = self.accumulator.sendable(now, self.config.linger, at_once, &self.metadata);
        if sendable.leaderless {
            self.metadata.request_update();
        }
        let mut next = sendable.next_at;
        let mut sooner = |at: Micros| next = Some(next.map_or(at, |n| n.min(at)));
        self.update_load();
        for node in sendable.leaders {
            let partitions = self.accumulator.led_by(node, &self.metadata);
            let free = self.metadata.is_connected(node) && self.metadata.in_flight(node) < self.config.max_in_flight;
            self.partitioners.note_ready(now, node, free);
            loop {
                let in_flight = self.metadata.in_flight(node);
                let room = if self.metadata.is_connected(node) { self.config.max_in_flight } else { 1 };
                if in_flight >= room {
                    break;
                }
                let ready_at = self.metadata.ready_at(node);
                if ready_at > now {
                    sooner(ready_at);
                    break;
                }
                if !self.send_one(now, node, &partitions, out) {
                    break;
                }
            }
        }
        next
    }

    /// One Produce request to `node` with at most one batch of each partition. False when there was nothing to send.
    fn send_one(&mut self, now: Micros, node: NodeId, partitions: &[TopicPartition], out: &mut Effects) -> bool {
        let mut size_bytes = 0;
        let mut batches = Vec::new();
        let first = self.accumulator.turn(node, partitions.len());
        for partition in partitions.iter().cycle().skip(first).take(partitions.len()) {
            let Some((id, batch)) = self.accumulator.drainable(now, partition) else { continue };
            if size_bytes > 0 && size_bytes + batch.size_bytes > self.config.max_request_size {
                break;
            }
            if self.config.idempotence && self.identity.must_wait(partition, batch.base_sequence) {
                continue;
            }
            size_bytes += batch.size_bytes;
            if self.config.idempotence {
                self.identity.stamp(id, &mut self.accumulator);
            }
            self.accumulator.drain(partition);
            if self.config.max_in_flight == 1 {
                self.accumulator.mute(partition);
            }
            batches.push((partition.clone(), id));
        }
        if batches.is_empty() {
            return false;
        }
        let sent = batches.iter().filter_map(|(p, id)| Some((p.clone(), self.accumulator.get(*id)?.to_record_batch()))).collect();
        let timeout = self.config.client.request_timeout;
        let request = Request::Produce { acks: self.config.acks, timeout, batches: sent };
        let call = match self.config.acks {
            0 => self.metadata.tell(out, node, request),
            _ => self.metadata.call(out, node, request, timeout),
        };
        self.calls.insert(call, InFlight { to: node, batches });
        true
    }

    /// Gives up connections still being made to brokers that no longer lead what waits for them: the new leader must not wait for a
    /// connection set-up time-out of the old one.
    pub(super) fn leave_old_leaders(&mut self, now: Micros, out: &mut Effects) {
        let metadata = &self.metadata;
        let moved = |(partition, _): &(TopicPartition, BatchId), to| metadata.leader(partition).is_some_and(|(leader, _)| leader != to);
        let nodes: Set<NodeId> = self
            .calls
            .values()
            .filter(|call| !metadata.is_connected(call.to) && call.batches.iter().any(|batch| moved(batch, call.to)))
            .map(|call| call.to)
            .collect();
        for node in nodes {
            self.metadata.disconnect(out, node);
            if self.identity.request.is_some_and(|(_, to)| to == node) {
                self.identity.request = None;
            }
            let ended: Vec<_> = self.calls.iter().filter(|(_, call)| call.to == node).map(|(id, _)| *id).collect();
            for call in ended {
                if let Some(call) = self.calls.remove(&call) {
                    for (partition, id) in call.batches {
                        self.accumulator.unmute(&partition);
                        self.complete(now, &partition, id, ErrorCode::NetworkException, -1, out);
                    }
                }
            }
        }
    }

    /// The end of a Produce request.
    pub(super) fn on_produced(&mut self, now: Micros, in_flight: InFlight, reply: &Reply, out: &mut Effects) {
        for (partition, id) in in_flight.batches {
            self.accumulator.unmute(&partition);
            let (error, base_offset) = match &reply.result {
                Ok(Response::Written) => (ErrorCode::None, -1),
                Ok(Response::Produce(results)) => match results.iter().find(|(p, ..)| *p == partition) {
                    Some((_, error, base_offset, hint)) => {
                        if let Some((leader, leader_epoch)) = hint {
                            self.metadata.apply_hint(&partition, *leader, *leader_epoch);
                        }
                        (*error, *base_offset)
                    }
                    None => (ErrorCode::UnknownServerError, -1),
                },
                Ok(Response::Error(error)) => (*error, -1),
                Ok(_) => (ErrorCode::UnknownServerError, -1),
                Err(Broken::Unreachable) => {
                    // Never sent: it takes its place again, and no attempt is counted.
                    if self.accumulator.get(id).is_some() {
                        self.accumulator.reenqueue(id);
                    }
                    continue;
                }
                Err(Broken::Disconnected) => (ErrorCode::NetworkException, -1),
                Err(Broken::TimedOut) => (ErrorCode::RequestTimedOut, -1),
            };
            self.complete(now, &partition, id, error, base_offset, out);
        }
    }

    fn complete(&mut self, now: Micros, partition: &TopicPartition, id: BatchId, error: ErrorCode, base_offset: i64, out: &mut Effects) {
        if error.is_invalid_metadata() {
            self.metadata.request_update();
        }
        // A batch that ran out of time while it was in flight has ended already.
        let Some(batch) = self.accumulator.get(id) else { return };
        let (base_sequence, last_sequence, sequence_reset) = (batch.base_sequence, batch.last_sequence(), batch.sequence_reset);
        let (records, attempts, expired) = (batch.records.len(), batch.attempts, batch.created_at + self.config.delivery_timeout <= now);
        match error {
            ErrorCode::None | ErrorCode::DuplicateSequenceNumber => {
                self.identity.on_acknowledged(partition, id, base_sequence, last_sequence);
                let base_offset = if error.is_none() && base_offset >= 0 { Some(base_offset) } else { None };
                self.acknowledge(id, base_offset, out);
            }
            ErrorCode::MessageTooLarge if records > 1 && !expired => {
                let parts = self.accumulator.split(id);
                self.identity.replace(partition, (base_sequence, id), &parts, &self.accumulator);
            }
            _ => {
                let left = attempts < self.config.retries.unsigned_abs();
                let retry = left
                    && !expired
                    && match self.config.idempotence {
                        true => self.identity.can_retry(error, partition, base_sequence, sequence_reset),
                        false => error.is_retriable(),
                    };
                if !retry {
                    self.fail_batch(id, error, left, out);
                    return;
                }
                out.fact(Fact::BatchRetried { partition: partition.clone(), records: records as i32, error });
                let client = &self.config.client;
                let wait = backoff(client.retry_backoff, client.retry_backoff_max, attempts, out.rng);
                if let Some(batch) = self.accumulator.get_mut(id) {
                    batch.attempts += 1;
                    batch.retry_at = now + wait;
                }
                self.accumulator.reenqueue(id);
            }
        }
    }

    fn acknowledge(&mut self, id: BatchId, base_offset: Option<i64>, out: &mut Effects) {
        let Some(batch) = self.accumulator.remove(id) else { return };
        for (delta, appended) in batch.records.into_iter().enumerate() {
            let (record, sent_at) = (appended.id, appended.sent_at);
            let offset = base_offset.map(|base| base + delta as i64);
            let partition = batch.partition.clone();
            out.fact(Fact::RecordAcknowledged { record, partition: partition.clone(), offset, sent_at });
            out.outcome(record, Outcome::Acknowledged { partition, offset });
        }
    }

    fn fail_batch(&mut self, id: BatchId, error: ErrorCode, renumber: bool, out: &mut Effects) {
        let Some(batch) = self.accumulator.remove(id) else { return };
        if batch.base_sequence >= 0 {
            self.identity.on_failed(&batch.partition, id, batch.base_sequence, renumber);
        }
        let error = outcome_name(error);
        for appended in batch.records {
            out.fact(Fact::RecordFailed { record: appended.id, partition: Some(batch.partition.clone()), error });
            out.outcome(appended.id, Outcome::Failed { error });
        }
    }
}
