//! A group of the classic protocol as a value: its members, its state, and what can be told from them
//! (`kafka-semantics` 7.2, ClassicGroup.java).

use super::effects::{Context, GroupTimer, Purpose};
use super::protocol::{JoinedMember, Subscription};
use super::record::{CommittedOffset, CoordinatorRecord, GroupMetadata, StoredMember};
use crate::kafka::effect::Ticket;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::java;
use crate::kafka::record::TopicPartition;
use crate::map::{Map, Set};
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// Where a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// No members.
    Empty,
    /// Members are to join (again).
    PreparingRebalance,
    /// A generation is made; its assignment is awaited.
    CompletingRebalance,
    /// Everyone has its assignment.
    Stable,
    /// Gone.
    Dead,
}

impl GroupState {
    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Stable => "Stable",
            GroupState::Dead => "Dead",
        }
    }
}

/// When a silent member is to be removed. One timer is on its way at most for each instant it may be needed at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Session {
    pub(super) deadline: Micros,
    pub(super) armed: Option<Micros>,
}

impl Session {
    /// The deadline moves to `deadline`; a timer already due earlier will find out by itself.
    pub(super) fn restart(&mut self, deadline: Micros, timer: GroupTimer, cx: &mut Context) {
        self.deadline = deadline;
        if self.armed.is_none_or(|at| at > deadline) {
            self.armed = Some(deadline);
            cx.wake(deadline, timer);
        }
    }

    /// Whether the timer that fires now finds the session over; one that comes too early is put again.
    pub(super) fn is_over(&mut self, timer: GroupTimer, cx: &mut Context) -> bool {
        // A broker that stood still gets its timers late.
        if self.armed.is_none_or(|at| at > cx.now) {
            return false;
        }
        self.armed = None;
        if cx.now < self.deadline {
            self.restart(self.deadline, timer, cx);
            return false;
        }
        true
    }
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    pub(super) handle: u32,
    pub(super) client_id: Rc<str>,
    pub(super) instance_id: Option<Rc<str>>,
    pub(super) session_timeout_ms: i32,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) protocols: Vec<(Rc<str>, Subscription)>,
    pub(super) assignment: Vec<TopicPartition>,
    pub(super) session: Session,
    /// Never got an answer to its JoinGroup yet.
    pub(super) is_new: bool,
    /// Its parked JoinGroup.
    pub(super) awaiting_join: Option<Ticket>,
    /// Its parked SyncGroup.
    pub(super) awaiting_sync: Option<Ticket>,
}

impl Member {
    /// The client's id.
    pub fn client_id(&self) -> &Rc<str> {
        &self.client_id
    }

    /// The instance id of a static member.
    pub fn instance_id(&self) -> Option<&Rc<str>> {
        self.instance_id.as_ref()
    }

    /// What it was assigned last; while a group rebalances this is the assignment of before.
    pub fn assignment(&self) -> &[TopicPartition] {
        &self.assignment
    }

    /// When its session ends unless it is heard of.
    pub fn session_deadline(&self) -> Micros {
        self.session.deadline
    }
}

/// Where a rebalance stands, for those who look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebalanceProgress {
    /// The state: PreparingRebalance or CompletingRebalance.
    pub state: GroupState,
    /// Whether this is the initial delay of a group that was empty.
    pub initial_delay: bool,
    /// Members that have not joined (or, when completing, not synced) yet.
    pub missing: Vec<Rc<str>>,
    /// Ids given out whose second JoinGroup is awaited.
    pub pending: Vec<Rc<str>>,
    /// When the phase ends at the latest.
    pub deadline: Option<Micros>,
}

/// A member of a group as DescribeGroups tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDescription {
    /// The member's id.
    pub member_id: Rc<str>,
    /// The client's id.
    pub client_id: Rc<str>,
    /// The instance id of a static member.
    pub instance_id: Option<Rc<str>>,
    /// Its partitions, ascending; empty unless the group is Stable.
    pub assignment: Vec<TopicPartition>,
}

/// A group as DescribeGroups and OffsetFetch tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// The state.
    pub state: GroupState,
    /// The chosen assignor; empty unless the group is Stable.
    pub protocol: Rc<str>,
    /// The generation, from 1.
    pub generation: i32,
    /// Members by client id, then member id.
    pub members: Vec<MemberDescription>,
    /// What is committed, by partition.
    pub committed: Vec<(TopicPartition, CommittedOffset)>,
}

/// A group.
#[derive(Clone, Debug)]
pub struct ClassicGroup {
    pub(super) id: Rc<str>,
    pub(super) handle: u32,
    /// Its partition of `__consumer_offsets`.
    pub(super) partition: i32,
    pub(super) state: GroupState,
    /// Whether the rebalance under way began in an empty group.
    pub(super) was_empty: bool,
    pub(super) generation: i32,
    pub(super) protocol: Option<Rc<str>>,
    pub(super) leader: Option<Rc<str>>,
    pub(super) members: Map<Rc<str>, Member>,
    /// Member ids by instance id.
    pub(super) static_members: Map<Rc<str>, Rc<str>>,
    /// Ids given out with MEMBER_ID_REQUIRED, with a handle each.
    pub(super) pending_members: Map<Rc<str>, (u32, Session)>,
    pub(super) pending_sync: Set<Rc<str>>,
    /// A member joined during the initial delay.
    pub(super) new_member_added: bool,
    /// The delay under way and what may be added to it, in milliseconds.
    pub(super) initial_delay: Option<(i64, i64)>,
    pub(super) join_stamp: u32,
    pub(super) join_deadline: Option<Micros>,
    pub(super) sync_deadline: Option<Micros>,
    /// Since when the group is empty, in milliseconds; none where it never had members.
    pub(super) empty_since_ms: Option<i64>,
    pub(super) offsets: Map<TopicPartition, CommittedOffset>,
}

impl ClassicGroup {
    pub(super) fn new(id: &Rc<str>, handle: u32, partition: i32) -> Self {
        ClassicGroup {
            id: id.clone(),
            handle,
            partition,
            state: GroupState::Empty,
            was_empty: true,
            generation: 0,
            protocol: None,
            leader: None,
            members: Map::new(),
            static_members: Map::new(),
            pending_members: Map::new(),
            pending_sync: Set::new(),
            new_member_added: false,
            initial_delay: None,
            join_stamp: 0,
            join_deadline: None,
            sync_deadline: None,
            empty_since_ms: None,
            offsets: Map::new(),
        }
    }

    /// The group's id.
    pub fn id(&self) -> &Rc<str> {
        &self.id
    }

    /// Where it stands.
    pub fn state(&self) -> GroupState {
        self.state
    }

    /// Its generation.
    pub fn generation(&self) -> i32 {
        self.generation
    }

    /// The assignor chosen, none while the group is empty.
    pub fn protocol(&self) -> Option<&Rc<str>> {
        self.protocol.as_ref()
    }

    /// The member that assigns.
    pub fn leader(&self) -> Option<&Rc<str>> {
        self.leader.as_ref()
    }

    /// Members by id.
    pub fn members(&self) -> &Map<Rc<str>, Member> {
        &self.members
    }

    /// Committed offsets by partition.
    pub fn offsets(&self) -> &Map<TopicPartition, CommittedOffset> {
        &self.offsets
    }

    /// What DescribeGroups and an OffsetFetch of everything tell: assignor and assignments only of a stable group
    /// (ClassicGroup.java describe).
    pub fn describe(&self) -> GroupDescription {
        let stable = self.state == GroupState::Stable;
        let member = |(id, member): (&Rc<str>, &Member)| {
            let mut assignment = if stable { member.assignment.clone() } else { Vec::new() };
            crate::sort::sort(&mut assignment);
            MemberDescription {
                member_id: id.clone(),
                client_id: member.client_id.clone(),
                instance_id: member.instance_id.clone(),
                assignment,
            }
        };
        let mut members: Vec<_> = self.members.iter().map(member).collect();
        crate::sort::by(&mut members, |a, b| (&a.client_id, &a.member_id).cmp(&(&b.client_id, &b.member_id)));
        GroupDescription {
            state: self.state,
            protocol: self.protocol.clone().filter(|_| stable).unwrap_or_else(|| "".into()),
            generation: self.generation,
            members,
            committed: self.offsets.iter().map(|(partition, committed)| (partition.clone(), *committed)).collect(),
        }
    }

    /// Where the rebalance under way stands; none when there is none.
    pub fn rebalance(&self) -> Option<RebalanceProgress> {
        let (missing, deadline) = match self.state {
            GroupState::PreparingRebalance => {
                (self.members.iter().filter(|(_, m)| m.awaiting_join.is_none()).map(|(id, _)| id.clone()).collect(), self.join_deadline)
            }
            GroupState::CompletingRebalance => (self.pending_sync.iter().cloned().collect(), self.sync_deadline),
            _ => return None,
        };
        Some(RebalanceProgress {
            state: self.state,
            initial_delay: self.state == GroupState::PreparingRebalance && self.initial_delay.is_some(),
            missing,
            pending: self.pending_members.keys().cloned().collect(),
            deadline,
        })
    }

    /// The longest rebalance timeout of its members, in microseconds.
    pub(super) fn rebalance_timeout(&self) -> Micros {
        let ms = self.members.values().map(|member| member.rebalance_timeout_ms).max().unwrap_or(0);
        i64::from(ms.max(0)) * MILLISECOND
    }

    pub(super) fn is_leader(&self, member_id: &str) -> bool {
        self.leader.as_deref() == Some(member_id)
    }

    /// Member ids in the order Kafka's `HashMap` walks them.
    fn ids_in_hash_order(&self) -> Vec<Rc<str>> {
        let mut ids: Vec<_> = self.members.iter().map(|(id, member)| (member.handle, id.clone())).collect();
        crate::sort::by_key(&mut ids, |(handle, _)| *handle);
        java::string_key_order(ids.into_iter().map(|(_, id)| id))
    }

    pub(super) fn all_joined(&self) -> bool {
        self.pending_members.is_empty() && self.members.values().all(|member| member.awaiting_join.is_some())
    }

    /// Whether a member may use the group as `member_id`: known, and not replaced under its instance id
    /// (ClassicGroup.java validateMember). Requests that carry no instance id are told by the id itself, which begins with it.
    pub(super) fn validate_member(&self, member_id: &str, instance_id: Option<&str>) -> ErrorCode {
        if let Some(instance) = instance_id {
            return match self.static_members.get(instance) {
                None => ErrorCode::UnknownMemberId,
                Some(current) if **current != *member_id => ErrorCode::FencedInstanceId,
                Some(_) => ErrorCode::None,
            };
        }
        if self.members.contains_key(member_id) {
            return ErrorCode::None;
        }
        let instance = member_id.len().checked_sub(UUID_LENGTH + 1).and_then(|end| member_id.get(..end));
        if instance.is_some_and(|instance| self.static_members.contains_key(instance)) {
            ErrorCode::FencedInstanceId
        } else {
            ErrorCode::UnknownMemberId
        }
    }

    /// Whether a member with these assignors can stand beside those already in: one of them must be known to all.
    pub(super) fn supports(&self, protocols: &[(Rc<str>, Subscription)]) -> bool {
        if self.state == GroupState::Empty {
            return !protocols.is_empty();
        }
        protocols.iter().any(|(name, _)| self.members.values().all(|member| member.protocols.iter().any(|(known, _)| known == name)))
    }

    /// The assignor of the next generation: of those all members know, each votes for the first it names; most votes win.
    pub(super) fn select_protocol(&self) -> Option<Rc<str>> {
        let mut votes: Vec<(Rc<str>, usize)> = Vec::new();
        for id in self.ids_in_hash_order() {
            let protocols = self.members.get(&id).map(|member| member.protocols.as_slice()).unwrap_or_default();
            let known_to_all = |name: &Rc<str>| self.members.values().all(|m| m.protocols.iter().any(|(n, _)| n == name));
            let Some((choice, _)) = protocols.iter().find(|(name, _)| known_to_all(name)) else { continue };
            match votes.iter_mut().find(|(name, _)| name == choice) {
                Some((_, count)) => *count += 1,
                None => votes.push((choice.clone(), 1)),
            }
        }
        let most = votes.iter().map(|(_, count)| *count).max()?;
        java::string_key_order(votes.iter().map(|(name, _)| name.clone()))
            .into_iter()
            .find(|name| votes.iter().any(|(voted, count)| voted == name && *count == most))
    }

    /// The members as the leader gets them to assign.
    pub(super) fn joined_members(&self) -> Vec<JoinedMember> {
        let Some(protocol) = &self.protocol else { return Vec::new() };
        self.members
            .iter()
            .filter_map(|(id, member)| {
                let (_, subscription) = member.protocols.iter().find(|(name, _)| name == protocol)?;
                Some(JoinedMember { member_id: id.clone(), instance_id: member.instance_id.clone(), subscription: subscription.clone() })
            })
            .collect()
    }

    /// Adds a member, the first of all as leader.
    pub(super) fn add(&mut self, id: &Rc<str>, member: Member, cx: &mut Context) {
        self.leader.get_or_insert_with(|| id.clone());
        self.pending_members.remove(id);
        if let Some(instance) = &member.instance_id {
            self.static_members.insert(instance.clone(), id.clone());
        }
        self.members.insert(id.clone(), member);
        cx.fact(Fact::MemberJoined { group: self.id.clone(), member: id.clone() });
    }

    /// Removes a member or a pending id; a leader that goes hands over to the first that is left.
    pub(super) fn remove(&mut self, id: &str, expired: bool, cx: &mut Context) -> Option<Member> {
        self.pending_members.remove(id);
        self.pending_sync.remove(id);
        let member = self.members.remove(id)?;
        if let Some(instance) = &member.instance_id
            && self.static_members.get(instance).is_some_and(|current| **current == *id)
        {
            self.static_members.remove(instance);
        }
        if self.is_leader(id) {
            self.leader = self.ids_in_hash_order().into_iter().next();
        }
        cx.fact(Fact::MemberLeft { group: self.id.clone(), member: id.into(), expired });
        Some(member)
    }

    /// If the leader did not join again, another that did becomes leader. False when nobody joined.
    pub(super) fn elect_joined_leader(&mut self) -> bool {
        let Some(leader) = &self.leader else { return false };
        let joined = |id: &Rc<str>| self.members.get(id).is_some_and(|member| member.awaiting_join.is_some());
        if joined(leader) {
            return true;
        }
        match self.ids_in_hash_order().into_iter().find(joined) {
            Some(next) => {
                self.leader = Some(next);
                true
            }
            None => false,
        }
    }

    /// Restarts a member's session by its session timeout.
    pub(super) fn restart_session(&mut self, id: &str, cx: &mut Context) {
        let Some(member) = self.members.get_mut(id) else { return };
        let deadline = cx.now + i64::from(member.session_timeout_ms.max(0)) * MILLISECOND;
        let timer = GroupTimer::Session { group: self.handle, member: member.handle };
        member.session.restart(deadline, timer, cx);
    }

    /// The group as it is stored, with each member's assignment taken from `assignment`.
    pub(super) fn to_metadata(&self, assignment: impl Fn(&Rc<str>, &Member) -> Vec<TopicPartition>) -> GroupMetadata {
        let topics = |member: &Member| {
            let chosen = member.protocols.iter().find(|(name, _)| Some(name) == self.protocol.as_ref());
            chosen.map(|(_, subscription)| subscription.topics.clone()).unwrap_or_default()
        };
        let store = |(id, member): (&Rc<str>, &Member)| {
            let stored = StoredMember {
                client_id: member.client_id.clone(),
                instance_id: member.instance_id.clone(),
                session_timeout_ms: member.session_timeout_ms,
                rebalance_timeout_ms: member.rebalance_timeout_ms,
                topics: topics(member),
                assignment: assignment(id, member),
            };
            (id.clone(), stored)
        };
        GroupMetadata {
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            members: self.members.iter().map(store).collect(),
        }
    }

    /// Writes the group as it stands.
    pub(super) fn store(&self, metadata: GroupMetadata, purpose: Purpose, cx: &mut Context) {
        let record = CoordinatorRecord::Group { group: self.id.clone(), metadata: Some(metadata) };
        cx.append(self.partition, &self.id, vec![record], purpose);
    }

    /// Takes over what was stored (replay); a stored subscription knows topics only.
    pub(super) fn restore(&mut self, metadata: &GroupMetadata, timestamp_ms: i64, cx: &mut Context) {
        self.generation = metadata.generation;
        self.protocol = metadata.protocol.clone();
        self.leader = metadata.leader.clone();
        self.members.clear();
        self.static_members.clear();
        for (id, stored) in &metadata.members {
            let subscription = Subscription { topics: stored.topics.clone(), owned: Vec::new(), generation: -1, rack: None };
            let member = Member {
                handle: cx.handle(),
                client_id: stored.client_id.clone(),
                instance_id: stored.instance_id.clone(),
                session_timeout_ms: stored.session_timeout_ms,
                rebalance_timeout_ms: stored.rebalance_timeout_ms,
                protocols: metadata.protocol.iter().map(|name| (name.clone(), subscription.clone())).collect(),
                assignment: stored.assignment.clone(),
                session: Session::default(),
                is_new: false,
                awaiting_join: None,
                awaiting_sync: None,
            };
            if let Some(instance) = &member.instance_id {
                self.static_members.insert(instance.clone(), id.clone());
            }
            self.members.insert(id.clone(), member);
        }
        self.state = if self.members.is_empty() { GroupState::Empty } else { GroupState::Stable };
        self.empty_since_ms = (self.members.is_empty() && metadata.generation > 0).then_some(timestamp_ms);
    }
}

/// Characters of a UUID.
const UUID_LENGTH: usize = 36;
