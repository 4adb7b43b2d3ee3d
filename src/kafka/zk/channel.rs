//! The controller's connection to each broker: requests in order, one at a time, each repeated until it is answered, the broker is gone
//! or the controller is another one (RequestSendThread of ControllerChannelManager.scala).

use super::client::ZkTimer;
use super::controller::Event;
use super::protocol::{Control, ControlRequest};
use crate::kafka::broker::{Broker, BrokerTimer};
use crate::kafka::effect::{self, CallId, Effects, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::protocol::{Request, Response};
use crate::sim::{MILLISECOND, Micros, NodeId};
use std::collections::VecDeque;

/// Pause before a request that was not answered is sent again.
const RETRY_PAUSE: Micros = 100 * MILLISECOND;

/// What waits to be sent to a broker.
#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    queue: VecDeque<ControlRequest>,
    in_flight: Option<CallId>,
}

impl Broker {
    pub(super) fn queue_control(&mut self, now: Micros, broker: i32, request: ControlRequest, out: &mut Effects) {
        let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.as_mut()) else { return };
        active.channels.entry(broker).or_default().queue.push_back(request);
        self.send_control(now, broker, out);
    }

    pub(super) fn send_control(&mut self, _now: Micros, broker: i32, out: &mut Effects) {
        let timeout = self.settings.controller_socket_timeout;
        let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.as_mut()) else { return };
        let Some(channel) = active.channels.get_mut(&broker).filter(|c| c.in_flight.is_none()) else { return };
        if let Some(request) = channel.queue.front() {
            // A connection of its own: what a broker asks of the controller goes the other way.
            let call = out.call(NodeId(broker), effect::Channel::Heartbeat, Request::Control(request.clone()), timeout);
            channel.in_flight = Some(call);
        }
    }

    /// A broker did what the controller told it, or cannot be reached.
    pub(in crate::kafka) fn on_control_reply(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let broker = reply.from.0;
        let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.as_mut()) else { return };
        let Some(channel) = active.channels.get_mut(&broker).filter(|c| c.in_flight == Some(reply.call)) else { return };
        channel.in_flight = None;
        let Ok(Response::Control { error, partitions }) = &reply.result else {
            self.wake(now + RETRY_PAUSE, BrokerTimer::Zk(ZkTimer::Send(broker)), out);
            return;
        };
        channel.queue.pop_front();
        if let Request::Control(request) = &*reply.request
            && error.is_none()
        {
            match &request.control {
                Control::StopReplica(stops) => {
                    let partitions: Vec<_> = stops.iter().filter(|(_, delete)| *delete).map(|(p, _)| p.clone()).collect();
                    if !partitions.is_empty() {
                        self.put_event(now, Event::Deleted { broker, partitions }, out);
                    }
                }
                Control::LeaderAndIsr(_) => {
                    let of = |wanted| partitions.iter().filter(|(_, e)| *e == wanted).map(|(p, _)| p.clone()).collect::<Vec<_>>();
                    let failed = of(ErrorCode::KafkaStorageError);
                    let known = self.zk.as_ref().and_then(|zk| zk.active.as_ref()).is_some_and(|a| !a.failed_dirs.is_empty());
                    if known || !failed.is_empty() {
                        self.put_event(now, Event::Replicas { broker, failed, well: of(ErrorCode::None) }, out);
                    }
                }
                Control::UpdateMetadata { .. } => {}
            }
        }
        self.send_control(now, broker, out);
    }
}
