//! Facts about what a log keeps beside its records.

use super::value::{array, each, int, int32, steps, text};
use crate::Case;
use kafka_playground::kafka::epoch_cache::LeaderEpochCache;
use kafka_playground::kafka::producer_state::{AppendCheck, ProducerStates};
use kafka_playground::kafka::record::{BatchKind, RecordBatch};
use serde_json::{Value, json};

pub(crate) fn leader_epoch_cache(facts: &Value) -> Vec<Case> {
    each(facts, "sequences", |sequence| {
        let mut cache = LeaderEpochCache::default();
        steps(array(sequence, "steps"), |step| {
            match text(step, "op") {
                "assign" => {
                    cache.assign(int32(step, "epoch"), int(step, "startOffset"));
                }
                "truncateFromStart" => cache.truncate_from_start(int(step, "startOffset")),
                "truncateFromEnd" => cache.truncate_from_end(int(step, "endOffset")),
                "endOffsetFor" => {
                    let (epoch, offset) = cache.end_offset_for(int32(step, "requestedEpoch"), int(step, "logEndOffset"));
                    return (json!([step, epoch, offset]), json!([step, step["resultEpoch"], step["resultEndOffset"]]));
                }
                other => panic!("op is {other}, expected a known one"),
            }
            let entries = cache.entries().iter().map(|e| json!({ "epoch": e.epoch, "startOffset": e.start_offset }));
            (json!([step, entries.collect::<Vec<_>>()]), json!([step, step["entries"]]))
        })
    })
}

/// The only producer of these facts.
const PRODUCER_ID: i64 = 1;

pub(crate) fn producer_state(facts: &Value) -> Vec<Case> {
    each(facts, "sequences", |sequence| {
        let mut states = ProducerStates::default();
        let mut end_offset = 0;
        let mut in_log = Vec::new();
        steps(array(sequence, "steps"), |step| {
            let (first, last) = (int(step, "firstSeq"), int(step, "lastSeq"));
            let wrapped = if last < first { i64::from(i32::MAX) + 1 } else { 0 };
            let batch = RecordBatch {
                base_offset: end_offset,
                last_offset: end_offset + last - first + wrapped,
                leader_epoch: 0,
                producer_id: PRODUCER_ID,
                producer_epoch: int(step, "producerEpoch") as i16,
                base_sequence: first as i32,
                kind: BatchKind::Data,
                records: [].into(),
            };
            let mut found = match states.check(&batch) {
                AppendCheck::Append => {
                    states.replay(&batch);
                    end_offset = batch.next_offset();
                    let found = json!({ "result": "NONE", "baseOffset": batch.base_offset, "lastOffset": batch.last_offset });
                    in_log.push(batch);
                    found
                }
                AppendCheck::Duplicate { base_offset, last_offset } => {
                    json!({ "result": "DUPLICATE", "baseOffset": base_offset, "lastOffset": last_offset })
                }
                AppendCheck::Refused(error) => json!({ "result": error.name() }),
            };
            // A new leader has only the log: replaying it must give the same state.
            assert_eq!(ProducerStates::rebuilt(&in_log), states, "rebuilt from the log");
            if let Some(state) = states.get(PRODUCER_ID) {
                found["stateEpoch"] = json!(state.epoch);
                let cached = state.batches.iter().map(|b| json!([b.first_sequence, b.last_sequence, b.last_offset]));
                found["cachedBatches"] = cached.collect();
            }
            let mut expected = step.clone();
            let fields = expected.as_object_mut().expect("a step");
            for asked in ["producerEpoch", "firstSeq", "lastSeq"] {
                fields.remove(asked);
            }
            (found, expected)
        })
    })
}
