//! The leader epoch cache: at which offset each leader epoch of a log starts.

/// No such epoch.
pub const UNDEFINED_EPOCH: i32 = -1;

/// No such offset.
pub const UNDEFINED_EPOCH_OFFSET: i64 = -1;

/// An epoch and the offset of its first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochEntry {
    /// The leader epoch.
    pub epoch: i32,
    /// Where it starts.
    pub start_offset: i64,
}

/// Epochs of a log, ascending in epoch and start offset (`kafka-semantics` 4.7, LeaderEpochFileCache.java).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaderEpochCache {
    entries: Vec<EpochEntry>,
}

impl LeaderEpochCache {
    /// The entries, oldest first.
    pub fn entries(&self) -> &[EpochEntry] {
        &self.entries
    }

    /// The latest epoch, if any.
    pub fn latest_epoch(&self) -> Option<i32> {
        self.entries.last().map(|entry| entry.epoch)
    }

    /// Notes that `epoch` starts at `start_offset`; later entries that contradict it go. True when the cache changed.
    pub fn assign(&mut self, epoch: i32, start_offset: i64) -> bool {
        if epoch < 0 || start_offset < 0 {
            return false;
        }
        if self.entries.last().is_some_and(|latest| latest.epoch == epoch && start_offset >= latest.start_offset) {
            return false;
        }
        while self.entries.last().is_some_and(|entry| entry.epoch >= epoch || entry.start_offset >= start_offset) {
            self.entries.pop();
        }
        self.entries.push(EpochEntry { epoch, start_offset });
        true
    }

    /// The largest epoch not above `requested` and the offset where it ends, as OffsetsForLeaderEpoch answers it; undefined both when
    /// the request is undefined or newer than all.
    pub fn end_offset_for(&self, requested: i32, log_end_offset: i64) -> (i32, i64) {
        const UNDEFINED: (i32, i64) = (UNDEFINED_EPOCH, UNDEFINED_EPOCH_OFFSET);
        if requested == UNDEFINED_EPOCH {
            return UNDEFINED;
        }
        if self.latest_epoch() == Some(requested) {
            return (requested, log_end_offset);
        }
        let higher = self.entries.partition_point(|entry| entry.epoch <= requested);
        let Some(next) = self.entries.get(higher) else { return UNDEFINED };
        let floor = higher.checked_sub(1).and_then(|i| self.entries.get(i));
        (floor.map_or(requested, |entry| entry.epoch), next.start_offset)
    }

    /// The epoch of the record at `offset`, if known.
    pub fn epoch_for_offset(&self, offset: i64) -> Option<i32> {
        let after = self.entries.partition_point(|entry| entry.start_offset <= offset);
        after.checked_sub(1).and_then(|i| self.entries.get(i)).map(|entry| entry.epoch)
    }

    /// The log now ends at `end_offset`: entries from there on go, also when the log was not longer.
    pub fn truncate_from_end(&mut self, end_offset: i64) {
        if end_offset >= 0 {
            self.entries.retain(|entry| entry.start_offset < end_offset);
        }
    }

    /// The log now starts at `start_offset`: the epoch in force there starts there.
    pub fn truncate_from_start(&mut self, start_offset: i64) {
        let dropped = self.entries.partition_point(|entry| entry.start_offset <= start_offset);
        if let Some(last) = dropped.checked_sub(1) {
            self.entries.drain(..last);
            self.entries[0].start_offset = start_offset;
        }
    }
}
