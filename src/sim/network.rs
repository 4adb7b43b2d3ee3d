//! Links and connections: messages travel on TCP-like connections with latency, jitter, loss and cuts; a cut holds what travels and tells nobody.
//!
//! One [`Connection`] is both a client's socket with its in-flight requests and the server's socket that handles one request at a time
//! (`kafka-semantics` 0.8). The network knows which processes run; all else it learns through its methods.

use super::rng::Rng;
use super::{MILLISECOND, Micros, NodeId, SECOND};
use crate::map::{Map, Set};
use std::collections::VecDeque;
use std::rc::Rc;

/// A link in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Time a message needs.
    pub latency: Micros,
    /// At most this much more, by chance.
    pub jitter: Micros,
    /// Lost packets: so many of so many. TCP sends them again, so loss is delay.
    pub loss: (u32, u32),
    /// Nothing passes.
    pub cut: bool,
}

impl Default for Link {
    fn default() -> Self {
        Link { latency: 3 * MILLISECOND, jitter: MILLISECOND / 2, loss: (0, 1), cut: false }
    }
}

impl Link {
    /// The link of two nodes of one data centre: shorter than a client's.
    const INNER: Link = Link { latency: 2 * MILLISECOND, jitter: MILLISECOND / 2, loss: (0, 1), cut: false };
}

/// How a call ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was never sent.
    Unreachable,
    /// It was sent, then the connection was closed by the peer.
    Disconnected,
    /// It was sent, and a request on its connection ran out of time.
    TimedOut,
}

/// What a flight carries.
#[derive(Clone, Debug)]
pub enum Body<Q, A> {
    /// Opens a connection.
    Open,
    /// Accepts it.
    Accept,
    /// Refuses it: no process listens.
    Refuse,
    /// A request.
    Request { call: u64, request: Rc<Q>, answered: bool },
    /// A response, with the request it answers.
    Response { call: u64, request: Rc<Q>, response: A },
    /// The connection ends.
    Close,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Flight<Q, A> {
    /// Its number, unique in a run.
    pub id: u64,
    /// The connection it travels on.
    pub connection: u64,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// When it was sent.
    pub sent_at: Micros,
    /// When it arrives, unless held.
    pub arrives_at: Micros,
    /// Held by a cut link.
    pub held: bool,
    /// What it carries.
    pub body: Body<Q, A>,
}

/// Names a request at its server, until it is answered; those that came first are the smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    /// The flight that brought it.
    pub flight: u64,
    /// The connection it came on.
    pub connection: u64,
}

impl Ticket {
    /// The first that can come behind it.
    #[must_use]
    pub fn next(self) -> Ticket {
        Ticket { flight: self.flight + 1, connection: 0 }
    }
}

/// Something the network does by itself at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
    /// A flight arrives.
    Arrive(u64),
    /// The oldest request in flight on a connection may have run out of time.
    Deadline(u64),
    /// The set-up of a connection may have run out of time.
    SetUp(u64),
    /// The back-off before a connection's set-up is over.
    Dial(u64),
}

/// What the network hands to a node.
#[derive(Clone, Debug)]
pub enum Delivery<Q, A> {
    /// A request to serve.
    Request { to: NodeId, from: NodeId, ticket: Ticket, request: Rc<Q> },
    /// The end of a call; `Ok(None)`: a request without an answer is written.
    Reply { to: NodeId, from: NodeId, call: u64, request: Rc<Q>, result: Result<Option<A>, Failure> },
    /// A connection was lost, beside the replies of its calls.
    Lost { to: NodeId, peer: NodeId, why: Failure },
}

#[derive(Clone, Debug)]
struct Call<Q> {
    call: u64,
    request: Rc<Q>,
    timeout: Micros,
    answered: bool,
    deadline: Micros,
}

/// A request that has reached its server.
#[derive(Clone, Debug)]
struct Arrived<Q> {
    flight: u64,
    call: u64,
    request: Rc<Q>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waits for the reconnect back-off.
    Waiting,
    Opening,
    Open,
}

/// A client's connection to a server.
#[derive(Clone, Debug)]
struct Connection<Q> {
    id: u64,
    client: NodeId,
    server: NodeId,
    channel: u8,
    state: State,
    /// The client's end is still there.
    client_open: bool,
    /// The server's end is there.
    server_open: bool,
    queued: VecDeque<Call<Q>>,
    in_flight: VecDeque<Call<Q>>,
    deadline_set: bool,
    inbox: VecDeque<Arrived<Q>>,
    serving: Option<Arrived<Q>>,
    /// The link between the two as nobody has changed it.
    usual: Link,
    /// Earliest arrival of the next message, to the server and to the client: TCP keeps order.
    floor: [Micros; 2],
}

impl<Q> Connection<Q> {
    fn peer(&self) -> Peer {
        (self.client, self.server, self.channel)
    }

    /// The next request that has arrived is handed to the server, if it is free.
    fn serve<A>(&mut self, deliveries: &mut VecDeque<Delivery<Q, A>>) {
        if self.serving.is_none()
            && let Some(next) = self.inbox.pop_front()
        {
            let ticket = Ticket { flight: next.flight, connection: self.id };
            deliveries.push_back(Delivery::Request { to: self.server, from: self.client, ticket, request: next.request.clone() });
            self.serving = Some(next);
        }
    }

    /// Whether the server works on the request of a ticket.
    fn serves(&self, ticket: Ticket) -> bool {
        self.serving.as_ref().is_some_and(|arrived| arrived.flight == ticket.flight)
    }
}

/// Bounds of connecting (`reconnect.backoff(.max).ms`, `socket.connection.setup.timeout(.max).ms`).
const BACKOFF: Micros = 50 * MILLISECOND;
const BACKOFF_MAX: Micros = SECOND;
const SET_UP: Micros = 10 * SECOND;
const SET_UP_MAX: Micros = 30 * SECOND;
/// TCP's first pause before it sends again, and its longest; a connection request waits a second first.
const RETRANSMIT: Micros = 200 * MILLISECOND;
const RETRANSMIT_MAX: Micros = 120 * SECOND;
const OPEN_RETRANSMIT: Micros = SECOND;

/// How long a kernel repeats what a process sent that has closed the connection since (tcp_orphan_retries: 8 in Linux).
const ORPHANED: Micros = 102 * SECOND + 200 * MILLISECOND;

type Peer = (NodeId, NodeId, u8);

/// The links, and what travels on them.
#[derive(Clone, Debug)]
struct Wire<Q, A> {
    /// Nodes of the data centre.
    inner: Set<NodeId>,
    links: Map<(NodeId, NodeId), Link>,
    /// By number; what arrives is nearly always at the front.
    flights: VecDeque<Flight<Q, A>>,
    next_id: u64,
    schedule: Vec<(Micros, NetworkEvent)>,
}

impl<Q, A> Wire<Q, A> {
    fn usual_link(&self, from: NodeId, to: NodeId) -> Link {
        if self.inner.contains(&from) && self.inner.contains(&to) { Link::INNER } else { Link::default() }
    }

    fn position(&self, flight: u64) -> Option<usize> {
        self.flights.binary_search_by_key(&flight, |f| f.id).ok()
    }

    /// Puts a message of one end of a connection on its way to the other.
    fn send(&mut self, now: Micros, rng: &mut Rng, c: &mut Connection<Q>, sender: End, body: Body<Q, A>) {
        let (from, to) = match sender {
            End::Client => (c.client, c.server),
            End::Server => (c.server, c.client),
        };
        let link = self.links.get(&(from, to)).unwrap_or(&c.usual);
        let mut delay = link.latency + rng.up_to(link.jitter);
        let mut pause = RETRANSMIT;
        while rng.ratio(u64::from(link.loss.0), u64::from(link.loss.1)) && pause < RETRANSMIT_MAX {
            delay += pause;
            pause *= 2;
        }
        let floor = &mut c.floor[usize::from(from != c.client)];
        let arrives_at = (now + delay).max(*floor);
        self.next_id += 1;
        if !link.cut {
            *floor = arrives_at;
            self.schedule.push((arrives_at, NetworkEvent::Arrive(self.next_id)));
        }
        self.flights.push_back(Flight { id: self.next_id, connection: c.id, from, to, sent_at: now, arrives_at, held: link.cut, body });
    }

    /// Sends a request; the reply of one without an answer is that it is written.
    fn transmit(
        &mut self,
        now: Micros,
        rng: &mut Rng,
        c: &mut Connection<Q>,
        mut entry: Call<Q>,
        deliveries: &mut VecDeque<Delivery<Q, A>>,
    ) {
        let body = Body::Request { call: entry.call, request: entry.request.clone(), answered: entry.answered };
        if entry.answered {
            entry.deadline = now + entry.timeout;
            if !c.deadline_set {
                c.deadline_set = true;
                self.schedule.push((entry.deadline, NetworkEvent::Deadline(c.id)));
            }
            c.in_flight.push_back(entry);
        } else {
            let Call { call, request, .. } = entry;
            deliveries.push_back(Delivery::Reply { to: c.client, from: c.server, call, request, result: Ok(None) });
        }
        self.send(now, rng, c, End::Client, body);
    }
}

/// An end of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Client,
    Server,
}

/// All links, connections and flights.
#[derive(Clone, Debug)]
pub struct Network<Q, A> {
    wire: Wire<Q, A>,
    up: Set<NodeId>,
    connections: Map<u64, Connection<Q>>,
    by_peer: Map<Peer, u64>,
    failures: Map<Peer, (u32, Micros)>,
    /// What nodes get, drained by its owner.
    pub deliveries: VecDeque<Delivery<Q, A>>,
}

impl<Q, A> Default for Network<Q, A> {
    fn default() -> Self {
        Network {
            wire: Wire { inner: Set::new(), links: Map::new(), flights: VecDeque::new(), next_id: 0, schedule: Vec::new() },
            up: Set::new(),
            connections: Map::new(),
            by_peer: Map::new(),
            failures: Map::new(),
            deliveries: VecDeque::new(),
        }
    }
}

impl<Q, A> Network<Q, A> {
    // ---- getters

    /// The flights, by number: connection packets too.
    pub fn flights(&self) -> impl Iterator<Item = &Flight<Q, A>> {
        self.wire.flights.iter()
    }

    /// One flight.
    pub fn flight(&self, id: u64) -> Option<&Flight<Q, A>> {
        self.wire.position(id).and_then(|at| self.wire.flights.get(at))
    }

    /// The link from one node to another.
    pub fn link(&self, from: NodeId, to: NodeId) -> Link {
        self.wire.links.get(&(from, to)).copied().unwrap_or_else(|| self.usual_link(from, to))
    }

    /// The link of two nodes as nobody has changed it.
    pub fn usual_link(&self, from: NodeId, to: NodeId) -> Link {
        self.wire.usual_link(from, to)
    }

    /// Whether the receiver's end of a flight's connection is still there: who is gone reads nothing.
    pub fn is_awaited(&self, flight: &Flight<Q, A>) -> bool {
        self.connections.get(&flight.connection).is_some_and(|c| if flight.to == c.server { c.server_open } else { c.client_open })
    }

    /// Links that differ from the rest, by their ends.
    pub fn changed_links(&self) -> impl Iterator<Item = (&(NodeId, NodeId), &Link)> {
        self.wire.links.iter()
    }

    /// Whether `client` has an open connection to `server`.
    pub fn is_connected(&self, client: NodeId, server: NodeId) -> bool {
        self.by_peer
            .range((client, server, 0)..=(client, server, u8::MAX))
            .any(|(_, id)| self.connections.get(id).is_some_and(|c| c.state == State::Open))
    }

    /// Pairs of nodes with a connection, client first.
    pub fn connected_pairs(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        self.by_peer.keys().map(|(client, server, _)| (*client, *server))
    }

    /// The nodes at both ends of a connection: client, server.
    pub fn ends(&self, connection: u64) -> Option<(NodeId, NodeId)> {
        self.connections.get(&connection).map(|c| (c.client, c.server))
    }

    /// The process whose work an event is, none where it is the kernel's.
    pub fn owner(&self, event: NetworkEvent) -> Option<NodeId> {
        match event {
            NetworkEvent::Arrive(_) => None,
            NetworkEvent::Deadline(id) | NetworkEvent::SetUp(id) | NetworkEvent::Dial(id) => self.connections.get(&id).map(|c| c.client),
        }
    }

    /// Takes what the network wants to be told of.
    pub fn drain_schedule(&mut self) -> std::vec::Drain<'_, (Micros, NetworkEvent)> {
        self.wire.schedule.drain(..)
    }

    // ---- links

    /// Changes a link in one direction.
    pub fn set_link(&mut self, now: Micros, from: NodeId, to: NodeId, link: Link) {
        let before = self.link(from, to);
        if link == self.usual_link(from, to) {
            self.wire.links.remove(&(from, to));
        } else {
            self.wire.links.insert((from, to), link);
        }
        if link.cut && !before.cut {
            for flight in self.wire.flights.iter_mut().filter(|f| f.from == from && f.to == to) {
                flight.held = true;
            }
        } else if !link.cut && before.cut {
            self.release(now, from, to, link);
        }
    }

    /// Lets held flights go when TCP next repeats what it has not seen acknowledged.
    fn release(&mut self, now: Micros, from: NodeId, to: NodeId, link: Link) {
        let mut first: Map<u64, Micros> = Map::new();
        for flight in self.wire.flights.iter().filter(|f| f.held && f.from == from && f.to == to) {
            first.entry(flight.connection).or_insert(flight.sent_at);
        }
        for (connection, since) in first {
            let opening = self.connections.get(&connection).is_some_and(|c| c.state == State::Opening);
            let closed = self.connections.get(&connection).is_some_and(|c| from == c.client && !c.client_open);
            if closed && now > since + ORPHANED {
                self.wire.flights.retain(|f| !(f.connection == connection && f.from == from));
                continue;
            }
            let mut pause = if opening { OPEN_RETRANSMIT } else { RETRANSMIT };
            let mut retry = since + pause;
            while retry < now {
                pause = (pause * 2).min(RETRANSMIT_MAX);
                retry += pause;
            }
            let arrives_at = retry + link.latency;
            for flight in self.wire.flights.iter_mut().filter(|f| f.held && f.connection == connection && f.from == from) {
                flight.held = false;
                flight.arrives_at = arrives_at;
                self.wire.schedule.push((arrives_at, NetworkEvent::Arrive(flight.id)));
            }
            if let Some(c) = self.connections.get_mut(&connection) {
                let way = usize::from(from != c.client);
                c.floor[way] = c.floor[way].max(arrives_at);
            }
        }
    }

    // ---- processes

    /// A node stands in the data centre; to be said before it is connected.
    pub fn set_inner(&mut self, node: NodeId) {
        self.wire.inner.insert(node);
    }

    /// A process starts to listen.
    pub fn set_up(&mut self, node: NodeId) {
        self.up.insert(node);
    }

    /// A process is gone: its connections end; what it had sent and no cut holds still arrives.
    pub fn set_down(&mut self, now: Micros, rng: &mut Rng, node: NodeId) {
        self.up.remove(&node);
        self.failures.retain(|(client, _, _), _| *client != node);
        self.wire.flights.retain(|f| !(f.held && f.from == node));
        let ids: Vec<u64> = self.connections.iter().filter(|(_, c)| c.client == node || c.server == node).map(|(id, _)| *id).collect();
        for id in ids {
            let Some(c) = self.connections.get_mut(&id) else { continue };
            if c.client == node {
                c.client_open = false;
                c.queued.clear();
                c.in_flight.clear();
                self.by_peer.remove(&c.peer());
                if c.state == State::Open {
                    self.wire.send(now, rng, c, End::Client, Body::Close);
                } else {
                    self.forget(id);
                }
            }
            let Some(c) = self.connections.get_mut(&id) else { continue };
            if c.server == node && c.server_open {
                c.server_open = false;
                c.inbox.clear();
                c.serving = None;
                self.wire.send(now, rng, c, End::Server, Body::Close);
            }
            self.tidy(id);
        }
    }

    // ---- calls of the client's side

    /// Sends a request on the connection to `to` over `channel`, making one when there is none.
    #[allow(clippy::too_many_arguments)]
    pub fn call(
        &mut self,
        now: Micros,
        rng: &mut Rng,
        from: NodeId,
        to: NodeId,
        channel: u8,
        call: u64,
        request: Rc<Q>,
        timeout: Option<Micros>,
    ) {
        let peer = (from, to, channel);
        let id = match self.by_peer.get(&peer) {
            Some(id) => *id,
            None => self.dial(now, rng, peer),
        };
        let entry = Call { call, request, timeout: timeout.unwrap_or(0), answered: timeout.is_some(), deadline: 0 };
        let Some(c) = self.connections.get_mut(&id) else { return };
        if c.state == State::Open {
            self.wire.transmit(now, rng, c, entry, &mut self.deliveries);
        } else {
            c.queued.push_back(entry);
        }
    }

    /// Closes the connection to a peer; its calls end without a reply.
    pub fn disconnect(&mut self, now: Micros, rng: &mut Rng, from: NodeId, to: NodeId, channel: u8) {
        if let Some(id) = self.by_peer.get(&(from, to, channel)).copied() {
            if let Some(c) = self.connections.get_mut(&id) {
                c.queued.clear();
                c.in_flight.clear();
            }
            self.close_client(now, rng, id);
        }
    }

    fn dial(&mut self, now: Micros, rng: &mut Rng, peer: Peer) -> u64 {
        self.wire.next_id += 1;
        let id = self.wire.next_id;
        let connection = Connection {
            id,
            client: peer.0,
            server: peer.1,
            channel: peer.2,
            state: State::Waiting,
            client_open: true,
            server_open: false,
            queued: VecDeque::new(),
            in_flight: VecDeque::new(),
            deadline_set: false,
            inbox: VecDeque::new(),
            serving: None,
            usual: self.wire.usual_link(peer.0, peer.1),
            floor: [0, 0],
        };
        self.connections.insert(id, connection);
        self.by_peer.insert(peer, id);
        let not_before = self.failures.get(&peer).map_or(now, |(_, at)| *at);
        if not_before > now {
            self.wire.schedule.push((not_before, NetworkEvent::Dial(id)));
        } else {
            self.open(now, rng, id);
        }
        id
    }

    fn open(&mut self, now: Micros, rng: &mut Rng, id: u64) {
        let Some(c) = self.connections.get_mut(&id) else { return };
        c.state = State::Opening;
        let failures = self.failures.get(&c.peer()).map_or(0, |(n, _)| *n);
        let set_up = (SET_UP << failures.min(2)).min(SET_UP_MAX);
        self.wire.schedule.push((now + set_up, NetworkEvent::SetUp(id)));
        self.wire.send(now, rng, c, End::Client, Body::Open);
    }

    // ---- calls of the server's side

    /// Answers a request; nothing happens when its connection is gone.
    pub fn answer(&mut self, now: Micros, rng: &mut Rng, ticket: Ticket, response: A) {
        let Some(c) = self.connections.get_mut(&ticket.connection).filter(|c| c.serves(ticket)) else { return };
        let Some(Arrived { call, request, .. }) = c.serving.take() else { return };
        if c.client_open {
            self.wire.send(now, rng, c, End::Server, Body::Response { call, request, response });
        }
        c.serve(&mut self.deliveries);
        if !c.client_open {
            self.tidy(ticket.connection);
        }
    }

    /// Ends a request that gets no answer; with `close`, by closing the connection.
    pub fn hang_up(&mut self, now: Micros, rng: &mut Rng, ticket: Ticket, close: bool) {
        let Some(c) = self.connections.get_mut(&ticket.connection).filter(|c| c.serves(ticket)) else { return };
        c.serving = None;
        if close {
            c.server_open = false;
            c.inbox.clear();
            self.wire.send(now, rng, c, End::Server, Body::Close);
        } else {
            c.serve(&mut self.deliveries);
        }
        self.tidy(ticket.connection);
    }

    // ---- time

    /// Does what is due.
    pub fn on_event(&mut self, now: Micros, rng: &mut Rng, event: NetworkEvent) {
        match event {
            NetworkEvent::Arrive(id) => {
                let Some(at) = self.wire.position(id) else { return };
                if self.wire.flights.get(at).is_some_and(|f| !f.held && f.arrives_at == now)
                    && let Some(flight) = self.wire.flights.remove(at)
                {
                    self.arrive(now, rng, flight);
                }
            }
            NetworkEvent::Dial(id) => {
                if self.connections.get(&id).is_some_and(|c| c.state == State::Waiting) {
                    self.open(now, rng, id);
                }
            }
            NetworkEvent::SetUp(id) => {
                if self.connections.get(&id).is_some_and(|c| c.state == State::Opening && c.client_open) {
                    self.connection_failed(now, id);
                }
            }
            NetworkEvent::Deadline(id) => {
                let Some(c) = self.connections.get_mut(&id) else { return };
                let Some(head) = c.in_flight.front().map(|call| call.deadline) else {
                    c.deadline_set = false;
                    return;
                };
                if head > now {
                    self.wire.schedule.push((head, NetworkEvent::Deadline(id)));
                    return;
                }
                self.break_client(id, Failure::TimedOut);
                self.close_client(now, rng, id);
            }
        }
    }

    fn arrive(&mut self, now: Micros, rng: &mut Rng, flight: Flight<Q, A>) {
        let id = flight.connection;
        let Some(c) = self.connections.get_mut(&id) else { return };
        match flight.body {
            Body::Open => {
                c.server_open = self.up.contains(&c.server);
                let answer = if c.server_open { Body::Accept } else { Body::Refuse };
                self.wire.send(now, rng, c, End::Server, answer);
            }
            Body::Accept => {
                if !c.client_open {
                    return;
                }
                c.state = State::Open;
                self.failures.remove(&c.peer());
                for call in std::mem::take(&mut c.queued) {
                    self.wire.transmit(now, rng, c, call, &mut self.deliveries);
                }
            }
            Body::Refuse => self.connection_failed(now, id),
            Body::Request { call, request, .. } => {
                if c.server_open {
                    c.inbox.push_back(Arrived { flight: flight.id, call, request });
                    c.serve(&mut self.deliveries);
                }
            }
            Body::Response { call, request, response } => {
                if c.client_open && c.in_flight.front().is_some_and(|f| f.call == call) {
                    c.in_flight.pop_front();
                    let result = Ok(Some(response));
                    self.deliveries.push_back(Delivery::Reply { to: c.client, from: c.server, call, request, result });
                }
            }
            // A node's connection to itself ends at both ends at once.
            Body::Close if flight.from == c.client && c.client != c.server => {
                // What the server has received it still handles; its answers go nowhere.
                c.client_open = false;
                self.tidy(id);
            }
            Body::Close => {
                if c.client_open {
                    let peer = c.peer();
                    self.failures.insert(peer, (0, now + BACKOFF));
                    self.break_client(id, Failure::Disconnected);
                    self.by_peer.remove(&peer);
                }
                self.forget(id);
            }
        }
    }

    /// The set-up failed: calls that waited for it were never sent, and the next attempt waits longer.
    fn connection_failed(&mut self, now: Micros, id: u64) {
        let Some(c) = self.connections.get_mut(&id) else { return };
        let peer = c.peer();
        let failures = self.failures.get(&peer).map_or(0, |(n, _)| *n) + 1;
        let backoff = (BACKOFF << (failures - 1).min(6)).min(BACKOFF_MAX);
        self.failures.insert(peer, (failures, now + backoff));
        self.break_client(id, Failure::Unreachable);
        self.by_peer.remove(&peer);
        self.forget(id);
    }

    /// Ends every call of a connection on the client's side.
    fn break_client(&mut self, id: u64, why: Failure) {
        let Some(c) = self.connections.get_mut(&id) else { return };
        let (client, server) = (c.client, c.server);
        let sent = std::mem::take(&mut c.in_flight);
        let unsent = std::mem::take(&mut c.queued);
        self.deliveries.push_back(Delivery::Lost { to: client, peer: server, why });
        let ended = sent.into_iter().map(|call| (call, why)).chain(unsent.into_iter().map(|call| (call, Failure::Unreachable)));
        for (call, why) in ended {
            self.deliveries.push_back(Delivery::Reply {
                to: client,
                from: server,
                call: call.call,
                request: call.request,
                result: Err(why),
            });
        }
    }

    /// The client closes its end. Its kernel goes on repeating what a cut holds.
    fn close_client(&mut self, now: Micros, rng: &mut Rng, id: u64) {
        let Some(c) = self.connections.get_mut(&id) else { return };
        let peer = c.peer();
        c.client_open = false;
        self.by_peer.remove(&peer);
        self.failures.entry(peer).or_insert((0, now + BACKOFF)).1 = now + BACKOFF;
        if c.state == State::Open {
            self.wire.send(now, rng, c, End::Client, Body::Close);
            self.tidy(id);
        } else {
            self.forget(id);
        }
    }

    /// Forgets a connection that neither end needs any more.
    fn tidy(&mut self, id: u64) {
        let done = self.connections.get(&id).is_some_and(|c| {
            !c.client_open
                && (!c.server_open
                    || (c.serving.is_none()
                        && c.inbox.is_empty()
                        && !self.wire.flights.iter().any(|f| f.connection == id && f.to == c.server)))
        });
        if done {
            self.forget(id);
        }
    }

    fn forget(&mut self, id: u64) {
        if let Some(c) = self.connections.remove(&id)
            && c.client_open
            && self.by_peer.get(&c.peer()) == Some(&id)
        {
            self.by_peer.remove(&c.peer());
        }
        self.wire.flights.retain(|f| f.connection != id);
    }
}
