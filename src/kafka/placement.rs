//! Where the replicas of a new partition go: KRaft's striped placer, the legacy algorithm, and the checks of a manual assignment.

use super::errors::ErrorCode;
use super::java;
use crate::map::{Map, Set};
use std::rc::Rc;

/// Chance, handed in.
pub trait Chance {
    /// A number in `0..n`; 0 when `n` is 0.
    fn below(&mut self, n: u32) -> u32;
}

/// A refused placement: the error and what was found.
pub type Refusal = (ErrorCode, String);

/// A broker that may get replicas: registered and not in controlled shutdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableBroker {
    /// Its id.
    pub id: i32,
    /// Its rack, if any.
    pub rack: Option<Rc<str>>,
    /// Fenced brokers get replicas last, and never lead.
    pub fenced: bool,
}

/// Brokers walked round from an offset, each at most once in an epoch.
#[derive(Clone, Debug, Default)]
struct BrokerList {
    brokers: Vec<i32>,
    epoch: u32,
    index: usize,
    offset: usize,
}

impl BrokerList {
    fn initialize(&mut self, chance: &mut dyn Chance) {
        if !self.brokers.is_empty() {
            crate::sort::sort(&mut self.brokers);
            self.offset = chance.below(self.brokers.len() as u32) as usize;
        }
    }

    fn next(&mut self, epoch: u32) -> Option<i32> {
        let len = self.brokers.len();
        if len == 0 {
            return None;
        }
        if self.epoch != epoch {
            self.epoch = epoch;
            self.index = 0;
            self.offset = (self.offset + 1) % len;
        }
        if self.index >= len {
            return None;
        }
        let broker = self.brokers[(self.index + self.offset) % len];
        self.index += 1;
        Some(broker)
    }
}

#[derive(Clone, Debug, Default)]
struct Rack {
    fenced: BrokerList,
    unfenced: BrokerList,
}

impl Rack {
    fn next(&mut self, epoch: u32) -> Option<i32> {
        self.unfenced.next(epoch).or_else(|| self.fenced.next(epoch))
    }
}

fn shuffle<T>(items: &mut [T], chance: &mut dyn Chance) {
    for i in (2..=items.len()).rev() {
        let j = chance.below(i as u32) as usize;
        items.swap(i - 1, j.min(i - 1));
    }
}

/// Places the partitions of one request, striped over racks (`kafka-semantics` 2.1, StripedReplicaPlacer.java). It keeps no memory
/// between topics: make one for each.
#[derive(Clone, Debug)]
pub struct StripedReplicaPlacer {
    /// In Java's hash order, which is the order of drawing.
    racks: Vec<Rack>,
    /// Indices of `racks`: by name, until shuffled.
    stripes: Vec<usize>,
    brokers: usize,
    unfenced: usize,
    epoch: u32,
    offset: usize,
}

impl StripedReplicaPlacer {
    /// A placer over the usable brokers. Draws, in this order: for each rack (in Java's hash order) the start in its fenced and in its
    /// unfenced list, empty lists skipped; then the first rack.
    pub fn new(brokers: &[UsableBroker], chance: &mut dyn Chance) -> Self {
        let mut by_name: Map<Option<Rc<str>>, Rack> = Map::new();
        for broker in brokers {
            let rack = by_name.entry(broker.rack.clone()).or_default();
            let list = if broker.fenced { &mut rack.fenced } else { &mut rack.unfenced };
            list.brokers.push(broker.id);
        }
        let names = Self::draw_order(by_name.keys().cloned());
        let mut racks: Vec<Rack> = names.iter().filter_map(|name| by_name.remove(name)).collect();
        for rack in &mut racks {
            rack.fenced.initialize(chance);
            rack.unfenced.initialize(chance);
        }
        let mut stripes: Vec<usize> = (0..racks.len()).collect();
        crate::sort::by(&mut stripes, |a, b| names[*a].cmp(&names[*b]));
        let offset = if racks.is_empty() { 0 } else { chance.below(racks.len() as u32) as usize };
        let unfenced = brokers.iter().filter(|broker| !broker.fenced).count();
        StripedReplicaPlacer { racks, stripes, brokers: brokers.len(), unfenced, epoch: 0, offset }
    }

    /// The order in which [`StripedReplicaPlacer::new`] draws for racks of these names.
    pub fn draw_order(names: impl IntoIterator<Item = Option<Rc<str>>>) -> Vec<Option<Rc<str>>> {
        let hashed = names.into_iter().map(|name| (name.as_deref().map_or(0, java::string_hash), name));
        java::hash_map_order(hashed, java::DEFAULT_CAPACITY)
    }

    /// The replicas of the next partition, the preferred leader first; INVALID_REPLICATION_FACTOR when that many cannot be placed.
    pub fn place(&mut self, replication_factor: i32, chance: &mut dyn Chance) -> Result<Vec<i32>, Refusal> {
        let refuse = |found: String| Err((ErrorCode::InvalidReplicationFactor, found));
        let wanted = match usize::try_from(replication_factor) {
            Ok(wanted) if wanted > 0 => wanted,
            _ => return refuse(format!("Invalid replication factor {replication_factor}: the replication factor must be positive.")),
        };
        if wanted > self.brokers {
            return refuse(format!(
                "The target replication factor of {wanted} cannot be reached because only {} broker(s) are registered.",
                self.brokers
            ));
        }
        if self.unfenced == 0 {
            return refuse("All brokers are currently fenced.".to_string());
        }
        if self.unfenced > 1 && self.epoch as usize == self.unfenced {
            self.shuffle(chance);
        }
        if self.offset >= self.racks.len() {
            self.offset = 0;
        }
        Ok(self.stripe(wanted))
    }

    fn shuffle(&mut self, chance: &mut dyn Chance) {
        shuffle(&mut self.stripes, chance);
        for rack in &mut self.racks {
            shuffle(&mut rack.fenced.brokers, chance);
            shuffle(&mut rack.unfenced.brokers, chance);
        }
        self.epoch = 0;
    }

    fn stripe(&mut self, wanted: usize) -> Vec<i32> {
        let (epoch, count) = (self.epoch, self.racks.len());
        let mut replicas = Vec::with_capacity(wanted);
        let mut first_rack = None;
        for step in 0..count {
            let rack = (self.offset + step) % count;
            if let Some(leader) = self.racks[self.stripes[rack]].unfenced.next(epoch) {
                replicas.push(leader);
                first_rack = Some(rack);
                break;
            }
        }
        let mut rack = self.offset;
        let mut fruitless = 0;
        // A list last walked in this epoch number before a shuffle may be spent already: stop after fruitless rounds instead of for ever.
        while replicas.len() < wanted && fruitless <= 2 * count {
            let found = if first_rack == Some(rack) {
                first_rack = None;
                None
            } else {
                self.racks[self.stripes[rack]].next(epoch)
            };
            fruitless = if found.is_some() { 0 } else { fruitless + 1 };
            replicas.extend(found.filter(|id| !replicas.contains(id)));
            rack = (rack + 1) % count;
        }
        let spare = self.racks.iter().flat_map(|r| r.unfenced.brokers.iter().chain(&r.fenced.brokers));
        for id in spare {
            if replicas.len() < wanted && !replicas.contains(id) {
                replicas.push(*id);
            }
        }
        self.epoch += 1;
        self.offset += 1;
        replicas
    }
}

/// Checks a manual assignment: partitions from 0 without gaps, replicas registered, not empty, none twice, as many for each
/// (`kafka-semantics` 2.3); INVALID_REPLICA_ASSIGNMENT says what was found.
pub fn check_manual_assignment(assignment: &Map<i32, Vec<i32>>, registered: &dyn Fn(i32) -> bool) -> Result<(), Refusal> {
    let mut size = None;
    for (expected, (partition, replicas)) in (0..).zip(assignment) {
        if *partition != expected {
            return Err(invalid(format!(
                "partitions should be a consecutive 0-based integer sequence: found {partition}, expected {expected}"
            )));
        }
        check_manual_replicas(replicas, size, registered)?;
        size = Some(replicas.len());
    }
    Ok(())
}

/// Checks the replicas a person names for one partition; `size` is what the other partitions have, if it must be the same.
pub fn check_manual_replicas(replicas: &[i32], size: Option<usize>, registered: &dyn Fn(i32) -> bool) -> Result<(), Refusal> {
    if replicas.is_empty() {
        return Err(invalid("The manual partition assignment includes an empty replica list.".to_string()));
    }
    for (i, broker) in replicas.iter().enumerate() {
        if !registered(*broker) {
            return Err(invalid(format!("The manual partition assignment includes broker {broker}, but no such broker is registered.")));
        }
        if replicas[..i].contains(broker) {
            return Err(invalid(format!("The manual partition assignment includes the broker {broker} more than once.")));
        }
    }
    match size {
        Some(size) if size != replicas.len() => Err(invalid(format!(
            "The manual partition assignment includes a partition with {} replica(s), but this is not consistent with previous partitions, \
             which have {size} replica(s).",
            replicas.len()
        ))),
        _ => Ok(()),
    }
}

fn invalid(found: String) -> Refusal {
    (ErrorCode::InvalidReplicaAssignment, found)
}

/// Where the legacy algorithm starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyStart {
    /// Index of the broker for the first replica of partition 0.
    pub index: u32,
    /// Shift of the followers.
    pub shift: u32,
    /// The first partition's number.
    pub partition: u32,
}

impl LegacyStart {
    /// A start drawn by chance for `brokers` brokers.
    pub fn draw(brokers: usize, chance: &mut dyn Chance) -> Self {
        let brokers = brokers as u32;
        LegacyStart { index: chance.below(brokers), shift: chance.below(brokers), partition: 0 }
    }
}

/// The legacy placement of ZooKeeper clusters and of the reassignment tool (`kafka-semantics` 2.2, AdminUtils.java). Brokers come in the
/// order to use; racks count only when every broker has one, a mix is refused.
pub fn place_legacy(
    brokers: &[(i32, Option<Rc<str>>)],
    partitions: i32,
    replication_factor: i32,
    start: LegacyStart,
) -> Result<Map<i32, Vec<i32>>, Refusal> {
    if partitions <= 0 {
        return Err((ErrorCode::InvalidPartitions, format!("Number of partitions must be larger than 0, found {partitions}.")));
    }
    let wanted = match usize::try_from(replication_factor) {
        Ok(wanted) if wanted > 0 && wanted <= brokers.len() => wanted,
        _ => {
            let found = format!("Replication factor: {replication_factor}, expected 1 to the number of live brokers: {}.", brokers.len());
            return Err((ErrorCode::InvalidReplicationFactor, found));
        }
    };
    let with_rack = brokers.iter().filter(|(_, rack)| rack.is_some()).count();
    if with_rack != 0 && with_rack != brokers.len() {
        return Err((ErrorCode::InvalidReplicationFactor, "Not all brokers have rack information.".to_string()));
    }
    let rack_aware = with_rack != 0;
    let ordered = if rack_aware { rack_alternated(brokers) } else { brokers.to_vec() };
    let racks = brokers.iter().map(|(_, rack)| rack).collect::<Set<_>>().len();
    let n = ordered.len();
    let mut shift = start.shift as usize;
    let mut placed = Map::new();
    for partition in (start.partition..).take(partitions as usize) {
        let number = partition as usize;
        if number > 0 && number.is_multiple_of(n) {
            shift += 1;
        }
        let first = (number + start.index as usize) % n;
        let follower = |k: usize, shift: usize| if n == 1 { first } else { (first + 1 + (shift + k) % (n - 1)) % n };
        let mut chosen = vec![first];
        for k in 0.. {
            if chosen.len() == wanted {
                break;
            }
            if rack_aware {
                let candidate = follower(k, shift * racks);
                let used: Set<_> = chosen.iter().map(|i| &ordered[*i].1).collect();
                if (!used.contains(&ordered[candidate].1) || used.len() == racks) && !chosen.contains(&candidate) {
                    chosen.push(candidate);
                }
            } else {
                chosen.push(follower(k, shift));
            }
        }
        placed.insert(partition as i32, chosen.iter().map(|i| ordered[*i].0).collect());
    }
    Ok(placed)
}

/// Brokers one from each rack in turn: racks by name, brokers by id.
fn rack_alternated(brokers: &[(i32, Option<Rc<str>>)]) -> Vec<(i32, Option<Rc<str>>)> {
    let mut by_rack: Map<&Option<Rc<str>>, Set<i32>> = Map::new();
    for (id, rack) in brokers {
        by_rack.entry(rack).or_default().insert(*id);
    }
    let mut ordered = Vec::with_capacity(brokers.len());
    while by_rack.values().any(|ids| !ids.is_empty()) {
        for (rack, ids) in &mut by_rack {
            ordered.extend(ids.pop_first().map(|id| (id, (*rack).clone())));
        }
    }
    ordered
}
