//! What a voter holds of the quorum: its epoch, its vote, who leads, and how far the others have read (QuorumState.java, `kafka-semantics` 5.8).

use super::log::MetadataLog;
use crate::kafka::effect::CallId;
use crate::kafka::protocol::QuorumLeader;
use crate::sim::Micros;
use crate::sim::rng::Rng;

/// The quorum's configuration (`controller.quorum.*`).
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct QuorumSettings {
    pub election_timeout: Micros,
    pub fetch_timeout: Micros,
    pub election_backoff_max: Micros,
    pub request_timeout: Micros,
    pub retry_backoff: Micros,
}

/// What a voter is in the quorum's epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuorumRole {
    /// It knows no leader, and may have voted.
    Unattached,
    /// It follows the leader.
    Follower,
    /// It asks whether it would be elected, without a new epoch (KIP-996).
    Prospective,
    /// It asks for votes.
    Candidate,
    /// It leads.
    Leader,
    /// It led in this epoch, and will not again.
    Resigned,
}

impl QuorumRole {
    /// Kafka's name.
    pub const fn name(self) -> &'static str {
        match self {
            QuorumRole::Unattached => "unattached",
            QuorumRole::Follower => "follower",
            QuorumRole::Prospective => "prospective",
            QuorumRole::Candidate => "candidate",
            QuorumRole::Leader => "leader",
            QuorumRole::Resigned => "resigned",
        }
    }
}

/// What a leader knows of another voter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoterProgress {
    /// The voter.
    pub id: i32,
    /// The end of its log when it last fetched; -1 before.
    pub end_offset: i64,
    /// When it last fetched; 0 never in this epoch.
    pub last_fetch_at: Micros,
    /// It has fetched since the majority was last complete.
    counted: bool,
}

/// A voter's part in the quorum.
#[derive(Clone, Debug)]
pub struct Quorum {
    id: i32,
    /// The voters, itself among them, ascending.
    pub voters: Vec<i32>,
    /// The epoch, on the disk.
    pub epoch: i32,
    /// For whom it voted in the epoch, on the disk.
    pub voted: Option<i32>,
    /// Who leads in the epoch, as far as it has heard; on the disk.
    pub leader: Option<i32>,
    /// What it is.
    pub role: QuorumRole,
    /// What it knows to be committed: the offset behind the last record on a majority.
    pub high_watermark: i64,
    /// What it knows of the others while it leads.
    pub others: Vec<VoterProgress>,
    /// When its patience ends: with the election, with the leader, or of a leader with its followers.
    pub(super) deadline: Micros,
    /// When the timer that waits for it comes.
    pub(super) armed_for: Option<Micros>,
    pub(super) granted: Vec<i32>,
    pub(super) rejected: Vec<i32>,
    pub(super) epoch_start: i64,
    pub(super) has_fetched: bool,
    /// The fetch under way.
    pub(super) fetch_call: Option<CallId>,
    /// The process ends as soon as the others know of its resignation.
    pub(super) stopping: bool,
}

impl Quorum {
    pub(super) fn new(id: i32, voters: Vec<i32>) -> Quorum {
        Quorum {
            id,
            voters,
            epoch: 0,
            voted: None,
            leader: None,
            role: QuorumRole::Unattached,
            high_watermark: 0,
            others: Vec::new(),
            deadline: 0,
            armed_for: None,
            granted: Vec::new(),
            rejected: Vec::new(),
            epoch_start: 0,
            has_fetched: false,
            fetch_call: None,
            stopping: false,
        }
    }

    /// Whether it is the only voter.
    pub fn is_alone(&self) -> bool {
        self.voters.len() < 2
    }

    /// Whether so many voters are a majority.
    pub(super) fn is_majority(&self, voters: usize) -> bool {
        voters * 2 > self.voters.len()
    }

    /// Who leads, as it tells others.
    pub fn known_leader(&self) -> QuorumLeader {
        QuorumLeader { epoch: self.epoch, leader: self.leader }
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = i32> {
        let me = self.id;
        self.voters.clone().into_iter().filter(move |id| *id != me)
    }

    /// An election time-out: once to twice the configured one.
    pub(super) fn random_timeout(settings: &QuorumSettings, rng: &mut Rng) -> Micros {
        settings.election_timeout + rng.up_to(settings.election_timeout)
    }

    /// Whether a vote is granted (canGrantVote of each state).
    pub(super) fn can_grant(&self, candidate: i32, is_up_to_date: bool, pre_vote: bool) -> bool {
        match self.role {
            QuorumRole::Leader => false,
            QuorumRole::Follower => pre_vote && is_up_to_date && !self.has_fetched,
            QuorumRole::Candidate | QuorumRole::Resigned => pre_vote && is_up_to_date,
            QuorumRole::Unattached | QuorumRole::Prospective if pre_vote => is_up_to_date,
            QuorumRole::Unattached | QuorumRole::Prospective => match (self.voted, self.leader) {
                (Some(voted), _) => voted == candidate,
                (None, Some(_)) => false,
                (None, None) => is_up_to_date,
            },
        }
    }

    /// The leader's high watermark: what a majority holds, once that reaches into its own epoch (LeaderState.java).
    pub(super) fn majority_offset(&self, log: &MetadataLog) -> Option<i64> {
        let mut ends = vec![log.end_offset()];
        ends.extend(self.others.iter().map(|o| o.end_offset));
        crate::sort::sort(&mut ends);
        let offset = *ends.get((ends.len() - 1) / 2)?;
        (offset > self.epoch_start && offset > self.high_watermark).then_some(offset)
    }

    /// Notes a voter's fetch; true when it means that a majority follows.
    pub(super) fn note_fetch(&mut self, now: Micros, voter: i32, offset: i64) -> bool {
        let Some(other) = self.others.iter_mut().find(|o| o.id == voter) else { return false };
        other.end_offset = other.end_offset.max(offset);
        other.last_fetch_at = now;
        other.counted = true;
        let counted = 1 + self.others.iter().filter(|o| o.counted).count();
        if !self.is_majority(counted) {
            return false;
        }
        for other in &mut self.others {
            other.counted = false;
        }
        true
    }

    /// The process is gone: what is not on the disk is forgotten. What was known to be committed is, whoever forgets it.
    pub(super) fn crash(&mut self) {
        let mut cold = Quorum::new(self.id, std::mem::take(&mut self.voters));
        (cold.epoch, cold.voted, cold.leader) = (self.epoch, self.voted, self.leader);
        cold.high_watermark = self.high_watermark;
        *self = cold;
    }

    pub(super) fn lead(&mut self, epoch_start: i64) {
        self.role = QuorumRole::Leader;
        self.leader = Some(self.id);
        self.epoch_start = epoch_start;
        self.others = self.peers().map(|id| VoterProgress { id, end_offset: -1, last_fetch_at: 0, counted: false }).collect();
    }
}
