//! A broker's session with ZooKeeper: how it is made, kept, lost and made again, and what its watches bring (ZooKeeperClient.scala).

use super::ZOOKEEPER;
use super::controller::{Event, ZkController};
use super::protocol::{ZkRequest, ZkResponse};
use super::tree::Seen;
use crate::kafka::broker::{Broker, BrokerState, BrokerTimer};
use crate::kafka::controller::ControllerSettings;
use crate::kafka::effect::{Channel, Effects, Reply};
use crate::kafka::fact::Fact;
use crate::kafka::metadata::MetadataImage;
use crate::kafka::protocol::{Request, Response};
use crate::kafka::registration::NO_LEADER;
use crate::sim::{MILLISECOND, Micros, SECOND};
use std::rc::Rc;

/// The longest a client waits before it tries again to connect (ClientCnxn.java).
const RECONNECT_PAUSE: Micros = SECOND;
/// How long it takes to see that a session has ended, and to stop what depended on it (KafkaController, Expire).
const EXPIRED_PAUSE: Micros = 500 * MILLISECOND;
/// Pause before a write is repeated whose answer was lost.
const RETRY_PAUSE: Micros = 100 * MILLISECOND;
/// A process needs a moment to end after its session is closed.
const END_PAUSE: Micros = 50 * MILLISECOND;

/// A broker's configuration for ZooKeeper (`kafka-semantics` 5.9).
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ZkSettings {
    pub session_timeout: Micros,
    pub connection_timeout: Micros,
    pub controlled_shutdown_max_retries: i32,
    pub controlled_shutdown_retry_backoff: Micros,
    pub leader_imbalance_per_broker_percentage: i32,
    /// What the broker needs when it is the controller.
    pub controller: ControllerSettings,
}

/// Timers of a broker's ZooKeeper side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZkTimer {
    /// Connect to ZooKeeper.
    Connect(u32),
    /// Write again.
    Write,
    /// Look whether preferred replicas should lead; of the controller of this epoch.
    Balance(i32),
    /// Send to this broker again.
    Send(i32),
    /// Ask for the controlled shutdown again.
    Shutdown,
    /// The process ends.
    End,
}

/// Where a broker stands with ZooKeeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// No process, or not yet connected.
    Down,
    /// Asks for a session, or for its old one.
    Connecting,
    /// Has a session.
    Connected,
}

/// A broker's side of ZooKeeper mode; memory only.
#[derive(Clone, Debug)]
pub struct ZkClient {
    /// What it was configured with.
    pub settings: ZkSettings,
    /// The session; 0 none.
    pub session: u64,
    /// The controller as its last request told; -1 not known (MetadataCache).
    pub controller_id: i32,
    /// The highest controller epoch seen.
    pub controller_epoch: i32,
    /// What the controller here has in hand, where this broker is it.
    pub active: Option<Box<ZkController>>,
    /// How long the first start waits, so that one broker becomes the controller for certain.
    pub delay: Micros,
    /// The broker has given back its leaderships and serves no more.
    pub closing: bool,
    pub(super) shutdown_retries: i32,
    link: Link,
    number: u32,
    connect_by: Micros,
    seen: Seen,
}

impl ZkClient {
    /// A client without a session.
    pub fn new(settings: ZkSettings) -> ZkClient {
        ZkClient {
            settings,
            session: 0,
            controller_id: -1,
            controller_epoch: 0,
            active: None,
            delay: 0,
            closing: false,
            shutdown_retries: 0,
            link: Link::Down,
            number: 0,
            connect_by: 0,
            seen: Seen::default(),
        }
    }

    fn read_timeout(&self) -> Micros {
        self.settings.session_timeout * 2 / 3
    }

    /// Whether the session is known to live.
    pub fn is_connected(&self) -> bool {
        self.link == Link::Connected
    }
}

impl Broker {
    /// Starts the ZooKeeper side of a process.
    pub(in crate::kafka) fn start_zk(&mut self, now: Micros, out: &mut Effects) {
        let Some(zk) = &mut self.zk else { return };
        zk.number += 1;
        zk.connect_by = now + zk.delay + zk.settings.connection_timeout;
        let (at, number) = (now + std::mem::take(&mut zk.delay), zk.number);
        self.wake(at, BrokerTimer::Zk(ZkTimer::Connect(number)), out);
    }

    pub(super) fn call_zk(&mut self, channel: Channel, request: ZkRequest, out: &mut Effects) {
        let Some(zk) = &self.zk else { return };
        out.call(ZOOKEEPER, channel, Request::Zk(request), zk.read_timeout());
    }

    /// Does what is due.
    pub(in crate::kafka) fn on_zk_timer(&mut self, now: Micros, timer: ZkTimer, out: &mut Effects) {
        let Some(zk) = &mut self.zk else { return };
        match timer {
            ZkTimer::Connect(number) if number == zk.number => self.connect_zk(now, out),
            ZkTimer::Write => self.write_zk(out),
            ZkTimer::Balance(epoch) => self.on_balance_timer(now, epoch, out),
            ZkTimer::Send(broker) => self.send_control(now, broker, out),
            ZkTimer::Shutdown => self.ask_controlled_shutdown(now, out),
            ZkTimer::End => out.exit(),
            ZkTimer::Connect(_) => {}
        }
    }

    fn connect_zk(&mut self, now: Micros, out: &mut Effects) {
        let Some(zk) = &mut self.zk else { return };
        if self.state == BrokerState::Starting && now >= zk.connect_by {
            // KafkaServer.startup fails: ZooKeeperClientTimeoutException.
            out.exit();
            return;
        }
        zk.link = Link::Connecting;
        let request = ZkRequest::Connect { session: zk.session, timeout: zk.settings.session_timeout };
        self.call_zk(Channel::Heartbeat, request, out);
    }

    fn ping_zk(&mut self, out: &mut Effects) {
        let Some(zk) = &self.zk else { return };
        let request = ZkRequest::Ping { session: zk.session, seen: zk.seen, max_wait: zk.settings.session_timeout / 3 };
        self.call_zk(Channel::Heartbeat, request, out);
    }

    /// Tries to create `/controller`; always before the next ping and on the same connection, so that no watch fires unseen in between.
    pub(super) fn elect_controller(&mut self, out: &mut Effects) {
        let Some(zk) = &self.zk else { return };
        if zk.link == Link::Connected && zk.active.is_none() && self.epoch >= 0 && !zk.closing {
            let request = ZkRequest::Elect { session: zk.session, broker: self.id };
            self.call_zk(Channel::Heartbeat, request, out);
        }
    }

    /// Takes what ZooKeeper answered, or the news that it did not.
    pub(in crate::kafka) fn on_zk_reply(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let Request::Zk(request) = &*reply.request else { return };
        let Some(zk) = &mut self.zk else { return };
        if request.session() != zk.session {
            return;
        }
        let answer = match &reply.result {
            Ok(Response::Zk(answer)) => answer,
            _ => return self.on_zk_lost(now, request, out),
        };
        match &**answer {
            ZkResponse::Session { session } => {
                let is_new = zk.session != *session;
                zk.session = *session;
                zk.link = Link::Connected;
                if is_new || self.epoch < 0 {
                    let request = ZkRequest::Register { session: *session, broker: self.id, rack: self.rack.clone() };
                    self.call_zk(Channel::Heartbeat, request, out);
                } else {
                    self.elect_controller(out);
                    self.ping_zk(out);
                    self.write_zk(out);
                }
            }
            ZkResponse::Expired => self.on_session_expired(now, out),
            ZkResponse::Closed => self.wake(now + END_PAUSE, BrokerTimer::Zk(ZkTimer::End), out),
            ZkResponse::Registered { epoch, image } => self.on_zk_registered(*epoch, image, out),
            ZkResponse::NodeExists => {
                // The node belongs to the session of a process that was killed: the start fails (KafkaZkClient, CheckedEphemeral).
                out.fact(Fact::BrokerNodeExists { broker: self.id });
                out.exit();
            }
            ZkResponse::Elected { controller_epoch, seen, image, deletions } => {
                if zk.active.is_none() && !zk.closing {
                    zk.seen.controller = seen.controller;
                    zk.seen.brokers = seen.brokers;
                    self.become_controller(now, *controller_epoch, image.clone(), deletions, out);
                }
            }
            ZkResponse::NotElected => {}
            ZkResponse::Watched { controller, seen, image, log_dirs } => {
                let changed = zk.seen.controller != seen.controller;
                let brokers_changed = zk.seen.brokers != seen.brokers;
                let dirs_changed = zk.seen.log_dirs != seen.log_dirs;
                let configs_changed = zk.seen.configs != seen.configs;
                zk.seen = *seen;
                if configs_changed {
                    self.take_configs(image);
                }
                if changed && *controller == NO_LEADER {
                    self.resign_controller(out);
                    self.elect_controller(out);
                } else if *controller != self.id {
                    self.resign_controller(out);
                } else {
                    if brokers_changed {
                        self.put_event(now, Event::BrokerChange { image: image.clone() }, out);
                    }
                    if dirs_changed {
                        self.put_event(now, Event::LogDirsFailed { brokers: log_dirs.clone() }, out);
                    }
                }
                self.ping_zk(out);
            }
            ZkResponse::Written => {
                if let ZkRequest::Multi { writes, .. } = request {
                    self.on_zk_written(now, writes, out);
                }
            }
            ZkResponse::Noted => {}
            ZkResponse::ControllerMoved => {
                self.resign_controller(out);
                self.elect_controller(out);
            }
        }
    }

    /// An answer will not come: connect again, with the session there is.
    fn on_zk_lost(&mut self, now: Micros, request: &ZkRequest, out: &mut Effects) {
        let Some(zk) = &mut self.zk else { return };
        match request {
            ZkRequest::Connect { .. } | ZkRequest::Register { .. } | ZkRequest::Elect { .. } | ZkRequest::Ping { .. } => {
                zk.link = Link::Down;
                zk.number += 1;
                let number = zk.number;
                self.wake(now + RECONNECT_PAUSE, BrokerTimer::Zk(ZkTimer::Connect(number)), out);
            }
            ZkRequest::Multi { .. } => self.wake(now + RETRY_PAUSE, BrokerTimer::Zk(ZkTimer::Write), out),
            ZkRequest::LogDirFailed { .. } => self.note_log_dir_failure(out),
            ZkRequest::Close { .. } => out.exit(),
        }
    }

    /// ZooKeeper has ended the session: the broker is no controller any more, and registers anew (KafkaController, Expire).
    fn on_session_expired(&mut self, now: Micros, out: &mut Effects) {
        self.resign_controller(out);
        let Some(zk) = &mut self.zk else { return };
        if zk.closing {
            out.exit();
            return;
        }
        zk.session = 0;
        zk.seen = Seen::default();
        zk.link = Link::Down;
        zk.number += 1;
        let number = zk.number;
        self.wake(now + EXPIRED_PAUSE, BrokerTimer::Zk(ZkTimer::Connect(number)), out);
    }

    fn on_zk_registered(&mut self, epoch: i64, image: &Rc<MetadataImage>, out: &mut Effects) {
        self.epoch = epoch;
        self.fenced = false;
        self.disk.clean_shutdown_epoch = None;
        self.take_configs(image);
        if self.state == BrokerState::Starting {
            self.state = BrokerState::Running;
            out.fact(Fact::BrokerRunning { broker: self.id });
        }
        self.elect_controller(out);
        self.ping_zk(out);
    }

    /// `/config/changes`: what topics and brokers are configured with.
    fn take_configs(&mut self, image: &MetadataImage) {
        if self.image.configs != image.configs {
            Rc::make_mut(&mut self.image).configs.clone_from(&image.configs);
        }
    }

    /// A log directory failed: the controller hears of it by a note in ZooKeeper (LogDirEventNotification).
    pub(in crate::kafka) fn note_log_dir_failure(&mut self, out: &mut Effects) {
        let Some(zk) = &self.zk else { return };
        let request = ZkRequest::LogDirFailed { session: zk.session, broker: self.id };
        self.call_zk(Channel::Control, request, out);
    }

    /// Closes the session; its ephemeral nodes go, then the process ends.
    pub(in crate::kafka) fn close_zk(&mut self, out: &mut Effects) {
        self.resign_controller(out);
        let Some(zk) = &mut self.zk else { return };
        zk.closing = true;
        if zk.link != Link::Connected {
            out.exit();
            return;
        }
        let request = ZkRequest::Close { session: zk.session };
        self.call_zk(Channel::Control, request, out);
    }
}
