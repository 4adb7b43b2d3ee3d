//! The JavaScript API, `window.playground`: coarse calls over the session, plain objects out.
#![allow(unreachable_pub)] // wasm-bindgen exports what is `pub`

use super::session::{hand_out, shared};
use js_sys::{Array, Error, Object, Promise, Reflect};
use kafka_playground::lab::{golden, runner};
use kafka_playground::map::Set;
use kafka_playground::sim::{EPOCH, Micros, NodeId};
use kafka_playground::world::canon;
use wasm_bindgen::prelude::*;

fn set(object: &Object, name: &str, value: &JsValue) {
    // A plain object takes any property.
    let _ = Reflect::set(object, &name.into(), value);
}

/// An object with these properties.
fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        set(&object, name, value);
    }
    object.into()
}

fn ids(list: &[i32]) -> JsValue {
    list.iter().map(|id| JsValue::from(*id)).collect::<Array>().into()
}

fn number(value: i64) -> JsValue {
    (value as f64).into()
}

fn since_start(at: Micros) -> JsValue {
    number(at - EPOCH)
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

/// Gives one command to the world on the screen; resolves to the lines of its answer when the playhead reaches it.
#[wasm_bindgen]
pub fn apply(line: &str) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let session = shared();
        let done = session.borrow_mut().line(line, resolve);
        if let Err(error) = done {
            let error = Error::new(&error.to_string());
            let _ = reject.call1(&JsValue::NULL, &error);
        }
        after_change();
    })
}

/// What is, at the playhead.
#[wasm_bindgen]
pub fn state() -> JsValue {
    let session = shared();
    let session = session.borrow();
    let lab = &session.player.lab;
    let world = lab.world();
    let image = world.metadata();
    let topics = Object::new();
    for (name, topic) in image.iter().flat_map(|m| &m.topics) {
        let partitions = topic.partitions.iter().map(|r| {
            object(&[
                ("leader", r.leader.into()),
                ("leaderEpoch", r.leader_epoch.into()),
                ("partitionEpoch", r.partition_epoch.into()),
                ("replicas", ids(&r.replicas)),
                ("isr", ids(&r.isr)),
                ("elr", ids(&r.elr)),
            ])
        });
        set(&topics, name, &partitions.collect::<Array>());
    }
    let brokers = Object::new();
    for (id, broker) in &world.brokers {
        let registration = image.and_then(|m| m.brokers.get(id));
        let logs = Object::new();
        for (partition, replica) in &broker.replicas {
            let state = object(&[
                ("startOffset", number(replica.log.start_offset())),
                ("endOffset", number(replica.log.end_offset())),
                ("highWatermark", number(replica.high_watermark)),
            ]);
            set(&logs, &partition.to_string(), &state);
        }
        let state = object(&[
            ("running", world.is_up(NodeId(*id)).into()),
            ("paused", world.is_frozen(NodeId(*id)).into()),
            ("registered", registration.is_some().into()),
            ("fenced", registration.is_none_or(|r| r.fenced).into()),
            ("metadataOffset", number(broker.image.end_offset - 1)),
            ("logs", logs.into()),
        ]);
        set(&brokers, &id.to_string(), &state);
    }
    let consumers = Object::new();
    for c in world.consumers.values() {
        let positions = Object::new();
        for (partition, position) in c.client.positions() {
            if let Some(offset) = position.known() {
                set(&positions, &partition.to_string(), &number(offset));
            }
        }
        let state = object(&[
            ("group", c.group.as_ref().map_or(JsValue::NULL, |group| (&**group).into())),
            ("positions", positions.into()),
            ("read", number(c.client.received().total() as i64)),
        ]);
        set(&consumers, &c.name, &state);
    }
    let messages = world.messages().map(|(flight, request, response)| {
        object(&[
            ("id", number(flight.id as i64)),
            ("from", (&*world.name(flight.from)).into()),
            ("to", (&*world.name(flight.to)).into()),
            ("api", request.name().into()),
            ("response", response.is_some().into()),
            ("sentAt", since_start(flight.sent_at)),
            ("arrivesAt", since_start(flight.arrives_at)),
            ("held", flight.held.into()),
        ])
    });
    object(&[
        ("time", since_start(world.now)),
        ("end", since_start(lab.end_at())),
        ("playing", session.player.playing.into()),
        ("steps", number(world.step as i64)),
        ("facts", number((lab.forgotten() + lab.happened() as u64) as i64)),
        ("topics", topics.into()),
        ("brokers", brokers.into()),
        ("consumers", consumers.into()),
        ("messages", messages.collect::<Array>().into()),
    ])
}

/// The facts from number `from` on up to the playhead.
#[wasm_bindgen]
pub fn facts(from: f64) -> Array {
    let session = shared();
    let session = session.borrow();
    let lab = &session.player.lab;
    let skip = (from.max(0.0) as u64).saturating_sub(lab.forgotten()) as usize;
    let facts = lab.all_facts().iter().enumerate().take(lab.happened()).skip(skip).map(|(index, entry)| {
        object(&[
            ("number", number((lab.forgotten() + index as u64) as i64)),
            ("time", since_start(entry.at)),
            ("node", (&*lab.world().name(entry.node)).into()),
            ("text", canon::line(lab.world(), entry).into()),
        ])
    });
    facts.collect()
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
