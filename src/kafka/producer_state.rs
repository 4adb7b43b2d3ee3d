//! What a log knows of idempotent producers: their epochs and last batches, to refuse gaps and to recognise repeats.

use super::errors::ErrorCode;
use super::record::{BatchKind, NO_PRODUCER_ID, RecordBatch};
use crate::map::Map;
use std::collections::VecDeque;

/// Batches remembered of each producer (ProducerStateEntry.NUM_BATCHES_TO_RETAIN).
pub const NUM_BATCHES_TO_RETAIN: usize = 5;

/// One batch of a producer in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchMetadata {
    /// Sequence number of its first record.
    pub first_sequence: i32,
    /// Sequence number of its last record.
    pub last_sequence: i32,
    /// Offset of its first record.
    pub base_offset: i64,
    /// Offset of its last record.
    pub last_offset: i64,
}

/// What the log knows of one producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerState {
    /// The producer's latest epoch.
    pub epoch: i16,
    /// Its last batches of this epoch, oldest first, at most five.
    pub batches: VecDeque<BatchMetadata>,
    /// Offset of its last record or marker.
    pub last_offset: i64,
    /// When it last wrote, in milliseconds.
    pub last_timestamp_ms: i64,
    /// Where its open transaction starts, if one is open.
    pub current_transaction_first_offset: Option<i64>,
}

/// The verdict on a client's batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendCheck {
    /// Append it.
    Append,
    /// It is in the log already: acknowledge it with these offsets, append nothing.
    Duplicate {
        /// Offset of its first record.
        base_offset: i64,
        /// Offset of its last record.
        last_offset: i64,
    },
    /// INVALID_PRODUCER_EPOCH or OUT_OF_ORDER_SEQUENCE_NUMBER.
    Refused(ErrorCode),
}

/// Producers of one partition by producer id (`kafka-semantics` 3.6, ProducerStateManager.java). It is a function of the batches in the
/// log: after a truncation it is rebuilt by replaying what is left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProducerStates {
    producers: Map<i64, ProducerState>,
}

impl ProducerStates {
    /// The state of batches already in a log.
    pub fn rebuilt<'a>(batches: impl IntoIterator<Item = &'a RecordBatch>) -> Self {
        let mut states = ProducerStates::default();
        for batch in batches {
            states.replay(batch);
        }
        states
    }

    /// What is known of a producer, if anything.
    pub fn get(&self, producer_id: i64) -> Option<&ProducerState> {
        self.producers.get(&producer_id)
    }

    /// All producers, by id.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &ProducerState)> {
        self.producers.iter().map(|(id, state)| (*id, state))
    }

    /// Whether a client's batch may be appended (ProducerAppendInfo.java). Batches without a producer id always may.
    pub fn check(&self, batch: &RecordBatch) -> AppendCheck {
        let known = match self.producers.get(&batch.producer_id) {
            Some(known) if batch.producer_id != NO_PRODUCER_ID => known,
            _ => return AppendCheck::Append,
        };
        let (first, last) = (batch.base_sequence, batch.last_sequence());
        if batch.producer_epoch == known.epoch
            && let Some(same) = known.batches.iter().find(|b| b.first_sequence == first && b.last_sequence == last)
        {
            return AppendCheck::Duplicate { base_offset: same.base_offset, last_offset: same.last_offset };
        }
        if batch.producer_epoch < known.epoch {
            return AppendCheck::Refused(ErrorCode::InvalidProducerEpoch);
        }
        let in_order = if matches!(batch.kind, BatchKind::Commit | BatchKind::Abort) {
            true
        } else if batch.producer_epoch != known.epoch {
            first == 0
        } else {
            let previous = known.batches.back().map_or(-1, |b| b.last_sequence);
            previous.checked_add(1).unwrap_or(0) == first
        };
        if in_order { AppendCheck::Append } else { AppendCheck::Refused(ErrorCode::OutOfOrderSequenceNumber) }
    }

    /// Takes in a batch that is in the log now, appended by a leader or got by replication, without judging it.
    pub fn replay(&mut self, batch: &RecordBatch) {
        if batch.producer_id == NO_PRODUCER_ID {
            return;
        }
        let timestamp_ms = batch.records.iter().map(|(_, record)| record.timestamp_ms).max();
        let state = self.producers.entry(batch.producer_id).or_insert_with(|| ProducerState {
            epoch: batch.producer_epoch,
            batches: VecDeque::new(),
            last_offset: batch.last_offset,
            last_timestamp_ms: i64::MIN,
            current_transaction_first_offset: None,
        });
        if state.epoch != batch.producer_epoch {
            state.epoch = batch.producer_epoch;
            state.batches.clear();
        }
        state.last_offset = batch.last_offset;
        state.last_timestamp_ms = timestamp_ms.unwrap_or(state.last_timestamp_ms);
        match batch.kind {
            BatchKind::Commit | BatchKind::Abort => {
                state.current_transaction_first_offset = None;
                return;
            }
            BatchKind::Transactional => {
                state.current_transaction_first_offset.get_or_insert(batch.base_offset);
            }
            BatchKind::Data => {}
        }
        if state.batches.len() == NUM_BATCHES_TO_RETAIN {
            state.batches.pop_front();
        }
        state.batches.push_back(BatchMetadata {
            first_sequence: batch.base_sequence,
            last_sequence: batch.last_sequence(),
            base_offset: batch.base_offset,
            last_offset: batch.last_offset,
        });
    }

    /// Forgets producers that wrote nothing for `producer_id_expiration_ms` and have no open transaction.
    pub fn expire(&mut self, now_ms: i64, producer_id_expiration_ms: i64) {
        self.producers.retain(|_, state| {
            state.current_transaction_first_offset.is_some() || now_ms.saturating_sub(state.last_timestamp_ms) < producer_id_expiration_ms
        });
    }

    /// Forgets producers all of whose data lies before the log's new start.
    pub fn log_start_offset_incremented(&mut self, log_start_offset: i64) {
        self.producers.retain(|_, state| state.last_offset >= log_start_offset || state.current_transaction_first_offset.is_some());
    }
}
