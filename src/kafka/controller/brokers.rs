//! Which brokers are in the cluster, alive and let in (`kafka-semantics` 5.1).

use super::{Contact, Controller, ControllerTimer, Refused, Registering};
use crate::kafka::effect::Effects;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::java;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::partition_change;
use crate::kafka::protocol::{BrokerEpoch, Response};
use crate::kafka::registration::NO_LEADER;
use crate::sim::{MILLISECOND, Micros};

/// Pause before the next broker is fenced when one was.
const FENCE_AGAIN: Micros = 10 * MILLISECOND;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ControlState {
    Fenced,
    Unfenced,
    ControlledShutdown,
    ShutdownNow,
}

/// The answer to a heartbeat that changes nothing.
pub(super) fn refuse_heartbeat(error: ErrorCode) -> Response {
    Response::BrokerHeartbeat { error, is_caught_up: false, is_fenced: true, should_shut_down: false }
}

impl Controller {
    /// Whether the broker's last contact with this epoch is young enough.
    pub fn has_valid_session(&self, now: Micros, broker: i32, epoch: i64) -> bool {
        self.contacts.get(&broker).is_some_and(|c| c.epoch == epoch && now - c.last_at <= self.settings.session_timeout)
    }

    pub(super) fn fence_interval(&self) -> Micros {
        (self.settings.session_timeout / 8).max(MILLISECOND)
    }

    pub(super) fn schedule_fence_check(&mut self, now: Micros, pause: Micros, out: &mut Effects) {
        self.fence_check += 1;
        self.wake(now + pause, ControllerTimer::FenceStaleBroker(self.fence_check), out);
    }

    pub(super) fn register_broker(&mut self, now: Micros, broker: i32, says: Registering<'_>) -> Result<i64, ErrorCode> {
        let mut epoch = self.image.end_offset;
        let known = self.image.brokers.get(&broker).map(|b| (b.incarnation, b.epoch));
        match known {
            Some((incarnation, stored)) if incarnation == says.incarnation => epoch = stored,
            Some((_, stored)) if self.has_valid_session(now, broker, stored) => {
                let error = ErrorCode::DuplicateBrokerRegistration;
                self.say(Fact::RegistrationRefused { broker, error });
                return Err(error);
            }
            // One that was unregistered may stand in an ELR yet; no epoch is known that could prove its shutdown clean.
            _ => {
                let clean = known.is_some_and(|(_, stored)| stored == says.previous_epoch);
                if clean || !self.settings.elr_enabled {
                    self.change_partitions(|p, rules, active| partition_change::broker_fenced(p, broker, rules, active));
                } else {
                    self.change_partitions(|p, rules, active| partition_change::broker_shut_down_uncleanly(p, broker, rules, active));
                }
            }
        }
        let (incarnation, rack, directories) = (says.incarnation, says.rack.clone(), says.directories.clone());
        self.write(MetadataRecord::RegisterBroker { broker, incarnation, rack, epoch, directories });
        let contact = Contact { epoch, last_at: now, metadata_offset: -1, controlled_shutdown_offset: None };
        self.contacts.insert(broker, contact);
        self.say(Fact::BrokerRegistered { broker, epoch });
        Ok(epoch)
    }

    pub(super) fn unregister_broker(&mut self, broker: i32) -> Result<(), Refused> {
        if !self.image.brokers.contains_key(&broker) {
            return Err(ErrorCode::BrokerIdNotRegistered.into());
        }
        self.change_partitions(|p, rules, active| partition_change::broker_unregistered(p, broker, rules, active));
        self.write(MetadataRecord::UnregisterBroker { broker });
        self.contacts.remove(&broker);
        self.say(Fact::BrokerUnregistered { broker });
        Ok(())
    }

    pub(super) fn on_heartbeat(
        &mut self,
        now: Micros,
        broker: BrokerEpoch,
        metadata_offset: i64,
        want_fence: bool,
        want_shut_down: bool,
    ) -> Response {
        let Some(registration) = self.image.brokers.get(&broker.id) else { return refuse_heartbeat(ErrorCode::BrokerIdNotRegistered) };
        if registration.epoch != broker.epoch {
            return refuse_heartbeat(ErrorCode::StaleBrokerEpoch);
        }
        let (fenced, stopping, registered_at) = (registration.fenced, registration.in_controlled_shutdown, registration.epoch);
        let is_caught_up = metadata_offset >= registered_at;
        let state = match (fenced, stopping) {
            (true, _) => ControlState::Fenced,
            (false, false) => ControlState::Unfenced,
            (false, true) => ControlState::ControlledShutdown,
        };
        let leads = || self.image.topics.values().any(|t| t.partitions.iter().any(|p| p.leader == broker.id));
        let next = match state {
            ControlState::Fenced if want_shut_down => ControlState::ShutdownNow,
            ControlState::Fenced if !want_fence && is_caught_up => ControlState::Unfenced,
            ControlState::Unfenced if want_fence && want_shut_down => ControlState::ShutdownNow,
            ControlState::Unfenced if want_fence => ControlState::Fenced,
            ControlState::Unfenced if want_shut_down && leads() => ControlState::ControlledShutdown,
            ControlState::Unfenced if want_shut_down => ControlState::ShutdownNow,
            ControlState::ControlledShutdown if !leads() && self.all_have_read(broker.id) => ControlState::ShutdownNow,
            same => same,
        };
        let contact = self.contacts.entry(broker.id).or_insert(Contact {
            epoch: broker.epoch,
            last_at: now,
            metadata_offset,
            controlled_shutdown_offset: None,
        });
        contact.epoch = broker.epoch;
        contact.last_at = now;
        contact.metadata_offset = metadata_offset;
        if next != state {
            match next {
                ControlState::Fenced => self.fence_broker(broker.id, false),
                ControlState::Unfenced => self.unfence(broker.id),
                ControlState::ControlledShutdown => self.begin_shutdown(broker.id),
                ControlState::ShutdownNow => self.fence_broker(broker.id, false),
            }
        }
        Response::BrokerHeartbeat {
            error: ErrorCode::None,
            is_caught_up,
            is_fenced: matches!(next, ControlState::Fenced | ControlState::ShutdownNow),
            should_shut_down: next == ControlState::ShutdownNow,
        }
    }

    /// Whether every active broker has read what moved the leaderships of one that stops.
    fn all_have_read(&self, stopping: i32) -> bool {
        let Some(offset) = self.contacts.get(&stopping).and_then(|c| c.controlled_shutdown_offset) else { return true };
        self.image
            .brokers
            .iter()
            .filter(|(id, b)| **id != stopping && b.is_active())
            .all(|(id, b)| self.contacts.get(id).is_some_and(|c| c.epoch == b.epoch && c.metadata_offset >= offset))
    }

    fn fence_broker(&mut self, broker: i32, expired: bool) {
        let stopping = self.image.brokers.get(&broker).is_some_and(|b| b.in_controlled_shutdown);
        let was_fenced = self.image.brokers.get(&broker).is_none_or(|b| b.fenced);
        if was_fenced {
            return;
        }
        self.change_partitions(|p, rules, active| partition_change::broker_fenced(p, broker, rules, active));
        self.write(MetadataRecord::BrokerRegistrationChange { broker, fenced: true, in_controlled_shutdown: stopping });
        self.say(Fact::BrokerFenced { broker, expired });
    }

    fn unfence(&mut self, broker: i32) {
        self.write(MetadataRecord::BrokerRegistrationChange { broker, fenced: false, in_controlled_shutdown: false });
        self.say(Fact::BrokerUnfenced { broker });
        // By now the image has it active.
        self.change_partitions(|p, rules, active| partition_change::broker_unfenced(p, NO_LEADER, rules, active));
    }

    fn begin_shutdown(&mut self, broker: i32) {
        self.write(MetadataRecord::BrokerRegistrationChange { broker, fenced: false, in_controlled_shutdown: true });
        self.say(Fact::ShutdownStarted { broker });
        self.change_partitions(|p, rules, active| partition_change::broker_fenced(p, broker, rules, active));
        let offset = self.image.end_offset - 1;
        if let Some(contact) = self.contacts.get_mut(&broker) {
            contact.controlled_shutdown_offset = Some(offset);
        }
    }

    /// Fences one broker whose session ran out; the next run comes soon if there was one (trap 16).
    pub(super) fn fence_stale_broker(&mut self, now: Micros, out: &mut Effects) {
        let expired: Vec<(i32, i64)> = self
            .image
            .brokers
            .iter()
            .filter(|(id, b)| !b.fenced && !self.has_valid_session(now, **id, b.epoch))
            .map(|(id, b)| (*id, b.epoch))
            .collect();
        let hash = |id: i32, epoch: i64| id.wrapping_mul(31).wrapping_add((epoch ^ (epoch >> 32)) as i32);
        let contacts = self.contacts.iter().map(|(id, c)| (hash(*id, c.epoch), (*id, c.epoch)));
        let order = java::hash_map_order(contacts, java::DEFAULT_CAPACITY);
        let first = order.iter().find(|e| expired.contains(e)).or(expired.first());
        match first {
            Some((broker, _)) => {
                self.fence_broker(*broker, true);
                self.schedule_fence_check(now, FENCE_AGAIN, out);
            }
            None => self.schedule_fence_check(now, self.fence_interval(), out),
        }
    }
}
