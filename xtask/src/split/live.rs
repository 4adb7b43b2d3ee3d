//! Which locals of a function are read later: what a piece taken out of it must be given, and must give back.

use std::collections::{BTreeMap, BTreeSet};
use walrus::LocalFunction;
use walrus::ir::{Instr, InstrSeqId, LocalId};

pub type Locals = BTreeSet<LocalId>;

/// The locals that are alive at the places of a function that matter to its pieces.
#[derive(Default)]
pub struct Live {
    /// Where a branch to a sequence goes on.
    pub at_label: BTreeMap<InstrSeqId, Locals>,
    /// Behind the last instruction of a sequence.
    pub at_end: BTreeMap<InstrSeqId, Locals>,
    /// Before an instruction that was asked for.
    pub at_place: BTreeMap<(InstrSeqId, usize), Locals>,
}

impl Live {
    /// Finds what is alive in a function, at `places` too.
    pub fn of(function: &LocalFunction, places: &BTreeSet<(InstrSeqId, usize)>) -> Live {
        let mut live = Live::default();
        let entry = function.entry_block();
        live.at_label.insert(entry, Locals::new());
        live.before(function, places, entry, Locals::new());
        live
    }

    fn label(&self, seq: InstrSeqId) -> Locals {
        self.at_label.get(&seq).cloned().unwrap_or_default()
    }

    /// What is alive before a sequence, when `now` is alive behind it.
    fn before(&mut self, function: &LocalFunction, places: &BTreeSet<(InstrSeqId, usize)>, seq: InstrSeqId, mut now: Locals) -> Locals {
        self.at_end.insert(seq, now.clone());
        for (i, (instr, _)) in function.block(seq).instrs.iter().enumerate().rev() {
            match instr {
                Instr::LocalGet(get) => {
                    now.insert(get.local);
                }
                Instr::LocalSet(set) => {
                    now.remove(&set.local);
                }
                Instr::LocalTee(tee) => {
                    now.remove(&tee.local);
                }
                Instr::Block(block) => {
                    self.at_label.insert(block.seq, now.clone());
                    now = self.before(function, places, block.seq, now);
                }
                // What is alive at a loop's start depends on itself: it grows until it is closed.
                Instr::Loop(block) => loop {
                    let known = self.label(block.seq);
                    let mut found = self.before(function, places, block.seq, now.clone());
                    found.extend(&known);
                    self.at_label.insert(block.seq, found.clone());
                    if found == known {
                        now = found;
                        break;
                    }
                },
                Instr::IfElse(arms) => {
                    self.at_label.insert(arms.consequent, now.clone());
                    self.at_label.insert(arms.alternative, now.clone());
                    let mut either = self.before(function, places, arms.consequent, now.clone());
                    either.extend(self.before(function, places, arms.alternative, now));
                    now = either;
                }
                Instr::Br(to) => now = self.label(to.block),
                Instr::BrIf(to) => now.extend(self.label(to.block)),
                Instr::BrTable(to) => {
                    now = self.label(to.default);
                    to.blocks.iter().for_each(|block| now.extend(self.label(*block)));
                }
                Instr::Return(_) | Instr::Unreachable(_) => now.clear(),
                _ => {}
            }
            if places.contains(&(seq, i)) {
                self.at_place.insert((seq, i), now.clone());
            }
        }
        now
    }
}
