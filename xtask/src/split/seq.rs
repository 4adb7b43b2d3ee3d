//! The sequences of instructions that a function is made of.

use walrus::LocalFunction;
use walrus::ir::{Instr, InstrSeqId};

/// The sequences that an instruction holds.
pub fn inside(instr: &Instr) -> Vec<InstrSeqId> {
    match instr {
        Instr::Block(block) => vec![block.seq],
        Instr::Loop(block) => vec![block.seq],
        Instr::IfElse(arms) => vec![arms.consequent, arms.alternative],
        _ => Vec::new(),
    }
}

/// All sequences of a function.
pub fn sequences(function: &LocalFunction) -> Vec<InstrSeqId> {
    let (mut found, mut next) = (vec![function.entry_block()], 0);
    while let Some(seq) = found.get(next).copied() {
        next += 1;
        found.extend(function.block(seq).instrs.iter().flat_map(|(instr, _)| inside(instr)));
    }
    found
}
