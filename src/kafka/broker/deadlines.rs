//! Deadlines of requests that wait: many of them, most never reached, and one timer for all.

use crate::kafka::effect::Ticket;
use crate::map::Set;
use crate::sim::Micros;

/// Requests by the instant they have waited long enough.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    waiting: Set<(Micros, Ticket)>,
    /// When timers will fire.
    armed: Set<Micros>,
}

impl Deadlines {
    /// A request waits until `at`.
    pub(super) fn put(&mut self, at: Micros, ticket: Ticket) {
        self.waiting.insert((at, ticket));
    }

    /// It waits no more.
    pub(super) fn remove(&mut self, at: Micros, ticket: Ticket) {
        self.waiting.remove(&(at, ticket));
    }

    /// When to be woken, unless a timer comes by then anyway.
    pub(super) fn arm(&mut self) -> Option<Micros> {
        let (at, _) = *self.waiting.first()?;
        if self.armed.first().is_some_and(|armed| *armed <= at) {
            return None;
        }
        self.armed.insert(at);
        Some(at)
    }

    /// A timer fired: the requests whose time has come.
    pub(super) fn take_due(&mut self, now: Micros) -> Vec<Ticket> {
        self.armed.retain(|at| *at > now);
        let mut due = Vec::new();
        while let Some((at, ticket)) = self.waiting.first().copied()
            && at <= now
        {
            self.waiting.remove(&(at, ticket));
            due.push(ticket);
        }
        due
    }
}
