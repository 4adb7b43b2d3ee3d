//! How members stay and go: heartbeats, sessions, leaving (`kafka-semantics` 7.2).

use super::classic_group::{ClassicGroup, GroupState};
use super::effects::{Context, GroupTimer};
use super::join::join_error;
use super::protocol::GroupResponse;
use crate::kafka::errors::ErrorCode;

impl ClassicGroup {
    /// Heartbeat (classicGroupHeartbeatToClassicGroup): fine while a rebalance completes, too.
    pub(super) fn heartbeat(&mut self, generation: i32, member_id: &str, instance_id: Option<&str>, cx: &mut Context) -> ErrorCode {
        if self.state == GroupState::Dead {
            return ErrorCode::CoordinatorNotAvailable;
        }
        let error = self.validate_member(member_id, instance_id);
        if !error.is_none() {
            return error;
        }
        if generation != self.generation {
            return ErrorCode::IllegalGeneration;
        }
        match self.state {
            GroupState::Empty | GroupState::Dead => ErrorCode::UnknownMemberId,
            GroupState::PreparingRebalance => {
                self.restart_session(member_id, cx);
                ErrorCode::RebalanceInProgress
            }
            GroupState::CompletingRebalance | GroupState::Stable => {
                self.restart_session(member_id, cx);
                ErrorCode::None
            }
        }
    }

    /// LeaveGroup (classicGroupLeaveToClassicGroup).
    pub(super) fn leave(&mut self, member_id: &str, cx: &mut Context) -> ErrorCode {
        if self.state == GroupState::Dead {
            return ErrorCode::CoordinatorNotAvailable;
        }
        if self.pending_members.remove(member_id).is_none() {
            let error = self.validate_member(member_id, None);
            if !error.is_none() {
                return error;
            }
            self.dismiss(member_id, false, cx);
        }
        if self.state != GroupState::Empty {
            self.prepare_or_complete(cx);
        }
        ErrorCode::None
    }

    /// A session timer has fired; one that finds its session renewed is put again.
    pub(super) fn on_session_timer(&mut self, handle: u32, cx: &mut Context) {
        let timer = GroupTimer::Session { group: self.handle, member: handle };
        if let Some((id, (_, session))) = self.pending_members.iter_mut().find(|(_, (pending, _))| *pending == handle) {
            if session.is_over(timer, cx) {
                let id = id.clone();
                self.pending_members.remove(&id);
                self.complete_join_if_all_joined(cx);
            }
            return;
        }
        let Some((id, member)) = self.members.iter_mut().find(|(_, member)| member.handle == handle) else { return };
        if !member.session.is_over(timer, cx) {
            return;
        }
        // Whoever stands parked in a rebalance is there; only a newcomer may have gone meanwhile unnoticed.
        if !member.is_new && (member.awaiting_join.is_some() || member.awaiting_sync.is_some()) {
            return;
        }
        let id = id.clone();
        self.dismiss(&id, true, cx);
        match self.state {
            GroupState::Stable | GroupState::CompletingRebalance => self.prepare_or_complete(cx),
            _ => self.complete_join_if_all_joined(cx),
        }
    }

    /// Removes a member and answers what it has parked, so that it comes again if it is there after all.
    fn dismiss(&mut self, member_id: &str, expired: bool, cx: &mut Context) {
        let Some(member) = self.remove(member_id, expired, cx) else { return };
        if let Some(ticket) = member.awaiting_join {
            cx.answer(ticket, join_error(ErrorCode::UnknownMemberId, &"".into()));
        }
        if let Some(ticket) = member.awaiting_sync {
            cx.answer(ticket, GroupResponse::SyncGroup { error: ErrorCode::UnknownMemberId, assignment: Vec::new() });
        }
    }
}
