//! The second phase of a rebalance: the leader's assignment is stored and handed out (`kafka-semantics` 7.2).

use super::classic_group::{ClassicGroup, GroupState};
use super::effects::{Context, Purpose};
use super::protocol::GroupResponse;
use crate::kafka::effect::Ticket;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::record::TopicPartition;
use crate::map::Map;
use std::rc::Rc;

fn synced(error: ErrorCode, assignment: Vec<TopicPartition>) -> GroupResponse {
    GroupResponse::SyncGroup { error, assignment }
}

impl ClassicGroup {
    /// SyncGroup (classicGroupSyncToClassicGroup): parked until the leader's assignment is stored.
    pub(super) fn sync(
        &mut self,
        ticket: Ticket,
        generation: i32,
        member_id: &Rc<str>,
        assignments: &[(Rc<str>, Vec<TopicPartition>)],
        cx: &mut Context,
    ) {
        let error = match self.validate_member(member_id, None) {
            _ if self.state == GroupState::Dead => ErrorCode::CoordinatorNotAvailable,
            ErrorCode::None if generation != self.generation => ErrorCode::IllegalGeneration,
            error => error,
        };
        if !error.is_none() {
            return cx.answer(ticket, synced(error, Vec::new()));
        }
        match self.state {
            GroupState::Empty | GroupState::Dead => cx.answer(ticket, synced(ErrorCode::UnknownMemberId, Vec::new())),
            GroupState::PreparingRebalance => cx.answer(ticket, synced(ErrorCode::RebalanceInProgress, Vec::new())),
            GroupState::CompletingRebalance => {
                self.pending_sync.remove(member_id);
                if let Some(member) = self.members.get_mut(member_id) {
                    member.awaiting_sync = Some(ticket);
                }
                if self.is_leader(member_id) {
                    let by_member: Map<_, _> = assignments.iter().cloned().collect();
                    let metadata = self.to_metadata(|id, _| by_member.get(id).cloned().unwrap_or_default());
                    self.store(metadata, Purpose::Assignment { generation, by_member }, cx);
                }
            }
            GroupState::Stable => {
                self.pending_sync.remove(member_id);
                self.restart_session(member_id, cx);
                let assignment = self.members.get(member_id).map(|member| member.assignment.clone()).unwrap_or_default();
                cx.answer(ticket, synced(ErrorCode::None, assignment));
            }
        }
    }

    /// The assignment of `generation` is stored; a group that has moved on takes no notice.
    pub(super) fn assigned(&mut self, generation: i32, by_member: &Map<Rc<str>, Vec<TopicPartition>>, cx: &mut Context) {
        if self.state != GroupState::CompletingRebalance || generation != self.generation {
            return;
        }
        for (id, member) in &mut self.members {
            member.assignment = by_member.get(id).cloned().unwrap_or_default();
        }
        self.state = GroupState::Stable;
        self.propagate_assignment(ErrorCode::None, cx);
        cx.fact(Fact::GroupStable {
            group: self.id.clone(),
            generation,
            protocol: self.protocol.clone().unwrap_or_else(|| "".into()),
            members: self.members.len() as i32,
        });
    }

    /// The assignment of `generation` could not be stored: all have to join again.
    pub(super) fn assignment_failed(&mut self, generation: i32, error: ErrorCode, cx: &mut Context) {
        if self.state == GroupState::CompletingRebalance && generation == self.generation {
            self.reset_assignment(error, cx);
            self.prepare_or_complete(cx);
        }
    }

    /// Forgets all assignments and answers parked SyncGroups with `error`.
    pub(super) fn reset_assignment(&mut self, error: ErrorCode, cx: &mut Context) {
        for member in self.members.values_mut() {
            member.assignment.clear();
        }
        self.propagate_assignment(error, cx);
    }

    fn propagate_assignment(&mut self, error: ErrorCode, cx: &mut Context) {
        let ids: Vec<Rc<str>> = self.members.keys().cloned().collect();
        for id in ids {
            let Some(member) = self.members.get_mut(&id) else { continue };
            let Some(ticket) = member.awaiting_sync.take() else { continue };
            cx.answer(ticket, synced(error, member.assignment.clone()));
            self.restart_session(&id, cx);
        }
    }

    /// Members that joined `generation` and never synced are removed, and the rest rebalances (expirePendingSync).
    pub(super) fn on_sync_timer(&mut self, generation: i32, cx: &mut Context) {
        let syncing = matches!(self.state, GroupState::CompletingRebalance | GroupState::Stable);
        if !syncing || generation != self.generation || self.sync_deadline.is_none_or(|at| at > cx.now) {
            return;
        }
        self.sync_deadline = None;
        if self.pending_sync.is_empty() {
            return;
        }
        for id in std::mem::take(&mut self.pending_sync) {
            self.remove(&id, true, cx);
        }
        self.prepare_or_complete(cx);
    }
}
