//! What can be done to a link, as commands: each fault is put on, or taken off where it is on.

use crate::app::shown::node_name;
use kafka_playground::sim::{MILLISECOND, NodeId};
use kafka_playground::world::World;
use kafka_playground::world::command::{Command, Fraction};

/// A fault of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkFault {
    /// Cut both ways, or mended.
    Cut,
    /// Cut one way; again: the other way.
    OneWay,
    /// Slow, or as usual.
    Slow,
    /// Lossy, or as usual.
    Lossy,
}

/// The commands that put a fault on a link, or take it off.
pub(crate) fn commands(world: &World, a: NodeId, b: NodeId, fault: LinkFault) -> Vec<Command> {
    let (there, back) = (world.network.link(a, b), world.network.link(b, a));
    let usual = world.network.usual_link(a, b);
    let (from, to) = (node_name(world, a), node_name(world, b));
    let heal = Command::Heal { between: Some((from.clone(), to.clone())) };
    let loss = (there.loss.0 > 0).then_some(Fraction { part: there.loss.0, of: there.loss.1 });
    match fault {
        LinkFault::Cut if there.cut || back.cut => vec![heal],
        LinkFault::Cut => vec![Command::Cut { from, to, one_way: false }],
        LinkFault::OneWay if there.cut && !back.cut => vec![heal, Command::Cut { from: to, to: from, one_way: true }],
        LinkFault::OneWay if there.cut || back.cut => vec![heal, Command::Cut { from, to, one_way: true }],
        LinkFault::OneWay => vec![Command::Cut { from, to, one_way: true }],
        LinkFault::Slow if there.latency != usual.latency => {
            vec![Command::Slow { from, to, latency: usual.latency, jitter: usual.jitter, loss }]
        }
        LinkFault::Slow => vec![Command::Slow { from, to, latency: 200 * MILLISECOND, jitter: 0, loss }],
        LinkFault::Lossy => {
            let loss = if loss.is_some() { None } else { Some(Fraction { part: 1, of: 10 }) };
            vec![Command::Slow { from, to, latency: there.latency, jitter: there.jitter, loss }]
        }
    }
}
