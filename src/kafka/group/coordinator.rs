//! The group coordinator of a broker: the groups of those partitions of `__consumer_offsets` it leads (`kafka-semantics` 7.1).
//!
//! It never touches a log. A change is asked for as an [`Append`](super::effects::Append); the answers that depend on it are
//! held back until the broker calls [`GroupCoordinator::append_done`] or [`GroupCoordinator::append_failed`].

use super::classic_group::{ClassicGroup, GroupDescription, GroupState};
use super::config::GroupConfig;
use super::effects::{AppendId, Context, CoordinatorEffects, GroupTimer, Pending, Purpose};
use super::join::{Join, join_error};
use super::protocol::{GroupRequest, GroupResponse};
use super::record::{CommittedOffset, CoordinatorRecord};
use crate::kafka::coordinator_key;
use crate::kafka::effect::Ticket;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::record::{Record, TopicPartition};
use crate::map::Map;
use crate::sim::rng::Rng;
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Led {
    Loading,
    Active,
}

type Groups = Map<Rc<str>, ClassicGroup>;

/// The coordinator of one broker.
#[derive(Clone, Debug)]
pub struct GroupCoordinator {
    config: GroupConfig,
    led: Map<i32, Led>,
    groups: Groups,
    next_handle: u32,
    next_append: u64,
    pending: Map<AppendId, Pending>,
    retention_at: Option<Micros>,
}

impl GroupCoordinator {
    /// A coordinator that leads no partition yet.
    pub fn new(config: GroupConfig) -> Self {
        GroupCoordinator {
            config,
            led: Map::new(),
            groups: Map::new(),
            next_handle: 0,
            next_append: 0,
            pending: Map::new(),
            retention_at: None,
        }
    }

    /// Takes new configuration values; timers under way keep theirs.
    pub fn configure(&mut self, config: GroupConfig) {
        self.config = config;
    }

    /// The partition of `__consumer_offsets` whose leader coordinates `group`.
    pub fn partition_for(&self, group: &str) -> i32 {
        let partitions = u32::try_from(self.config.offsets_topic_num_partitions).unwrap_or(0);
        coordinator_key::partition_for(group, partitions) as i32
    }

    /// The groups coordinated here, by id.
    pub fn groups(&self) -> impl Iterator<Item = &ClassicGroup> {
        self.groups.values()
    }

    /// A group coordinated here.
    pub fn group(&self, group: &str) -> Option<&ClassicGroup> {
        self.groups.get(group)
    }

    /// What DescribeGroups tells of a group; none when this broker does not coordinate it or it does not exist.
    pub fn describe(&self, group: &str) -> Option<GroupDescription> {
        self.group(group).map(ClassicGroup::describe)
    }

    fn split<'a>(&'a mut self, now: Micros, out: &'a mut CoordinatorEffects) -> (&'a mut Groups, Context<'a>) {
        let cx = Context {
            now,
            config: &self.config,
            next_handle: &mut self.next_handle,
            next_append: &mut self.next_append,
            pending: &mut self.pending,
            out,
        };
        (&mut self.groups, cx)
    }

    /// This broker leads `partition` and reads it: requests get COORDINATOR_LOAD_IN_PROGRESS until [`GroupCoordinator::load`].
    pub fn begin_load(&mut self, partition: i32) {
        self.led.insert(partition, Led::Loading);
    }

    /// This broker leads `partition`, whose log holds `records`: its groups are
    /// taken over, and every member gets a whole session to show itself.
    pub fn load<'r>(&mut self, now: Micros, partition: i32, records: impl Iterator<Item = &'r Record>, out: &mut CoordinatorEffects) {
        self.groups.retain(|_, group| group.partition != partition);
        self.led.insert(partition, Led::Active);
        if self.retention_at.is_none() {
            self.schedule_retention(now, out);
        }
        let (groups, mut cx) = self.split(now, out);
        for record in records {
            match record.coordinator.as_deref() {
                Some(CoordinatorRecord::Offset { group, partition: of, committed }) => {
                    apply_offset(groups, group, partition, of, *committed, &mut cx);
                }
                Some(CoordinatorRecord::Group { group, metadata: Some(metadata) }) => {
                    open(groups, group, partition, &mut cx).restore(metadata, record.timestamp_ms, &mut cx);
                }
                Some(CoordinatorRecord::Group { group, metadata: None }) => {
                    groups.remove(group);
                }
                None => {}
            }
        }
        for group in groups.values_mut().filter(|group| group.partition == partition) {
            let ids: Vec<Rc<str>> = group.members.keys().cloned().collect();
            for id in &ids {
                group.restart_session(id, &mut cx);
            }
            if ids.len() > usize::try_from(cx.config.max_size).unwrap_or(0) {
                group.prepare_or_complete(&mut cx);
            }
        }
    }

    /// This broker leads `partition` no more: whoever waits is sent away with NOT_COORDINATOR, its groups are forgotten.
    pub fn resign(&mut self, partition: i32, out: &mut CoordinatorEffects) {
        self.led.remove(&partition);
        let error = ErrorCode::NotCoordinator;
        let mut kept = Map::new();
        for (id, pending) in std::mem::take(&mut self.pending) {
            if pending.partition == partition {
                answer_failed(&pending.purpose, error, out);
            } else {
                kept.insert(id, pending);
            }
        }
        self.pending = kept;
        for group in self.groups.values_mut().filter(|group| group.partition == partition) {
            for (id, member) in &mut group.members {
                if let Some(ticket) = member.awaiting_join.take() {
                    out.answers.push((ticket, join_error(error, id)));
                }
                if let Some(ticket) = member.awaiting_sync.take() {
                    out.answers.push((ticket, GroupResponse::SyncGroup { error, assignment: Vec::new() }));
                }
            }
        }
        self.groups.retain(|_, group| group.partition != partition);
    }

    /// Handles all but FindCoordinator, which the broker answers from its metadata (here it is refused as INVALID_REQUEST).
    pub fn on_request(&mut self, now: Micros, ticket: Ticket, request: &GroupRequest, rng: &mut Rng, out: &mut CoordinatorEffects) {
        let Some(id) = group_of(request) else {
            return out.answers.push((ticket, refusal(request, ErrorCode::InvalidRequest)));
        };
        let partition = self.partition_for(id);
        let error = match self.led.get(&partition) {
            None => ErrorCode::NotCoordinator,
            Some(Led::Loading) => ErrorCode::CoordinatorLoadInProgress,
            Some(Led::Active) => self.validate(id, request),
        };
        if !error.is_none() {
            return out.answers.push((ticket, refusal(request, error)));
        }
        let (groups, mut cx) = self.split(now, out);
        let cx = &mut cx;
        match request {
            GroupRequest::FindCoordinator { .. } => {}
            GroupRequest::JoinGroup { member_id, instance_id, client_id, session_timeout_ms, rebalance_timeout_ms, protocols, .. } => {
                let is_new = !groups.contains_key(id);
                if is_new && !member_id.is_empty() {
                    return cx.answer(ticket, join_error(ErrorCode::UnknownMemberId, member_id));
                }
                let join = Join {
                    ticket,
                    member_id,
                    instance_id: instance_id.as_ref(),
                    client_id,
                    session_timeout_ms: *session_timeout_ms,
                    rebalance_timeout_ms: *rebalance_timeout_ms,
                    protocols,
                };
                let group = open(groups, id, partition, cx);
                group.join(join, rng, cx);
                if is_new {
                    let metadata = ClassicGroup::new(id, 0, partition).to_metadata(|_, _| Vec::new());
                    group.store(metadata, Purpose::NewGroup, cx);
                }
            }
            GroupRequest::SyncGroup { generation, member_id, assignments, .. } => match groups.get_mut(id) {
                Some(group) => group.sync(ticket, *generation, member_id, assignments, cx),
                None => cx.answer(ticket, refusal(request, ErrorCode::UnknownMemberId)),
            },
            GroupRequest::Heartbeat { generation, member_id, instance_id, .. } => {
                let error = match groups.get_mut(id) {
                    Some(group) => group.heartbeat(*generation, member_id, instance_id.as_deref(), cx),
                    None => ErrorCode::UnknownMemberId,
                };
                cx.answer(ticket, GroupResponse::Heartbeat { error });
            }
            GroupRequest::LeaveGroup { member_id, .. } => {
                let error = groups.get_mut(id).map_or(ErrorCode::UnknownMemberId, |group| group.leave(member_id, cx));
                cx.answer(ticket, GroupResponse::LeaveGroup { error });
            }
            GroupRequest::OffsetCommit { generation, member_id, offsets, .. } => {
                let error = match groups.get_mut(id) {
                    Some(group) => group.validate_commit(*generation, member_id, cx),
                    // A consumer without a group, or an administrator.
                    None if *generation < 0 => ErrorCode::None,
                    None => ErrorCode::IllegalGeneration,
                };
                if !error.is_none() || offsets.is_empty() {
                    return cx.answer(ticket, refusal(request, error));
                }
                let timestamp_ms = cx.now_ms();
                let commit = |(partition, offset, leader_epoch): &(TopicPartition, i64, i32)| {
                    (partition.clone(), Some(CommittedOffset { offset: *offset, leader_epoch: *leader_epoch, timestamp_ms }))
                };
                append_offsets(id, partition, offsets.iter().map(commit).collect(), Some(ticket), cx);
            }
            GroupRequest::OffsetFetch { partitions, .. } => {
                let known = groups.get(id).map(|group| &group.offsets);
                let committed = |partition: &TopicPartition| known.and_then(|offsets| offsets.get(partition)).copied();
                let offsets = if partitions.is_empty() {
                    known.into_iter().flatten().map(|(partition, committed)| (partition.clone(), Some(*committed))).collect()
                } else {
                    partitions.iter().map(|partition| (partition.clone(), committed(partition))).collect()
                };
                cx.answer(ticket, GroupResponse::OffsetFetch { error: ErrorCode::None, offsets });
            }
        }
    }

    fn validate(&self, group: &str, request: &GroupRequest) -> ErrorCode {
        match request {
            // A consumer that only commits may go without a group's name.
            GroupRequest::OffsetCommit { .. } | GroupRequest::OffsetFetch { .. } => ErrorCode::None,
            _ if group.is_empty() => ErrorCode::InvalidGroupId,
            GroupRequest::JoinGroup { session_timeout_ms, .. }
                if !(self.config.min_session_timeout_ms..=self.config.max_session_timeout_ms).contains(session_timeout_ms) =>
            {
                ErrorCode::InvalidSessionTimeout
            }
            _ => ErrorCode::None,
        }
    }

    /// The write `id` is below the high watermark: what hangs on it takes effect and is answered.
    pub fn append_done(&mut self, now: Micros, id: AppendId, out: &mut CoordinatorEffects) {
        let Some(Pending { partition, group: name, purpose }) = self.pending.remove(&id) else { return };
        let (groups, mut cx) = self.split(now, out);
        match purpose {
            Purpose::NewGroup | Purpose::Emptied | Purpose::Deleted => {}
            Purpose::Assignment { generation, by_member } => {
                if let Some(group) = groups.get_mut(&name) {
                    group.assigned(generation, &by_member, &mut cx);
                }
            }
            Purpose::StaticRejoin { ticket, new, .. } => match groups.get_mut(&name) {
                Some(group) => group.static_rejoined(ticket, &new, &mut cx),
                None => cx.answer(ticket, join_error(ErrorCode::UnknownMemberId, &new)),
            },
            Purpose::Offsets { answer, offsets } => {
                for (of, committed) in &offsets {
                    apply_offset(groups, &name, partition, of, *committed, &mut cx);
                }
                let committed: Vec<_> = offsets.iter().filter_map(|(of, c)| c.map(|c| (of.clone(), c.offset))).collect();
                if !committed.is_empty() {
                    cx.fact(Fact::OffsetsCommitted { group: name, offsets: committed });
                }
                if let Some(ticket) = answer {
                    let done = offsets.into_iter().map(|(of, _)| (of, ErrorCode::None)).collect();
                    cx.answer(ticket, GroupResponse::OffsetCommit(done));
                }
            }
        }
    }

    /// The write `id` failed with `error`, or did not get below the high watermark in time (REQUEST_TIMED_OUT; it stands in
    /// the log all the same, so `append_done` may still follow and makes its offsets visible).
    pub fn append_failed(&mut self, now: Micros, id: AppendId, error: ErrorCode, out: &mut CoordinatorEffects) {
        let Some(pending) = self.pending.remove(&id) else { return };
        let answer = coordinator_error(error);
        answer_failed(&pending.purpose, answer, out);
        let timed_out = error == ErrorCode::RequestTimedOut;
        let Pending { partition, group: name, purpose } = pending;
        if timed_out && let Purpose::Offsets { offsets, .. } = purpose {
            let purpose = Purpose::Offsets { answer: None, offsets };
            self.pending.insert(id, Pending { partition, group: name, purpose });
            return;
        }
        let (groups, mut cx) = self.split(now, out);
        let Some(group) = groups.get_mut(&name) else { return };
        match purpose {
            Purpose::Assignment { generation, .. } => group.assignment_failed(generation, answer, &mut cx),
            Purpose::StaticRejoin { instance, old, new, former, .. } => {
                group.static_rejoin_failed(&instance, &old, &new, &former, &mut cx);
            }
            Purpose::NewGroup if !timed_out && group.members.is_empty() && group.offsets.is_empty() => {
                groups.remove(&name);
            }
            _ => {}
        }
    }

    /// A timer fires.
    pub fn on_timer(&mut self, now: Micros, timer: GroupTimer, out: &mut CoordinatorEffects) {
        if timer == GroupTimer::OffsetRetention {
            if self.retention_at.is_some_and(|at| at <= now) {
                self.expire_offsets(now, out);
                self.schedule_retention(now, out);
            }
            return;
        }
        let (groups, mut cx) = self.split(now, out);
        let (GroupTimer::Session { group: handle, .. } | GroupTimer::Join { group: handle, .. } | GroupTimer::Sync { group: handle, .. }) =
            timer
        else {
            return;
        };
        let Some(group) = groups.values_mut().find(|group| group.handle == handle) else { return };
        match timer {
            GroupTimer::Session { member, .. } => group.on_session_timer(member, &mut cx),
            GroupTimer::Join { stamp, .. } => group.on_join_timer(stamp, &mut cx),
            GroupTimer::Sync { generation, .. } => group.on_sync_timer(generation, &mut cx),
            GroupTimer::OffsetRetention => {}
        }
    }

    /// A topic was deleted: what was committed for it is removed (OffsetMetadataManager.java onPartitionsDeleted).
    pub fn on_topic_deleted(&mut self, now: Micros, topic: &str, out: &mut CoordinatorEffects) {
        let (groups, mut cx) = self.split(now, out);
        for (name, group) in groups.iter() {
            let gone: Vec<_> = group.offsets.keys().filter(|of| *of.topic == *topic).map(|of| (of.clone(), None)).collect();
            append_offsets(name, group.partition, gone, None, &mut cx);
        }
    }

    fn schedule_retention(&mut self, now: Micros, out: &mut CoordinatorEffects) {
        let at = now.saturating_add(self.config.offsets_retention_check_interval_ms.max(1).saturating_mul(MILLISECOND));
        self.retention_at = Some(at);
        out.wakes.push((at, GroupTimer::OffsetRetention));
    }

    /// Removes offsets nobody has used for `offsets.retention.minutes`, and empty groups that have none left
    /// (`kafka-semantics` 7.6, OffsetMetadataManager.java cleanupExpiredOffsets).
    fn expire_offsets(&mut self, now: Micros, out: &mut CoordinatorEffects) {
        let (groups, mut cx) = self.split(now, out);
        let oldest_ms = cx.now_ms() - cx.config.offsets_retention_minutes.max(0).saturating_mul(60_000);
        let mut deleted = Vec::new();
        for (name, group) in groups.iter() {
            let expired: Vec<_> =
                group.offsets.iter().filter(|(of, c)| group.has_expired(of, c, oldest_ms)).map(|(of, _)| of.clone()).collect();
            let all = expired.len() == group.offsets.len();
            append_offsets(name, group.partition, expired.into_iter().map(|of| (of, None)).collect(), None, &mut cx);
            if all && group.state == GroupState::Empty {
                let record = CoordinatorRecord::Group { group: name.clone(), metadata: None };
                cx.append(group.partition, name, vec![record], Purpose::Deleted);
                deleted.push(name.clone());
            }
        }
        for name in deleted {
            groups.remove(&name);
        }
    }
}

impl ClassicGroup {
    /// Whether an OffsetCommit may be taken (`kafka-semantics` 7.6, ClassicGroup.java validateOffsetCommit).
    fn validate_commit(&mut self, generation: i32, member_id: &str, cx: &mut Context) -> ErrorCode {
        if self.state == GroupState::Dead {
            return ErrorCode::CoordinatorNotAvailable;
        }
        if generation < 0 && self.state == GroupState::Empty {
            return ErrorCode::None;
        }
        if generation < 0 && member_id.is_empty() {
            return ErrorCode::UnknownMemberId;
        }
        let error = self.validate_member(member_id, None);
        if !error.is_none() {
            return error;
        }
        if generation != self.generation {
            return ErrorCode::IllegalGeneration;
        }
        if self.state == GroupState::CompletingRebalance {
            return ErrorCode::RebalanceInProgress;
        }
        self.restart_session(member_id, cx);
        ErrorCode::None
    }

    /// Whether nobody has used an offset since `oldest_ms`: counted from when the group became empty, or, for a topic no
    /// member wants any more and for consumers without a group, from the commit.
    fn has_expired(&self, of: &TopicPartition, committed: &CommittedOffset, oldest_ms: i64) -> bool {
        match self.state {
            GroupState::Empty => self.empty_since_ms.unwrap_or(committed.timestamp_ms) <= oldest_ms,
            GroupState::Stable => {
                let wanted = |(name, subscription): &(Rc<str>, super::protocol::Subscription)| {
                    Some(name) == self.protocol.as_ref() && subscription.topics.contains(&of.topic)
                };
                committed.timestamp_ms <= oldest_ms && !self.members.values().any(|member| member.protocols.iter().any(wanted))
            }
            _ => false,
        }
    }
}

fn open<'a>(groups: &'a mut Groups, id: &Rc<str>, partition: i32, cx: &mut Context) -> &'a mut ClassicGroup {
    groups.entry(id.clone()).or_insert_with(|| ClassicGroup::new(id, cx.handle(), partition))
}

fn apply_offset(
    groups: &mut Groups,
    group: &Rc<str>,
    partition: i32,
    of: &TopicPartition,
    committed: Option<CommittedOffset>,
    cx: &mut Context,
) {
    match committed {
        Some(committed) => {
            open(groups, group, partition, cx).offsets.insert(of.clone(), committed);
        }
        None => {
            if let Some(group) = groups.get_mut(group) {
                group.offsets.remove(of);
            }
        }
    }
}

fn append_offsets(
    group: &Rc<str>,
    partition: i32,
    offsets: Vec<(TopicPartition, Option<CommittedOffset>)>,
    answer: Option<Ticket>,
    cx: &mut Context,
) {
    if offsets.is_empty() {
        return;
    }
    let record = |(of, committed): &(TopicPartition, Option<CommittedOffset>)| CoordinatorRecord::Offset {
        group: group.clone(),
        partition: of.clone(),
        committed: *committed,
    };
    let records = offsets.iter().map(record).collect();
    cx.append(partition, group, records, Purpose::Offsets { answer, offsets });
}

fn answer_failed(purpose: &Purpose, error: ErrorCode, out: &mut CoordinatorEffects) {
    match purpose {
        // Without an id, so that it asks again as it did.
        Purpose::StaticRejoin { ticket, .. } => out.answers.push((*ticket, join_error(error, &"".into()))),
        Purpose::Offsets { answer: Some(ticket), offsets } => {
            let failed = offsets.iter().map(|(of, _)| (of.clone(), error)).collect();
            out.answers.push((*ticket, GroupResponse::OffsetCommit(failed)));
        }
        _ => {}
    }
}

/// What a client is told when a write failed (`kafka-semantics` 7.1, CoordinatorOperationExceptionHelper.java).
fn coordinator_error(error: ErrorCode) -> ErrorCode {
    match error {
        ErrorCode::UnknownTopicOrPartition
        | ErrorCode::NotEnoughReplicas
        | ErrorCode::NotEnoughReplicasAfterAppend
        | ErrorCode::RequestTimedOut => ErrorCode::CoordinatorNotAvailable,
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge => ErrorCode::UnknownServerError,
        other => other,
    }
}

fn group_of(request: &GroupRequest) -> Option<&Rc<str>> {
    match request {
        GroupRequest::FindCoordinator { .. } => None,
        GroupRequest::JoinGroup { group, .. }
        | GroupRequest::SyncGroup { group, .. }
        | GroupRequest::Heartbeat { group, .. }
        | GroupRequest::LeaveGroup { group, .. }
        | GroupRequest::OffsetCommit { group, .. }
        | GroupRequest::OffsetFetch { group, .. } => Some(group),
    }
}

/// The answer to `request` that says nothing but `error`.
pub fn refusal(request: &GroupRequest, error: ErrorCode) -> GroupResponse {
    match request {
        GroupRequest::FindCoordinator { .. } => GroupResponse::FindCoordinator { error, broker: -1 },
        GroupRequest::JoinGroup { member_id, .. } => join_error(error, member_id),
        GroupRequest::SyncGroup { .. } => GroupResponse::SyncGroup { error, assignment: Vec::new() },
        GroupRequest::Heartbeat { .. } => GroupResponse::Heartbeat { error },
        GroupRequest::LeaveGroup { .. } => GroupResponse::LeaveGroup { error },
        GroupRequest::OffsetCommit { offsets, .. } => {
            GroupResponse::OffsetCommit(offsets.iter().map(|(partition, _, _)| (partition.clone(), error)).collect())
        }
        GroupRequest::OffsetFetch { .. } => GroupResponse::OffsetFetch { error, offsets: Vec::new() },
    }
}
