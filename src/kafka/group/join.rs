//! The join phase of a rebalance: who comes in, and when a generation is made (`kafka-semantics` 7.2).

use super::classic_group::{ClassicGroup, GroupState, Member, Session};
use super::config::NEW_MEMBER_JOIN_TIMEOUT_MS;
use super::effects::{Context, GroupTimer, Purpose};
use super::protocol::{GroupResponse, Subscription};
use crate::kafka::effect::Ticket;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::sim::rng::Rng;
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// What a member says when it joins.
pub(super) struct Join<'a> {
    pub(super) ticket: Ticket,
    pub(super) member_id: &'a Rc<str>,
    pub(super) instance_id: Option<&'a Rc<str>>,
    pub(super) client_id: &'a Rc<str>,
    pub(super) session_timeout_ms: i32,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) protocols: &'a [(Rc<str>, Subscription)],
}

/// The answer to a JoinGroup that failed.
pub(super) fn join_error(error: ErrorCode, member_id: &Rc<str>) -> GroupResponse {
    GroupResponse::JoinGroup {
        error,
        generation: -1,
        protocol: None,
        leader: "".into(),
        member_id: member_id.clone(),
        skip_assignment: false,
        members: Vec::new(),
    }
}

impl ClassicGroup {
    /// JoinGroup (GroupMetadataManager.java classicGroupJoinToClassicGroup). The session timeout was checked before.
    pub(super) fn join(&mut self, join: Join, rng: &mut Rng, cx: &mut Context) {
        if !self.accepts(join.member_id, cx) {
            self.remove(join.member_id, false, cx);
            return cx.answer(join.ticket, join_error(ErrorCode::GroupMaxSizeReached, join.member_id));
        }
        let refuse = |error, cx: &mut Context| cx.answer(join.ticket, join_error(error, join.member_id));
        if self.state == GroupState::Dead {
            return refuse(ErrorCode::CoordinatorNotAvailable, cx);
        }
        if !self.supports(join.protocols) {
            return refuse(ErrorCode::InconsistentGroupProtocol, cx);
        }
        if join.member_id.is_empty() {
            let prefix = join.instance_id.unwrap_or(join.client_id);
            let member_id: Rc<str> = format!("{prefix}-{}", uuid(rng)).into();
            return self.join_unknown(&join, member_id, cx);
        }
        if join.instance_id.is_none() && self.pending_members.contains_key(join.member_id) {
            let member_id = join.member_id.clone();
            return self.add_joining(&join, &member_id, cx);
        }
        let error = self.validate_member(join.member_id, join.instance_id.map(|id| &**id));
        if !error.is_none() {
            return refuse(error, cx);
        }
        let unchanged = self.members.get(join.member_id).is_some_and(|member| member.protocols == join.protocols);
        match self.state {
            GroupState::Empty | GroupState::Dead => refuse(ErrorCode::UnknownMemberId, cx),
            GroupState::CompletingRebalance if unchanged => {
                // It may not have got the answer to its first JoinGroup.
                let members = if self.is_leader(join.member_id) { self.joined_members() } else { Vec::new() };
                self.restart_session(join.member_id, cx);
                cx.answer(join.ticket, self.joined(join.member_id, members, false));
            }
            // A leader that joins again may have seen the metadata of its topics change.
            GroupState::Stable if unchanged && !self.is_leader(join.member_id) => {
                self.restart_session(join.member_id, cx);
                cx.answer(join.ticket, self.joined(join.member_id, Vec::new(), false));
            }
            _ => {
                self.update(&join, join.member_id);
                self.prepare_or_complete(cx);
            }
        }
    }

    /// Whether there is room: while members re-join, those that are back count (acceptJoiningMember).
    fn accepts(&self, member_id: &str, cx: &Context) -> bool {
        let max = usize::try_from(cx.config.max_size).unwrap_or(0);
        match self.state {
            GroupState::Empty | GroupState::Dead => true,
            GroupState::PreparingRebalance => {
                self.members.get(member_id).is_some_and(|member| member.awaiting_join.is_some())
                    || self.members.values().filter(|member| member.awaiting_join.is_some()).count() < max
            }
            _ => self.members.contains_key(member_id) || self.members.len() < max,
        }
    }

    /// A member without an id: a static one comes in (or back) at once, a dynamic one gets an id to come again with.
    fn join_unknown(&mut self, join: &Join, member_id: Rc<str>, cx: &mut Context) {
        let Some(instance) = join.instance_id else {
            let handle = cx.handle();
            let mut session = Session::default();
            let deadline = cx.now + i64::from(join.session_timeout_ms) * MILLISECOND;
            session.restart(deadline, GroupTimer::Session { group: self.handle, member: handle }, cx);
            cx.answer(join.ticket, join_error(ErrorCode::MemberIdRequired, &member_id));
            self.pending_members.insert(member_id, (handle, session));
            return;
        };
        match self.static_members.get(instance).cloned() {
            Some(old) => self.rejoin_static(join, instance, &old, &member_id, cx),
            None => self.add_joining(join, &member_id, cx),
        }
    }

    fn add_joining(&mut self, join: &Join, member_id: &Rc<str>, cx: &mut Context) {
        if self.state == GroupState::PreparingRebalance && self.was_empty {
            self.new_member_added = true;
        }
        let handle = cx.handle();
        let mut session = Session::default();
        // It cannot send heartbeats while its JoinGroup is parked; one that gave up must not hold the group for ever.
        let deadline = cx.now + NEW_MEMBER_JOIN_TIMEOUT_MS * MILLISECOND;
        session.restart(deadline, GroupTimer::Session { group: self.handle, member: handle }, cx);
        let member = Member {
            handle,
            client_id: join.client_id.clone(),
            instance_id: join.instance_id.cloned(),
            session_timeout_ms: join.session_timeout_ms,
            rebalance_timeout_ms: join.rebalance_timeout_ms,
            protocols: join.protocols.to_vec(),
            assignment: Vec::new(),
            session,
            is_new: true,
            awaiting_join: Some(join.ticket),
            awaiting_sync: None,
        };
        self.add(member_id, member, cx);
        self.prepare_or_complete(cx);
    }

    fn update(&mut self, join: &Join, member_id: &str) {
        if let Some(member) = self.members.get_mut(member_id) {
            member.protocols = join.protocols.to_vec();
            member.session_timeout_ms = join.session_timeout_ms;
            member.rebalance_timeout_ms = join.rebalance_timeout_ms;
            member.awaiting_join = Some(join.ticket);
        }
    }

    /// A static member that restarted takes its old place under a new id; a stable group goes on undisturbed if its
    /// assignor stays (updateStaticMemberThenRebalanceOrCompleteJoin).
    fn rejoin_static(&mut self, join: &Join, instance: &Rc<str>, old: &Rc<str>, new: &Rc<str>, cx: &mut Context) {
        let Some(former) = self.members.get(old).cloned().map(Box::new) else { return };
        self.replace_static(instance, old, new, cx);
        self.restart_session(new, cx);
        match self.state {
            GroupState::Stable => {
                self.update(join, new);
                if self.select_protocol() != self.protocol {
                    return self.prepare_or_complete(cx);
                }
                // The answer waits for the write, not for a rebalance.
                if let Some(member) = self.members.get_mut(new) {
                    member.awaiting_join = None;
                }
                let metadata = self.to_metadata(|_, member| member.assignment.clone());
                let purpose =
                    Purpose::StaticRejoin { ticket: join.ticket, instance: instance.clone(), old: old.clone(), new: new.clone(), former };
                self.store(metadata, purpose, cx);
            }
            // The leader may already be assigning to the old id, so a generation is needed in any case.
            _ => {
                self.update(join, new);
                self.prepare_or_complete(cx);
            }
        }
    }

    /// Gives the member of `instance` the id `new`; whoever still waits as `old` is fenced.
    pub(super) fn replace_static(&mut self, instance: &Rc<str>, old: &Rc<str>, new: &Rc<str>, cx: &mut Context) {
        let Some(mut member) = self.members.remove(old) else { return };
        if let Some(ticket) = member.awaiting_join.take() {
            cx.answer(ticket, join_error(ErrorCode::FencedInstanceId, old));
        }
        if let Some(ticket) = member.awaiting_sync.take() {
            cx.answer(ticket, GroupResponse::SyncGroup { error: ErrorCode::FencedInstanceId, assignment: Vec::new() });
        }
        if self.is_leader(old) {
            self.leader = Some(new.clone());
        }
        if self.pending_sync.remove(old) {
            self.pending_sync.insert(new.clone());
        }
        member.handle = cx.handle();
        member.session = Session::default();
        self.members.insert(new.clone(), member);
        self.static_members.insert(instance.clone(), new.clone());
    }

    /// The new id of a restarted static member could not be stored: it is again what it was.
    pub(super) fn static_rejoin_failed(&mut self, instance: &Rc<str>, old: &Rc<str>, new: &Rc<str>, former: &Member, cx: &mut Context) {
        if self.static_members.get(instance) != Some(new) {
            return;
        }
        self.replace_static(instance, new, old, cx);
        if let Some(member) = self.members.get_mut(old) {
            member.protocols = former.protocols.clone();
            member.session_timeout_ms = former.session_timeout_ms;
            member.rebalance_timeout_ms = former.rebalance_timeout_ms;
        }
        self.restart_session(old, cx);
    }

    /// The new id of a restarted static member is stored.
    pub(super) fn static_rejoined(&mut self, ticket: Ticket, new: &Rc<str>, cx: &mut Context) {
        if !self.members.contains_key(new) {
            return cx.answer(ticket, join_error(ErrorCode::UnknownMemberId, new));
        }
        let leader = self.is_leader(new);
        let members = if leader { self.joined_members() } else { Vec::new() };
        cx.fact(Fact::MemberJoined { group: self.id.clone(), member: new.clone() });
        cx.answer(ticket, self.joined(new, members, leader));
    }

    fn joined(&self, member_id: &Rc<str>, members: Vec<super::protocol::JoinedMember>, skip_assignment: bool) -> GroupResponse {
        GroupResponse::JoinGroup {
            error: ErrorCode::None,
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_else(|| "".into()),
            member_id: member_id.clone(),
            skip_assignment,
            members,
        }
    }

    /// Begins a rebalance, or, when one is under way, ends its join phase if that was all it waited for.
    pub(super) fn prepare_or_complete(&mut self, cx: &mut Context) {
        match self.state {
            GroupState::Empty | GroupState::CompletingRebalance | GroupState::Stable => self.prepare_rebalance(cx),
            GroupState::PreparingRebalance => self.maybe_complete_join(cx),
            GroupState::Dead => {}
        }
    }

    fn prepare_rebalance(&mut self, cx: &mut Context) {
        if self.state == GroupState::CompletingRebalance {
            self.reset_assignment(ErrorCode::RebalanceInProgress, cx);
        }
        self.sync_deadline = None;
        self.pending_sync.clear();
        self.was_empty = self.state == GroupState::Empty;
        self.state = GroupState::PreparingRebalance;
        cx.fact(Fact::RebalanceStarted { group: self.id.clone(), generation: self.generation });
        if self.was_empty {
            // The group is new: more members are likely to come within moments.
            let delay = cx.config.initial_rebalance_delay_ms.max(0);
            let remaining = (self.rebalance_timeout() / MILLISECOND - delay).max(0);
            self.new_member_added = false;
            self.initial_delay = Some((delay, remaining));
            self.schedule_join(delay * MILLISECOND, cx);
        } else {
            self.initial_delay = None;
            if self.all_joined() {
                self.complete_join(cx);
            } else {
                self.schedule_join(self.rebalance_timeout(), cx);
            }
        }
    }

    /// The join phase ends early once everyone is there, but not within the initial delay (maybeCompleteJoinPhase).
    fn maybe_complete_join(&mut self, cx: &mut Context) {
        if !self.was_empty {
            self.complete_join_if_all_joined(cx);
        }
    }

    /// A session that ends may have been the last thing the join phase waited for; here the initial delay does not
    /// count (removeMemberAndUpdateClassicGroup).
    pub(super) fn complete_join_if_all_joined(&mut self, cx: &mut Context) {
        if self.state == GroupState::PreparingRebalance && self.all_joined() {
            self.complete_join(cx);
        }
    }

    fn schedule_join(&mut self, after: Micros, cx: &mut Context) {
        self.join_stamp = self.join_stamp.wrapping_add(1);
        self.join_deadline = Some(cx.now + after);
        cx.wake(cx.now + after, GroupTimer::Join { group: self.handle, stamp: self.join_stamp });
    }

    /// The initial delay or the join phase has run out.
    pub(super) fn on_join_timer(&mut self, stamp: u32, cx: &mut Context) {
        if self.state != GroupState::PreparingRebalance || stamp != self.join_stamp || self.join_deadline.is_none() {
            return;
        }
        if let Some((delay, remaining)) = self.initial_delay
            && self.new_member_added
            && remaining != 0
        {
            self.new_member_added = false;
            let next = cx.config.initial_rebalance_delay_ms.max(0).min(remaining);
            self.initial_delay = Some((next, (remaining - delay).max(0)));
            return self.schedule_join(next * MILLISECOND, cx);
        }
        self.complete_join(cx);
    }

    /// Makes the next generation of those who joined (completeClassicGroupJoin).
    fn complete_join(&mut self, cx: &mut Context) {
        self.join_deadline = None;
        let absent: Vec<Rc<str>> = self
            .members
            .iter()
            .filter(|(_, member)| member.awaiting_join.is_none() && member.instance_id.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        for id in &absent {
            self.remove(id, true, cx);
        }
        if !self.elect_joined_leader() && !self.members.is_empty() {
            // Only static members are left and none joined: wait until they do, or until their sessions end.
            return self.schedule_join(self.rebalance_timeout(), cx);
        }
        self.initial_delay = None;
        self.new_member_added = false;
        self.pending_sync.clear();
        self.generation = self.generation.wrapping_add(1);
        if self.members.is_empty() {
            self.protocol = None;
            self.leader = None;
            self.state = GroupState::Empty;
            self.empty_since_ms = Some(cx.now_ms());
            cx.fact(Fact::GroupEmpty { group: self.id.clone() });
            let metadata = self.to_metadata(|_, _| Vec::new());
            return self.store(metadata, Purpose::Emptied, cx);
        }
        self.protocol = self.select_protocol();
        self.state = GroupState::CompletingRebalance;
        let ids: Vec<Rc<str>> = self.members.keys().cloned().collect();
        for id in ids {
            let members = if self.is_leader(&id) { self.joined_members() } else { Vec::new() };
            let answer = self.joined(&id, members, false);
            if let Some(member) = self.members.get_mut(&id) {
                member.is_new = false;
                if let Some(ticket) = member.awaiting_join.take() {
                    cx.answer(ticket, answer);
                }
            }
            self.restart_session(&id, cx);
            self.pending_sync.insert(id);
        }
        let deadline = cx.now + self.rebalance_timeout();
        self.sync_deadline = Some(deadline);
        cx.wake(deadline, GroupTimer::Sync { group: self.handle, generation: self.generation });
    }
}

/// A random UUID (version 4) as text.
fn uuid(rng: &mut Rng) -> String {
    let high = rng.draw() & !0xf000 | 0x4000;
    let low = rng.draw() & !(0b11 << 62) | (0b10 << 62);
    let node = low & 0xffff_ffff_ffff;
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{node:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48)
}
