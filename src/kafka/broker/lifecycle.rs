//! A broker's life with the controller: registration, heartbeats, fencing and controlled shutdown (`kafka-semantics` 5.1).

use super::{Broker, BrokerState, BrokerTimer};
use crate::kafka::effect::{Channel, Effects, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::protocol::{Broken, Request, Response};
use crate::sim::{MILLISECOND, Micros, SECOND};

/// An interval that nobody lives to see: Kafka's default of the flusher.
const FOREVER: Micros = i64::MAX / 8;
/// Pause between heartbeats while the broker catches up, and while it waits for leave to stop.
const STARTING_PAUSE: Micros = 10 * MILLISECOND;
const STOPPING_PAUSE: Micros = 50 * MILLISECOND;
/// Pause before a broker asks again who decides (NodeToControllerChannelManager).
pub(super) const LOOK_FOR_CONTROLLER: Micros = 100 * MILLISECOND;
/// How long a broker waits for the controller's leave to stop (Server.scala, shutdown).
const SHUTDOWN_LIMIT: Micros = 300 * SECOND;

impl Broker {
    /// Starts the process on what the disk holds.
    pub fn start(&mut self, now: Micros, out: &mut Effects) {
        self.state = BrokerState::Starting;
        self.incarnation += 1;
        self.lifecycle += 1;
        out.fact(Fact::Started);
        self.mount();
        if self.zk.is_some() {
            self.publishing = true;
            self.load_logs();
            self.start_zk(now, out);
        } else {
            self.register(now, out);
            self.fetch_metadata(out);
            self.wake(now + self.settings.initial_registration_timeout, BrokerTimer::RegistrationDeadline, out);
        }
        self.wake(now + self.settings.high_watermark_checkpoint_interval, BrokerTimer::HighWatermarkCheckpoint, out);
        self.wake(now + self.settings.replica_lag_time_max / 2, BrokerTimer::IsrCheck, out);
        if self.settings.flush_scheduler_interval < FOREVER {
            self.wake(now + self.settings.initial_task_delay, BrokerTimer::Flush, out);
        }
    }

    /// No controller has registered the broker in time: its process ends (BrokerLifecycleManager, RegistrationTimeoutEvent).
    pub(super) fn on_registration_deadline(&mut self, out: &mut Effects) {
        if self.epoch < 0 {
            out.fact(Fact::RegistrationTimedOut { broker: self.id });
            out.exit();
        }
    }

    /// Begins a controlled shutdown; without a controller that knows it, the process just ends.
    pub fn stop(&mut self, now: Micros, out: &mut Effects) {
        match self.state {
            BrokerState::NotRunning => {}
            BrokerState::ControlledShutdown if self.zk.is_some() => {}
            BrokerState::Running if self.settings.controlled_shutdown_enable && self.zk.is_some() => self.begin_zk_shutdown(now, out),
            BrokerState::Running if self.settings.controlled_shutdown_enable => {
                self.state = BrokerState::ControlledShutdown;
                self.next_heartbeat(now, 0, out);
                self.wake(now + SHUTDOWN_LIMIT, BrokerTimer::ShutdownDeadline, out);
            }
            _ => self.shut_down(out),
        }
    }

    /// The controller has not approved the shutdown in time: the broker stops without.
    pub(super) fn on_shutdown_deadline(&mut self, out: &mut Effects) {
        if self.state == BrokerState::ControlledShutdown {
            self.shut_down(out);
        }
    }

    pub(in crate::kafka) fn shut_down(&mut self, out: &mut Effects) {
        self.checkpoint_high_watermarks();
        for replica in self.replicas.values_mut() {
            replica.log.flush();
        }
        // The proof of a clean shutdown is the epoch in every directory (5.6).
        let whole = self.disk.directories.iter().all(|d| d.online);
        self.disk.clean_shutdown_epoch = whole.then_some(self.epoch);
        if self.zk.is_some() {
            self.close_zk(out);
        } else {
            out.exit();
        }
    }

    fn register(&mut self, now: Micros, out: &mut Effects) {
        let Some(controller) = self.controller() else {
            self.next_heartbeat(now, LOOK_FOR_CONTROLLER, out);
            return;
        };
        let request = Request::BrokerRegistration {
            broker: self.id,
            incarnation: self.incarnation,
            rack: self.rack.clone(),
            previous_epoch: self.disk.clean_shutdown_epoch.unwrap_or(-1),
            directories: self.registered_directories(),
        };
        out.call(controller, Channel::Heartbeat, request, self.settings.heartbeat_timeout);
    }

    pub(super) fn on_registered(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        match &reply.result {
            Ok(Response::BrokerRegistration { error: ErrorCode::None, epoch }) => {
                self.epoch = *epoch;
                self.disk.clean_shutdown_epoch = None;
                self.next_heartbeat(now, 0, out);
            }
            Ok(Response::BrokerRegistration { error: ErrorCode::NotController, .. }) | Err(Broken::Unreachable | Broken::Disconnected) => {
                self.next_heartbeat(now, LOOK_FOR_CONTROLLER, out);
            }
            _ => self.next_heartbeat(now, self.settings.heartbeat_interval, out),
        }
    }

    pub(super) fn next_heartbeat(&mut self, now: Micros, pause: Micros, out: &mut Effects) {
        self.lifecycle += 1;
        self.wake(now + pause, BrokerTimer::Lifecycle(self.lifecycle), out);
    }

    pub(super) fn on_lifecycle_timer(&mut self, now: Micros, out: &mut Effects) {
        if self.epoch < 0 {
            self.register(now, out);
            return;
        }
        let Some(controller) = self.controller() else {
            self.next_heartbeat(now, LOOK_FOR_CONTROLLER, out);
            return;
        };
        let request = Request::BrokerHeartbeat {
            broker: self.identity(),
            metadata_offset: self.image.end_offset - 1,
            // New directories are told while the logs are loaded, so the controller knows them before it looks for leaders.
            want_fence: !self.publishing || (self.state == BrokerState::Starting && self.is_assigning()),
            want_shut_down: self.state == BrokerState::ControlledShutdown,
            offline_directories: self.offline_directories(),
        };
        out.call(controller, Channel::Heartbeat, request, self.settings.heartbeat_timeout);
    }

    pub(super) fn on_heartbeat_answer(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        match &reply.result {
            Ok(Response::BrokerHeartbeat { error: ErrorCode::None, is_caught_up, is_fenced, should_shut_down }) => {
                self.fenced = *is_fenced;
                if let Request::BrokerHeartbeat { offline_directories, .. } = &*reply.request {
                    self.directories_told(offline_directories);
                }
                if *should_shut_down {
                    self.shut_down(out);
                    return;
                }
                let mut pause = self.settings.heartbeat_interval;
                if self.state == BrokerState::ControlledShutdown {
                    pause = STOPPING_PAUSE;
                } else if self.state == BrokerState::Starting {
                    if !self.caught_up && *is_caught_up {
                        // The logs are loaded while the broker is still fenced; it asks to be let in with its next heartbeat.
                        self.caught_up = true;
                        self.publish_all(now, out);
                        pause = 0;
                    } else if !self.caught_up {
                        pause = STARTING_PAUSE;
                    } else if !*is_fenced {
                        self.state = BrokerState::Running;
                        out.fact(Fact::BrokerRunning { broker: self.id });
                    } else {
                        pause = STARTING_PAUSE;
                    }
                }
                self.next_heartbeat(now, pause, out);
            }
            Ok(Response::BrokerHeartbeat { error: ErrorCode::NotController, .. }) | Err(Broken::Unreachable | Broken::Disconnected) => {
                self.next_heartbeat(now, LOOK_FOR_CONTROLLER, out);
            }
            _ => self.next_heartbeat(now, self.settings.heartbeat_interval, out),
        }
    }
}
