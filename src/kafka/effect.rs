//! What a node may do: a handler gets [`Effects`] and answers with nothing else.

use super::fact::Fact;
use super::group::protocol::GroupResponse;
use super::protocol::{Broken, Request, Response};
use super::record::RecordId;
pub use crate::sim::network::Ticket;
use crate::sim::rng::Rng;
use crate::sim::{Micros, NodeId};
use std::rc::Rc;

/// Which of a node's connections to a peer a request uses; each is one TCP connection with answers in order (`kafka-semantics` 0.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// A client's only connection to a broker, and a replica fetcher's to a leader.
    Data,
    /// A consumer's second connection, to its group coordinator; a broker's for AlterPartition and forwarded requests.
    Control,
    /// A broker's heartbeats to the controller.
    Heartbeat,
    /// A broker's fetches of the metadata log.
    Metadata,
}

/// Names a call on the client's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// How a call ended: the answer, or how the connection broke, with the request it belongs to.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The call.
    pub call: CallId,
    /// The peer it went to.
    pub from: NodeId,
    /// What was asked.
    pub request: Rc<Request>,
    /// What came of it.
    pub result: Result<Response, Broken>,
}

impl Reply {
    /// The answer of a group's coordinator, if this is one.
    pub fn group(&self) -> Option<&GroupResponse> {
        match &self.result {
            Ok(Response::Group(answer)) => Some(answer),
            _ => None,
        }
    }
}

/// A timer of some node; a stale one is ignored by its node, so nothing is ever cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A broker's.
    Broker(super::broker::BrokerTimer),
    /// A controller's.
    Controller(super::controller::ControllerTimer),
    /// A producer's.
    Producer(super::producer::ProducerTimer),
    /// A consumer's.
    Consumer(super::consumer::ConsumerTimer),
    /// ZooKeeper's.
    ZooKeeper(super::zk::server::ServerTimer),
    /// The admin client's.
    Admin(super::admin::AdminTimer),
}

/// One effect of a handler.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send `request` to `to`; the answer or the failure comes back as a [`Reply`]. A connection is made if there is none.
    Call { call: CallId, to: NodeId, channel: Channel, request: Rc<Request>, timeout: Micros },
    /// Send `request` and expect no answer (acks=0): the reply comes as soon as it is written to the socket.
    Tell { call: CallId, to: NodeId, channel: Channel, request: Rc<Request> },
    /// Answer the request `ticket`.
    Answer { ticket: Ticket, response: Response },
    /// Close the connection `ticket` came on (how a broker refuses acks=0), or take a Tell's request as handled.
    Hangup { ticket: Ticket, close: bool },
    /// Drop the connection to a peer, if any; calls on it break.
    Disconnect { to: NodeId, channel: Channel },
    /// Wake this node at an instant.
    Wake { at: Micros, timer: Timer },
    /// Something happened.
    Fact(Fact),
    /// A send ended.
    Outcome { record: RecordId, outcome: Outcome },
    /// The process ends by itself (a controlled shutdown is over, a client has closed).
    Exit,
}

/// How a producer's send ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged: `orders-0@7`; without offset with acks=0: `orders-0@?`.
    Acknowledged { partition: super::record::TopicPartition, offset: Option<i64> },
    /// Failed with Kafka's error name, `TIMED_OUT`, or an exception's class (`scenarios.md`, Outcomes).
    Failed { error: &'static str },
}

/// Collects the effects of one handler; also hands it chance.
pub struct Effects<'a> {
    /// The node's own stream of chance.
    pub rng: &'a mut Rng,
    next_call: &'a mut u64,
    list: Vec<Effect>,
}

impl<'a> Effects<'a> {
    /// An empty collection over the node's chance and the world's counter of calls; `list` is an empty buffer to reuse.
    pub fn new(rng: &'a mut Rng, next_call: &'a mut u64, list: Vec<Effect>) -> Self {
        Effects { rng, next_call, list }
    }

    fn call_id(&mut self) -> CallId {
        *self.next_call += 1;
        CallId(*self.next_call)
    }

    /// Asks `to` on `channel`; the call breaks after `timeout`.
    pub fn call(&mut self, to: NodeId, channel: Channel, request: Request, timeout: Micros) -> CallId {
        let call = self.call_id();
        self.list.push(Effect::Call { call, to, channel, request: Rc::new(request), timeout });
        call
    }

    /// Sends what gets no answer; the reply `Response::Written` comes when it is on its way.
    pub fn tell(&mut self, to: NodeId, channel: Channel, request: Request) -> CallId {
        let call = self.call_id();
        self.list.push(Effect::Tell { call, to, channel, request: Rc::new(request) });
        call
    }

    /// Answers a request.
    pub fn answer(&mut self, ticket: Ticket, response: Response) {
        self.list.push(Effect::Answer { ticket, response });
    }

    /// Ends a request that gets no answer; with `close`, by closing its connection.
    pub fn hang_up(&mut self, ticket: Ticket, close: bool) {
        self.list.push(Effect::Hangup { ticket, close });
    }

    /// Drops the connection to a peer.
    pub fn disconnect(&mut self, to: NodeId, channel: Channel) {
        self.list.push(Effect::Disconnect { to, channel });
    }

    /// Asks to be woken.
    pub fn wake(&mut self, at: Micros, timer: Timer) {
        self.list.push(Effect::Wake { at, timer });
    }

    /// States what happened.
    pub fn fact(&mut self, fact: Fact) {
        self.list.push(Effect::Fact(fact));
    }

    /// Ends a send.
    pub fn outcome(&mut self, record: RecordId, outcome: Outcome) {
        self.list.push(Effect::Outcome { record, outcome });
    }

    /// Ends this process.
    pub fn exit(&mut self) {
        self.list.push(Effect::Exit);
    }

    /// The effects, in order.
    pub fn into_list(self) -> Vec<Effect> {
        self.list
    }
}
