//! A voter's copy of the metadata log: batches with the quorum's epochs, which survive the process.

use crate::kafka::metadata::{MetadataBatch, MetadataRecord};
use std::rc::Rc;

/// The log of `__cluster_metadata`.
#[derive(Clone, Debug, Default)]
pub struct MetadataLog {
    batches: Vec<MetadataBatch>,
}

impl MetadataLog {
    /// The offset of the next record.
    pub fn end_offset(&self) -> i64 {
        self.batches.last().map_or(0, MetadataBatch::next_offset)
    }

    /// The epoch of the last record; 0 in an empty log.
    pub fn last_epoch(&self) -> i32 {
        self.batches.last().map_or(0, |b| b.epoch)
    }

    /// Appends records at the end.
    pub fn append(&mut self, epoch: i32, records: Rc<[MetadataRecord]>) {
        self.batches.push(MetadataBatch { base_offset: self.end_offset(), epoch, records });
    }

    /// The batches from one offset up to another.
    pub fn batches(&self, from: i64, to: i64) -> &[MetadataBatch] {
        let first = self.batches.partition_point(|b| b.base_offset < from);
        let last = self.batches.partition_point(|b| b.next_offset() <= to);
        self.batches.get(first..last).unwrap_or(&[])
    }

    /// The largest epoch up to `epoch` and where it ends (ReplicatedLog.java, endOffsetForEpoch).
    pub fn end_of_epoch(&self, epoch: i32) -> (i32, i64) {
        let behind = self.batches.partition_point(|b| b.epoch <= epoch);
        self.batches[..behind].last().map_or((0, 0), |b| (b.epoch, b.next_offset()))
    }

    /// Drops everything from `offset` on.
    pub fn truncate_to(&mut self, offset: i64) {
        let keep = self.batches.partition_point(|b| b.next_offset() <= offset);
        self.batches.truncate(keep);
    }
}
