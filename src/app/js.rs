//! The JavaScript API, `window.playground`: coarse calls over the session, plain objects out.
#![allow(unreachable_pub)] // wasm-bindgen exports what is `pub`

use super::session::{hand_out, shared};
use super::trouble;
use js_sys::{Error, Promise, Reflect};
use kafka_playground::lab::{golden, runner};
use kafka_playground::map::Set;
use kafka_playground::sim::{EPOCH, Micros, NodeId};
use kafka_playground::world::canon;
use serde::{Serialize, Serializer};
use wasm_bindgen::prelude::*;

/// Becomes an object with a property for each name.
struct Named<T>(Vec<(String, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize)]
struct PartitionState {
    leader: i32,
    #[serde(rename = "leaderEpoch")]
    leader_epoch: i32,
    #[serde(rename = "partitionEpoch")]
    partition_epoch: i32,
    replicas: Vec<i32>,
    isr: Vec<i32>,
    elr: Vec<i32>,
}

#[derive(Serialize)]
struct BrokerState {
    running: bool,
    paused: bool,
    registered: bool,
    fenced: bool,
    #[serde(rename = "metadataOffset")]
    metadata_offset: f64,
    logs: Named<ReplicaState>,
}

#[derive(Serialize)]
struct ReplicaState {
    #[serde(rename = "startOffset")]
    start_offset: f64,
    #[serde(rename = "endOffset")]
    end_offset: f64,
    #[serde(rename = "highWatermark")]
    high_watermark: f64,
}

#[derive(Serialize)]
struct MessageState {
    id: f64,
    from: String,
    to: String,
    api: &'static str,
    response: bool,
    #[serde(rename = "sentAt")]
    sent_at: f64,
    #[serde(rename = "arrivesAt")]
    arrives_at: f64,
    held: bool,
}

#[derive(Serialize)]
struct ConsumerState {
    group: Option<String>,
    positions: Named<f64>,
    read: f64,
}

#[derive(Serialize)]
struct State {
    time: f64,
    end: f64,
    playing: bool,
    steps: f64,
    facts: f64,
    topics: Named<Vec<PartitionState>>,
    brokers: Named<BrokerState>,
    consumers: Named<ConsumerState>,
    messages: Vec<MessageState>,
}

#[derive(Serialize)]
struct FactState {
    number: f64,
    time: f64,
    node: String,
    text: String,
}

fn since_start(at: Micros) -> f64 {
    (at - EPOCH) as f64
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(|e| Error::new(&e.to_string()).into())
}

/// Sets the opening scene up. `cargo xtask dist` does it once and ships the memory that this leaves; where nobody did, it is done when the page begins.
#[wasm_bindgen]
pub fn prepare() {
    let session = shared();
    let mut session = session.borrow_mut();
    // A copy lies in memory in its own order, without the gaps of what came and went: so it is shorter to ship.
    session.player = session.player.clone();
    trouble::remember(&session.player);
}

/// Runs a scenario in a world of its own and returns its text with the answers. When it stops early, throws an Error that says the line, what
/// was found and what was expected, with the text so far as its `text`.
#[wasm_bindgen]
pub fn run(script: &str) -> Result<String, JsValue> {
    let outcome = runner::run(script);
    let text = outcome.script.map(|s| s.print(&outcome.answers)).unwrap_or_default();
    match outcome.stopped {
        None => Ok(text),
        Some((line, why)) => {
            let error = Error::new(&format!("line {line}: {why}"));
            Reflect::set(&error, &"text".into(), &text.into())?;
            Err(error.into())
        }
    }
}

/// Gives one command to the world on the screen; resolves to the lines of its answer when the playhead reaches it, rejects when the run is left before.
#[wasm_bindgen]
pub fn apply(line: &str) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let session = shared();
        let done = session.borrow_mut().line(line, resolve, reject.clone());
        if let Err(error) = done {
            let error = Error::new(&error.to_string());
            let _ = reject.call1(&JsValue::NULL, &error);
        }
        after_change();
    })
}

/// What is, at the playhead.
#[wasm_bindgen]
pub fn state() -> Result<JsValue, JsValue> {
    let session = shared();
    let session = session.borrow();
    let lab = &session.player.lab;
    let world = lab.world();
    let image = world.metadata();
    let topics = image.iter().flat_map(|m| &m.topics).map(|(name, topic)| {
        let partitions = topic.partitions.iter().map(|r| PartitionState {
            leader: r.leader,
            leader_epoch: r.leader_epoch,
            partition_epoch: r.partition_epoch,
            replicas: r.replicas.clone(),
            isr: r.isr.clone(),
            elr: r.elr.clone(),
        });
        (name.to_string(), partitions.collect())
    });
    let brokers = world.brokers.iter().map(|(id, broker)| {
        let registration = image.and_then(|m| m.brokers.get(id));
        let logs = broker.replicas.iter().map(|(partition, replica)| {
            let state = ReplicaState {
                start_offset: replica.log.start_offset() as f64,
                end_offset: replica.log.end_offset() as f64,
                high_watermark: replica.high_watermark as f64,
            };
            (partition.to_string(), state)
        });
        let state = BrokerState {
            running: world.is_up(NodeId(*id)),
            paused: world.is_frozen(NodeId(*id)),
            registered: registration.is_some(),
            fenced: registration.is_none_or(|r| r.fenced),
            metadata_offset: broker.image.end_offset as f64 - 1.0,
            logs: Named(logs.collect()),
        };
        (id.to_string(), state)
    });
    let consumers = world.consumers.values().map(|c| {
        let positions = c.client.positions().filter_map(|(p, position)| position.known().map(|o| (p.to_string(), o as f64)));
        let state = ConsumerState {
            group: c.group.as_ref().map(|g| g.to_string()),
            positions: Named(positions.collect()),
            read: c.client.received().total() as f64,
        };
        (c.name.to_string(), state)
    });
    let messages = world.messages().map(|(flight, request, response)| MessageState {
        id: flight.id as f64,
        from: world.name(flight.from).to_string(),
        to: world.name(flight.to).to_string(),
        api: request.name(),
        response: response.is_some(),
        sent_at: since_start(flight.sent_at),
        arrives_at: since_start(flight.arrives_at),
        held: flight.held,
    });
    to_js(&State {
        time: since_start(world.now),
        end: since_start(lab.end_at()),
        playing: session.player.playing,
        steps: world.step as f64,
        facts: (lab.forgotten() + lab.happened() as u64) as f64,
        topics: Named(topics.collect()),
        brokers: Named(brokers.collect()),
        consumers: Named(consumers.collect()),
        messages: messages.collect(),
    })
}

/// The facts from number `from` on up to the playhead.
#[wasm_bindgen]
pub fn facts(from: f64) -> Result<JsValue, JsValue> {
    let session = shared();
    let session = session.borrow();
    let lab = &session.player.lab;
    let skip = (from.max(0.0) as u64).saturating_sub(lab.forgotten()) as usize;
    let facts: Vec<FactState> = lab
        .all_facts()
        .iter()
        .enumerate()
        .take(lab.happened())
        .skip(skip)
        .map(|(index, entry)| FactState {
            number: (lab.forgotten() + index as u64) as f64,
            time: since_start(entry.at),
            node: lab.world().name(entry.node).to_string(),
            text: canon::line(lab.world(), entry),
        })
        .collect();
    to_js(&facts)
}

/// Moves the playhead to `time`, in microseconds since the start.
#[wasm_bindgen]
pub fn seek(time: f64) {
    let session = shared();
    session.borrow_mut().player.lab.seek(EPOCH + time.max(0.0) as Micros);
    after_change();
}

/// Lets time run.
#[wasm_bindgen]
pub fn play() {
    shared().borrow_mut().player.playing = true;
    after_change();
}

/// Stops it.
#[wasm_bindgen]
pub fn pause() {
    shared().borrow_mut().player.playing = false;
    after_change();
}

/// The fingerprint of a long run, as sixteen hexadecimal digits: the same natively and here, or the core is not deterministic.
#[wasm_bindgen]
pub fn fingerprint() -> String {
    format!("{:016x}", golden::golden_run())
}

/// The numbers of the messages that the page draws in flight, in order.
#[wasm_bindgen]
pub fn drawn() -> Vec<f64> {
    let session = shared();
    let session = session.borrow();
    let picture = session.drawn.borrow();
    let flights: Set<u64> = picture.spots.iter().map(|s| s.flight).collect();
    flights.into_iter().map(|id| id as f64).collect()
}

/// Hands out answers and wakes the page.
fn after_change() {
    let session = shared();
    let (answered, listener) = {
        let mut session = session.borrow_mut();
        (session.take_answered(), session.changed())
    };
    hand_out(answered);
    if let Some(listener) = listener {
        listener();
    }
}
