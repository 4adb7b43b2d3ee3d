//! How voters elect a leader and follow its log (KafkaRaftClient.java, `kafka-semantics` 5.8).

use super::quorum::{Quorum, QuorumRole};
use super::{Controller, ControllerTimer, Parked};
use crate::kafka::effect::{Channel, Effects, Reply, Ticket};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::protocol::{FetchMetadata, FetchedMetadata, QuorumLeader, Request, Response};
use crate::sim::{MILLISECOND, Micros, NodeId, SECOND};
use std::rc::Rc;

/// How long a leader may hold a fetch (`KafkaRaftClient.MAX_FETCH_WAIT_MS`).
const FETCH_MAX_WAIT: Micros = 500 * MILLISECOND;
/// How long a stopping leader waits for others to hear of it (KafkaRaftManager.scala, shutdown).
const SHUTDOWN_LIMIT: Micros = 5 * SECOND;

impl Controller {
    // ---- a process begins and ends

    /// Takes up what the disk says of the quorum (QuorumState.initialize).
    pub(super) fn join_quorum(&mut self, now: Micros, out: &mut Effects) {
        if self.quorum.is_alone() {
            self.quorum.epoch += 1;
            self.become_leader(now, out);
            return;
        }
        match self.quorum.leader {
            Some(leader) if leader == self.id => self.become_resigned(now, out),
            Some(leader) => self.follow(now, QuorumLeader { epoch: self.quorum.epoch, leader: Some(leader) }, out),
            None => {
                self.quorum.role = QuorumRole::Unattached;
                self.wait_for_election(now, out);
            }
        }
    }

    /// A leader tells the others before it goes; anyone else just goes.
    pub fn stop(&mut self, now: Micros, out: &mut Effects) {
        if !self.running {
            return;
        }
        if self.quorum.role == QuorumRole::Leader && !self.quorum.is_alone() {
            self.quorum.stopping = true;
            self.step_down(out);
            self.become_resigned(now, out);
            self.wake(now + SHUTDOWN_LIMIT, ControllerTimer::Exit, out);
        } else {
            out.exit();
        }
    }

    // ---- timers

    fn be_patient(&mut self, now: Micros, patience: Micros, out: &mut Effects) {
        self.quorum.deadline = now + patience;
        self.arm_quorum_timer(out);
    }

    fn wait_for_election(&mut self, now: Micros, out: &mut Effects) {
        let timeout = Quorum::random_timeout(&self.settings.quorum, out.rng);
        self.be_patient(now, timeout, out);
    }

    /// One timer at a time waits for the deadline, which moves on with every sign of life; another is set only when it comes nearer.
    fn arm_quorum_timer(&mut self, out: &mut Effects) {
        let deadline = self.quorum.deadline;
        if self.quorum.armed_for.is_none_or(|at| deadline < at) {
            self.quorum.armed_for = Some(deadline);
            self.wake(deadline, ControllerTimer::Quorum(deadline), out);
        }
    }

    pub(super) fn on_quorum_timer(&mut self, now: Micros, set_for: Micros, out: &mut Effects) {
        if self.quorum.armed_for != Some(set_for) {
            return;
        }
        self.quorum.armed_for = None;
        if now < self.quorum.deadline {
            self.arm_quorum_timer(out);
            return;
        }
        match self.quorum.role {
            QuorumRole::Unattached | QuorumRole::Follower | QuorumRole::Candidate => self.become_prospective(now, out),
            QuorumRole::Prospective => self.lose_pre_vote(now, out),
            QuorumRole::Leader => {
                // No majority has fetched for one and a half fetch time-outs: whoever it is, this one no longer leads it.
                self.step_down(out);
                self.become_resigned(now, out);
            }
            QuorumRole::Resigned => {
                self.meet_epoch(now, QuorumLeader { epoch: self.quorum.epoch + 1, leader: None }, out);
            }
        }
    }

    /// A leader tells those again who do not fetch from it.
    pub(super) fn on_begin_timer(&mut self, now: Micros, epoch: i32, out: &mut Effects) {
        if self.quorum.role != QuorumRole::Leader || self.quorum.epoch != epoch {
            return;
        }
        let period = self.settings.quorum.fetch_timeout / 2;
        let silent: Vec<i32> = self.quorum.others.iter().filter(|o| now - o.last_fetch_at > period).map(|o| o.id).collect();
        for id in silent {
            self.ask(id, Request::BeginQuorumEpoch { epoch, leader: self.id }, out);
        }
        self.wake(now + period, ControllerTimer::BeginQuorumEpoch(epoch), out);
    }

    fn ask(&self, voter: i32, request: Request, out: &mut Effects) {
        out.call(NodeId(voter), Channel::Control, request, self.settings.quorum.request_timeout);
    }

    // ---- states

    fn become_prospective(&mut self, now: Micros, out: &mut Effects) {
        self.quorum.role = QuorumRole::Prospective;
        self.ask_for_votes(now, true, out);
    }

    fn become_candidate(&mut self, now: Micros, out: &mut Effects) {
        self.quorum.epoch += 1;
        self.quorum.leader = None;
        self.quorum.voted = Some(self.id);
        self.quorum.role = QuorumRole::Candidate;
        out.fact(Fact::QuorumElectionStarted { epoch: self.quorum.epoch });
        self.ask_for_votes(now, false, out);
    }

    fn ask_for_votes(&mut self, now: Micros, pre_vote: bool, out: &mut Effects) {
        self.quorum.granted = vec![self.id];
        self.quorum.rejected.clear();
        self.wait_for_election(now, out);
        let (epoch, last_epoch, end_offset) = (self.quorum.epoch, self.log.last_epoch(), self.log.end_offset());
        for id in self.quorum.peers() {
            self.ask(id, Request::Vote { epoch, candidate: self.id, last_epoch, end_offset, pre_vote }, out);
        }
    }

    /// Too few would vote for it: it goes back to its leader, if it knows one, or waits.
    fn lose_pre_vote(&mut self, now: Micros, out: &mut Effects) {
        if self.quorum.leader.is_some_and(|l| l != self.id) {
            self.follow(now, self.quorum.known_leader(), out);
        } else {
            self.quorum.role = QuorumRole::Unattached;
            if self.quorum.deadline > now {
                self.arm_quorum_timer(out);
            } else {
                self.wait_for_election(now, out);
            }
        }
    }

    fn become_leader(&mut self, now: Micros, out: &mut Effects) {
        let epoch = self.quorum.epoch;
        self.quorum.lead(self.log.end_offset());
        if self.quorum.is_alone() {
            self.quorum.voted = Some(self.id);
        } else {
            self.committed = Some(self.image.clone());
        }
        // What others wrote and was not committed yet is this leader's now.
        let image = Rc::make_mut(&mut self.image);
        for batch in self.log.batches(image.end_offset, self.log.end_offset()) {
            for record in &*batch.records {
                image.apply(record);
            }
        }
        if self.quorum.is_alone() {
            // Nothing of its log is to be found out; it decides at once.
            self.quorum.high_watermark = self.log.end_offset();
            self.activate(now, out);
        } else {
            self.write(MetadataRecord::LeaderChange { leader: self.id });
            self.commit(now, out);
            self.be_patient(now, self.settings.quorum.fetch_timeout * 3 / 2, out);
            for id in self.quorum.peers() {
                self.ask(id, Request::BeginQuorumEpoch { epoch, leader: self.id }, out);
            }
            self.wake(now + self.settings.quorum.fetch_timeout / 2, ControllerTimer::BeginQuorumEpoch(epoch), out);
        }
    }

    fn become_resigned(&mut self, now: Micros, out: &mut Effects) {
        let epoch = self.quorum.epoch;
        let mut others = std::mem::take(&mut self.quorum.others);
        crate::sort::by_key(&mut others, |o| std::cmp::Reverse(o.end_offset));
        self.quorum.role = QuorumRole::Resigned;
        self.quorum.granted.clear();
        self.wait_for_election(now, out);
        for id in self.quorum.peers() {
            let successors = others.iter().map(|o| o.id).collect();
            self.ask(id, Request::EndQuorumEpoch { epoch, leader: self.id, successors }, out);
        }
    }

    fn follow(&mut self, now: Micros, quorum: QuorumLeader, out: &mut Effects) {
        self.quorum.role = QuorumRole::Follower;
        self.quorum.leader = quorum.leader;
        self.quorum.has_fetched = false;
        self.be_patient(now, self.settings.quorum.fetch_timeout, out);
        self.quorum.fetch_call = None;
        self.fetch(out);
    }

    /// A newer epoch, or the leader of this one, is heard of (maybeTransition).
    fn meet_epoch(&mut self, now: Micros, heard: QuorumLeader, out: &mut Effects) {
        let newer = heard.epoch > self.quorum.epoch;
        let news = heard.epoch == self.quorum.epoch && self.quorum.leader.is_none() && heard.leader.is_some_and(|l| l != self.id);
        if !newer && !news {
            return;
        }
        if newer {
            self.step_down(out);
            self.quorum.voted = None;
            self.quorum.leader = None;
            self.quorum.epoch = heard.epoch;
            if self.quorum.stopping {
                out.exit();
                return;
            }
        }
        if heard.leader.is_some_and(|l| l != self.id) {
            self.follow(now, heard, out);
            return;
        }
        let waits = matches!(self.quorum.role, QuorumRole::Unattached | QuorumRole::Prospective | QuorumRole::Candidate);
        self.quorum.role = QuorumRole::Unattached;
        if !waits || self.quorum.deadline <= now {
            self.wait_for_election(now, out);
        }
    }

    // ---- requests

    /// Serves what voters and observers ask of a voter; false for anything else.
    pub(super) fn on_quorum_request(&mut self, now: Micros, ticket: Ticket, request: &Request, out: &mut Effects) -> bool {
        match request {
            Request::FetchMetadata(fetch) => self.on_fetch(now, ticket, fetch, out),
            Request::Vote { epoch, candidate, last_epoch, end_offset, pre_vote } => {
                let error = self.fence(*epoch);
                let mut granted = false;
                if error.is_none() {
                    self.meet_epoch(now, QuorumLeader { epoch: *epoch, leader: None }, out);
                    let is_up_to_date = (*last_epoch, *end_offset) >= (self.log.last_epoch(), self.log.end_offset());
                    granted = self.quorum.can_grant(*candidate, is_up_to_date, *pre_vote);
                    if granted && !pre_vote && self.quorum.voted.is_none() {
                        self.quorum.voted = Some(*candidate);
                        self.wait_for_election(now, out);
                    }
                }
                out.answer(ticket, Response::Vote { error, quorum: self.quorum.known_leader(), granted });
            }
            Request::BeginQuorumEpoch { epoch, leader } => {
                let error = self.fence(*epoch);
                if error.is_none() {
                    self.meet_epoch(now, QuorumLeader { epoch: *epoch, leader: Some(*leader) }, out);
                }
                out.answer(ticket, Response::BeginQuorumEpoch { error, quorum: self.quorum.known_leader() });
            }
            Request::EndQuorumEpoch { epoch, leader, successors } => {
                let error = self.fence(*epoch);
                if error.is_none() {
                    self.meet_epoch(now, QuorumLeader { epoch: *epoch, leader: Some(*leader) }, out);
                    if self.quorum.role == QuorumRole::Follower && self.quorum.leader == Some(*leader) {
                        let place = successors.iter().position(|id| *id == self.id);
                        let patience = self.succession_backoff(place, successors.len());
                        self.be_patient(now, patience, out);
                    }
                }
                out.answer(ticket, Response::EndQuorumEpoch { error, quorum: self.quorum.known_leader() });
            }
            _ => return false,
        }
        true
    }

    /// How long a successor waits: the first not at all, the rest ever longer (strictExponentialElectionBackoffMs).
    fn succession_backoff(&self, place: Option<usize>, successors: usize) -> Micros {
        let max = self.settings.quorum.election_backoff_max;
        match place {
            Some(0) => 0,
            None if successors == 0 => 0,
            None => max,
            Some(place) => ((max >> (successors - 1)) << (place - 1)).min(max),
        }
    }

    /// A request of an epoch that is over is refused.
    fn fence(&self, epoch: i32) -> ErrorCode {
        if epoch < self.quorum.epoch {
            ErrorCode::FencedLeaderEpoch
        } else if self.quorum.stopping {
            ErrorCode::BrokerNotAvailable
        } else {
            ErrorCode::None
        }
    }

    fn on_fetch(&mut self, now: Micros, ticket: Ticket, fetch: &FetchMetadata, out: &mut Effects) {
        let error = match fetch.epoch {
            epoch if epoch >= 0 && epoch < self.quorum.epoch => ErrorCode::FencedLeaderEpoch,
            epoch if epoch > self.quorum.epoch => ErrorCode::UnknownLeaderEpoch,
            _ if self.quorum.role != QuorumRole::Leader => ErrorCode::NotLeaderOrFollower,
            _ => ErrorCode::None,
        };
        if !error.is_none() {
            self.refuse_fetch(ticket, error, out);
            return;
        }
        let mut diverging = None;
        if self.quorum.voters.contains(&fetch.replica) {
            let (epoch, end) = self.log.end_of_epoch(fetch.last_fetched_epoch);
            if epoch != fetch.last_fetched_epoch || end < fetch.offset {
                diverging = Some((epoch, end));
            } else {
                if self.quorum.note_fetch(now, fetch.replica, fetch.offset) {
                    self.be_patient(now, self.settings.quorum.fetch_timeout * 3 / 2, out);
                }
                self.advance_high_watermark(now, out);
            }
        }
        let parked = Parked { fetch: *fetch, ticket };
        if diverging.is_some() || self.has_news(fetch) {
            self.answer_fetch(&parked, diverging, out);
        } else {
            self.parked.push(parked);
            self.wake(now + fetch.max_wait, ControllerTimer::FetchDue(ticket), out);
        }
    }

    /// Whether a fetch has something to bring: a voter the log's end, and anyone a high watermark it does not know (KIP-1166).
    fn has_news(&self, fetch: &FetchMetadata) -> bool {
        if self.quorum.voters.contains(&fetch.replica) {
            self.log.end_offset() > fetch.offset || self.quorum.high_watermark > fetch.high_watermark
        } else {
            self.quorum.high_watermark > fetch.offset
        }
    }

    pub(super) fn answer_parked(&mut self, out: &mut Effects) {
        let mut waiting = std::mem::take(&mut self.parked);
        waiting.retain(|parked| {
            let news = self.has_news(&parked.fetch);
            if news {
                self.answer_fetch(parked, None, out);
            }
            !news
        });
        self.parked = waiting;
    }

    pub(super) fn on_fetch_due(&mut self, ticket: Ticket, out: &mut Effects) {
        if let Some(at) = self.parked.iter().position(|p| p.ticket == ticket) {
            let parked = self.parked.remove(at);
            self.answer_fetch(&parked, None, out);
        }
    }

    /// Voters read to the end of the log. A broker, which may apply only what is committed, is given no more (it would keep the rest back).
    fn answer_fetch(&self, parked: &Parked, diverging: Option<(i32, i64)>, out: &mut Effects) {
        let fetch = &parked.fetch;
        let is_voter = self.quorum.voters.contains(&fetch.replica);
        let to = if is_voter { self.log.end_offset() } else { self.quorum.high_watermark };
        let batches = if diverging.is_some() { Vec::new() } else { self.log.batches(fetch.offset, to).to_vec() };
        let fetched = FetchedMetadata {
            error: ErrorCode::None,
            quorum: self.quorum.known_leader(),
            high_watermark: self.quorum.high_watermark,
            diverging,
            batches,
        };
        out.answer(parked.ticket, Response::FetchMetadata(Box::new(fetched)));
    }

    pub(super) fn refuse_fetch(&self, ticket: Ticket, error: ErrorCode, out: &mut Effects) {
        let fetched =
            FetchedMetadata { error, quorum: self.quorum.known_leader(), high_watermark: -1, diverging: None, batches: Vec::new() };
        out.answer(ticket, Response::FetchMetadata(Box::new(fetched)));
    }

    // ---- answers

    pub(super) fn fetch(&mut self, out: &mut Effects) {
        let Some(leader) = self.quorum.leader.filter(|_| self.quorum.role == QuorumRole::Follower) else { return };
        let request = FetchMetadata {
            replica: self.id,
            epoch: self.quorum.epoch,
            offset: self.log.end_offset(),
            last_fetched_epoch: self.log.last_epoch(),
            high_watermark: self.quorum.high_watermark,
            max_wait: FETCH_MAX_WAIT,
        };
        let timeout = self.settings.quorum.request_timeout;
        self.quorum.fetch_call = Some(out.call(NodeId(leader), Channel::Metadata, Request::FetchMetadata(request), timeout));
    }

    /// Takes an answer of another voter.
    pub fn on_reply(&mut self, now: Micros, reply: Reply, out: &mut Effects) {
        match (&*reply.request, &reply.result) {
            (Request::FetchMetadata(asked), result) if self.quorum.fetch_call == Some(reply.call) => {
                self.quorum.fetch_call = None;
                match result {
                    Ok(Response::FetchMetadata(fetched)) => self.on_fetched(now, asked, fetched, out),
                    _ => self.fetch_later(now, out),
                }
            }
            (Request::Vote { epoch, pre_vote, .. }, Ok(Response::Vote { error, quorum, granted })) => {
                self.meet_epoch(now, *quorum, out);
                let role = if *pre_vote { QuorumRole::Prospective } else { QuorumRole::Candidate };
                if error.is_none() && *epoch == self.quorum.epoch && self.quorum.role == role {
                    self.count_vote(now, reply.from.0, *granted, out);
                }
            }
            (Request::Vote { epoch, pre_vote, .. }, Err(_)) => {
                // As long as the election goes on, whoever did not answer is asked again.
                let role = if *pre_vote { QuorumRole::Prospective } else { QuorumRole::Candidate };
                if *epoch == self.quorum.epoch && self.quorum.role == role && now < self.quorum.deadline {
                    out.call(reply.from, Channel::Control, (*reply.request).clone(), self.settings.quorum.request_timeout);
                }
            }
            (Request::BeginQuorumEpoch { .. }, Ok(Response::BeginQuorumEpoch { quorum, .. })) => self.meet_epoch(now, *quorum, out),
            (Request::EndQuorumEpoch { epoch, .. }, result) => {
                if let Ok(Response::EndQuorumEpoch { quorum, .. }) = result {
                    self.meet_epoch(now, *quorum, out);
                }
                if *epoch == self.quorum.epoch && self.quorum.stopping && self.quorum.role == QuorumRole::Resigned {
                    self.quorum.granted.push(reply.from.0);
                    if self.quorum.granted.len() + 1 >= self.quorum.voters.len() {
                        out.exit();
                    }
                }
            }
            _ => {}
        }
        self.commit(now, out);
    }

    fn count_vote(&mut self, now: Micros, voter: i32, granted: bool, out: &mut Effects) {
        let votes = if granted { &mut self.quorum.granted } else { &mut self.quorum.rejected };
        if !votes.contains(&voter) {
            votes.push(voter);
        }
        let (is_candidate, quorum) = (self.quorum.role == QuorumRole::Candidate, &self.quorum);
        if quorum.is_majority(quorum.granted.len()) {
            if is_candidate {
                self.become_leader(now, out);
            } else {
                self.become_candidate(now, out);
            }
        } else if quorum.is_majority(quorum.rejected.len()) && !is_candidate {
            // A candidate waits for the end of its election, so that two do not keep each other from winning.
            self.lose_pre_vote(now, out);
        }
    }

    fn fetch_later(&mut self, now: Micros, out: &mut Effects) {
        self.wake(now + self.settings.quorum.retry_backoff, ControllerTimer::Fetch(self.quorum.epoch), out);
    }

    pub(super) fn on_fetch_timer(&mut self, epoch: i32, out: &mut Effects) {
        if epoch == self.quorum.epoch && self.quorum.fetch_call.is_none() {
            self.fetch(out);
        }
    }

    fn on_fetched(&mut self, now: Micros, asked: &FetchMetadata, fetched: &FetchedMetadata, out: &mut Effects) {
        let before = (self.quorum.epoch, self.quorum.role);
        self.meet_epoch(now, fetched.quorum, out);
        if before != (self.quorum.epoch, self.quorum.role) || asked.epoch != self.quorum.epoch {
            return;
        }
        if !fetched.error.is_none() || self.quorum.role != QuorumRole::Follower || asked.offset != self.log.end_offset() {
            self.fetch_later(now, out);
            return;
        }
        if let Some((epoch, end)) = fetched.diverging {
            let (_, own_end) = self.log.end_of_epoch(epoch);
            let (from, to) = (self.log.end_offset(), end.min(own_end).max(self.image.end_offset));
            self.log.truncate_to(to);
            out.fact(Fact::MetadataTruncated { from, to: self.log.end_offset() });
        }
        for batch in &fetched.batches {
            self.log.append(batch.epoch, batch.records.clone());
        }
        self.quorum.has_fetched = true;
        self.be_patient(now, self.settings.quorum.fetch_timeout, out);
        let known = fetched.high_watermark.min(self.log.end_offset());
        if known > self.quorum.high_watermark {
            self.quorum.high_watermark = known;
            self.apply_committed();
        }
        self.fetch(out);
    }
}
