//! Records, batches and the names of what holds them.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// A topic's name.
pub type Topic = Rc<str>;

/// Whether a topic is the cluster's own (`Topic.isInternal`); the page does not show these as columns.
pub fn is_internal(topic: &str) -> bool {
    matches!(topic, "__consumer_offsets" | "__transaction_state")
}

/// The id a topic gets at creation; a topic created again under the same name has another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(pub u32);

/// The id of a broker's log directory (KIP-858); a directory that is replaced by an empty one has another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryId(pub u64);

impl DirectoryId {
    /// Not known yet: the broker has several and has not said which it took.
    pub const UNASSIGNED: DirectoryId = DirectoryId(0);
}

/// One partition of a topic, printed as Kafka prints it: `orders-0`.
#[derive(Clone, Debug, Eq)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Topic,
    /// The partition's number, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// The partition `partition` of `topic`.
    pub fn new(topic: &Topic, partition: i32) -> Self {
        TopicPartition { topic: topic.clone(), partition }
    }
}

// Names are shared, so most comparisons need not look at their letters.
impl PartialEq for TopicPartition {
    fn eq(&self, other: &Self) -> bool {
        self.partition == other.partition && (Rc::ptr_eq(&self.topic, &other.topic) || self.topic == other.topic)
    }
}

impl PartialOrd for TopicPartition {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TopicPartition {
    fn cmp(&self, other: &Self) -> Ordering {
        let topics = if Rc::ptr_eq(&self.topic, &other.topic) { Ordering::Equal } else { self.topic.cmp(&other.topic) };
        topics.then(self.partition.cmp(&other.partition))
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// Who sent a record and the how-manieth it was: the identity a record keeps through retries and copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// The producer's node number.
    pub producer: i32,
    /// The producer's count of sends, from 0.
    pub number: u32,
}

/// A key and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which send this record is; internal records (coordinator, markers) have none.
    pub id: Option<RecordId>,
    /// The key, or none.
    pub key: Option<Rc<str>>,
    /// The value; none is a tombstone.
    pub value: Option<Rc<str>>,
    /// CreateTime, in milliseconds.
    pub timestamp_ms: i64,
    /// What a coordinator wrote (`__consumer_offsets`), typed, beside the text in `key` and `value`.
    pub coordinator: Option<Rc<super::group::record::CoordinatorRecord>>,
}

impl Record {
    /// Size in bytes as the accumulator estimates it and the broker counts it, without the batch header: 12 + value bytes for a short
    /// record without key (`kafka-semantics` 3.5).
    pub fn size_bytes(&self) -> i32 {
        let text = |t: &Option<Rc<str>>| t.as_ref().map_or(0, |t| t.len() as i32);
        12 + text(&self.key) + text(&self.value)
    }
}

/// Bytes of a record batch's header (`kafka-semantics` 8.1).
pub const BATCH_HEADER_BYTES: i32 = 61;

/// No producer id: the batch is not idempotent.
pub const NO_PRODUCER_ID: i64 = -1;

/// What a batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// Records of a producer.
    Data,
    /// Records of a producer within a transaction.
    Transactional,
    /// A COMMIT marker.
    Commit,
    /// An ABORT marker.
    Abort,
}

/// A record batch (format v2). The producer fills all but offset and leader epoch, which the leader stamps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordBatch {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Offset of the last record; compaction may have removed some in between.
    pub last_offset: i64,
    /// Epoch of the leader that appended the batch.
    pub leader_epoch: i32,
    /// The idempotent producer's id, or [`NO_PRODUCER_ID`].
    pub producer_id: i64,
    /// Its epoch, or -1.
    pub producer_epoch: i16,
    /// Sequence number of the first record, or -1.
    pub base_sequence: i32,
    /// What the batch holds.
    pub kind: BatchKind,
    /// The records with the offset delta of each.
    pub records: Rc<[(i32, Record)]>,
}

impl RecordBatch {
    /// Sequence number of the last record; wraps from 2147483647 to 0 (`kafka-semantics` 3.6).
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 {
            return -1;
        }
        let last = i64::from(self.base_sequence) + (self.last_offset - self.base_offset);
        (last % (i64::from(i32::MAX) + 1)) as i32
    }

    /// The whole size in bytes.
    pub fn size_bytes(&self) -> i32 {
        BATCH_HEADER_BYTES + self.records.iter().map(|(_, r)| r.size_bytes()).sum::<i32>()
    }

    /// The offset behind the last record.
    pub fn next_offset(&self) -> i64 {
        self.last_offset + 1
    }

    /// The records with their offsets.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Record)> {
        self.records.iter().map(|(delta, record)| (self.base_offset + i64::from(*delta), record))
    }
}
