//! Leaves to the rest the statics that the first part never names, such as what panics and refusals say.

use super::address::Addresses;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use walrus::ir::{Instr, Value};
use walrus::{ConstExpr, Data, DataId, DataKind, LocalFunction, Module};

/// How far apart statics may be to be written as one.
const NEAR: u32 = 8;

/// A static of the program: where it begins in memory, and its bytes.
#[derive(Clone, Copy)]
struct Static<'a> {
    start: u32,
    bytes: &'a [u8],
}

fn start(data: &Data) -> Option<u32> {
    match data.kind {
        DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } => Some(start as u32),
        _ => None,
    }
}

/// Keeps the statics whose beginning is asked for; neighbours become one where nothing lies between.
pub fn keep(module: &mut Module, is_kept: impl Fn(u32) -> bool) {
    let mut all: Vec<(u32, DataId)> = module.data.iter().filter_map(|data| Some((start(data)?, data.id()))).collect();
    all.sort_by_key(|(start, _)| *start);
    let mut last: Option<DataId> = None;
    for (from, id) in all {
        if !is_kept(from) {
            last = None;
            delete(module, id);
            continue;
        }
        let gap = last.and_then(|last| {
            let data = module.data.get(last);
            from.checked_sub(start(data)? + data.value.len() as u32).filter(|gap| *gap <= NEAR)
        });
        match (last, gap) {
            (Some(last), Some(gap)) => {
                let bytes = std::mem::take(&mut module.data.get_mut(id).value);
                delete(module, id);
                let value = &mut module.data.get_mut(last).value;
                value.resize(value.len() + gap as usize, 0);
                value.extend(bytes);
            }
            _ => last = Some(id),
        }
    }
}

fn delete(module: &mut Module, id: DataId) {
    module.data.delete(id);
    module.memories.iter_mut().for_each(|memory| {
        memory.data_segments.remove(&id);
    });
}

/// Every number of the code that may be an address.
fn named(function: &LocalFunction, found: &mut BTreeSet<u32>) {
    for seq in super::seq::sequences(function) {
        for (instr, _) in &function.block(seq).instrs {
            let number = match instr {
                Instr::Const(c) => match c.value {
                    Value::I32(n) => n as u32,
                    _ => continue,
                },
                Instr::Load(load) => load.arg.offset as u32,
                Instr::Store(store) => store.arg.offset as u32,
                _ => continue,
            };
            found.insert(number);
        }
    }
}

/// Text, or what `format!` makes of it: letters, with lengths and marks between them.
fn is_text(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (letters, others) = text.chars().partition::<Vec<char>, _>(|c| !c.is_control() && *c != char::REPLACEMENT_CHARACTER);
    others.len() <= 1 || letters.len() >= 2 * others.len()
}

/// What of each static the first part has, by where the static begins; one that is not listed it has whole.
pub type Shares = BTreeMap<u32, Vec<Range<usize>>>;

/// Wipes from the statics of the first part what the rest brings; with no share left, they go.
pub fn keep_shares(module: &mut Module, shares: &Shares) {
    let all: Vec<DataId> = module.data.iter().map(|data| data.id()).collect();
    for id in all {
        let data = module.data.get_mut(id);
        let Some(share) = start(data).and_then(|start| shares.get(&start)) else { continue };
        let is_kept = |at: usize| share.iter().any(|range| range.contains(&at));
        data.value.iter_mut().enumerate().filter(|(at, _)| !is_kept(*at)).for_each(|(_, byte)| *byte = 0);
    }
    keep(module, |start| shares.get(&start).is_none_or(|share| !share.is_empty()));
}

/// What the first part need not have of each static: all that its functions, of which the module has no others, do not name, and that nothing names which
/// it has. Of a constant text of which only lengths beside addresses are named, it has just those.
pub fn shares(module: &Module, addresses: &Addresses) -> Shares {
    let mut numbers = BTreeSet::new();
    for (_, function) in module.funcs.iter_local() {
        named(function, &mut numbers);
    }
    let mut statics: Vec<Static> = module.data.iter().filter_map(|data| Some(Static { start: start(data)?, bytes: &data.value })).collect();
    statics.sort_by_key(|s| s.start);
    // What the linker does not know is the memory after the set-up.
    let mut shares: Vec<Option<Vec<Range<usize>>>> =
        statics.iter().map(|s| addresses.statics.contains_key(&s.start).then(Vec::new)).collect();
    let mut open: Vec<usize> = (0..statics.len()).filter(|i| shares[*i].is_none()).collect();
    let mut stay = |address: u32, length: Option<u32>, open: &mut Vec<usize>| {
        let Some(i) = statics.partition_point(|s| s.start <= address).checked_sub(1) else { return };
        let (at, end) = ((address - statics[i].start) as usize, statics[i].bytes.len());
        let (Some(share), true) = (&mut shares[i], at < end) else { return };
        let is_constant = || addresses.statics.get(&statics[i].start) == Some(&true) && is_text(statics[i].bytes);
        match length.map(|length| at + length as usize).filter(|to| *to <= end && is_constant()) {
            Some(to) => share.push(at..to),
            None => {
                shares[i] = None;
                open.push(i);
            }
        }
    };
    numbers.iter().filter_map(|number| addresses.named.get(number)).flatten().for_each(|start| stay(*start, None, &mut open));
    let word = |bytes: &[u8], at: usize| bytes.get(at..at + 4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
    while let Some(i) = open.pop() {
        let Static { start, bytes } = statics[i];
        for at in ((start.next_multiple_of(4) - start) as usize..bytes.len()).step_by(4) {
            if let Some(address) = word(bytes, at) {
                stay(address, word(bytes, at + 4), &mut open);
            }
        }
    }
    statics.iter().zip(shares).filter_map(|(s, share)| Some((s.start, share?))).collect()
}
