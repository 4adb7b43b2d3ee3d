//! Facts about where replicas are placed.

use super::value::{array, each, int, int32, ints, steps};
use crate::Case;
use kafka_playground::kafka::errors::ErrorCode;
use kafka_playground::kafka::placement::{Chance, LegacyStart, StripedReplicaPlacer, UsableBroker, place_legacy};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// The chance of Kafka's own tests (MockRandom.java, seed 17).
struct MockRandom(u64);

impl MockRandom {
    fn bits(&mut self) -> i32 {
        self.0 = self.0.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(3_037_000_493);
        (self.0 >> 33) as i32
    }
}

impl Chance for MockRandom {
    fn below(&mut self, n: u32) -> u32 {
        let n = n as i32;
        loop {
            let bits = self.bits();
            if n & (n - 1) == 0 {
                return ((i64::from(n) * i64::from(bits)) >> 31) as u32;
            }
            let rest = bits % n;
            if bits.wrapping_sub(rest).wrapping_add(n - 1) >= 0 {
                return rest as u32;
            }
        }
    }
}

/// Chance as recorded: first the offsets, then whatever [`MockRandom`] draws after as many draws.
struct Recorded {
    offsets: VecDeque<u32>,
    then: MockRandom,
}

impl Chance for Recorded {
    fn below(&mut self, n: u32) -> u32 {
        let drawn = self.then.below(n);
        self.offsets.pop_front().unwrap_or(drawn)
    }
}

pub(crate) fn striped(facts: &Value) -> Vec<Case> {
    let mut cases = each(facts, "vectors", |fact| {
        // The javadoc's example names brokers by letters; their numbers here keep the order of the names.
        let mut names: Vec<&str> = Vec::new();
        for list in array(fact, "racks").iter().flat_map(|rack| [array(rack, "unfenced"), array(rack, "fenced")]) {
            names.extend(list.iter().filter_map(Value::as_str));
        }
        names.sort_unstable();
        let id = |broker: &Value| match broker.as_str() {
            Some(name) => names.iter().position(|n| *n == name).expect("a known broker") as i32,
            None => broker.as_i64().expect("a broker id") as i32,
        };
        let shown = |id: i32| names.get(id as usize).map_or(json!(id), |name| json!(name));

        let mut brokers = Vec::new();
        let mut offsets_of: BTreeMap<Option<Rc<str>>, Vec<u32>> = BTreeMap::new();
        for rack in array(fact, "racks") {
            let name: Option<Rc<str>> = rack["rack"].as_str().map(Rc::from);
            for (kind, fenced) in [("fenced", true), ("unfenced", false)] {
                let list = array(rack, kind);
                brokers.extend(list.iter().map(|b| UsableBroker { id: id(b), rack: name.clone(), fenced }));
                if !list.is_empty() {
                    offsets_of.entry(name.clone()).or_default().push(int(rack, &format!("{kind}Offset")) as u32);
                }
            }
        }
        let order = StripedReplicaPlacer::draw_order(offsets_of.keys().cloned());
        let mut offsets: VecDeque<u32> = order.iter().flat_map(|name| offsets_of[name].clone()).collect();
        offsets.push_back(int(fact, "rackOffset") as u32);
        let mut chance = Recorded { offsets, then: MockRandom(17) };
        let mut placer = StripedReplicaPlacer::new(&brokers, &mut chance);
        steps(array(fact, "placements"), |placement| {
            let found = match placer.place(int32(placement, "rf"), &mut chance) {
                Ok(replicas) => json!(replicas.into_iter().map(shown).collect::<Vec<_>>()),
                Err((ErrorCode::InvalidReplicationFactor, _)) => json!("InvalidReplicationFactorException"),
                Err((error, found)) => json!(format!("{}: {found}", error.name())),
            };
            (found, placement.get("replicas").unwrap_or(&placement["error"]).clone())
        })
    });
    if facts["evenDistribution"].is_object() {
        cases.push(even_distribution(&facts["evenDistribution"]));
    }
    cases
}

fn even_distribution(fact: &Value) -> Case {
    let ids = ints(&fact["brokers"]);
    let brokers: Vec<UsableBroker> = ids.iter().map(|id| UsableBroker { id: *id, rack: None, fenced: false }).collect();
    let mut chance = MockRandom(17);
    let mut placer = StripedReplicaPlacer::new(&brokers, &mut chance);
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut first = Vec::new();
    for _ in 0..int(fact, "partitions") {
        let replicas = placer.place(int32(fact, "rf"), &mut chance).expect("a placement");
        let pair: Vec<String> = replicas.iter().map(i32::to_string).collect();
        *counts.entry(pair.join(",")).or_default() += 1;
        if first.len() < array(fact, "firstTwelve").len() {
            first.push(replicas);
        }
    }
    Case { place: "evenDistribution".to_string(), found: json!([counts, first]), expected: json!([fact["counts"], fact["firstTwelve"]]) }
}

pub(crate) fn admin_utils(facts: &Value) -> Vec<Case> {
    each(facts, "vectors", |fact| {
        let rack = |id: i32| fact["racks"][id.to_string()].as_str().map(Rc::from);
        let brokers: Vec<(i32, Option<Rc<str>>)> = ints(&fact["brokers"]).into_iter().map(|id| (id, rack(id))).collect();
        let fixed = int(fact, "fixedStartIndex") as u32;
        let start = LegacyStart { index: fixed, shift: fixed, partition: int(fact, "startPartitionId").max(0) as u32 };
        let found = match place_legacy(&brokers, int32(fact, "numPartitions"), int32(fact, "replicationFactor"), start) {
            Ok(placed) => placed.into_iter().map(|(partition, replicas)| (partition.to_string(), json!(replicas))).collect(),
            Err((error, found)) => json!(format!("{}: {found}", error.name())),
        };
        (found, fact["assignment"].clone())
    })
}
