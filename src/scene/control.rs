//! The control plane as a person sees it: who has which part of the metadata log, and whose session runs out.

use super::view::{BrokerState, BrokerView, ClusterView};
use crate::sim::Micros;
use crate::world::World;

/// Somebody who reads the metadata log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderView {
    /// The controller or broker.
    pub id: i32,
    /// The broker's state; none of a controller.
    pub broker: Option<BrokerState>,
    /// Whether its process runs.
    pub up: bool,
    /// It leads the quorum.
    pub leads: bool,
    /// A voter's log end, or the last offset a broker applied.
    pub offset: i64,
    /// Behind the leader's log end; of a broker, behind the last committed offset.
    pub lag: i64,
}

/// A broker's session with the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The broker.
    pub broker: i32,
    /// Its state.
    pub state: BrokerState,
    /// It is counted out: there is no session.
    pub fenced: bool,
    /// Time since it was last heard of.
    pub passed: Option<Micros>,
}

/// The control plane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControlView {
    /// The leader of the quorum, if one decides.
    pub leader: Option<i32>,
    /// Its epoch.
    pub epoch: i32,
    /// The offset behind the last committed record.
    pub high_watermark: i64,
    /// Voters whose process runs, and all.
    pub alive: (usize, usize),
    /// Voters by id.
    pub voters: Vec<ReaderView>,
    /// Brokers by id.
    pub brokers: Vec<ReaderView>,
    /// Sessions by broker.
    pub sessions: Vec<SessionView>,
    /// `broker.session.timeout.ms`.
    pub session_timeout: Micros,
}

/// A broker that has not been heard of for so long is late: heartbeats come every two seconds.
const LATE: Micros = 2_600_000;

/// Reads the control plane.
pub fn control(world: &World, view: &ClusterView) -> ControlView {
    let active = world.active_controller();
    let committed = world.metadata().map_or(0, |image| image.end_offset);
    let leader_end = active.map_or(committed, |c| c.log().end_offset());
    let mut control = ControlView {
        leader: active.map(|c| c.id),
        epoch: active.map_or(0, |c| c.quorum.epoch),
        high_watermark: active.map_or(committed, |c| c.quorum.high_watermark),
        session_timeout: active.or_else(|| world.controllers.values().next()).map_or(0, |c| c.settings.session_timeout),
        ..ControlView::default()
    };
    if let Some(zookeeper) = &world.zookeeper {
        control.leader = zookeeper.controller.map(|(broker, _)| broker);
        control.epoch = zookeeper.controller_epoch;
    }
    for c in &view.controllers {
        let Some(voter) = world.controllers.get(&c.id) else { continue };
        let end = voter.log().end_offset();
        control.alive.0 += usize::from(c.up);
        control.alive.1 += 1;
        control.voters.push(ReaderView { id: c.id, broker: None, up: c.up, leads: c.active, offset: end, lag: (leader_end - end).max(0) });
    }
    for b in &view.brokers {
        let Some(broker) = world.brokers.get(&b.id) else { continue };
        let applied = broker.image.end_offset - 1;
        let up = b.state != BrokerState::Down;
        let lag = (control.high_watermark - 1 - applied).max(0);
        // Brokers of a ZooKeeper cluster are told by their controller.
        if world.zookeeper.is_none() {
            control.brokers.push(ReaderView { id: b.id, broker: Some(b.state), up, leads: false, offset: applied, lag });
        }
        let in_zookeeper = world.zookeeper.as_ref().and_then(|z| z.sessions.iter().rev().find(|s| s.client.0 == b.id));
        if let Some(session) = in_zookeeper {
            control.session_timeout = session.timeout;
        }
        let passed = in_zookeeper.map(|s| world.now + s.timeout - s.expires_at);
        let passed = passed.or_else(|| silence(world, b));
        control.sessions.push(SessionView { broker: b.id, state: b.state, fenced: b.fenced, passed });
    }
    control
}

/// How long the controller has not heard of a broker that it counts in.
fn silence(world: &World, broker: &BrokerView) -> Option<Micros> {
    let contact = world.active_controller().filter(|_| !broker.fenced)?.contacts.get(&broker.id)?;
    Some(world.now - contact.last_at)
}

/// Who is counted out next unless it is heard of: the broker, and between which instants. ZooKeeper hears of everybody much oftener.
pub fn fenced_next(world: &World, view: &ClusterView) -> Option<(i32, Micros, Micros)> {
    let timeout = world.active_controller()?.settings.session_timeout;
    let late = |b: &BrokerView| silence(world, b).filter(|passed| *passed > LATE).map(|passed| (b.id, passed));
    let (broker, passed) = view.brokers.iter().filter_map(late).reduce(|first, other| if other.1 > first.1 { other } else { first })?;
    let ends = world.now - passed + timeout;
    Some((broker, ends, ends + timeout / 8))
}
