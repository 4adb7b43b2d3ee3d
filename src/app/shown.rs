//! From the laboratory to the plain values of the panels: what is selected, its configuration, its messages, the facts, the timeline.

use crate::app::act::{ConfigOf, Filter, Selected};
use crate::app::links::{self, LinkFault};
use crate::app::panel::charts::{ChartView, ChartsView};
use crate::app::panel::config::{ConfigRow, Effect};
use crate::app::panel::controller::ControllerPanel;
use crate::app::panel::facts::FactRow;
use crate::app::panel::forms::{FormsView, TopicChoice};
use crate::app::panel::selection::{
    BrokerPanel, ConfigView, InFlight, LifeStep, LinkRow, MessagePanel, PartitionPanel, RecordPanel, Shown,
};
use crate::app::panel::timeline::{Mark, MarkKind, Stretch, TimelineView};
use kafka_playground::kafka::config::{self, Config, Scope, Update};
use kafka_playground::kafka::fact::Fact;
use kafka_playground::kafka::protocol::{Request, Response};
use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::kafka::record::is_internal;
use kafka_playground::kafka::zk::ZOOKEEPER;
use kafka_playground::lab::player::Player;
use kafka_playground::scene::control::{control, fenced_next};
use kafka_playground::scene::memory::Memory;
use kafka_playground::scene::metrics::{Metric, Metrics};
use kafka_playground::scene::timeline::{self, Axis, Timeline};
use kafka_playground::scene::view::{ClusterView, PartitionView, WayView};
use kafka_playground::sim::{EPOCH, Micros, NodeId};
use kafka_playground::text::{
    Lang, Verdict, Word, clock, clock_short, fenced_between, safe_records, span, tell, to_be_fenced, watermark_waits,
};
use kafka_playground::world::World;
use kafka_playground::world::command::NodeName;
use kafka_playground::world::trace::Entry;
use std::rc::Rc;

/// How many decisions the controller's panel shows.
const DECISIONS: usize = 8;

/// A time since the start, as the clock prints it.
pub(crate) fn clock_at(at: Micros) -> Rc<str> {
    clock(at - EPOCH).into()
}

/// A node as commands name it.
pub(crate) fn node_name(world: &World, node: NodeId) -> NodeName {
    if world.brokers.contains_key(&node.0) || world.controllers.contains_key(&node.0) {
        NodeName::Node(node.0)
    } else if node == ZOOKEEPER {
        NodeName::Zk
    } else {
        NodeName::Client(world.name(node))
    }
}

fn link_between(world: &World, view: &ClusterView, from: NodeId, to: NodeId) -> LinkRow {
    let found = view.links.iter().find(|l| (l.from == from && l.to == to) || (l.from == to && l.to == from));
    let (from, to) = found.map_or((from, to), |l| (l.from, l.to));
    let way = |a, b| {
        let link = world.network.link(a, b);
        WayView { cut: link.cut, latency: link.latency, loss: link.loss }
    };
    LinkRow {
        from,
        to,
        names: (node_name(world, from), node_name(world, to)),
        there: way(from, to),
        back: way(to, from),
        usual: world.network.usual_link(from, to).latency,
        held: 0,
        commands: Vec::new(),
    }
}

/// A link's panel.
fn link_panel(world: &World, view: &ClusterView, from: NodeId, to: NodeId) -> LinkRow {
    let mut row = link_between(world, view, from, to);
    let is_between = |a: NodeId, b: NodeId| (a, b) == (row.from, row.to) || (b, a) == (row.from, row.to);
    row.held = world.messages().filter(|(f, ..)| f.held && is_between(f.from, f.to)).count();
    for fault in [LinkFault::Cut, LinkFault::OneWay, LinkFault::Slow, LinkFault::Lossy] {
        row.commands.extend(links::commands(world, row.from, row.to, fault).into_iter().map(|command| (fault, command)));
    }
    row
}

/// The value of the panel for what is selected.
pub(crate) fn shown(lang: Lang, player: &Player, view: &ClusterView, memory: &Memory, selected: Option<&Selected>) -> Shown {
    let world = player.lab.world();
    let found = selected.and_then(|selected| match selected {
        Selected::Broker(id) => broker(world, view, *id).map(Shown::Broker),
        Selected::Controller(id) => controller_panel(lang, player, view, *id).map(Shown::Controller),
        Selected::Partition(partition) => view.partition(partition).map(|p| Shown::Partition(partition_panel(lang, memory, view, p))),
        Selected::Topic(name) => view.topics.iter().find(|t| t.name == *name).cloned().map(Shown::Topic),
        Selected::Record(partition, offset) => record(player, view, memory, partition, *offset).map(Shown::Record),
        Selected::Producer(node) => view.producer(*node).cloned().map(Shown::Producer),
        Selected::Consumer(node) => {
            let group = world.consumers.get(node).and_then(|c| c.group.clone());
            view.consumer(*node).cloned().map(|c| Shown::Consumer(c, group))
        }
        Selected::Group(name) => view.groups.iter().find(|g| g.name == *name).cloned().map(Shown::Group),
        Selected::Link(from, to) => Some(Shown::Link(link_panel(world, view, *from, *to))),
        Selected::Message(id) => message(world, *id).map(Shown::Message),
    });
    found.unwrap_or(Shown::Nothing)
}

fn controller_panel(lang: Lang, player: &Player, view: &ClusterView, id: i32) -> Option<ControllerPanel> {
    let world = player.lab.world();
    let found = view.controllers.iter().find(|c| c.id == id)?.clone();
    let control = control(world, view);
    let every = control.session_timeout / 8;
    let next = fenced_next(world, view)
        .map(|(broker, from, to)| fenced_between(lang, broker, &clock(from - EPOCH), &clock(to - EPOCH), &span(every)));
    let mut decisions = Vec::new();
    for (index, entry) in player.lab.all_facts().iter().enumerate().take(player.lab.happened()).rev() {
        if is_decision(&entry.fact) {
            decisions.push(row(lang, player, player.lab.forgotten() + index as u64, entry));
            if decisions.len() == DECISIONS {
                break;
            }
        }
    }
    Some(ControllerPanel { role: found.role.name(), view: found, control, next, decisions })
}

fn is_decision(fact: &Fact) -> bool {
    match fact {
        Fact::LeaderElected { partition, .. } | Fact::IsrChanged { partition, .. } => !is_internal(&partition.topic),
        Fact::BrokerFenced { .. }
        | Fact::BrokerUnfenced { .. }
        | Fact::ControllerActivated { .. }
        | Fact::ControllerRenounced { .. }
        | Fact::ControllerElected { .. }
        | Fact::ControllerResigned { .. }
        | Fact::SessionEnded { .. }
        | Fact::QuorumElectionStarted { .. } => true,
        _ => false,
    }
}

fn broker(world: &World, view: &ClusterView, id: i32) -> Option<BrokerPanel> {
    let shown = view.broker(id)?.clone();
    let broker = world.brokers.get(&id)?;
    let session = world.session_ends_at(id).map(|at| Rc::from(span((at - world.now).max(0))));
    let follows =
        broker.replicas.values().filter(|r| r.leader().is_none() && !is_internal(&r.partition.topic)).map(|r| r.partition.clone());
    let node = NodeId(id);
    let zookeeper = world.zookeeper.is_some().then_some(ZOOKEEPER);
    let others = world.brokers.keys().chain(world.controllers.keys()).map(|id| NodeId(*id)).chain(zookeeper).filter(|n| *n != node);
    let clients = view.producers.iter().map(|p| p.node).chain(view.consumers().map(|c| c.node));
    Some(BrokerPanel {
        view: shown,
        epoch: (broker.epoch >= 0).then_some(broker.epoch),
        session,
        metadata_offset: world.is_up(node).then_some(broker.image.end_offset - 1),
        follows: follows.collect(),
        directories: broker.disk.directories.iter().filter(|d| d.online).map(|d| d.name.clone()).collect(),
        links: others.chain(clients).map(|other| link_between(world, view, node, other)).collect(),
    })
}

fn topic_of(all: &ClusterView, view: &PartitionView) -> i32 {
    all.topics.iter().find(|t| t.name == view.partition.topic).map_or(1, |t| t.min_insync_replicas)
}

fn partition_panel(lang: Lang, memory: &Memory, all: &ClusterView, view: &PartitionView) -> PartitionPanel {
    let waits = view.leader.and_then(|id| view.log_on(id)).filter(|leader| !leader.is_frozen()).and_then(|leader| {
        let next = leader.high_watermark + 1;
        let behind: Vec<i32> = view.isr.iter().copied().filter(|b| Some(*b) != view.leader).collect();
        (leader.end_offset > leader.high_watermark && !behind.is_empty())
            .then(|| watermark_waits(lang, &behind, leader.high_watermark, next))
    });
    let acknowledged = memory.acknowledged(&view.partition) as i64;
    let lost = memory.lost().iter().filter(|(p, ..)| *p == view.partition).count() as i64;
    let mut heirs = view.isr.clone();
    heirs.extend(view.elr.iter().filter(|id| !view.isr.contains(id)));
    if heirs.is_empty() {
        heirs.clone_from(&view.last_known_elr);
    }
    let longest = heirs.iter().filter_map(|id| view.log_on(*id)).map(|log| log.end_offset).max().unwrap_or(0);
    PartitionPanel {
        min_insync_replicas: topic_of(all, view),
        at_stake: memory.acknowledged_from(&view.partition, longest),
        heirs,
        view: view.clone(),
        waits,
        safe: (safe_records(lang, acknowledged - lost, acknowledged), lost == 0),
    }
}

fn record(player: &Player, view: &ClusterView, memory: &Memory, partition: &TopicPartition, offset: i64) -> Option<RecordPanel> {
    let world = player.lab.world();
    let column = view.partition(partition)?;
    let cell = column.logs.iter().find_map(|l| l.cells.iter().find(|c| c.offset == offset))?.clone();
    let holds = |id: &i32| {
        world.brokers.get(id).and_then(|b| b.log(partition)).is_some_and(|l| l.start_offset() <= offset && offset < l.end_offset())
    };
    let on: Vec<i32> = column.replicas.iter().copied().filter(holds).collect();
    let mut times = [None; 4];
    let mut outcome = None;
    let mut copies = 0;
    for entry in player.lab.all_facts().iter().take(player.lab.happened()) {
        match &entry.fact {
            Fact::RecordSent { record, .. } if Some(*record) == cell.record => times[0] = Some(entry.at),
            Fact::Appended { partition: p, base_offset, last_offset, .. }
                if p == partition && (*base_offset..=*last_offset).contains(&offset) =>
            {
                times[1] = Some(entry.at);
                copies = 1;
            }
            Fact::Replicated { partition: p, base_offset, last_offset }
                if p == partition && (*base_offset..=*last_offset).contains(&offset) =>
            {
                copies += 1
            }
            Fact::HighWatermarkAdvanced { partition: p, from, to } if p == partition && *from <= offset && offset < *to => {
                times[2] = Some(entry.at)
            }
            Fact::RecordsRead { partition: p, first_offset, last_offset, .. }
                if p == partition && (*first_offset..=*last_offset).contains(&offset) =>
            {
                times[3] = times[3].or(Some(entry.at));
            }
            Fact::RecordAcknowledged { record, .. } if Some(*record) == cell.record => outcome = Some(Ok(entry.at)),
            Fact::RecordFailed { record, .. } if Some(*record) == cell.record => outcome = Some(Err(())),
            _ => {}
        }
    }
    let lost = memory.lost().iter().any(|(p, o, _)| p == partition && *o == offset);
    let verdict = match outcome {
        _ if lost => Verdict::Lost,
        Some(Err(())) => Verdict::Refused,
        _ if times[2].is_some() => Verdict::Safe,
        _ => Verdict::Pending,
    };
    let step = |word, at: Option<Micros>| LifeStep { word, is_reached: at.is_some(), detail: at.map(clock_at).unwrap_or_default() };
    let copied = LifeStep { word: Word::Copied, is_reached: copies > 1, detail: format!("{copies}/{}", column.replicas.len()).into() };
    let life = vec![
        step(Word::SentAt, times[0]),
        step(Word::Appended, times[1]),
        copied,
        step(Word::CommittedStep, times[2]),
        step(Word::ReadStep, times[3]),
    ];
    let producer = cell.record.map(|r| (NodeId(r.producer), world.name(NodeId(r.producer))));
    let acknowledged = outcome.and_then(Result::ok).map(clock_at);
    Some(RecordPanel { partition: partition.clone(), cell, verdict, on, life, acknowledged, producer })
}

fn message(world: &World, id: u64) -> Option<MessagePanel> {
    let (flight, request, response) = world.messages().find(|(f, ..)| f.id == id)?;
    Some(MessagePanel {
        id,
        name: message_name(request, response),
        from: world.name(flight.from),
        to: world.name(flight.to),
        sent: clock_at(flight.sent_at),
        arrives: clock_at(flight.arrives_at),
        is_held: flight.held,
        carries: carries(request, response),
    })
}

fn message_name(request: &Request, response: Option<&Response>) -> Rc<str> {
    match response {
        Some(_) => (request.name().to_owned() + " response").into(),
        None => request.name().into(),
    }
}

/// What a message carries, a line for each partition or field, in Kafka's names.
fn carries(request: &Request, response: Option<&Response>) -> Vec<Rc<str>> {
    let lines: Vec<String> = match (request, response) {
        (_, Some(Response::Produce(done))) => {
            done.iter().map(|(p, error, base, _)| format!("{p} {} baseOffset={base}", error.name())).collect()
        }
        (_, Some(Response::Fetch(read))) => read
            .iter()
            .map(|p| {
                let records: usize = p.batches.iter().map(|b| b.records.len()).sum();
                format!("{} {} records={records} highWatermark={}", p.partition, p.error.name(), p.high_watermark)
            })
            .collect(),
        (_, Some(Response::AlterPartition { partitions, .. })) => partitions
            .iter()
            .map(|p| format!("{} {} isr={:?} partitionEpoch={}", p.partition, p.error.name(), p.isr, p.partition_epoch))
            .collect(),
        (_, Some(Response::Metadata(m))) => m.topics.iter().map(|t| format!("{} partitions={}", t.topic, t.partitions.len())).collect(),
        (_, Some(_)) => Vec::new(),
        (Request::Produce { acks, batches, .. }, None) => batches
            .iter()
            .map(|(p, b)| {
                format!("{p} acks={acks} records={} producerEpoch={} baseSequence={}", b.records.len(), b.producer_epoch, b.base_sequence)
            })
            .collect(),
        (Request::Fetch(fetch), None) => fetch
            .partitions
            .iter()
            .map(|p| format!("{} fetchOffset={} leaderEpoch={}", p.partition, p.fetch_offset, p.current_leader_epoch))
            .collect(),
        (Request::BrokerHeartbeat { broker, metadata_offset, want_fence, want_shut_down, .. }, None) => {
            vec![format!(
                "broker={} epoch={} metadataOffset={metadata_offset} wantFence={want_fence} wantShutDown={want_shut_down}",
                broker.id, broker.epoch
            )]
        }
        (Request::AlterPartition { changes, .. }, None) => changes
            .iter()
            .map(|c| {
                format!(
                    "{} newIsr={:?} leaderEpoch={} partitionEpoch={}",
                    c.partition,
                    c.new_isr.iter().map(|b| b.id).collect::<Vec<_>>(),
                    c.leader_epoch,
                    c.partition_epoch
                )
            })
            .collect(),
        _ => Vec::new(),
    };
    lines.into_iter().map(Rc::from).collect()
}

/// Messages in flight that concern what is selected; with nothing selected, those that carry records.
pub(crate) fn in_flight(world: &World, selected: Option<&Selected>) -> Vec<InFlight> {
    let concerns = |from: NodeId, to: NodeId, request: &Request| {
        let touches = |node: NodeId| from == node || to == node;
        match selected {
            Some(Selected::Broker(id) | Selected::Controller(id)) => touches(NodeId(*id)),
            Some(Selected::Producer(node) | Selected::Consumer(node)) => touches(*node),
            Some(Selected::Link(a, b)) => touches(*a) && touches(*b),
            Some(Selected::Partition(p) | Selected::Record(p, _)) => match request {
                Request::Produce { batches, .. } => batches.iter().any(|(q, _)| q == p),
                Request::Fetch(fetch) => fetch.partitions.iter().any(|q| q.partition == *p),
                _ => false,
            },
            _ => matches!(request, Request::Produce { .. }),
        }
    };
    let words = world.messages().filter(|(f, request, _)| concerns(f.from, f.to, request)).map(|(f, request, response)| InFlight {
        id: f.id,
        words: format!("{} {} → {}", message_name(request, response), world.name(f.from), world.name(f.to)).into(),
    });
    words.take(12).collect()
}

// ---- configuration

const TOPIC_ROWS: &[&str] = &["min.insync.replicas", "unclean.leader.election.enable", "max.message.bytes"];
const BROKER_ROWS: &[&str] = &["min.insync.replicas", "unclean.leader.election.enable", "message.max.bytes"];
const PRODUCER_ROWS: &[&str] = &[
    "acks",
    "enable.idempotence",
    "linger.ms",
    "batch.size",
    "retries",
    "delivery.timeout.ms",
    "request.timeout.ms",
    "max.in.flight.requests.per.connection",
    "partitioner.class",
];
const CONSUMER_ROWS: &[&str] = &[
    "auto.offset.reset",
    "enable.auto.commit",
    "auto.commit.interval.ms",
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "partition.assignment.strategy",
    "isolation.level",
    "fetch.min.bytes",
];

/// The configuration of what is selected.
pub(crate) fn configs(world: &World, selected: Option<&Selected>) -> ConfigView {
    let empty = ConfigView { rows: Rc::default(), known: Rc::default() };
    let Some((scope, names, set)) = (match selected {
        Some(Selected::Topic(name)) => Some((Scope::Topic, TOPIC_ROWS, topic_set(world, name))),
        Some(Selected::Partition(p)) => Some((Scope::Topic, TOPIC_ROWS, topic_set(world, &p.topic))),
        Some(Selected::Broker(_) | Selected::Controller(_)) => Some((Scope::Broker, BROKER_ROWS, broker_set(world))),
        Some(Selected::Producer(node)) => world.producers.get(node).map(|p| (Scope::Producer, PRODUCER_ROWS, p.configs.clone())),
        Some(Selected::Consumer(node)) => world.consumers.get(node).map(|c| (Scope::Consumer, CONSUMER_ROWS, c.configs.clone())),
        _ => None,
    }) else {
        return empty;
    };
    let defaults = Config::defaults(scope);
    let rest = set.iter().map(|(name, _)| &**name).filter(|name| !names.contains(name));
    let rows = names.iter().copied().chain(rest).map(|name| {
        let given = set.iter().rev().find(|(n, _)| &**n == name).map(|(_, v)| v.clone());
        ConfigRow {
            name: name.into(),
            is_set: given.is_some(),
            value: given.unwrap_or_else(|| defaults.get(name).unwrap_or("").into()),
            effect: effect(scope, name),
        }
    });
    ConfigView { rows: Rc::new(rows.collect()), known: Rc::new(config::keys(scope).map(|key| key.name).collect()) }
}

/// What a change of a configuration brings about.
pub(crate) fn effect(scope: Scope, name: &str) -> Effect {
    match scope {
        Scope::Topic => Effect::Live,
        Scope::Broker if config::lookup(scope, name).is_some_and(|key| key.update == Update::ReadOnly) => Effect::Restarts,
        Scope::Broker => Effect::Live,
        _ => Effect::Reopens,
    }
}

/// The scope of whose configuration a form changes.
pub(crate) fn scope_of(world: &World, of: &ConfigOf) -> Scope {
    match of {
        ConfigOf::Topic(_) => Scope::Topic,
        ConfigOf::Brokers => Scope::Broker,
        ConfigOf::Client(name) => match world.client(name) {
            Some(node) if world.producers.contains_key(&node) => Scope::Producer,
            _ => Scope::Consumer,
        },
    }
}

type Pairs = Vec<(Rc<str>, Rc<str>)>;

fn topic_set(world: &World, topic: &Rc<str>) -> Pairs {
    let resource = kafka_playground::kafka::protocol::ConfigResource::Topic(topic.clone());
    world
        .metadata()
        .and_then(|m| m.configs.get(&resource))
        .map(|c| c.iter().map(|(n, v)| (n.clone(), v.clone())).collect())
        .unwrap_or_default()
}

fn broker_set(world: &World) -> Pairs {
    let resource = kafka_playground::kafka::protocol::ConfigResource::Broker(None);
    let dynamic = world.metadata().and_then(|m| m.configs.get(&resource)).into_iter().flatten().map(|(n, v)| (n.clone(), v.clone()));
    world.cluster.iter().flat_map(|c| c.configs.clone()).chain(dynamic).collect()
}

// ---- forms

/// What forms know.
pub(crate) fn forms(world: &World, view: &ClusterView) -> FormsView {
    let topics: Vec<TopicChoice> =
        view.topics.iter().map(|t| TopicChoice { name: t.name.clone(), partitions: t.partitions.len() as i32 }).collect();
    let free = |prefix: &str, taken: &dyn Fn(&str) -> bool| {
        (1..).map(|n| prefix.to_owned() + &n.to_string()).find(|n| !taken(n)).unwrap_or_default()
    };
    let client = |name: &str| world.client(name).is_some_and(|n| world.is_up(n));
    FormsView {
        producers: view.producers.iter().filter(|p| p.up).map(|p| p.name.clone()).collect(),
        brokers: view.brokers.len() as i32,
        next_broker: view.brokers.iter().map(|b| b.id).max().unwrap_or(0) + 1,
        next_producer: free("p", &client).into(),
        next_consumer: free("c", &client).into(),
        next_topic: free("topic", &|name| topics.iter().any(|t| &*t.name == name)).into(),
        topics,
    }
}

// ---- facts

fn passes(filter: Filter, fact: &Fact) -> bool {
    let internal = |p: &TopicPartition| is_internal(&p.topic);
    let (is_record, is_cluster) = match fact {
        Fact::Appended { partition, .. }
        | Fact::Replicated { partition, .. }
        | Fact::HighWatermarkAdvanced { partition, .. }
        | Fact::RecordsRead { partition, .. }
        | Fact::Truncated { partition, .. } => (!internal(partition), matches!(fact, Fact::Truncated { .. })),
        Fact::RecordSent { .. }
        | Fact::RecordAcknowledged { .. }
        | Fact::RecordFailed { .. }
        | Fact::BatchRetried { .. }
        | Fact::DuplicateFound { .. }
        | Fact::ProduceRefused { .. } => (true, false),
        Fact::LeaderElected { partition, .. }
        | Fact::IsrChanged { partition, .. }
        | Fact::IsrProposed { partition, .. }
        | Fact::BecameLeader { partition, .. } => (false, !internal(partition)),
        Fact::BecameFollower { .. } | Fact::HighWatermarkLearned { .. } | Fact::OffsetsCommitted { .. } | Fact::ConnectionLost { .. } => {
            (false, false)
        }
        _ => (false, true),
    };
    match filter {
        Filter::All => true,
        Filter::Records => is_record,
        Filter::Cluster => is_cluster,
        Filter::Main => is_record || is_cluster,
    }
}

/// A fact in words.
fn row(lang: Lang, player: &Player, number: u64, entry: &Entry) -> Rc<FactRow> {
    let name = |node: NodeId| player.lab.world().name(node).to_string();
    let told = tell(lang, &entry.fact, &name(entry.node), entry.at, &name);
    Rc::new(FactRow { number, clock: clock_at(entry.at), voice: told.voice, who: told.who.into(), said: Rc::new(told.said) })
}

/// The newest facts that pass the filter, oldest first; with the commands of a person between them.
pub(crate) fn facts(lang: Lang, player: &Player, filter: Filter, room: usize, old: &[Rc<FactRow>]) -> Vec<Rc<FactRow>> {
    let lab = &player.lab;
    let mut rows: Vec<Rc<FactRow>> = Vec::new();
    for (index, entry) in lab.all_facts().iter().enumerate().take(lab.happened()).rev().filter(|(_, e)| passes(filter, &e.fact)).take(room)
    {
        let number = lab.forgotten() + index as u64;
        let clock = clock_at(entry.at);
        rows.push(match old.iter().find(|r| r.number == number && r.clock == clock) {
            Some(known) => known.clone(),
            None => row(lang, player, number, entry),
        });
    }
    rows.reverse();
    rows
}

/// The newest thing worth saying aloud.
pub(crate) fn announcement(rows: &[Rc<FactRow>]) -> Option<String> {
    rows.last().map(|row| row.who.to_string() + " " + &row.said.text())
}

// ---- timeline

/// The timeline in words and places; the track is so many CSS pixels wide, and words that would run into others are left out.
pub(crate) fn timeline(lang: Lang, timeline: &Timeline, track: u32, next: Option<i32>) -> TimelineView {
    let room = |text: &str, each: u32, more: u32| {
        let letters: u32 = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        (letters * each + more) * 10_000 / track
    };
    let is_you = |placed: &timeline::Placed| matches!(placed.mark, timeline::Mark::You { .. });
    let mut marks = Vec::with_capacity(timeline.marks.len());
    let is_cluster = |mark: &timeline::Mark| !matches!(mark, timeline::Mark::You { .. } | timeline::Mark::Record { .. });
    let (mut free_at, mut instant, mut begun) = (0, 0, 0);
    // Where flags and their words stand.
    let mut flags: Vec<(u32, u32)> = Vec::new();
    for (i, placed) in timeline.marks.iter().enumerate() {
        let (kind, line) = match &placed.mark {
            timeline::Mark::You { line, .. } => (MarkKind::You, Some(line)),
            timeline::Mark::Election { .. } => (MarkKind::Election, None),
            timeline::Mark::Fence { .. } => (MarkKind::Fence, None),
            timeline::Mark::Unfence { .. } | timeline::Mark::Grow { .. } => (MarkKind::IsrGrows, None),
            timeline::Mark::Shrink { .. } | timeline::Mark::Truncated { .. } => (MarkKind::IsrShrinks, None),
            timeline::Mark::Record { lost: true, .. } | timeline::Mark::Record { failed: true, .. } => (MarkKind::Lost, None),
            timeline::Mark::Record { acknowledged: true, .. } => (MarkKind::Acknowledged, None),
            timeline::Mark::Record { .. } => (MarkKind::Pending, None),
        };
        let mut label = None;
        if let Some(line) = line {
            let next = timeline.marks.iter().skip(i + 1).find(|m| is_you(m)).map_or(u32::MAX, |m| m.x);
            let end = line.match_indices(' ').nth(1).map_or(line.len(), |(at, _)| at);
            let words = line.get(..end).unwrap_or_default();
            let end = placed.x + room(words, 7, 18);
            if end <= next {
                label = Some(words.into());
            }
            flags.push((placed.x, if end <= next { end } else { placed.x + room("", 0, 12) }));
        }
        // Several kinds of one instant stand side by side; one kind of one instant is one mark.
        let mut at = placed.x;
        if is_cluster(&placed.mark) {
            if instant != placed.at {
                (instant, begun) = (placed.at, marks.len());
            }
            if marks.get(begun..).unwrap_or_default().iter().any(|mark: &Mark| mark.kind == kind) {
                continue;
            }
            at = at.max(free_at);
            free_at = at + room("", 0, 15);
        }
        marks.push(Mark { at, kind, label });
    }
    let gaps = timeline.gaps.iter().map(|g| {
        let words = span(g.at.1 - g.at.0);
        let (middle, half) = ((g.x.0 + g.x.1) / 2, room(&words, 6, 8) / 2);
        let is_free = 2 * half <= g.x.1 - g.x.0 + room("", 0, 8)
            && flags.iter().all(|(from, to)| *to < middle - half.min(middle) || *from > middle + half);
        Stretch { from: g.x.0, to: g.x.1, label: if is_free { words.into() } else { Rc::default() } }
    });
    let gaps = gaps.collect();
    let groups = timeline.rebalances.iter().map(|(name, s)| {
        let words = Word::Group.of(lang).to_owned() + " " + name;
        let end = s.x.1 + room(&words, 6, 16);
        let is_free = !timeline.marks.iter().any(|m| is_cluster(&m.mark) && m.x + 60 > s.x.1 && m.x < end)
            && !timeline.rebalances.iter().any(|(_, other)| other.x.0 > s.x.1 && other.x.0 < end);
        Stretch { from: s.x.0, to: s.x.1, label: if is_free { words.into() } else { Rc::default() } }
    });
    let groups = groups.collect();
    let mut ticks: Vec<(u32, Rc<str>)> = Vec::new();
    let mut free_from = 0;
    for (x, at) in &timeline.ticks {
        let words: Rc<str> = clock_short(at - EPOCH).into();
        if *x >= free_from {
            free_from = x + room(&words, 6, 12);
            ticks.push((*x, words));
        }
    }
    TimelineView {
        marks,
        ticks,
        gaps,
        groups,
        brokers: timeline.brokers.iter().map(|(_, downs)| downs.iter().map(|s| s.x).collect()).collect(),
        lived: timeline.end,
        next: next.map(|broker| match flags.iter().any(|(_, to)| *to > timeline.end) {
            // A flag's own words stand there.
            true => Rc::default(),
            false => to_be_fenced(lang, broker).into(),
        }),
    }
}

/// The chosen metrics as charts on the timeline's axis.
pub(crate) fn charts(metrics: &Metrics, chosen: &[Metric], axis: &Axis, now: Micros) -> ChartsView {
    let charts = chosen.iter().map(|metric| {
        let mut points: Vec<(u32, i64)> = Vec::new();
        for (at, value) in metrics.points(*metric) {
            let x = axis.x(*at);
            match points.last_mut().filter(|(before, _)| *before == x) {
                Some((_, n)) if metric.is_meter() => *n += value,
                Some((_, n)) => *n = *value,
                None => points.push((x, *value)),
            }
        }
        ChartView { metric: *metric, points, now: metrics.at(*metric, now) }
    });
    ChartsView { charts: charts.collect(), axis: axis.clone() }
}
