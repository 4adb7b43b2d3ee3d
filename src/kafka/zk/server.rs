//! The ZooKeeper node: sessions, ephemeral nodes, watches, and the tree that outlives them all.

use super::protocol::{ZkRequest, ZkResponse};
use super::tree::{Seen, ZkWrite, registration};
use crate::kafka::effect::{Effects, Ticket, Timer};
use crate::kafka::fact::Fact;
use crate::kafka::metadata::MetadataImage;
use crate::kafka::protocol::{Incoming, Request, Response};
use crate::kafka::record::Topic;
use crate::sim::{MILLISECOND, Micros, NodeId};
use std::rc::Rc;

/// `tickTime`: sessions end at its multiples (ExpiryQueue.java).
const TICK: Micros = 500 * MILLISECOND;

/// ZooKeeper's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerTimer {
    /// Sessions may have run out.
    Expire,
    /// A ping has waited long enough.
    PingDue(Ticket),
}

/// A client's session; it outlives connections and a restart of ZooKeeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: u64,
    /// Whose it is.
    pub client: NodeId,
    /// How long it lives without a word.
    pub timeout: Micros,
    /// When it ends if nothing is heard.
    pub expires_at: Micros,
}

#[derive(Clone, Debug)]
struct Waiting {
    ticket: Ticket,
    session: u64,
    seen: Seen,
}

/// ZooKeeper, one server for the whole ensemble.
#[derive(Clone, Debug, Default)]
pub struct ZooKeeper {
    /// Whether its process runs.
    pub running: bool,
    /// Brokers, topics, partition states and configurations.
    pub image: Rc<MetadataImage>,
    /// The broker of `/controller`, and its session.
    pub controller: Option<(i32, u64)>,
    /// `/controller_epoch`.
    pub controller_epoch: i32,
    /// Sessions, oldest first.
    pub sessions: Vec<Session>,
    deletions: Vec<Topic>,
    log_dirs: Vec<i32>,
    seen: Seen,
    zxid: i64,
    last_session: u64,
    last_writes: Option<Rc<[ZkWrite]>>,
    waiting: Vec<Waiting>,
    armed: bool,
}

impl ZooKeeper {
    /// Starts the process: every session lives its whole length again (SessionTrackerImpl.java).
    pub fn start(&mut self, now: Micros, out: &mut Effects) {
        self.running = true;
        out.fact(Fact::Started);
        for session in &mut self.sessions {
            session.expires_at = end_of(now, session.timeout);
        }
        self.arm(out);
    }

    /// The process is gone; the tree and the sessions are on its disk.
    pub fn crash(&mut self) {
        self.running = false;
        self.waiting.clear();
        self.armed = false;
    }

    /// A clean end.
    pub fn stop(&mut self, out: &mut Effects) {
        out.exit();
    }

    /// Serves a request.
    pub fn on_request(&mut self, now: Micros, incoming: Incoming, out: &mut Effects) {
        let Request::Zk(request) = &*incoming.request else {
            out.hang_up(incoming.ticket, true);
            return;
        };
        let ticket = incoming.ticket;
        let session = match request {
            ZkRequest::Connect { session: 0, timeout } => {
                self.last_session += 1;
                let session =
                    Session { id: self.last_session, client: incoming.from, timeout: *timeout, expires_at: end_of(now, *timeout) };
                out.answer(ticket, Response::Zk(Box::new(ZkResponse::Session { session: session.id })));
                self.sessions.push(session);
                self.arm(out);
                return;
            }
            request => request.session(),
        };
        let Some(found) = self.sessions.iter_mut().find(|s| s.id == session) else {
            out.answer(ticket, Response::Zk(Box::new(ZkResponse::Expired)));
            return;
        };
        found.expires_at = end_of(now, found.timeout);
        let answer = match request {
            ZkRequest::Connect { .. } => ZkResponse::Session { session },
            ZkRequest::Close { .. } => {
                self.end(session, false, out);
                ZkResponse::Closed
            }
            ZkRequest::Register { broker, rack, .. } => self.register(session, *broker, rack.clone(), out),
            ZkRequest::Elect { broker, .. } => self.elect(session, *broker, out),
            ZkRequest::Ping { seen, max_wait, .. } => {
                if *seen == self.seen {
                    self.waiting.push(Waiting { ticket, session, seen: *seen });
                    out.wake(now + *max_wait, Timer::ZooKeeper(ServerTimer::PingDue(ticket)));
                    return;
                }
                self.watched()
            }
            ZkRequest::LogDirFailed { broker, .. } => {
                self.zxid += 1;
                self.seen.log_dirs = self.zxid;
                self.log_dirs.push(*broker);
                ZkResponse::Noted
            }
            ZkRequest::Multi { controller_epoch, writes, .. } => self.write(*controller_epoch, writes),
        };
        out.answer(ticket, Response::Zk(Box::new(answer)));
        self.notify(out);
    }

    /// Does what is due.
    pub fn on_timer(&mut self, now: Micros, timer: ServerTimer, out: &mut Effects) {
        if !self.running {
            return;
        }
        match timer {
            ServerTimer::Expire => {
                self.armed = false;
                let expired: Vec<u64> = self.sessions.iter().filter(|s| s.expires_at <= now).map(|s| s.id).collect();
                for session in expired {
                    self.end(session, true, out);
                }
                self.notify(out);
                self.arm(out);
            }
            ServerTimer::PingDue(ticket) => {
                if let Some(at) = self.waiting.iter().position(|w| w.ticket == ticket) {
                    self.waiting.remove(at);
                    out.answer(ticket, Response::Zk(Box::new(self.watched())));
                }
            }
        }
    }

    fn arm(&mut self, out: &mut Effects) {
        if !self.armed
            && let Some(at) = self.sessions.iter().map(|s| s.expires_at).min()
        {
            self.armed = true;
            out.wake(at, Timer::ZooKeeper(ServerTimer::Expire));
        }
    }

    fn watched(&self) -> ZkResponse {
        let controller = self.controller.map_or(-1, |(broker, _)| broker);
        ZkResponse::Watched { controller, seen: self.seen, image: self.image.clone(), log_dirs: self.log_dirs.clone() }
    }

    /// Watches fire: whoever waits hears of what has changed.
    fn notify(&mut self, out: &mut Effects) {
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.seen == self.seen {
                self.waiting.push(waiting);
            } else {
                out.answer(waiting.ticket, Response::Zk(Box::new(self.watched())));
            }
        }
    }

    /// A session ends: its ephemeral nodes go, and whoever waits on it hears of it.
    fn end(&mut self, session: u64, expired: bool, out: &mut Effects) {
        self.sessions.retain(|s| s.id != session);
        let gone: Vec<i32> = self.image.brokers.iter().filter(|(_, b)| b.incarnation == session).map(|(id, _)| *id).collect();
        for broker in gone {
            self.zxid += 1;
            self.seen.brokers = self.zxid;
            Rc::make_mut(&mut self.image).brokers.remove(&broker);
            out.fact(Fact::SessionEnded { broker, expired });
        }
        if self.controller.is_some_and(|(_, of)| of == session) {
            self.zxid += 1;
            self.seen.controller = self.zxid;
            self.controller = None;
        }
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.session == session {
                // It hears of it when it connects again.
                out.hang_up(waiting.ticket, true);
            } else {
                self.waiting.push(waiting);
            }
        }
    }

    fn register(&mut self, session: u64, broker: i32, rack: Option<Rc<str>>, out: &mut Effects) -> ZkResponse {
        match self.image.brokers.get(&broker) {
            Some(there) if there.incarnation != session => return ZkResponse::NodeExists,
            Some(_) => {}
            None => {
                self.zxid += 1;
                self.seen.brokers = self.zxid;
                Rc::make_mut(&mut self.image).brokers.insert(broker, registration(session, self.zxid, rack));
                out.fact(Fact::BrokerRegistered { broker, epoch: self.zxid });
            }
        }
        let epoch = self.image.brokers.get(&broker).map_or(-1, |b| b.epoch);
        ZkResponse::Registered { epoch, image: self.image.clone() }
    }

    fn elect(&mut self, session: u64, broker: i32, out: &mut Effects) -> ZkResponse {
        match self.controller {
            Some((_, of)) if of != session => return ZkResponse::NotElected,
            Some(_) => {}
            None => {
                self.zxid += 1;
                self.seen.controller = self.zxid;
                self.controller = Some((broker, session));
                self.controller_epoch += 1;
                out.fact(Fact::ControllerElected { broker, epoch: self.controller_epoch });
            }
        }
        ZkResponse::Elected {
            controller_epoch: self.controller_epoch,
            seen: self.seen,
            image: self.image.clone(),
            deletions: self.deletions.clone(),
        }
    }

    fn write(&mut self, controller_epoch: i32, writes: &Rc<[ZkWrite]>) -> ZkResponse {
        if controller_epoch != self.controller_epoch {
            return ZkResponse::ControllerMoved;
        }
        if self.last_writes.as_ref() == Some(writes) {
            // The answer was lost, and the client asks again.
            return ZkResponse::Written;
        }
        let mut image = self.image.clone();
        for write in writes.iter() {
            if !write.fits(&image) {
                return ZkResponse::ControllerMoved;
            }
            write.apply(Rc::make_mut(&mut image));
        }
        self.image = image;
        self.last_writes = Some(writes.clone());
        for write in writes.iter() {
            self.zxid += 1;
            match write {
                ZkWrite::Config { .. } => self.seen.configs = self.zxid,
                ZkWrite::ForgetLogDirs => self.log_dirs.clear(),
                ZkWrite::DeleteTopic { topic } if !self.deletions.contains(topic) => self.deletions.push(topic.clone()),
                ZkWrite::RemoveTopic { topic } => {
                    self.deletions.retain(|t| t != topic);
                    self.seen.configs = self.zxid;
                }
                _ => {}
            }
        }
        ZkResponse::Written
    }
}

fn end_of(now: Micros, timeout: Micros) -> Micros {
    ((now + timeout) / TICK + 1) * TICK
}
