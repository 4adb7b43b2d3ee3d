//! What is on a disk and what only in its page cache: the log's flushes, and what a loss of power leaves.
//!
//! Why: acknowledged data lives or dies by these rules, and a recorded scenario can only say how much is to be kept.

use kafka_playground::kafka::log::{FlushPolicy, Log};
use kafka_playground::kafka::record::{BatchKind, NO_PRODUCER_ID, Record, RecordBatch};
use std::rc::Rc;

const NEVER: FlushPolicy = FlushPolicy::NEVER;

fn batch(offset: i64, timestamp_ms: i64) -> Rc<RecordBatch> {
    let record = Record { id: None, key: None, value: Some("v".into()), timestamp_ms, coordinator: None };
    Rc::new(RecordBatch {
        base_offset: offset,
        last_offset: offset,
        leader_epoch: 0,
        producer_id: NO_PRODUCER_ID,
        producer_epoch: -1,
        base_sequence: -1,
        kind: BatchKind::Data,
        records: vec![(0, record)].into(),
    })
}

fn written(count: i64, policy: FlushPolicy) -> Log {
    let mut log = Log::default();
    for offset in 0..count {
        log.append_and_flush(batch(offset, offset * 10), policy);
    }
    log
}

#[test]
fn nothing_is_flushed_by_default() {
    let mut log = written(5, NEVER);
    assert_eq!((log.end_offset(), log.flushed_to), (5, 0));
    log.lose_power(None);
    assert_eq!(log.end_offset(), 0);
}

#[test]
fn flush_messages_flushes_when_so_many_wait() {
    let policy = FlushPolicy { messages: 2, ..NEVER };
    assert_eq!(written(5, policy).flushed_to, 4);
    assert_eq!(written(5, FlushPolicy { messages: 1, ..NEVER }).flushed_to, 5);
}

#[test]
fn a_full_or_old_segment_is_flushed_when_the_next_begins() {
    let bytes = i64::from(batch(0, 0).size_bytes());
    // Two batches fill a segment, so the third and the fifth begin one.
    assert_eq!(written(5, FlushPolicy { segment_bytes: 2 * bytes, ..NEVER }).flushed_to, 4);
    // Records come every 10 ms: the one at 30 ms is too late for the first segment.
    assert_eq!(written(5, FlushPolicy { segment_ms: 25, ..NEVER }).flushed_to, 3);
}

#[test]
fn what_is_kept_is_said_by_offset_and_the_epoch_checkpoint_stays() {
    let mut log = written(5, NEVER);
    log.epochs.assign(1, 4);
    log.lose_power(Some(3));
    assert_eq!((log.end_offset(), log.epochs.entries().len()), (3, 2));
    log.load();
    assert_eq!(log.epochs.entries().len(), 1, "an epoch that begins at the log's end or behind it is not loaded");
}

#[test]
fn a_truncation_takes_the_flushed_end_along() {
    let mut log = written(5, FlushPolicy { messages: 1, ..NEVER });
    log.truncate_to(2);
    assert_eq!(log.flushed_to, 2);
    log.append_and_flush(batch(2, 100), NEVER);
    log.lose_power(None);
    assert_eq!(log.end_offset(), 2);
}
