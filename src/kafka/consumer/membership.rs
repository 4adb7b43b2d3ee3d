//! A member of a group with the classic protocol, eager: coordinator, join, sync, heartbeats, commits
//! (AbstractCoordinator.java, ConsumerCoordinator.java; `kafka-semantics` 7.2, 7.3, 7.6).

use super::{Consumer, FetchState, Position, Subscription};
use crate::kafka::assignor::{self, Assignor};
use crate::kafka::client_metadata::backoff;
use crate::kafka::effect::{CallId, Channel, Effects, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::group::protocol::{self as wire, GroupRequest, GroupResponse, JoinedMember};
use crate::kafka::protocol::{Request, Response};
use crate::kafka::record::{Topic, TopicPartition};
use crate::map::{Map, Set};
use crate::sim::{MILLISECOND, Micros, NodeId, SECOND};
use std::collections::VecDeque;
use std::rc::Rc;

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// Not in the group.
    Unjoined,
    /// Its JoinGroup waits for an answer.
    PreparingRebalance,
    /// It has joined and waits for its assignment.
    CompletingRebalance,
    /// It has its assignment.
    Stable,
}

/// Why offsets are committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitPurpose {
    /// `auto.commit.interval.ms` is over.
    Auto,
    /// The application asked for it.
    Application,
    /// A rebalance takes the partitions away.
    Revoking,
    /// The consumer closes.
    Closing,
}

#[derive(Clone, Debug)]
struct Commit {
    purpose: CommitPurpose,
    offsets: Vec<(TopicPartition, i64, i32)>,
    call: Option<CallId>,
    retry_at: Micros,
    attempts: u32,
    give_up_at: Micros,
}

/// A consumer's part in its group.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The group.
    pub group: Rc<str>,
    /// Where the member stands.
    pub state: MemberState,
    /// Its id, empty before it has one.
    pub member_id: Rc<str>,
    /// The generation it is in, or -1.
    pub generation: i32,
    /// Whether it computes the assignment.
    pub is_leader: bool,
    /// The assignor the group chose.
    pub protocol: Option<Rc<str>>,
    /// The coordinator, when known.
    pub coordinator: Option<NodeId>,
    /// When to commit by itself next.
    pub(super) commit_at: Micros,
    /// False for a consumer that only commits and reads offsets.
    subscribed: bool,
    find: Option<CallId>,
    find_at: Micros,
    find_attempts: u32,
    rejoin: bool,
    prepared: bool,
    committed_before_join: bool,
    join: Option<CallId>,
    join_at: Micros,
    to_assign: Option<Vec<JoinedMember>>,
    /// The group keeps the assignment it has (a static member came back).
    skip_assignment: bool,
    /// The last assignment and its generation, which sticky assignors build on.
    last_assignment: (Vec<TopicPartition>, i32),
    heartbeat: Option<CallId>,
    heartbeat_at: Micros,
    session_ends: Micros,
    commits: VecDeque<Commit>,
    fetch_offsets: Option<CallId>,
    fetch_offsets_at: Micros,
    fetch_attempts: u32,
    leave: Option<CallId>,
    left: bool,
    /// The leader's: partitions of each topic when it assigned.
    assigned_over: Map<Topic, i32>,
}

impl Membership {
    pub(super) fn new(group: Rc<str>, subscribed: bool) -> Self {
        Membership {
            group,
            state: MemberState::Unjoined,
            member_id: Rc::from(""),
            generation: -1,
            is_leader: false,
            protocol: None,
            coordinator: None,
            commit_at: 0,
            subscribed,
            find: None,
            find_at: 0,
            find_attempts: 0,
            rejoin: subscribed,
            prepared: false,
            committed_before_join: false,
            join: None,
            join_at: 0,
            to_assign: None,
            skip_assignment: false,
            last_assignment: (Vec::new(), -1),
            heartbeat: None,
            heartbeat_at: 0,
            session_ends: 0,
            commits: VecDeque::new(),
            fetch_offsets: None,
            fetch_offsets_at: 0,
            fetch_attempts: 0,
            leave: None,
            left: false,
            assigned_over: Map::new(),
        }
    }

    /// Whether a commit of that kind is under way.
    pub fn has_commit(&self, purpose: CommitPurpose) -> bool {
        self.commits.iter().any(|commit| commit.purpose == purpose)
    }

    /// The coordinator is not known any more: every call to it is void.
    fn forget_coordinator(&mut self) {
        self.coordinator = None;
    }

    pub(super) fn on_lost(&mut self, peer: NodeId) {
        if self.coordinator == Some(peer) {
            self.forget_coordinator();
        }
    }

    /// The generation is lost; with `forget_member` the member id too. Joins again.
    fn lose_generation(&mut self, forget_member: bool) {
        self.generation = -1;
        self.state = MemberState::Unjoined;
        self.is_leader = false;
        self.to_assign = None;
        self.rejoin = self.subscribed;
        self.prepared = false;
        self.committed_before_join = false;
        if forget_member {
            self.member_id = Rc::from("");
        }
    }
}

impl Consumer {
    fn control(&self, out: &mut Effects, request: GroupRequest, timeout: Micros) -> Option<CallId> {
        let coordinator = self.membership.as_ref()?.coordinator?;
        Some(out.call(coordinator, Channel::Control, Request::Group(request), timeout))
    }

    /// Whether its commits can be accepted: it has a valid generation, or assigned its partitions itself.
    pub(super) fn may_commit(&self) -> bool {
        self.membership.as_ref().is_some_and(|m| !m.subscribed || (m.state == MemberState::Stable && m.generation >= 0))
    }

    /// True when closing has nothing left to do in the group.
    pub(super) fn has_left(&self) -> bool {
        self.membership.as_ref().is_none_or(|m| m.left)
    }

    // ---- the loop

    /// Does what the group needs; returns when to look again.
    pub(super) fn poll_group(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        self.membership.as_ref()?;
        self.check_poll_interval(now, out);
        let coordinator_at = self.poll_coordinator(now, out);
        let heartbeat_at = self.poll_heartbeat(now, out);
        let auto_at = self.poll_auto_commit(now, out);
        let join_at = self.poll_join(now, out);
        let commit_at = self.poll_commits(now, out);
        self.poll_assignment(out);
        let offsets_at = self.poll_committed(now, out);
        if self.closing {
            self.poll_leave(out);
        }
        [coordinator_at, heartbeat_at, auto_at, join_at, commit_at, offsets_at].into_iter().flatten().min()
    }

    /// A process that stood still longer than `max.poll.interval.ms` leaves by itself.
    fn check_poll_interval(&mut self, now: Micros, out: &mut Effects) {
        let late = self.last_poll.is_some_and(|last| now - last > self.config.max_poll_interval);
        self.last_poll = Some(now);
        let Some(m) = &self.membership else { return };
        if late && m.state != MemberState::Unjoined && !self.closing {
            if self.config.group_instance_id.is_none() {
                let leave = GroupRequest::LeaveGroup { group: m.group.clone(), member_id: m.member_id.clone() };
                self.control(out, leave, self.config.client.request_timeout);
            }
            if let Some(m) = &mut self.membership {
                m.lose_generation(true);
            }
        }
    }

    fn poll_coordinator(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        let m = self.membership.as_mut()?;
        if m.coordinator.is_some() || m.find.is_some() || m.left {
            return None;
        }
        if m.find_at > now {
            return Some(m.find_at);
        }
        let request = Request::Group(GroupRequest::FindCoordinator { group: m.group.clone() });
        let Some(to) = self.metadata.least_loaded(now, out.rng) else {
            m.find_at = now + self.config.client.retry_backoff;
            self.metadata.request_update();
            return Some(m.find_at);
        };
        m.find = Some(self.metadata.call(out, to, request, self.config.client.request_timeout));
        None
    }

    fn poll_heartbeat(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        let m = self.membership.as_mut()?;
        if !matches!(m.state, MemberState::CompletingRebalance | MemberState::Stable) || m.coordinator.is_none() {
            return None;
        }
        if now >= m.session_ends {
            // No answer for a whole session: look for the coordinator again.
            m.session_ends = now + self.config.session_timeout;
            m.forget_coordinator();
            return Some(now);
        }
        if m.heartbeat.is_some() {
            return Some(m.session_ends);
        }
        if m.heartbeat_at > now {
            return Some(m.heartbeat_at);
        }
        let heartbeat = GroupRequest::Heartbeat {
            group: m.group.clone(),
            generation: m.generation,
            member_id: m.member_id.clone(),
            instance_id: self.config.group_instance_id.clone(),
        };
        m.heartbeat_at = now + self.config.heartbeat_interval;
        let session_ends = m.session_ends;
        let call = self.control(out, heartbeat, self.config.client.request_timeout);
        self.membership.as_mut()?.heartbeat = call;
        Some(session_ends)
    }

    fn poll_auto_commit(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        if !self.config.auto_commit || self.closing || self.revoking || !self.may_commit() {
            return None;
        }
        let m = self.membership.as_mut()?;
        if m.commit_at > now {
            return Some(m.commit_at);
        }
        m.commit_at = now + self.config.auto_commit_interval;
        let next = m.commit_at;
        if m.coordinator.is_some() && !m.has_commit(CommitPurpose::Auto) {
            self.start_commit(now, CommitPurpose::Auto, out);
        }
        Some(next)
    }

    // ---- joining

    fn poll_join(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        if self.closing {
            return None;
        }
        let m = self.membership.as_mut()?;
        if !m.rejoin || m.join.is_some() || m.to_assign.is_some() {
            return None;
        }
        if m.join_at > now {
            return Some(m.join_at);
        }
        m.coordinator?;
        if !m.prepared {
            if m.has_commit(CommitPurpose::Revoking) {
                return None;
            }
            let valid = m.generation >= 0 && m.state == MemberState::Stable;
            let cooperative = self.config.is_cooperative();
            if valid && self.config.auto_commit && !m.committed_before_join {
                m.committed_before_join = true;
                self.revoking = !cooperative;
                self.start_commit(now, CommitPurpose::Revoking, out);
                if self.membership.as_ref()?.has_commit(CommitPurpose::Revoking) {
                    return None;
                }
            }
            let lost = self.membership.as_ref()?.generation < 0;
            if lost || !cooperative {
                self.revoke_all(!cooperative, out);
            }
            let m = self.membership.as_mut()?;
            m.prepared = true;
            m.committed_before_join = false;
        }
        self.send_join(out);
        None
    }

    fn revoke_all(&mut self, pause: bool, out: &mut Effects) {
        self.revoking = pause;
        let partitions: Vec<TopicPartition> = std::mem::take(&mut self.positions).into_keys().collect();
        if let Some(m) = &self.membership
            && !partitions.is_empty()
        {
            out.fact(Fact::PartitionsRevoked { group: m.group.clone(), partitions });
        }
    }

    fn send_join(&mut self, out: &mut Effects) {
        let Subscription::Topics(topics) = &self.subscription else { return };
        let Some(m) = &self.membership else { return };
        let subscription = |assignor: &Assignor| {
            let (owned, generation) = match assignor {
                Assignor::Sticky => m.last_assignment.clone(),
                _ => (self.positions.keys().cloned().collect(), m.generation),
            };
            wire::Subscription { topics: topics.clone(), owned, generation, rack: self.config.rack.clone() }
        };
        let join = GroupRequest::JoinGroup {
            group: m.group.clone(),
            member_id: m.member_id.clone(),
            instance_id: self.config.group_instance_id.clone(),
            client_id: self.client_id.clone(),
            session_timeout_ms: milliseconds(self.config.session_timeout),
            rebalance_timeout_ms: milliseconds(self.config.max_poll_interval),
            protocols: self.config.assignors.iter().map(|a| (Rc::from(a.name()), subscription(a))).collect(),
        };
        let timeout = self.config.client.request_timeout.max(self.config.max_poll_interval + JOIN_LAPSE);
        let call = self.control(out, join, timeout);
        if let Some(m) = &mut self.membership {
            m.join = call;
            m.state = MemberState::PreparingRebalance;
        }
    }

    fn on_joined(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let Some(m) = self.membership.as_mut().filter(|m| m.join == Some(reply.call)) else { return };
        m.join = None;
        let Some(GroupResponse::JoinGroup { error, generation, protocol, leader, member_id, skip_assignment, members }) = reply.group()
        else {
            m.state = MemberState::Unjoined;
            m.forget_coordinator();
            m.join_at = now + self.config.client.retry_backoff;
            return;
        };
        if *error != ErrorCode::None {
            m.state = MemberState::Unjoined;
            if *error == ErrorCode::MemberIdRequired {
                m.member_id = member_id.clone();
                return;
            }
            return self.on_join_error(now, *error, out);
        }
        m.state = MemberState::CompletingRebalance;
        m.generation = *generation;
        m.member_id = member_id.clone();
        m.protocol = protocol.clone();
        m.is_leader = leader == member_id;
        m.heartbeat = None;
        m.heartbeat_at = now + self.config.heartbeat_interval;
        m.session_ends = now + self.config.session_timeout;
        if m.is_leader {
            let topics: Set<Topic> = members.iter().flat_map(|member| member.subscription.topics.iter().cloned()).collect();
            self.metadata.want_only(topics);
            m.skip_assignment = *skip_assignment;
            m.to_assign = Some(members.clone());
            return;
        }
        if let Subscription::Topics(topics) = &self.subscription {
            self.metadata.want_only(topics.iter().cloned().collect());
        }
        self.send_sync(Vec::new(), out);
    }

    /// The leader assigns as soon as it knows every topic, or that it is not there.
    fn poll_assignment(&mut self, out: &mut Effects) {
        let Some(members) = self.membership.as_ref().and_then(|m| m.to_assign.as_ref()) else { return };
        let topics: Set<&Topic> = members.iter().flat_map(|member| member.subscription.topics.iter()).collect();
        if topics.iter().any(|topic| self.metadata.topic(topic).is_none() && self.metadata.topic_error(topic).is_none()) {
            return;
        }
        let known = topics.iter().filter_map(|topic| Some(((*topic).clone(), self.metadata.replica_racks(topic)?)));
        let known: assignor::Topics = known.collect();
        let over = known.iter().map(|(topic, partitions)| (topic.clone(), partitions.len() as i32)).collect();
        let protocol = self.membership.as_ref().and_then(|m| m.protocol.clone());
        let Some(assignor) = protocol.as_deref().and_then(Assignor::from_name) else {
            // A coordinator chooses only what every member offers.
            return self.fail("IllegalArgumentException", out);
        };
        let skip = self.membership.as_ref().is_some_and(|m| m.skip_assignment);
        let assignment = if skip { assignor::Assignment::new() } else { assignor.assign(&known, members) };
        if let Some(m) = &mut self.membership {
            m.to_assign = None;
            m.assigned_over = over;
        }
        self.send_sync(assignment.into_iter().collect(), out);
    }

    fn send_sync(&mut self, assignments: Vec<(Rc<str>, Vec<TopicPartition>)>, out: &mut Effects) {
        let Some(m) = &self.membership else { return };
        let sync =
            GroupRequest::SyncGroup { group: m.group.clone(), generation: m.generation, member_id: m.member_id.clone(), assignments };
        let timeout = self.config.client.request_timeout.max(self.config.max_poll_interval + JOIN_LAPSE);
        let call = self.control(out, sync, timeout);
        if let Some(m) = &mut self.membership {
            if call.is_none() {
                m.state = MemberState::Unjoined;
            }
            m.join = call;
        }
    }

    fn on_synced(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let Some(m) = self.membership.as_mut().filter(|m| m.join == Some(reply.call)) else { return };
        m.join = None;
        match reply.group() {
            Some(GroupResponse::SyncGroup { error: ErrorCode::None, assignment }) => {
                if m.state != MemberState::CompletingRebalance {
                    return;
                }
                m.state = MemberState::Stable;
                m.rejoin = false;
                m.prepared = false;
                m.commit_at = now + self.config.auto_commit_interval;
                m.fetch_offsets = None;
                self.revoking = false;
                m.last_assignment = (assignment.clone(), m.generation);
                let (group, generation) = (m.group.clone(), m.generation);
                // Only a cooperative member still has partitions here: what it lost it gives up now, and joins again so that others get it.
                let revoked: Vec<TopicPartition> = self.positions.keys().filter(|p| !assignment.contains(p)).cloned().collect();
                if !revoked.is_empty() {
                    m.rejoin = true;
                    self.positions.retain(|p, _| !revoked.contains(p));
                    out.fact(Fact::PartitionsRevoked { group: group.clone(), partitions: revoked });
                }
                for partition in assignment {
                    self.positions.entry(partition.clone()).or_insert_with(|| Position::new(FetchState::Initializing));
                }
                out.fact(Fact::PartitionsAssigned { group, generation, partitions: assignment.clone() });
                // Topics may have grown while the assignment was under way.
                self.on_metadata(out);
            }
            Some(GroupResponse::SyncGroup { error, .. }) => {
                let error = *error;
                m.state = MemberState::Unjoined;
                self.on_join_error(now, error, out);
            }
            _ => {
                m.state = MemberState::Unjoined;
                m.forget_coordinator();
                m.join_at = now + self.config.client.retry_backoff;
            }
        }
    }

    /// JoinGroup or SyncGroup was refused.
    fn on_join_error(&mut self, now: Micros, error: ErrorCode, out: &mut Effects) {
        use ErrorCode as E;
        let pause = now + self.config.client.retry_backoff;
        let Some(m) = &mut self.membership else { return };
        match error {
            E::UnknownMemberId => m.lose_generation(true),
            E::IllegalGeneration => m.lose_generation(false),
            E::RebalanceInProgress => m.rejoin = true,
            E::NotCoordinator | E::CoordinatorNotAvailable => {
                m.forget_coordinator();
                m.join_at = pause;
            }
            E::CoordinatorLoadInProgress => m.join_at = pause,
            E::FencedInstanceId => {
                // Another process has taken this member's place: there is no way back.
                m.lose_generation(true);
                m.rejoin = false;
                self.fail(error.name(), out);
            }
            _ => {
                m.join_at = now + self.config.client.retry_backoff_max;
                self.fail(error.name(), out);
            }
        }
    }

    /// The leader looks after the topics: new ones and new partitions need an assignment.
    pub(super) fn on_metadata(&mut self, _out: &mut Effects) {
        let Some(m) = &mut self.membership else { return };
        if m.is_leader && m.state == MemberState::Stable {
            let now_over: Map<Topic, i32> =
                self.metadata.topics().map(|(topic, view)| (topic.clone(), view.partitions.len() as i32)).collect();
            if now_over != m.assigned_over {
                m.rejoin = true;
            }
        }
    }

    // ---- committed offsets

    pub(super) fn start_commit(&mut self, now: Micros, purpose: CommitPurpose, out: &mut Effects) {
        let offsets: Vec<_> = self
            .positions
            .iter()
            .filter(|(_, position)| position.state == FetchState::Fetching)
            .map(|(partition, position)| (partition.clone(), position.offset, position.offset_epoch))
            .collect();
        if offsets.is_empty() {
            return;
        }
        if !self.may_commit() {
            let rebalancing = self.membership.as_ref().is_some_and(|m| !m.member_id.is_empty() && m.rejoin);
            let error = if rebalancing { "REBALANCE_IN_PROGRESS" } else { "CommitFailedException" };
            if purpose == CommitPurpose::Application {
                self.fail_commit(error, out);
            }
            return;
        }
        let give_up_at = now
            + match purpose {
                CommitPurpose::Revoking => self.config.max_poll_interval,
                CommitPurpose::Closing => super::CLOSE_TIMEOUT,
                CommitPurpose::Application | CommitPurpose::Auto => self.config.api_timeout,
            };
        if let Some(m) = &mut self.membership {
            m.commits.push_back(Commit { purpose, offsets, call: None, retry_at: now, attempts: 0, give_up_at });
        }
        self.poll_commits(now, out);
    }

    fn poll_commits(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        while let Some(head) = self.membership.as_ref()?.commits.front()
            && head.call.is_none()
            && head.give_up_at <= now
        {
            let purpose = head.purpose;
            self.membership.as_mut()?.commits.pop_front();
            if purpose == CommitPurpose::Application {
                self.fail_commit("TIMED_OUT", out);
            }
        }
        let m = self.membership.as_ref()?;
        let head = m.commits.front()?;
        if head.call.is_some() {
            return None;
        }
        if head.retry_at > now {
            return Some(head.retry_at);
        }
        let manual = !m.subscribed;
        let commit = GroupRequest::OffsetCommit {
            group: m.group.clone(),
            generation: if manual { -1 } else { m.generation },
            member_id: if manual { Rc::from("") } else { m.member_id.clone() },
            offsets: head.offsets.clone(),
        };
        let give_up_at = head.give_up_at;
        let call = self.control(out, commit, self.config.client.request_timeout);
        self.membership.as_mut()?.commits.front_mut()?.call = call;
        Some(give_up_at)
    }

    fn on_committed(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        use ErrorCode as E;
        let Some(m) = &mut self.membership else { return };
        let Some(head) = m.commits.front_mut().filter(|head| head.call == Some(reply.call)) else { return };
        head.call = None;
        let error = match (reply.group(), &reply.result) {
            (Some(GroupResponse::OffsetCommit(results)), _) => {
                results.iter().map(|(_, error)| *error).find(|error| !error.is_none()).unwrap_or(E::None)
            }
            (_, Ok(Response::Error(error))) => *error,
            _ => E::CoordinatorNotAvailable,
        };
        let purpose = head.purpose;
        let raised = match error {
            E::None => None,
            E::CoordinatorLoadInProgress
            | E::UnknownTopicOrPartition
            | E::CoordinatorNotAvailable
            | E::NotCoordinator
            | E::RequestTimedOut => {
                head.attempts += 1;
                let (base, max) = (self.config.client.retry_backoff, self.config.client.retry_backoff_max);
                head.retry_at = now + backoff(base, max, head.attempts - 1, out.rng);
                if purpose == CommitPurpose::Auto {
                    // The next automatic commit takes its place, with newer positions.
                    m.commit_at = head.retry_at;
                    m.commits.pop_front();
                }
                if !matches!(error, E::CoordinatorLoadInProgress | E::UnknownTopicOrPartition) {
                    m.forget_coordinator();
                }
                return;
            }
            E::RebalanceInProgress => {
                m.rejoin = m.subscribed;
                Some("REBALANCE_IN_PROGRESS")
            }
            E::UnknownMemberId | E::IllegalGeneration => {
                if m.subscribed {
                    m.lose_generation(error == E::UnknownMemberId);
                }
                Some("CommitFailedException")
            }
            E::FencedInstanceId => {
                m.lose_generation(true);
                m.rejoin = false;
                Some(error.name())
            }
            _ => Some(error.name()),
        };
        m.commits.pop_front();
        match raised {
            Some(name) if purpose == CommitPurpose::Application => self.fail_commit(name, out),
            Some(name) if error == E::FencedInstanceId => self.fail(name, out),
            _ => {}
        }
    }

    fn poll_committed(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        let m = self.membership.as_ref()?;
        if m.fetch_offsets.is_some() || m.coordinator.is_none() || self.closing || self.revoking {
            return None;
        }
        if m.subscribed && m.state != MemberState::Stable {
            return None;
        }
        let partitions: Vec<TopicPartition> =
            self.positions.iter().filter(|(_, p)| p.state == FetchState::Initializing).map(|(p, _)| p.clone()).collect();
        if partitions.is_empty() {
            return None;
        }
        if m.fetch_offsets_at > now {
            return Some(m.fetch_offsets_at);
        }
        let call = self.control(out, GroupRequest::OffsetFetch { group: m.group.clone(), partitions }, self.config.client.request_timeout);
        self.membership.as_mut()?.fetch_offsets = call;
        None
    }

    fn on_committed_offsets(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        use ErrorCode as E;
        let Some(m) = self.membership.as_mut().filter(|m| m.fetch_offsets == Some(reply.call)) else { return };
        m.fetch_offsets = None;
        let error = match (reply.group(), &reply.result) {
            (Some(GroupResponse::OffsetFetch { error, .. }), _) => *error,
            (_, Ok(Response::Error(error))) => *error,
            _ => E::CoordinatorNotAvailable,
        };
        if error != E::None {
            let (base, max) = (self.config.client.retry_backoff, self.config.client.retry_backoff_max);
            m.fetch_offsets_at = now + backoff(base, max, m.fetch_attempts, out.rng);
            m.fetch_attempts += 1;
            match error {
                E::NotCoordinator | E::CoordinatorNotAvailable => m.forget_coordinator(),
                error if error.is_retriable() => {}
                error => self.fail(error.name(), out),
            }
            return;
        }
        m.fetch_attempts = 0;
        let Some(GroupResponse::OffsetFetch { offsets, .. }) = reply.group() else { return };
        for (partition, committed) in offsets {
            let Some(position) = self.positions.get_mut(partition).filter(|p| p.state == FetchState::Initializing) else { continue };
            match committed {
                Some(committed) => {
                    position.seek(committed.offset, committed.leader_epoch);
                    if committed.leader_epoch >= 0 {
                        self.metadata.see_epoch(partition, committed.leader_epoch);
                    }
                }
                None => position.reset(),
            }
        }
    }

    // ---- leaving

    fn poll_leave(&mut self, out: &mut Effects) {
        let is_static = self.config.group_instance_id.is_some();
        let Some(m) = &mut self.membership else { return };
        if m.left || m.leave.is_some() || !m.commits.is_empty() {
            return;
        }
        let joined = m.subscribed && !m.member_id.is_empty() && m.state != MemberState::Unjoined;
        if !joined || is_static || m.coordinator.is_none() {
            m.left = true;
            return;
        }
        let leave = GroupRequest::LeaveGroup { group: m.group.clone(), member_id: m.member_id.clone() };
        let call = self.control(out, leave, self.config.client.request_timeout);
        if let Some(m) = &mut self.membership {
            m.leave = call;
            m.state = MemberState::Unjoined;
        }
    }

    // ---- replies

    pub(super) fn on_group_reply(&mut self, now: Micros, request: &GroupRequest, reply: &Reply, out: &mut Effects) {
        match request {
            GroupRequest::FindCoordinator { .. } => {
                self.metadata.note(now, reply);
                self.on_coordinator(now, reply, out);
            }
            GroupRequest::JoinGroup { .. } => self.on_joined(now, reply, out),
            GroupRequest::SyncGroup { .. } => self.on_synced(now, reply, out),
            GroupRequest::Heartbeat { generation, .. } => self.on_heartbeat(now, *generation, reply, out),
            GroupRequest::OffsetCommit { .. } => self.on_committed(now, reply, out),
            GroupRequest::OffsetFetch { .. } => self.on_committed_offsets(now, reply, out),
            GroupRequest::LeaveGroup { .. } => {
                if let Some(m) = self.membership.as_mut().filter(|m| m.leave == Some(reply.call)) {
                    m.left = true;
                }
            }
        }
    }

    fn on_coordinator(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let Some(m) = self.membership.as_mut().filter(|m| m.find == Some(reply.call)) else { return };
        m.find = None;
        match reply.group() {
            Some(GroupResponse::FindCoordinator { error: ErrorCode::None, broker }) => {
                m.coordinator = Some(NodeId(*broker));
                m.find_attempts = 0;
                // The session counts from the coordinator's first sign of life.
                m.session_ends = m.session_ends.max(now + self.config.session_timeout);
                m.heartbeat_at = m.heartbeat_at.min(now + self.config.heartbeat_interval);
            }
            failed => {
                let (base, max) = (self.config.client.retry_backoff, self.config.client.retry_backoff_max);
                m.find_at = now + backoff(base, max, m.find_attempts, out.rng);
                m.find_attempts += 1;
                if let Some(GroupResponse::FindCoordinator { error, .. }) = failed
                    && !error.is_retriable()
                {
                    let name = error.name();
                    self.fail(name, out);
                }
            }
        }
    }

    fn on_heartbeat(&mut self, now: Micros, generation: i32, reply: &Reply, out: &mut Effects) {
        use ErrorCode as E;
        let Some(m) = self.membership.as_mut().filter(|m| m.heartbeat == Some(reply.call)) else { return };
        m.heartbeat = None;
        let error = match (reply.group(), &reply.result) {
            (Some(GroupResponse::Heartbeat { error }), _) => *error,
            (_, Ok(Response::Error(error))) => *error,
            _ => E::CoordinatorNotAvailable,
        };
        match error {
            E::None => m.session_ends = now + self.config.session_timeout,
            E::CoordinatorNotAvailable | E::NotCoordinator => {
                m.forget_coordinator();
                m.heartbeat_at = now + self.config.client.retry_backoff;
            }
            E::RebalanceInProgress => {
                m.session_ends = now + self.config.session_timeout;
                m.rejoin |= m.state == MemberState::Stable;
            }
            // An answer about a generation that is over says nothing of this one.
            _ if generation != m.generation => {}
            E::IllegalGeneration => m.lose_generation(false),
            E::UnknownMemberId => m.lose_generation(true),
            E::FencedInstanceId => {
                m.lose_generation(true);
                m.rejoin = false;
                self.fail(error.name(), out);
            }
            _ => m.heartbeat_at = now + self.config.client.retry_backoff,
        }
    }
}

/// What the client adds to the rebalance time-out for the coordinator's answer.
const JOIN_LAPSE: Micros = 5 * SECOND;

fn milliseconds(span: Micros) -> i32 {
    i32::try_from(span / MILLISECOND).unwrap_or(i32::MAX)
}
