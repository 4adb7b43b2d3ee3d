//! The admin client: it asks a broker, tries the next when one does not answer, and gives up after its time-out.

use super::effect::{Channel, Effects, Reply, Timer};
use super::errors::ErrorCode;
use super::protocol::{AdminRequest, Request, Response};
use crate::map::Map;
use crate::sim::{MILLISECOND, Micros, NodeId, SECOND};
use std::rc::Rc;

/// The admin client's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminTimer {
    /// Ask again.
    Retry(u64),
    /// Give up.
    Deadline(u64),
}

/// `request.timeout.ms` and `default.api.timeout.ms` of the admin client (`scenarios.md`).
const REQUEST_TIMEOUT: Micros = 15 * SECOND;
const API_TIMEOUT: Micros = 30 * SECOND;
const RETRY_BACKOFF: Micros = 100 * MILLISECOND;
/// `metadata.max.age.ms`.
const METADATA_MAX_AGE: Micros = 300 * SECOND;

#[derive(Clone, Debug)]
struct Asked {
    request: Rc<AdminRequest>,
    attempts: u32,
}

/// The admin client.
#[derive(Clone, Debug, Default)]
pub struct Admin {
    brokers: Vec<NodeId>,
    next: u64,
    turn: usize,
    asked: Map<u64, Asked>,
    calls: Map<super::effect::CallId, u64>,
    /// In ZooKeeper mode the client asks the controller itself, as the metadata it has names it.
    asks_controller: bool,
    controller: Option<NodeId>,
    refreshed_at: Micros,
    done: Map<u64, Option<&'static str>>,
}

impl Admin {
    /// Where it may ask.
    pub fn set_brokers(&mut self, brokers: Vec<NodeId>) {
        self.brokers = brokers;
    }

    /// The cluster's controller is a broker: requests go to it.
    pub fn ask_controller(&mut self) {
        self.asks_controller = true;
    }

    /// A connection was lost: the metadata is asked for again (AdminMetadataManager.java).
    pub fn on_lost(&mut self, out: &mut Effects) {
        if self.asks_controller && self.controller.is_some() {
            self.turn += 1;
            self.ask_metadata(0, out);
        }
    }

    fn ask_metadata(&mut self, id: u64, out: &mut Effects) {
        let Some(broker) = self.brokers.get(self.turn % self.brokers.len().max(1)).copied() else { return };
        let request = Request::Metadata { topics: Vec::new(), allow_auto_topic_creation: false };
        let call = out.call(broker, Channel::Control, request, REQUEST_TIMEOUT);
        self.calls.insert(call, id);
    }

    /// The outcome of a request, once: none while it is under way, an error's name if it failed.
    pub fn take_done(&mut self, id: u64) -> Option<Option<&'static str>> {
        self.done.remove(&id)
    }

    /// Asks; the outcome is had by the number returned.
    pub fn ask(&mut self, now: Micros, request: AdminRequest, out: &mut Effects) -> u64 {
        self.next += 1;
        let id = self.next;
        self.asked.insert(id, Asked { request: Rc::new(request), attempts: 0 });
        if now - self.refreshed_at > METADATA_MAX_AGE {
            self.controller = None;
        }
        out.wake(now + API_TIMEOUT, Timer::Admin(AdminTimer::Deadline(id)));
        self.send(id, out);
        id
    }

    fn send(&mut self, id: u64, out: &mut Effects) {
        let Some(asked) = self.asked.get_mut(&id) else { return };
        asked.attempts += 1;
        let request = Request::Admin((*asked.request).clone());
        // Configurations are any broker's to change.
        let asks_controller = self.asks_controller && !matches!(*asked.request, AdminRequest::AlterConfigs { .. });
        if asks_controller && self.controller.is_none() {
            self.ask_metadata(id, out);
            return;
        }
        let any = self.brokers.get(self.turn % self.brokers.len().max(1)).copied();
        let Some(broker) = self.controller.filter(|_| asks_controller).or(any) else { return };
        let call = out.call(broker, Channel::Control, request, REQUEST_TIMEOUT);
        self.calls.insert(call, id);
    }

    /// Takes an answer.
    pub fn on_reply(&mut self, now: Micros, reply: Reply, out: &mut Effects) {
        let Some(id) = self.calls.remove(&reply.call) else { return };
        if let Ok(Response::Metadata(answer)) = &reply.result
            && answer.controller > 0
        {
            self.controller = Some(NodeId(answer.controller));
            self.refreshed_at = now;
            self.send(id, out);
            return;
        }
        if !self.asked.contains_key(&id) {
            return;
        }
        match reply.result {
            Ok(Response::Admin(ErrorCode::RequestTimedOut)) => self.finish(id, Some("TIMED_OUT")),
            // Of an election each partition has an error of its own, which nobody tries again.
            Ok(Response::Admin(ErrorCode::NotController)) if !(self.asks_controller && self.is_election(id)) => {
                self.controller = None;
                self.turn += usize::from(self.asks_controller);
                self.retry(now, id, out);
            }
            Ok(Response::Admin(error)) => self.finish(id, (!error.is_none()).then(|| error.name())),
            _ => {
                self.controller = None;
                self.turn += 1;
                self.retry(now, id, out);
            }
        }
    }

    fn is_election(&self, id: u64) -> bool {
        self.asked.get(&id).is_some_and(|a| matches!(*a.request, AdminRequest::ElectLeaders { .. }))
    }

    fn retry(&mut self, now: Micros, id: u64, out: &mut Effects) {
        out.wake(now + RETRY_BACKOFF, Timer::Admin(AdminTimer::Retry(id)));
    }

    fn finish(&mut self, id: u64, error: Option<&'static str>) {
        self.asked.remove(&id);
        self.done.insert(id, error);
    }

    /// Does what is due.
    pub fn on_timer(&mut self, _now: Micros, timer: AdminTimer, out: &mut Effects) {
        match timer {
            AdminTimer::Retry(id) => self.send(id, out),
            AdminTimer::Deadline(id) => {
                if self.asked.contains_key(&id) {
                    self.finish(id, Some("TIMED_OUT"));
                }
            }
        }
    }
}
