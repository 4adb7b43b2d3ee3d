//! What must hold of the controllers' quorum: one leader an epoch, and what was committed is on a majority for ever.

use super::{Found, Invariant};
use crate::kafka::controller::Controller;
use crate::kafka::controller::quorum::QuorumRole;
use crate::kafka::fact::Fact;
use crate::kafka::metadata::MetadataBatch;
use crate::map::Map;
use crate::world::World;
use std::rc::Rc;

/// What the checker remembers of the quorum.
#[derive(Clone, Debug, Default)]
pub(super) struct QuorumMemory {
    /// Who led in an epoch.
    leaders: Map<i32, i32>,
    /// The metadata log as far as it was ever committed.
    committed: Vec<MetadataBatch>,
}

impl QuorumMemory {
    fn committed_to(&self) -> i64 {
        self.committed.last().map_or(0, MetadataBatch::next_offset)
    }

    /// After every step.
    pub(super) fn check(&mut self, world: &World) -> Found {
        for c in world.controllers.values() {
            if c.quorum.role == QuorumRole::Leader {
                let leader = *self.leaders.entry(c.quorum.epoch).or_insert(c.id);
                if leader != c.id {
                    let found = format!("{leader} and {} lead in epoch {}", c.id, c.quorum.epoch);
                    return Err((Invariant::OneQuorumLeaderPerEpoch, found));
                }
            }
            let (from, to) = (self.committed_to(), c.quorum.high_watermark);
            if to > from {
                self.committed.extend_from_slice(c.log().batches(from, to));
                if self.committed_to() != to {
                    return Err((Invariant::MetadataCommitted, format!("{} has not what it says is committed, up to {to}", c.id)));
                }
                self.check_majority(world, from)?;
            }
        }
        Ok(())
    }

    /// After a fact that may have lost something.
    pub(super) fn check_fact(&self, world: &World, controller: Option<&Controller>, fact: &Fact) -> Found {
        match (fact, controller) {
            (Fact::MetadataTruncated { .. }, _) => self.check_majority(world, 0),
            (Fact::ControllerActivated { epoch }, Some(c)) if !self.holds(c, 0) => {
                Err((Invariant::MetadataCommitted, format!("{} decides in epoch {epoch} and lacks what was committed", c.id)))
            }
            _ => Ok(()),
        }
    }

    fn check_majority(&self, world: &World, from: i64) -> Found {
        let holders = world.controllers.values().filter(|c| self.holds(c, from)).count();
        if holders * 2 > world.controllers.len() {
            return Ok(());
        }
        Err((Invariant::MetadataCommitted, format!("{holders} hold the metadata log from {from} to {}", self.committed_to())))
    }

    fn holds(&self, c: &Controller, from: i64) -> bool {
        let first = self.committed.partition_point(|b| b.base_offset < from);
        let mut held = c.log().batches(from, self.committed_to()).iter();
        let same = |a: &MetadataBatch, b: &MetadataBatch| a.epoch == b.epoch && Rc::ptr_eq(&a.records, &b.records);
        self.committed[first..].iter().all(|b| held.next().is_some_and(|h| same(h, b) || h == b))
    }
}
