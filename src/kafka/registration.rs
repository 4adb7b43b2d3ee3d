//! A partition as the controller registers it, and the changes to it.

use super::record::DirectoryId;

/// No leader.
pub const NO_LEADER: i32 = -1;

/// Whether a leader was elected uncleanly and has not said yet that it recovered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeaderRecoveryState {
    /// As usual.
    #[default]
    Recovered,
    /// After an unclean election.
    Recovering,
}

/// A partition's registration (`kafka-semantics` 10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionRegistration {
    /// Assigned brokers; the first is the preferred leader.
    pub replicas: Vec<i32>,
    /// The log directory of each of [`replicas`](Self::replicas), in the same order; empty: none is known.
    pub directories: Vec<DirectoryId>,
    /// In-sync replicas.
    pub isr: Vec<i32>,
    /// Eligible leader replicas.
    pub elr: Vec<i32>,
    /// The last known leader, once ISR and ELR are empty.
    pub last_known_elr: Vec<i32>,
    /// Replicas being added.
    pub adding_replicas: Vec<i32>,
    /// Replicas being removed.
    pub removing_replicas: Vec<i32>,
    /// The leader or [`NO_LEADER`].
    pub leader: i32,
    /// Its epoch.
    pub leader_epoch: i32,
    /// Version of this registration.
    pub partition_epoch: i32,
    /// Recovering after an unclean election, or not.
    pub leader_recovery_state: LeaderRecoveryState,
}

/// A PartitionChangeRecord: what is not none changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionChange {
    /// New assignment.
    pub replicas: Option<Vec<i32>>,
    /// New directories.
    pub directories: Option<Vec<DirectoryId>>,
    /// New ISR.
    pub isr: Option<Vec<i32>>,
    /// New ELR.
    pub elr: Option<Vec<i32>>,
    /// New last known leader.
    pub last_known_elr: Option<Vec<i32>>,
    /// New adding replicas.
    pub adding_replicas: Option<Vec<i32>>,
    /// New removing replicas.
    pub removing_replicas: Option<Vec<i32>>,
    /// New leader; even an equal value raises the leader epoch.
    pub leader: Option<i32>,
    /// New recovery state.
    pub leader_recovery_state: Option<LeaderRecoveryState>,
}

impl PartitionRegistration {
    /// The log directory of a replica, as far as it is known.
    pub fn directory(&self, broker: i32) -> DirectoryId {
        let index = self.replicas.iter().position(|r| *r == broker);
        index.and_then(|i| self.directories.get(i)).copied().unwrap_or(DirectoryId::UNASSIGNED)
    }

    /// The registration after `change` (PartitionRegistration.java, merge).
    pub fn merge(&self, change: &PartitionChange) -> PartitionRegistration {
        let pick = |new: &Option<Vec<i32>>, old: &Vec<i32>| new.as_ref().unwrap_or(old).clone();
        PartitionRegistration {
            replicas: pick(&change.replicas, &self.replicas),
            directories: change.directories.as_ref().unwrap_or(&self.directories).clone(),
            isr: pick(&change.isr, &self.isr),
            elr: pick(&change.elr, &self.elr),
            last_known_elr: pick(&change.last_known_elr, &self.last_known_elr),
            adding_replicas: pick(&change.adding_replicas, &self.adding_replicas),
            removing_replicas: pick(&change.removing_replicas, &self.removing_replicas),
            leader: change.leader.unwrap_or(self.leader),
            leader_epoch: self.leader_epoch + i32::from(change.leader.is_some()),
            partition_epoch: self.partition_epoch + 1,
            leader_recovery_state: change.leader_recovery_state.unwrap_or(self.leader_recovery_state),
        }
    }
}
