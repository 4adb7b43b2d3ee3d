//! Leaves to the rest the texts that the first part never names, such as what panics and refusals say.

use std::collections::BTreeSet;
use walrus::ir::{Instr, Value};
use walrus::{ConstExpr, Data, DataId, DataKind, LocalFunction, Module};

/// How far apart statics may be to be written as one.
const NEAR: u32 = 8;

/// A static of the program: where it begins in memory, and its bytes.
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

/// The statics of a module that its functions, of which it has no others, never name: texts, and places in the source that only panics tell.
/// Gives where they begin.
pub fn unnamed(module: &Module) -> BTreeSet<u32> {
    let mut numbers = BTreeSet::new();
    for (_, function) in module.funcs.iter_local() {
        named(function, &mut numbers);
    }
    let mut statics: Vec<Static> = module.data.iter().filter_map(|data| Some(Static { start: start(data)?, bytes: &data.value })).collect();
    statics.sort_by_key(|s| s.start);
    let text_at = |at: u32| statics.binary_search_by_key(&at, |s| s.start).ok().filter(|i| is_text(statics[*i].bytes));
    let word = |bytes: &[u8], at: usize| bytes.get(at..at + 4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
    // A place in the source, a text or a pair of texts. Longer tables are reached by an index too, so that the code may name a place beside them.
    let is_slice = |bytes: &[u8], at: usize| word(bytes, at).and_then(text_at).is_some();
    let is_small = |s: &Static| matches!(s.bytes.len(), 8 | 16) && is_slice(s.bytes, 0);
    let may_go: Vec<bool> = statics.iter().map(|s| is_text(s.bytes) || is_small(s)).collect();
    // What stays names what must stay.
    let mut stays: Vec<bool> = may_go.iter().map(|may| !may).collect();
    let mut open: Vec<usize> = (0..statics.len()).filter(|i| stays[*i]).collect();
    let holder = |address: u32| {
        let before = statics.partition_point(|s| s.start <= address).checked_sub(1)?;
        (address - statics[before].start < statics[before].bytes.len() as u32).then_some(before)
    };
    let mut stay = |address: u32, open: &mut Vec<usize>| {
        if let Some(i) = holder(address).filter(|i| !std::mem::replace(&mut stays[*i], true)) {
            open.push(i);
        }
    };
    numbers.into_iter().for_each(|number| stay(number, &mut open));
    while let Some(i) = open.pop() {
        let bytes = statics[i].bytes;
        if !is_text(bytes) {
            (0..bytes.len()).step_by(4).filter_map(|at| word(bytes, at)).for_each(|address| stay(address, &mut open));
        }
    }
    statics.iter().zip(stays).filter(|(_, stays)| !stays).map(|(s, _)| s.start).collect()
}
