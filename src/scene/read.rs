//! Reads a world into the values of [`super::view`].

use super::memory::Memory;
use super::view::*;
use crate::kafka::broker::{Broker, BrokerState as State};
use crate::kafka::group::classic_group::GroupState;
use crate::kafka::log::Log;
use crate::kafka::metadata::MetadataImage;
use crate::kafka::record::is_internal;
use crate::kafka::record::{BatchKind, TopicPartition};
use crate::kafka::registration::{NO_LEADER, PartitionRegistration};
use crate::kafka::replica::Role as ReplicaRole;
use crate::kafka::zk::ZOOKEEPER;
use crate::map::Map;
use crate::sim::{NodeId, SECOND};
use crate::world::{ConsumerNode, World, describe};
use std::rc::Rc;

/// How long what was cut off stays visible, in cluster time.
const CUT_SHOWN: i64 = SECOND;
/// Above so many partitions a replica's records are not read: nobody sees them.
const CELLS_UP_TO: usize = 24;
/// Above so many lines only those that are not as they were set up are drawn.
const LINES_UP_TO: usize = 60;
/// How many outcomes a producer shows.
const OUTCOMES: usize = 3;

/// What the view depends on beside the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emphasis {
    /// How many slots a replica has, the next one included ([`super::layout::Layout::slots`]).
    pub slots: usize,
    /// The record in question.
    pub record: Option<(TopicPartition, i64)>,
}

impl Default for Emphasis {
    fn default() -> Self {
        Emphasis { slots: 7, record: None }
    }
}

/// What the page shows of a world.
pub fn view(world: &World, memory: &Memory, emphasis: &Emphasis) -> ClusterView {
    let image = world.metadata();
    let topics: Vec<TopicView> = image.map(|image| topics(world, image, memory, emphasis)).unwrap_or_default();
    let groups = groups(world);
    let loners = world.consumers.iter().filter(|(_, c)| c.group.is_none()).map(|(node, c)| consumer(world, *node, c, &[])).collect();
    let mut view = ClusterView {
        controllers: controllers(world),
        brokers: world.brokers.values().map(|b| broker(world, b, &topics)).collect(),
        producers: producers(world, memory),
        groups,
        loners,
        links: Vec::new(),
        health: health(&topics, memory),
        topics,
    };
    view.links = links(world, &view);
    view
}

fn controllers(world: &World) -> Vec<ControllerView> {
    let active = world.active_controller().map(|c| c.id);
    let of = |c: &crate::kafka::controller::Controller| ControllerView {
        id: c.id,
        up: world.is_up(NodeId(c.id)),
        paused: world.is_frozen(NodeId(c.id)),
        active: active == Some(c.id),
        role: c.quorum.role,
        epoch: c.quorum.epoch,
        leader: c.quorum.leader,
        voted: c.quorum.voted,
        metadata_offset: c.log().end_offset() - 1,
        high_watermark: c.quorum.high_watermark,
        zookeeper: None,
    };
    if let Some(zookeeper) = &world.zookeeper {
        return vec![ControllerView {
            id: ZOOKEEPER.0,
            up: world.is_up(ZOOKEEPER),
            paused: world.is_frozen(ZOOKEEPER),
            active: world.is_up(ZOOKEEPER) && zookeeper.controller.is_some(),
            role: crate::kafka::controller::quorum::QuorumRole::Leader,
            epoch: zookeeper.controller_epoch,
            leader: None,
            voted: None,
            metadata_offset: zookeeper.image.end_offset,
            high_watermark: zookeeper.image.end_offset,
            zookeeper: Some(zookeeper.controller.map_or(NO_LEADER, |(broker, _)| broker)),
        }];
    }
    world.controllers.values().map(of).collect()
}

fn broker(world: &World, broker: &Broker, topics: &[TopicView]) -> BrokerView {
    let node = NodeId(broker.id);
    let registration = world.metadata().and_then(|m| m.brokers.get(&broker.id));
    // Whoever does not stand under `/brokers/ids` is counted out.
    let fenced = registration.map_or(broker.zk.is_some(), |r| r.fenced);
    let state = if !world.is_up(node) {
        BrokerState::Down
    } else if world.is_frozen(node) {
        BrokerState::Paused
    } else {
        match broker.state {
            State::NotRunning => BrokerState::Down,
            State::ControlledShutdown => BrokerState::Stopping,
            State::Starting => BrokerState::Starting,
            State::Running if fenced => BrokerState::Fenced,
            State::Running => BrokerState::Alive,
        }
    };
    let leads = topics.iter().flat_map(|t| &t.partitions).filter(|p| p.leader == Some(broker.id)).map(|p| p.partition.clone()).collect();
    let session = world.active_controller().filter(|_| !fenced).and_then(|c| {
        let passed = world.now - c.contacts.get(&broker.id)?.last_at;
        Some((passed.max(0) * 40 / c.settings.session_timeout.max(1)).min(40) as u8)
    });
    let in_zookeeper = world.zookeeper.as_ref().and_then(|z| z.sessions.iter().rev().find(|s| s.client == node));
    let session = session.or_else(|| {
        let s = in_zookeeper?;
        Some(((world.now + s.timeout - s.expires_at).max(0) * 40 / s.timeout.max(1)).min(40) as u8)
    });
    BrokerView {
        id: broker.id,
        state,
        fenced,
        controller: broker.is_zk_controller(),
        rack: broker.rack.clone(),
        leads,
        session,
        disk_latency: broker.disk.latency,
    }
}

fn topics(world: &World, image: &MetadataImage, memory: &Memory, emphasis: &Emphasis) -> Vec<TopicView> {
    let shown = || image.topics.iter().filter(|(name, _)| !is_internal(name));
    let with_cells = shown().map(|(_, t)| t.partitions.len()).sum::<usize>() <= CELLS_UP_TO;
    shown()
        .map(|(name, topic)| {
            let min_insync_replicas = world.min_insync_replicas(name);
            let partition = |(i, r): (usize, &Rc<PartitionRegistration>)| {
                partition(world, &TopicPartition::new(name, i as i32), r, min_insync_replicas, memory, emphasis, with_cells)
            };
            TopicView {
                name: name.clone(),
                replication_factor: topic.partitions.first().map_or(0, |r| r.replicas.len() as i32),
                min_insync_replicas,
                partitions: topic.partitions.iter().enumerate().map(partition).collect(),
            }
        })
        .collect()
}

fn partition(
    world: &World,
    partition: &TopicPartition,
    registration: &PartitionRegistration,
    min_insync_replicas: i32,
    memory: &Memory,
    emphasis: &Emphasis,
    with_cells: bool,
) -> PartitionView {
    let mut isr = registration.isr.clone();
    crate::sort::sort(&mut isr);
    let brokers: Vec<&Broker> =
        world.brokers.values().filter(|b| registration.replicas.contains(&b.id) || b.replicas.contains_key(partition)).collect();
    let end = brokers.iter().filter_map(|b| b.log(partition)).map(Log::end_offset).max().unwrap_or(0);
    let base = (end - (emphasis.slots as i64 - 1)).max(0);
    let logs = brokers.iter().map(|b| Rc::new(replica(world, b, partition, registration, base, memory, emphasis, with_cells))).collect();
    PartitionView {
        partition: partition.clone(),
        leader: (registration.leader != NO_LEADER).then_some(registration.leader),
        leader_epoch: registration.leader_epoch,
        partition_epoch: registration.partition_epoch,
        elr: registration.elr.clone(),
        last_known_elr: registration.last_known_elr.clone(),
        adding: registration.adding_replicas.clone(),
        removing: registration.removing_replicas.clone(),
        under_min_isr: (isr.len() as i32) < min_insync_replicas.min(registration.replicas.len() as i32),
        isr,
        replicas: registration.replicas.clone(),
        base,
        logs,
    }
}

#[allow(clippy::too_many_arguments)]
fn replica(
    world: &World,
    broker: &Broker,
    partition: &TopicPartition,
    registration: &PartitionRegistration,
    base: i64,
    memory: &Memory,
    emphasis: &Emphasis,
    with_cells: bool,
) -> ReplicaView {
    let live = broker.replicas.get(partition);
    let empty = Log::default();
    let log = broker.log(partition).unwrap_or(&empty);
    let up = world.is_up(NodeId(broker.id));
    let role = match live.map(|r| (&r.role, r.partition_epoch)) {
        Some((_, -1)) => Role::Unknown,
        Some((ReplicaRole::Leader(_), _)) => Role::Leader,
        Some((ReplicaRole::Follower { .. }, _)) => Role::Follower,
        None if up => Role::Unknown,
        None if memory.led(broker.id, partition) == Some(true) => Role::WasLeader,
        None => Role::WasFollower,
    };
    // What the disk last held of a high watermark is not what the process knew; without a process nothing is told pending.
    let high_watermark = live.map_or_else(|| broker.disk.high_watermarks.get(partition).copied().unwrap_or(0), |r| r.high_watermark);
    let mut cells = Vec::new();
    if with_cells {
        for batch in log.batches(base.max(log.start_offset()), log.end_offset()) {
            for (offset, record) in batch.iter().filter(|(offset, _)| *offset >= base) {
                let data = matches!(batch.kind, BatchKind::Data | BatchKind::Transactional);
                cells.push(CellView {
                    offset,
                    leader_epoch: batch.leader_epoch,
                    record: record.id,
                    key: record.key.clone().filter(|_| data),
                    value: record.value.clone().filter(|_| data),
                    pending: live.is_some() && offset >= high_watermark,
                    mark: emphasis.record.as_ref().is_some_and(|(p, o)| p == partition && *o == offset).then_some(CellMark::Safe),
                });
            }
        }
        if let Some(cut) = memory.cut(broker.id, partition).filter(|cut| world.now - cut.at <= CUT_SHOWN) {
            let gone = cut.to.max(log.end_offset()).max(base)..cut.from.min(base + emphasis.slots as i64);
            cells.extend(gone.map(|offset| CellView {
                offset,
                leader_epoch: -1,
                record: None,
                key: None,
                value: None,
                pending: false,
                mark: Some(CellMark::Truncated),
            }));
        }
    }
    ReplicaView {
        broker: broker.id,
        partition: partition.clone(),
        role,
        leader_epoch: live.map_or(log.latest_epoch(), |r| r.leader_epoch),
        in_isr: registration.isr.contains(&broker.id),
        standing: standing(registration, broker.id),
        start_offset: log.start_offset(),
        end_offset: log.end_offset(),
        high_watermark,
        epochs: log.epochs.entries().iter().map(|e| (e.epoch, e.start_offset)).collect(),
        base,
        older: log.start_offset() < base && log.end_offset() > log.start_offset(),
        cells,
    }
}

fn standing(registration: &PartitionRegistration, broker: i32) -> Standing {
    let held = |list: &[i32]| list.contains(&broker);
    if held(&registration.isr) {
        Standing::InIsr
    } else if held(&registration.elr) {
        Standing::InElr
    } else if held(&registration.last_known_elr) {
        Standing::LastKnown
    } else if held(&registration.adding_replicas) {
        Standing::Adding
    } else {
        Standing::Out
    }
}

fn producers(world: &World, memory: &Memory) -> Vec<Rc<ProducerView>> {
    let of = |(node, p): (&NodeId, &crate::world::ProducerNode)| {
        let mut outcomes: Vec<_> = memory.sends(*node).rev().take(OUTCOMES).map(|s| (s.record, s.outcome.clone())).collect();
        outcomes.reverse();
        let acks = match p.client.config().acks {
            -1 => "all".into(),
            acks => acks.to_string(),
        };
        Rc::new(ProducerView {
            node: *node,
            name: p.name.clone(),
            acks: acks.into(),
            up: world.is_up(*node),
            paused: world.is_frozen(*node),
            outcomes,
            pending: p.client.pending_records(),
            rate: p.rate.as_ref().map(|stream| RateView { count: stream.rate.count, per: stream.rate.per }),
        })
    };
    world.producers.iter().map(of).collect()
}

/// The consumers of a group.
type Members<'a> = Vec<(NodeId, &'a ConsumerNode)>;

fn groups(world: &World) -> Vec<Rc<GroupView>> {
    // In the order in which their first members were declared, so that a new group never moves an old one.
    let mut groups: Vec<(&Rc<str>, Members)> = Vec::new();
    for (node, consumer) in &world.consumers {
        let Some(name) = &consumer.group else { continue };
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, members)) => members.push((*node, consumer)),
            None => groups.push((name, vec![(*node, consumer)])),
        }
    }
    groups.into_iter().map(|(name, members)| Rc::new(group(world, name, &members))).collect()
}

fn group(world: &World, name: &Rc<str>, members: &Members) -> GroupView {
    let coordinator = describe::coordinator(world, name);
    let known = coordinator.and_then(|id| world.brokers.get(&id)).and_then(|b| b.groups.group(name));
    let state = match known.map(|g| g.state()) {
        None => GroupStateView::Unknown,
        Some(GroupState::Empty) => GroupStateView::Empty,
        Some(GroupState::PreparingRebalance) => GroupStateView::PreparingRebalance,
        Some(GroupState::CompletingRebalance) => GroupStateView::CompletingRebalance,
        Some(GroupState::Stable) => GroupStateView::Stable,
        Some(GroupState::Dead) => GroupStateView::Dead,
    };
    let waits_for: Vec<Rc<str>> = known.and_then(|g| g.rebalance()).map(|r| r.missing).unwrap_or_default();
    let client_of = |member: &Rc<str>| known.and_then(|g| g.members().get(member)).map(|m| m.client_id().clone());
    let missing: Vec<Rc<str>> = waits_for.iter().filter_map(client_of).collect();
    GroupView {
        state,
        generation: known.map_or(-1, |g| g.generation()),
        coordinator,
        members: members.iter().map(|(node, c)| consumer(world, *node, c, &missing)).collect(),
        missing,
        name: name.clone(),
    }
}

fn consumer(world: &World, node: NodeId, consumer: &ConsumerNode, missing: &[Rc<str>]) -> ConsumerView {
    let positions = consumer
        .client
        .positions()
        .map(|(partition, position)| {
            let next = position.known();
            let lag = next.zip(high_watermark(world, partition)).map_or(0, |(next, hw)| (hw - next).max(0));
            PositionView { partition: partition.clone(), next, lag }
        })
        .collect();
    ConsumerView {
        node,
        name: consumer.name.clone(),
        up: world.is_up(node),
        paused: world.is_frozen(node),
        missing: missing.contains(&consumer.name),
        positions,
        received: consumer.client.received().total(),
    }
}

/// A partition's high watermark as its leader has it.
pub fn high_watermark(world: &World, partition: &TopicPartition) -> Option<i64> {
    let leader = world.metadata()?.partition(partition)?.leader;
    world.brokers.get(&leader)?.replicas.get(partition).map(|r| r.high_watermark)
}

fn health(topics: &[TopicView], memory: &Memory) -> Health {
    let count = |test: &dyn Fn(&PartitionView) -> bool| topics.iter().flat_map(|t| &t.partitions).filter(|p| test(p)).count();
    Health {
        under_replicated: count(&PartitionView::is_under_replicated),
        offline: count(&|p| p.leader.is_none()),
        under_min_isr: count(&|p| p.under_min_isr),
        lost_after_ack: memory.lost().len(),
    }
}

/// The lines: producers to every broker, consumers to the leaders of what they read, brokers among themselves, and whatever was changed.
fn links(world: &World, view: &ClusterView) -> Vec<LinkView> {
    // The pairs, and whether they are not as they were set up.
    let mut pairs: Map<(NodeId, NodeId), bool> = Map::new();
    for (i, broker) in view.brokers.iter().enumerate() {
        let node = NodeId(broker.id);
        for producer in view.producers.iter().filter(|p| p.up) {
            pairs.insert((producer.node, node), false);
        }
        for before in view.brokers.iter().take(i) {
            pairs.insert((NodeId(before.id), node), false);
        }
    }
    for consumer in view.consumers().filter(|c| c.up) {
        for position in &consumer.positions {
            if let Some(leader) = view.partition(&position.partition).and_then(|p| p.leader) {
                pairs.insert((consumer.node, NodeId(leader)), false);
            }
        }
    }
    if pairs.len() > LINES_UP_TO {
        pairs.clear();
    }
    for ((a, b), _) in world.network.changed_links() {
        pairs.insert(in_order(world, *a, *b), true);
    }
    let way = |from, to| {
        let link = world.network.link(from, to);
        WayView { cut: link.cut, latency: link.latency, loss: link.loss }
    };
    let line = |((from, to), changed)| {
        let off = !world.is_up(from) || !world.is_up(to);
        LinkView { from, to, there: way(from, to), back: way(to, from), changed, off }
    };
    pairs.into_iter().map(line).collect()
}

/// A pair of nodes as [`LinkView`] orders it.
fn in_order(world: &World, a: NodeId, b: NodeId) -> (NodeId, NodeId) {
    let rank = |n: NodeId| {
        if world.brokers.contains_key(&n.0) {
            1
        } else if n == ZOOKEEPER || world.controllers.contains_key(&n.0) {
            2
        } else {
            0
        }
    };
    if (rank(a), a) <= (rank(b), b) { (a, b) } else { (b, a) }
}
