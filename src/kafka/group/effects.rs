//! What a coordinator's handler answers with, and the writes it has under way.

use super::classic_group::Member;
use super::config::GroupConfig;
use super::protocol::GroupResponse;
use super::record::{CommittedOffset, CoordinatorRecord, GroupMetadata};
use crate::kafka::effect::Ticket;
use crate::kafka::fact::Fact;
use crate::kafka::record::{Record, TopicPartition};
use crate::map::Map;
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// Names a write to `__consumer_offsets`; ids ascend in the order the writes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppendId(pub u64);

/// A batch to append to a partition of `__consumer_offsets` as with acks=all; the coordinator waits for its
/// `append_done` (the high watermark has passed it) or `append_failed`.
#[derive(Clone, Debug)]
pub struct Append {
    /// The write.
    pub id: AppendId,
    /// The partition of `__consumer_offsets`.
    pub partition: i32,
    /// What to write, in one batch.
    pub records: Vec<Record>,
}

/// A timer of a coordinator; a stale one is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupTimer {
    /// A member, or an id given out and not used yet, may have been silent for too long.
    Session { group: u32, member: u32 },
    /// The join phase ends, or the initial delay is over.
    Join { group: u32, stamp: u32 },
    /// Members of a generation should have synced by now.
    Sync { group: u32, generation: i32 },
    /// Look for offsets to expire.
    OffsetRetention,
}

/// What came out of a handler.
#[derive(Debug, Default)]
pub struct CoordinatorEffects {
    /// Answers to give at once.
    pub answers: Vec<(Ticket, GroupResponse)>,
    /// Writes to make, in order.
    pub appends: Vec<Append>,
    /// When to call `on_timer`.
    pub wakes: Vec<(Micros, GroupTimer)>,
    /// What happened.
    pub facts: Vec<Fact>,
}

/// What a write under way is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// A group that did not exist before.
    NewGroup,
    /// A group without members.
    Emptied,
    /// The leader's assignment of a generation.
    Assignment { generation: i32, by_member: Map<Rc<str>, Vec<TopicPartition>> },
    /// A static member came back under a new id; `former` is what it was.
    StaticRejoin { ticket: Ticket, instance: Rc<str>, old: Rc<str>, new: Rc<str>, former: Box<Member> },
    /// Offsets (none: removed).
    Offsets { answer: Option<Ticket>, offsets: Vec<(TopicPartition, Option<CommittedOffset>)> },
    /// The group is deleted.
    Deleted,
}

/// A write under way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) partition: i32,
    pub(super) group: Rc<str>,
    pub(super) purpose: Purpose,
}

/// What a group's handlers work with beside the group itself.
pub(super) struct Context<'a> {
    pub(super) now: Micros,
    pub(super) config: &'a GroupConfig,
    pub(super) next_handle: &'a mut u32,
    pub(super) next_append: &'a mut u64,
    pub(super) pending: &'a mut Map<AppendId, Pending>,
    pub(super) out: &'a mut CoordinatorEffects,
}

impl Context<'_> {
    pub(super) fn now_ms(&self) -> i64 {
        self.now.div_euclid(MILLISECOND)
    }

    pub(super) fn handle(&mut self) -> u32 {
        *self.next_handle += 1;
        *self.next_handle
    }

    pub(super) fn answer(&mut self, ticket: Ticket, response: GroupResponse) {
        self.out.answers.push((ticket, response));
    }

    pub(super) fn fact(&mut self, fact: Fact) {
        self.out.facts.push(fact);
    }

    pub(super) fn wake(&mut self, at: Micros, timer: GroupTimer) {
        self.out.wakes.push((at, timer));
    }

    pub(super) fn append(&mut self, partition: i32, group: &Rc<str>, records: Vec<CoordinatorRecord>, purpose: Purpose) {
        *self.next_append += 1;
        let id = AppendId(*self.next_append);
        let timestamp_ms = self.now_ms();
        let records = records.into_iter().map(|record| to_record(record, timestamp_ms)).collect();
        self.pending.insert(id, Pending { partition, group: group.clone(), purpose });
        self.out.appends.push(Append { id, partition, records });
    }
}

/// The record as it stands in the log: typed, and as a short text for those who look.
fn to_record(record: CoordinatorRecord, timestamp_ms: i64) -> Record {
    let (key, value) = match &record {
        CoordinatorRecord::Offset { group, partition, committed } => {
            (format!("{group} {partition}"), committed.map(|c| format!("offset={} epoch={}", c.offset, c.leader_epoch)))
        }
        CoordinatorRecord::Group { group, metadata } => (group.to_string(), metadata.as_ref().map(text_of)),
    };
    Record { id: None, key: Some(key.into()), value: value.map(Into::into), timestamp_ms, coordinator: Some(Rc::new(record)) }
}

fn text_of(metadata: &GroupMetadata) -> String {
    let protocol = metadata.protocol.as_deref().unwrap_or("");
    format!("generation={} protocol={protocol} members={}", metadata.generation, metadata.members.len())
}
