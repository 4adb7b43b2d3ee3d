//! Which stretches of a program run: each stretch gets a byte that is set when control enters it.

use super::seq::inside;
use walrus::ir::{Const, Instr, InstrSeqId, MemArg, Store, StoreKind, Value};
use walrus::{FunctionId, LocalFunction, Module};

/// The export under which a marked program shows its bytes.
pub const MARKS: &str = "marks";
const PAGE: usize = 1 << 16;

/// A stretch: the instructions of a sequence from a position to the next place where control may leave it.
pub type Stretch = (InstrSeqId, usize);

/// The functions of a module in the order of their stretches.
pub fn functions(module: &Module) -> Vec<FunctionId> {
    module.funcs.iter_local().map(|(id, _)| id).collect()
}

/// The stretches of a function, always in the same order; the first is its entry.
pub fn stretches(function: &LocalFunction) -> Vec<Stretch> {
    let (mut found, mut open) = (Vec::new(), vec![function.entry_block()]);
    while let Some(seq) = open.pop() {
        found.push((seq, 0));
        let instrs = &function.block(seq).instrs;
        for (i, (instr, _)) in instrs.iter().enumerate() {
            open.extend(inside(instr));
            match instr {
                Instr::Block(_) | Instr::Loop(_) | Instr::IfElse(_) | Instr::BrIf(_) => {}
                Instr::Br(_) | Instr::BrTable(_) | Instr::Return(_) | Instr::Unreachable(_) => break,
                _ => continue,
            }
            if i + 1 < instrs.len() {
                found.push((seq, i + 1));
            }
        }
    }
    found
}

/// Makes every stretch of the program set its byte of a memory of its own.
pub fn mark(module: &mut Module) {
    let all = functions(module);
    let count: usize = all.iter().map(|id| stretches(module.funcs.get(*id).kind.unwrap_local()).len()).sum();
    let pages = count.div_ceil(PAGE) as u64;
    let memory = module.memories.add_local(false, false, pages, Some(pages), None);
    module.exports.add(MARKS, memory);
    let mut next = 0;
    for id in all {
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let mut marks: Vec<(Stretch, i32)> = stretches(function).into_iter().zip(next..).collect();
        next += marks.len() as i32;
        // From behind, so that a mark does not move the place of another.
        marks.sort_by_key(|((_, at), _)| std::cmp::Reverse(*at));
        for ((seq, at), byte) in marks {
            let store = Store { memory, kind: StoreKind::I32_8 { atomic: false }, arg: MemArg { align: 1, offset: 0 } };
            function
                .builder_mut()
                .instr_seq(seq)
                .instr_at(at, Const { value: Value::I32(byte) })
                .instr_at(at + 1, Const { value: Value::I32(1) })
                .instr_at(at + 2, store);
        }
    }
}
