//! Writing: the checks of a Produce, the append, and the wait for the high watermark (`kafka-semantics` 3.1–3.3).

use super::Broker;
use crate::kafka::effect::{Effects, Ticket};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::producer_state::AppendCheck;
use crate::kafka::protocol::Response;
use crate::kafka::record::is_internal;
use crate::kafka::record::{RecordBatch, TopicPartition};
use crate::sim::Micros;
use std::rc::Rc;

/// One partition of a produce request that may wait.
#[derive(Clone, Debug)]
pub(super) struct Status {
    partition: TopicPartition,
    error: ErrorCode,
    base_offset: i64,
    /// Waits until the high watermark is here.
    required: Option<i64>,
}

/// A Produce with acks=all that waits (DelayedProduce).
#[derive(Clone, Debug)]
pub(super) struct DelayedProduce {
    statuses: Vec<Status>,
    deadline: Micros,
}

/// A batch appended, or recognised as one the log has already.
pub(super) struct Appended {
    /// Offset of its first record.
    pub(super) base_offset: i64,
    /// Offset of its last record.
    pub(super) last_offset: i64,
}

impl Broker {
    pub(super) fn on_produce(
        &mut self,
        now: Micros,
        ticket: Ticket,
        acks: i16,
        timeout: Micros,
        batches: &[(TopicPartition, RecordBatch)],
        out: &mut Effects,
    ) {
        let mut statuses = Vec::with_capacity(batches.len());
        for (partition, batch) in batches {
            let done = if !(-1..=1).contains(&acks) {
                Err(ErrorCode::InvalidRequiredAcks)
            } else if is_internal(&partition.topic) {
                Err(ErrorCode::InvalidTopicException)
            } else {
                self.append(partition, batch, acks == -1, out)
            };
            statuses.push(match done {
                Ok(Appended { base_offset, last_offset }) => {
                    let required = (acks == -1).then_some(last_offset + 1);
                    Status { partition: partition.clone(), error: ErrorCode::None, base_offset, required }
                }
                Err(error) => {
                    out.fact(Fact::ProduceRefused { partition: partition.clone(), error });
                    Status { partition: partition.clone(), error, base_offset: -1, required: None }
                }
            });
        }
        if acks == 0 {
            out.hang_up(ticket, statuses.iter().any(|s| s.error != ErrorCode::None));
        } else {
            for status in statuses.iter().filter(|s| s.required.is_some()) {
                if let Some(replica) = self.replicas.get_mut(&status.partition) {
                    replica.waiting_produces.insert(ticket);
                }
            }
            let deadline = now + timeout;
            if !self.try_produce(ticket, DelayedProduce { statuses, deadline }, out) {
                self.deadlines.put(deadline, ticket);
                self.arm_deadline(out);
            }
        }
        for (partition, _) in batches {
            self.advance_high_watermark(now, partition, out);
            self.complete_fetches(partition, out);
        }
    }

    /// Appends a batch as leader, or says why not. `all`: the committed ISR must have min.insync.replicas.
    pub(super) fn append(
        &mut self,
        partition: &TopicPartition,
        batch: &RecordBatch,
        all: bool,
        out: &mut Effects,
    ) -> Result<Appended, ErrorCode> {
        let config = self.log_config(&partition.topic);
        let Some(replica) = self.replicas.get_mut(partition) else { return Err(self.missing_error(partition)) };
        let min = replica.effective_min_isr(config.min_insync_replicas);
        let leader = replica.leader().ok_or(ErrorCode::NotLeaderOrFollower)?;
        if all && leader.isr.len() < min {
            return Err(ErrorCode::NotEnoughReplicas);
        }
        if batch.size_bytes() > config.max_message_bytes {
            return Err(ErrorCode::MessageTooLarge);
        }
        if config.compact && batch.records.iter().any(|(_, r)| r.key.is_none()) {
            return Err(ErrorCode::InvalidRecord);
        }
        match replica.log.producers.check(batch) {
            AppendCheck::Append => {}
            AppendCheck::Duplicate { base_offset, last_offset } => {
                out.fact(Fact::DuplicateFound { partition: partition.clone(), base_offset });
                return Ok(Appended { base_offset, last_offset });
            }
            AppendCheck::Refused(error) => return Err(error),
        }
        let base_offset = replica.log.end_offset();
        let last_offset = base_offset + (batch.last_offset - batch.base_offset);
        let leader_epoch = replica.leader_epoch;
        let written = RecordBatch { base_offset, last_offset, leader_epoch, ..batch.clone() };
        replica.log.append_and_flush(Rc::new(written), config.flush);
        let records = batch.records.iter().filter_map(|(_, r)| r.id).collect();
        if !is_internal(&partition.topic) {
            out.fact(Fact::Appended { partition: partition.clone(), base_offset, last_offset, leader_epoch, records });
        }
        Ok(Appended { base_offset, last_offset })
    }

    /// What a partition that is not here answers: its directory failed, hosted elsewhere, or unknown (3.1).
    pub(super) fn missing_error(&self, partition: &TopicPartition) -> ErrorCode {
        if self.offline.contains(partition) {
            return ErrorCode::KafkaStorageError;
        }
        if self.image.partition(partition).is_some() { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownTopicOrPartition }
    }

    /// Looks again at the produce requests that wait on a partition.
    pub(super) fn check_produces(&mut self, now: Micros, partition: &TopicPartition, out: &mut Effects) {
        let mut after = Ticket::default();
        while let Some(ticket) = self.replicas.get(partition).and_then(|replica| replica.waiting_produces.range(after..).next().copied()) {
            if let Some(delayed) = self.produces.remove(&ticket) {
                self.try_produce(ticket, delayed, out);
            }
            after = ticket.next();
        }
        self.check_coordinator_appends(now, partition, out);
    }

    /// Answers a produce request if nothing of it waits any more, else lets it wait.
    fn try_produce(&mut self, ticket: Ticket, mut delayed: DelayedProduce, out: &mut Effects) -> bool {
        for status in &mut delayed.statuses {
            let Some(required) = status.required else { continue };
            if let Some(result) = self.reached(&status.partition, required) {
                status.required = None;
                if let Err(error) = result {
                    status.error = error;
                    status.base_offset = -1;
                }
            }
        }
        let done = delayed.statuses.iter().all(|s| s.required.is_none());
        if done {
            self.finish_produce(ticket, delayed, out);
        } else {
            self.produces.insert(ticket, delayed);
        }
        done
    }

    /// Whether an append is committed: none while it waits (3.3).
    pub(super) fn reached(&mut self, partition: &TopicPartition, required: i64) -> Option<Result<(), ErrorCode>> {
        let Some(replica) = self.replicas.get(partition) else { return Some(Err(self.missing_error(partition))) };
        let Some(leader) = replica.leader() else { return Some(Err(ErrorCode::NotLeaderOrFollower)) };
        if replica.high_watermark < required {
            return None;
        }
        let maximal_isr = leader.maximal_isr_len();
        let min_isr = self.log_config(&partition.topic).min_insync_replicas;
        let min = self.replicas.get(partition).map_or(0, |replica| replica.effective_min_isr(min_isr));
        Some(if min <= maximal_isr { Ok(()) } else { Err(ErrorCode::NotEnoughReplicasAfterAppend) })
    }

    pub(super) fn expire_produce(&mut self, _now: Micros, ticket: Ticket, out: &mut Effects) {
        let Some(mut delayed) = self.produces.remove(&ticket) else { return };
        for status in delayed.statuses.iter_mut().filter(|s| s.required.is_some()) {
            status.error = ErrorCode::RequestTimedOut;
            status.base_offset = -1;
        }
        self.finish_produce(ticket, delayed, out);
    }

    fn finish_produce(&mut self, ticket: Ticket, delayed: DelayedProduce, out: &mut Effects) {
        self.deadlines.remove(delayed.deadline, ticket);
        let mut answer = Vec::with_capacity(delayed.statuses.len());
        for status in delayed.statuses {
            if let Some(replica) = self.replicas.get_mut(&status.partition) {
                replica.waiting_produces.remove(&ticket);
            }
            let hint = (status.error == ErrorCode::NotLeaderOrFollower)
                .then(|| self.image.partition(&status.partition).map(|r| (r.leader, r.leader_epoch)))
                .flatten()
                .filter(|(leader, _)| *leader >= 0);
            answer.push((status.partition, status.error, status.base_offset, hint));
        }
        out.answer(ticket, Response::Produce(answer));
    }

    /// Moves the high watermark of a partition led here as far as it may go, and wakes what waited for it.
    pub(super) fn advance_high_watermark(&mut self, now: Micros, partition: &TopicPartition, out: &mut Effects) {
        let Some(replica) = self.replicas.get(partition).filter(|r| r.high_watermark < r.log.end_offset()) else { return };
        let Some(to) = replica.next_high_watermark(now, self.settings.replica_lag_time_max, &*self.image) else { return };
        let gated = self.settings.min_isr_gates_high_watermark;
        let min_isr = if gated { self.log_config(&partition.topic).min_insync_replicas } else { 0 };
        let Some(replica) = self.replicas.get_mut(partition) else { return };
        if replica.leader().is_none_or(|leader| leader.isr.len() < replica.effective_min_isr(min_isr)) {
            return;
        }
        let from = std::mem::replace(&mut replica.high_watermark, to);
        if !is_internal(&partition.topic) {
            out.fact(Fact::HighWatermarkAdvanced { partition: partition.clone(), from, to });
        }
        self.check_produces(now, partition, out);
        self.complete_fetches(partition, out);
    }
}
