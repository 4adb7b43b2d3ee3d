//! The messages on their way, as far as a picture needs to know them: the network's own flights and nothing else.

use crate::kafka::errors::ErrorCode;
use crate::kafka::group::protocol::{GroupRequest, GroupResponse};
use crate::kafka::protocol::{Request, Response};
use crate::kafka::record::TopicPartition;
use crate::kafka::record::is_internal;
use crate::kafka::zk::protocol::{Control, ControlRequest, ZkRequest};
use crate::sim::network::{Body, Flight};
use crate::sim::{Micros, NodeId};
use crate::world::World;

/// Records of one partition in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset of the first record; a producer does not know it.
    pub offset: Option<i64>,
    /// How many records.
    pub records: i64,
    /// Known to be committed by the one who sends them.
    pub committed: bool,
}

/// What a message is, as the design's table of shapes divides them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cargo {
    /// Produce.
    Produce(Vec<Load>),
    /// Its answer; `error`: at least one partition was refused.
    ProduceResponse { error: bool },
    /// Fetch, or another question about a log; `advances`: it tells the leader that more is copied.
    Fetch { advances: bool },
    /// Its answer; only partitions with records are loads.
    FetchResponse(Vec<Load>),
    /// Metadata, AlterPartition, registration and the administrator's requests; `decides`: it carries a change.
    Control { decides: bool },
    /// BrokerHeartbeat.
    Heartbeat,
    /// Group requests; `rebalances`: JoinGroup, SyncGroup or LeaveGroup.
    Group { rebalances: bool },
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlightView {
    /// The network's number.
    pub id: u64,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// When it was sent.
    pub sent_at: Micros,
    /// When it arrives, unless held.
    pub arrives_at: Micros,
    /// A cut link holds it.
    pub held: bool,
    /// Nobody will read it: the receiver's end of the connection is gone.
    pub unread: bool,
    /// It takes longer than its link now does: packets were lost, or others go before it.
    pub late: bool,
    /// What it is.
    pub cargo: Cargo,
}

impl FlightView {
    /// How much of its way it has covered at an instant, in millionths.
    pub fn progress(&self, at: Micros) -> i64 {
        let span = (self.arrives_at - self.sent_at).max(1);
        ((at - self.sent_at).clamp(0, span)) * 1_000_000 / span
    }

    /// Whether a person cares: a record, an acknowledgement, a decision, a rebalance is on its way.
    pub fn is_interesting(&self) -> bool {
        match &self.cargo {
            Cargo::Produce(loads) => loads.iter().any(|l| !is_internal(&l.partition.topic)),
            Cargo::ProduceResponse { .. } => true,
            Cargo::FetchResponse(loads) => loads.iter().any(|l| !is_internal(&l.partition.topic)),
            Cargo::Fetch { advances } => *advances,
            Cargo::Control { decides } => *decides,
            Cargo::Heartbeat => false,
            Cargo::Group { rebalances } => *rebalances,
        }
    }
}

/// The messages on their way, by number. Packets that only set up or end connections are no messages.
pub fn flights(world: &World) -> Vec<FlightView> {
    let flying = world.network.flights();
    // Almost all are messages, and a crowd that grows is a crowd that is moved.
    let mut found = Vec::with_capacity(flying.size_hint().0);
    found.extend(flying.filter_map(|flight| read(world, flight)));
    found
}

/// One flight, none when it is no message.
pub(super) fn read(world: &World, flight: &Flight<Request, Response>) -> Option<FlightView> {
    // What the controller of a ZooKeeper cluster says to the broker it lives in goes nowhere.
    if flight.from == flight.to {
        return None;
    }
    let cargo = match &flight.body {
        Body::Open | Body::Accept | Body::Refuse | Body::Close => return None,
        Body::Request { request, .. } => asked(world, flight.to, request),
        Body::Response { request, response, .. } => answered(request, response),
    };
    let link = world.network.link(flight.from, flight.to);
    Some(FlightView {
        id: flight.id,
        from: flight.from,
        to: flight.to,
        sent_at: flight.sent_at,
        arrives_at: flight.arrives_at,
        held: flight.held,
        unread: !world.network.is_awaited(flight),
        late: flight.arrives_at - flight.sent_at > link.latency + link.jitter,
        cargo,
    })
}

fn asked(world: &World, to: NodeId, request: &Request) -> Cargo {
    match request {
        Request::Produce { batches, .. } => Cargo::Produce(
            batches
                .iter()
                .map(|(partition, batch)| Load {
                    partition: partition.clone(),
                    offset: None,
                    records: batch.records.len() as i64,
                    committed: false,
                })
                .collect(),
        ),
        Request::Fetch(fetch) => {
            let leader = world.brokers.get(&to.0);
            let advances = fetch.replica.is_some()
                && fetch.partitions.iter().any(|p| {
                    !is_internal(&p.partition.topic)
                        && leader.and_then(|b| b.replicas.get(&p.partition)).is_some_and(|r| p.fetch_offset > r.high_watermark)
                });
            Cargo::Fetch { advances }
        }
        Request::ListOffsets { .. } | Request::OffsetForLeaderEpoch { .. } => Cargo::Fetch { advances: false },
        Request::BrokerHeartbeat { .. } | Request::Zk(ZkRequest::Ping { .. } | ZkRequest::Connect { .. }) => Cargo::Heartbeat,
        Request::Control(request) => Cargo::Control { decides: tells_decision(request) },
        Request::Group(request) => Cargo::Group { rebalances: rebalances(request) },
        Request::AlterPartition { changes, .. } => Cargo::Control { decides: changes.iter().any(|c| !is_internal(&c.partition.topic)) },
        Request::Admin(_) | Request::BrokerRegistration { .. } | Request::Zk(_) | Request::ControlledShutdown { .. } => {
            Cargo::Control { decides: true }
        }
        Request::Vote { .. } | Request::EndQuorumEpoch { .. } => Cargo::Control { decides: true },
        // A leader repeats it to whoever does not fetch, so it is no news.
        Request::BeginQuorumEpoch { .. } => Cargo::Control { decides: false },
        Request::Metadata { .. }
        | Request::InitProducerId
        | Request::FetchMetadata(_)
        | Request::AssignReplicasToDirs { .. }
        | Request::AllocateProducerIds { .. } => Cargo::Control { decides: false },
    }
}

fn answered(request: &Request, response: &Response) -> Cargo {
    match (request, response) {
        (Request::Produce { .. }, Response::Produce(partitions)) => {
            Cargo::ProduceResponse { error: partitions.iter().any(|(_, error, ..)| *error != ErrorCode::None) }
        }
        (Request::Produce { .. }, _) => Cargo::ProduceResponse { error: true },
        (Request::Fetch(fetch), Response::Fetch(partitions)) => Cargo::FetchResponse(
            partitions
                .iter()
                .filter_map(|p| {
                    let (first, last) = (p.batches.first()?, p.batches.last()?);
                    // A batch may begin before the offset asked for; what the fetcher has already does not travel twice in its eyes.
                    let asked = fetch.partitions.iter().find(|f| f.partition == p.partition).map_or(0, |f| f.fetch_offset);
                    let offset = first.base_offset.max(asked);
                    Some(Load {
                        partition: p.partition.clone(),
                        offset: Some(offset),
                        records: last.last_offset - offset + 1,
                        committed: fetch.replica.is_none() || last.last_offset < p.high_watermark,
                    })
                })
                .collect(),
        ),
        (Request::Fetch(_) | Request::ListOffsets { .. } | Request::OffsetForLeaderEpoch { .. }, _) => Cargo::FetchResponse(Vec::new()),
        (Request::BrokerHeartbeat { .. } | Request::Zk(ZkRequest::Connect { .. }), _) => Cargo::Heartbeat,
        (Request::Zk(ZkRequest::Ping { seen, .. }), Response::Zk(answer)) if answer.has_seen(seen) => Cargo::Heartbeat,
        (Request::Zk(_), _) => Cargo::Control { decides: true },
        (Request::Group(request), Response::Group(response)) => {
            Cargo::Group { rebalances: rebalances(request) || tells_of_rebalance(response) }
        }
        (Request::Group(request), _) => Cargo::Group { rebalances: rebalances(request) },
        (Request::FetchMetadata(_), Response::FetchMetadata(fetched)) => Cargo::Control { decides: !fetched.batches.is_empty() },
        (Request::Vote { .. }, _) => Cargo::Control { decides: true },
        (Request::AlterPartition { .. } | Request::Admin(_) | Request::BrokerRegistration { .. }, _) => Cargo::Control { decides: true },
        _ => Cargo::Control { decides: false },
    }
}

/// What changes replicas is worth seeing; metadata goes to everyone all the time.
fn tells_decision(request: &ControlRequest) -> bool {
    match &request.control {
        Control::LeaderAndIsr(states) => states.iter().any(|s| !is_internal(&s.partition.topic)),
        Control::StopReplica(_) => true,
        Control::UpdateMetadata { .. } => false,
    }
}

fn rebalances(request: &GroupRequest) -> bool {
    matches!(request, GroupRequest::JoinGroup { .. } | GroupRequest::SyncGroup { .. } | GroupRequest::LeaveGroup { .. })
}

fn tells_of_rebalance(response: &GroupResponse) -> bool {
    matches!(response, GroupResponse::Heartbeat { error } if *error != ErrorCode::None)
}
