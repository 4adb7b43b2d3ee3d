//! How a producer chooses a partition: by key, by the built-in sticky rule, or round robin.

use super::java;

/// 32-bit murmur2 over bytes, as Kafka seeds it (`kafka-semantics` 1.2, Utils.java murmur2).
pub fn murmur2(bytes: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ bytes.len() as u32;
    let (words, tail) = bytes.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (i, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * i);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)) as i32
}

/// The partition of a key among all `n` partitions of the topic, available or not (`kafka-semantics` 1.1, 1.2); 0 when there are none.
/// An empty key is a key.
pub fn partition_for_key(key: &[u8], n: u32) -> u32 {
    java::to_positive(murmur2(key)).checked_rem(n).unwrap_or(0)
}

/// The client's order of a topic's available partitions: that of a `HashMap` made for all `in_metadata` partitions of the metadata
/// response (`kafka-semantics` 1.7).
pub fn available_order(topic: &str, with_leader: &[i32], in_metadata: usize) -> Vec<i32> {
    let size = java::table_size(in_metadata, in_metadata);
    java::order_in_table(with_leader.iter().map(|p| (java::topic_partition_hash(topic, *p), *p)), size)
}

/// The `draw`-th partition, counted round: of those available, or of all `partitions` when none is.
fn pick(available: &[i32], partitions: u32, draw: u32) -> i32 {
    match draw.checked_rem(available.len() as u32) {
        Some(index) => available.get(index as usize).copied().unwrap_or(0),
        None => draw.checked_rem(partitions).unwrap_or(0) as i32,
    }
}

/// A partition as the accumulator sees it when the load table is rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionQueue {
    /// The partition.
    pub partition: i32,
    /// Batches waiting.
    pub batches: u32,
}

/// Cumulative weights of partitions; the shorter the queue, the heavier (`kafka-semantics` 1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
struct LoadTable {
    partitions: Vec<i32>,
    cumulative: Vec<u32>,
}

impl LoadTable {
    /// None means: choose uniformly. `queues` counts the topic's queues, those dropped from `candidates` included.
    fn new(candidates: &[PartitionQueue], queues: usize) -> Option<LoadTable> {
        let longest = candidates.iter().map(|c| c.batches).max()?;
        let all_equal = candidates.iter().all(|c| c.batches == longest);
        if queues < 2 || (all_equal && candidates.len() == queues) {
            return None;
        }
        let weights = candidates.iter().map(|c| longest - c.batches + 1);
        let cumulative = weights.scan(0u32, |sum, weight| {
            *sum = sum.saturating_add(weight);
            Some(*sum)
        });
        Some(LoadTable { partitions: candidates.iter().map(|c| c.partition).collect(), cumulative: cumulative.collect() })
    }

    fn pick(&self, draw: u32) -> Option<i32> {
        let draw = draw.checked_rem(*self.cumulative.last()?)?;
        let index = self.cumulative.partition_point(|sum| *sum <= draw);
        self.partitions.get(index).copied()
    }
}

/// The partition records without a key stick to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sticky {
    partition: i32,
    produced_bytes: u64,
}

/// The built-in partitioner of one topic for records without a key (`kafka-semantics` 1.4, 1.5, BuiltInPartitioner.java).
///
/// Chance comes in as draws of 32 random bits; the sign bit is dropped here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StickyPartitioner {
    sticky_batch_size: u64,
    current: Option<Sticky>,
    load: Option<LoadTable>,
}

impl StickyPartitioner {
    /// A partitioner that switches about every `batch_size` bytes (at least 1).
    pub fn new(batch_size: u32) -> Self {
        StickyPartitioner { sticky_batch_size: u64::from(batch_size.max(1)), current: None, load: None }
    }

    /// The current partition, if one was chosen.
    pub fn current(&self) -> Option<i32> {
        self.current.map(|sticky| sticky.partition)
    }

    /// Bytes produced to the current partition since it was chosen.
    pub fn produced_bytes(&self) -> u64 {
        self.current.map_or(0, |sticky| sticky.produced_bytes)
    }

    /// The partition to append the next record to; chosen now if none is. `available` are the partitions with a leader, in the order of
    /// [`available_order`]; `partitions` counts all.
    pub fn partition(&mut self, available: &[i32], partitions: u32, draw: &mut dyn FnMut() -> u32) -> i32 {
        match self.current {
            Some(sticky) => sticky.partition,
            None => self.switch(available, partitions, draw),
        }
    }

    /// Counts `appended_bytes` and chooses again when enough were produced; an open, lingering batch disables the switch until twice the
    /// batch size. True when a new choice was made, which may fall on the same partition.
    pub fn update(
        &mut self,
        appended_bytes: u32,
        enable_switch: bool,
        available: &[i32],
        partitions: u32,
        draw: &mut dyn FnMut() -> u32,
    ) -> bool {
        let Some(sticky) = &mut self.current else { return false };
        sticky.produced_bytes += u64::from(appended_bytes);
        let produced = sticky.produced_bytes;
        let full = produced >= self.sticky_batch_size;
        if (full && enable_switch) || produced >= 2 * self.sticky_batch_size {
            self.switch(available, partitions, draw);
            return true;
        }
        false
    }

    /// Rebuilds the load table from the queues of the partitions that are candidates; `queues` counts all queues of the topic. Adaptive
    /// partitioning calls it on every sender pass once each partition has a queue.
    pub fn update_load(&mut self, candidates: &[PartitionQueue], queues: usize) {
        self.load = LoadTable::new(candidates, queues);
    }

    /// What `draw` would choose now.
    pub fn next_partition(&self, available: &[i32], partitions: u32, draw: u32) -> i32 {
        let draw = java::to_positive(draw as i32);
        self.load.as_ref().and_then(|load| load.pick(draw)).unwrap_or_else(|| pick(available, partitions, draw))
    }

    fn switch(&mut self, available: &[i32], partitions: u32, draw: &mut dyn FnMut() -> u32) -> i32 {
        let partition = self.next_partition(available, partitions, draw());
        self.current = Some(Sticky { partition, produced_bytes: 0 });
        partition
    }
}

/// RoundRobinPartitioner of one topic: counts records, ignores keys (`kafka-semantics` 1.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoundRobinPartitioner {
    counter: i32,
}

impl RoundRobinPartitioner {
    /// The next partition; `available` in the order of [`available_order`], `partitions` counts all.
    pub fn partition(&mut self, available: &[i32], partitions: u32) -> i32 {
        let draw = java::to_positive(self.counter);
        self.counter = self.counter.wrapping_add(1);
        pick(available, partitions, draw)
    }
}
