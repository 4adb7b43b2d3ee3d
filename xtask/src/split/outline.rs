//! Takes the stretches of a function that never ran out of it: each becomes a function of its own, called where it stood.

use super::live::{Live, Locals};
use super::mark::Stretch;
use super::seq::{inside, sequences};
use std::collections::{BTreeMap, BTreeSet};
use walrus::ir::*;
use walrus::{FunctionBuilder, FunctionId, LocalFunction, Module, ValType};

/// What a piece must save beyond what its call costs, in instructions.
const WORTH: usize = 2;
/// What a call into the rest costs.
const CALL: usize = 3;
/// Where statics begin: a number above is most likely one's address, and keeps it.
const STATICS: i32 = 1 << 20;

/// Where control goes behind a piece.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Exit {
    /// On, behind the sequence that the piece ends.
    Fall,
    /// To a sequence around it.
    To(InstrSeqId),
    /// Out of the function.
    Return,
}

/// The end of a sequence that is to be a function of its own.
struct Piece {
    seq: InstrSeqId,
    at: usize,
    /// The sequences within it.
    within: BTreeSet<InstrSeqId>,
    exits: BTreeSet<Exit>,
    read_or_set: Locals,
    set: Locals,
    /// Instructions it saves where it stood.
    weight: usize,
}

/// How many values an instruction takes and gives; nothing where control does not go on, an error where that is not known here.
fn effect(module: &Module, function: &LocalFunction, instr: &Instr) -> Result<Option<(usize, usize)>, ()> {
    let of_seq = |seq: InstrSeqId| match function.block(seq).ty {
        InstrSeqType::Simple(ty) => Ok((0, usize::from(ty.is_some()))),
        InstrSeqType::MultiValue(_) => Err(()),
    };
    let of_type = |ty| {
        let (params, results) = module.types.params_results(ty);
        (params.len(), results.len())
    };
    Ok(Some(match instr {
        Instr::Block(block) => of_seq(block.seq)?,
        Instr::Loop(block) => of_seq(block.seq)?,
        Instr::IfElse(arms) => (1, of_seq(arms.consequent)?.1),
        Instr::Call(call) => of_type(module.funcs.get(call.func).ty()),
        Instr::CallIndirect(call) => {
            let (params, results) = of_type(call.ty);
            (params + 1, results)
        }
        Instr::LocalGet(_) | Instr::GlobalGet(_) | Instr::Const(_) | Instr::MemorySize(_) | Instr::TableSize(_) | Instr::RefNull(_) => {
            (0, 1)
        }
        Instr::LocalSet(_) | Instr::GlobalSet(_) | Instr::Drop(_) | Instr::BrIf(_) => (1, 0),
        Instr::LocalTee(_) | Instr::Unop(_) | Instr::MemoryGrow(_) | Instr::Load(_) | Instr::TableGet(_) | Instr::RefIsNull(_) => (1, 1),
        Instr::Binop(_) | Instr::TableGrow(_) => (2, 1),
        Instr::Select(_) => (3, 1),
        Instr::Store(_) | Instr::TableSet(_) => (2, 0),
        Instr::MemoryCopy(_) | Instr::MemoryFill(_) | Instr::TableFill(_) => (3, 0),
        Instr::Br(_) | Instr::BrTable(_) | Instr::Return(_) | Instr::Unreachable(_) => return Ok(None),
        _ => return Err(()),
    }))
}

fn results(module: &Module, ty: InstrSeqType) -> Vec<ValType> {
    match ty {
        InstrSeqType::Simple(ty) => ty.into_iter().collect(),
        InstrSeqType::MultiValue(ty) => module.types.results(ty).to_vec(),
    }
}

/// The places of a sequence, not before `from`, at which nothing lies on the stack; the first of them.
fn bare(module: &Module, function: &LocalFunction, seq: InstrSeqId, from: usize) -> Option<usize> {
    let mut height = 0;
    for (i, (instr, _)) in function.block(seq).instrs.iter().enumerate() {
        if i >= from && height == 0 {
            return Some(i);
        }
        let (takes, gives) = effect(module, function, instr).ok()??;
        height = height + gives - takes;
    }
    None
}

/// Looks through the instructions of a piece; nothing when it cannot be taken out.
fn look(module: &Module, function: &LocalFunction, later: &BTreeSet<FunctionId>, seq: InstrSeqId, at: usize) -> Option<Piece> {
    let mut piece =
        Piece { seq, at, within: BTreeSet::new(), exits: BTreeSet::new(), read_or_set: Locals::new(), set: Locals::new(), weight: 0 };
    let mut targets = BTreeSet::new();
    let mut goes_on = true;
    let mut open: Vec<(InstrSeqId, usize)> = vec![(seq, at)];
    while let Some((inner, from)) = open.pop() {
        for (instr, _) in &function.block(inner).instrs[from..] {
            piece.weight += match instr {
                Instr::Call(call) if later.contains(&call.func) => CALL,
                Instr::Const(Const { value: Value::I32(n) }) if *n >= STATICS => 3,
                _ => 1,
            };
            open.extend(inside(instr).into_iter().map(|seq| (seq, 0)));
            match instr {
                Instr::LocalGet(get) => {
                    piece.read_or_set.insert(get.local);
                }
                Instr::LocalSet(set) => {
                    piece.set.insert(set.local);
                }
                Instr::LocalTee(tee) => {
                    piece.set.insert(tee.local);
                }
                // A branch with a value leaves by the function's end alone, and always.
                Instr::Br(to) if to.block == function.entry_block() => {
                    piece.exits.insert(Exit::Return);
                }
                Instr::Br(to) => {
                    targets.insert(to.block);
                }
                Instr::BrIf(to) => {
                    targets.insert(to.block);
                }
                Instr::BrTable(to) => {
                    targets.extend(to.blocks.iter().copied());
                    targets.insert(to.default);
                }
                Instr::Return(_) => {
                    piece.exits.insert(Exit::Return);
                }
                _ => {}
            }
            if effect(module, function, instr).ok()?.is_none() {
                goes_on &= inner != seq;
                break;
            }
        }
        if inner != seq {
            piece.within.insert(inner);
        }
    }
    if goes_on {
        piece.exits.insert(Exit::Fall);
    }
    for target in targets {
        if piece.within.contains(&target) {
            continue;
        }
        // A loop is branched to without a value, whatever it gives at its end.
        if target == function.entry_block() || (!is_loop(function, target) && !results(module, function.block(target).ty).is_empty()) {
            return None;
        }
        piece.exits.insert(Exit::To(target));
    }
    piece.read_or_set.extend(&piece.set);
    Some(piece)
}

fn is_loop(function: &LocalFunction, seq: InstrSeqId) -> bool {
    let is_it = |instr: &Instr| matches!(instr, Instr::Loop(block) if block.seq == seq);
    sequences(function).into_iter().any(|outer| function.block(outer).instrs.iter().any(|(instr, _)| is_it(instr)))
}

/// The outermost pieces of a function that never ran and can be taken out.
fn pieces(module: &Module, function: &LocalFunction, later: &BTreeSet<FunctionId>, cold: &BTreeMap<InstrSeqId, usize>) -> Vec<Piece> {
    let (mut found, mut open) = (Vec::new(), vec![function.entry_block()]);
    while let Some(seq) = open.pop() {
        let end = cold.get(&seq).and_then(|at| bare(module, function, seq, *at)).and_then(|at| look(module, function, later, seq, at));
        let until = end.as_ref().map_or(usize::MAX, |piece| piece.at);
        found.extend(end);
        open.extend(function.block(seq).instrs.iter().take(until).flat_map(|(instr, _)| inside(instr)));
    }
    found
}

/// Copies sequences into the function that a piece becomes.
struct Copy<'a> {
    from: &'a LocalFunction,
    builder: &'a mut FunctionBuilder,
    locals: BTreeMap<LocalId, LocalId>,
    seqs: BTreeMap<InstrSeqId, InstrSeqId>,
    /// What a return does instead: puts its values aside, goes to the block of its exit.
    on_return: (Vec<LocalId>, Option<InstrSeqId>),
}

impl Copy<'_> {
    fn seq(&mut self, old: InstrSeqId) -> InstrSeqId {
        let new = self.builder.dangling_instr_seq(self.from.block(old).ty).id();
        self.seqs.insert(old, new);
        self.instrs(old, 0, new);
        new
    }

    fn target(&self, old: InstrSeqId) -> InstrSeqId {
        self.seqs[&old]
    }

    fn instrs(&mut self, old: InstrSeqId, from: usize, new: InstrSeqId) {
        for (instr, _) in &self.from.block(old).instrs[from..] {
            let leaves = matches!(instr, Instr::Return(_)) || matches!(instr, Instr::Br(to) if to.block == self.from.entry_block());
            if leaves && let (values, Some(block)) = &self.on_return {
                let (values, block) = (values.clone(), *block);
                for local in values.into_iter().rev() {
                    self.builder.instr_seq(new).instr(LocalSet { local });
                }
                self.builder.instr_seq(new).instr(Br { block });
                break;
            }
            let copy: Instr = match instr.clone() {
                Instr::Block(block) => Block { seq: self.seq(block.seq) }.into(),
                Instr::Loop(block) => Loop { seq: self.seq(block.seq) }.into(),
                Instr::IfElse(arms) => IfElse { consequent: self.seq(arms.consequent), alternative: self.seq(arms.alternative) }.into(),
                Instr::LocalGet(x) => LocalGet { local: self.locals[&x.local] }.into(),
                Instr::LocalSet(x) => LocalSet { local: self.locals[&x.local] }.into(),
                Instr::LocalTee(x) => LocalTee { local: self.locals[&x.local] }.into(),
                Instr::Br(to) => Br { block: self.target(to.block) }.into(),
                Instr::BrIf(to) => BrIf { block: self.target(to.block) }.into(),
                Instr::BrTable(to) => {
                    BrTable { blocks: to.blocks.iter().map(|b| self.target(*b)).collect(), default: self.target(to.default) }.into()
                }
                other => other,
            };
            let ends = matches!(copy, Instr::Br(_) | Instr::BrTable(_) | Instr::Return(_) | Instr::Unreachable(_));
            self.builder.instr_seq(new).instr(copy);
            if ends {
                break;
            }
        }
    }
}

/// Takes a piece out of a function; gives the function it became.
fn take(module: &mut Module, id: FunctionId, piece: &Piece, live: &Live) -> Option<FunctionId> {
    let Module { funcs, types, locals, .. } = module;
    let ty = |local: &LocalId, locals: &walrus::ModuleLocals| locals.get(*local).ty();
    let function = funcs.get(id).kind.unwrap_local();
    let mut wanted = Locals::new();
    for exit in &piece.exits {
        match exit {
            Exit::Fall => wanted.extend(live.at_end.get(&piece.seq)?),
            Exit::To(seq) => wanted.extend(live.at_label.get(seq)?),
            Exit::Return => {}
        }
    }
    let given: Vec<LocalId> = live.at_place.get(&(piece.seq, piece.at))?.intersection(&piece.read_or_set).copied().collect();
    let back: Vec<LocalId> = piece.set.intersection(&wanted).copied().collect();
    let falls = match function.block(piece.seq).ty {
        _ if !piece.exits.contains(&Exit::Fall) => Vec::new(),
        InstrSeqType::Simple(ty) => ty.into_iter().collect(),
        InstrSeqType::MultiValue(ty) => types.results(ty).to_vec(),
    };
    let returns = if piece.exits.contains(&Exit::Return) { types.results(function.ty()).to_vec() } else { Vec::new() };
    let exits: Vec<Exit> = piece.exits.iter().copied().collect();
    let is_told = exits.len() > 1;
    let cost = given.len() + 2 * (back.len() + returns.len()) + CALL + if is_told { 3 * exits.len() } else { 1 };
    if piece.weight < cost + WORTH {
        return None;
    }

    // The new function: the piece within one block an exit, and behind each block what that exit gives back.
    let params: Vec<ValType> = given.iter().map(|l| ty(l, locals)).collect();
    let outs = falls.iter().chain(&returns).copied().chain(back.iter().map(|l| ty(l, locals))).chain(is_told.then_some(ValType::I32));
    let outs: Vec<ValType> = outs.collect();
    let renamed: BTreeMap<LocalId, LocalId> = piece.read_or_set.iter().map(|l| (*l, locals.add(ty(l, locals)))).collect();
    let fall_locals: Vec<LocalId> = falls.iter().map(|t| locals.add(*t)).collect();
    let return_locals: Vec<LocalId> = returns.iter().map(|t| locals.add(*t)).collect();
    let mut builder = FunctionBuilder::new(types, &params, &outs);
    let body = builder.func_body_id();
    let blocks: Vec<(Exit, InstrSeqId)> =
        exits.iter().filter(|e| **e != Exit::Fall).map(|e| (*e, builder.dangling_instr_seq(None).id())).collect();
    let innermost = blocks.last().map_or(body, |(_, block)| *block);
    let seqs = blocks.iter().filter_map(|(exit, block)| if let Exit::To(seq) = exit { Some((*seq, *block)) } else { None }).collect();
    let on_return = (return_locals.clone(), blocks.iter().find(|(e, _)| *e == Exit::Return).map(|(_, block)| *block));
    let mut copy = Copy { from: function, builder: &mut builder, locals: renamed.clone(), seqs, on_return };
    copy.instrs(piece.seq, piece.at, innermost);
    let leave = |builder: &mut FunctionBuilder, seq: InstrSeqId, exit: Exit| {
        let mut out = builder.instr_seq(seq);
        let aside = fall_locals.iter().chain(&return_locals).copied().chain(back.iter().map(|l| renamed[l]));
        for local in aside {
            out.instr(LocalGet { local });
        }
        if is_told {
            let code = exits.iter().position(|e| *e == exit).unwrap_or_default();
            out.i32_const(code as i32);
        }
        out.return_();
    };
    if exits.contains(&Exit::Fall) {
        for local in fall_locals.iter().rev() {
            builder.instr_seq(innermost).instr(LocalSet { local: *local });
        }
        leave(&mut builder, innermost, Exit::Fall);
    }
    for (i, (exit, block)) in blocks.iter().enumerate().rev() {
        let outer = if i == 0 { body } else { blocks[i - 1].1 };
        builder.instr_seq(outer).instr(Block { seq: *block });
        leave(&mut builder, outer, *exit);
    }
    if exits.is_empty() {
        builder.instr_seq(body).unreachable();
    }
    let new = builder.finish(given.iter().map(|l| renamed[l]).collect(), funcs);

    // The call in its place.
    let code = is_told.then(|| locals.add(ValType::I32));
    let kept: Vec<LocalId> = if is_told { returns.iter().map(|t| locals.add(*t)).collect() } else { Vec::new() };
    let function = funcs.get_mut(id).kind.unwrap_local_mut();
    let builder = function.builder_mut();
    let leaving = exits.contains(&Exit::Return).then(|| {
        let mut seq = builder.dangling_instr_seq(None);
        for local in &kept {
            seq.instr(LocalGet { local: *local });
        }
        seq.return_();
        seq.id()
    });
    let nothing = builder.dangling_instr_seq(None).id();
    let mut seq = builder.instr_seq(piece.seq);
    seq.instrs_mut().truncate(piece.at);
    for local in &given {
        seq.instr(LocalGet { local: *local });
    }
    seq.call(new);
    for local in code.iter().chain(back.iter().rev()).chain(kept.iter().rev()) {
        seq.instr(LocalSet { local: *local });
    }
    // The exit that is left when it is none of the others: going on, if it can.
    for (i, exit) in exits.iter().enumerate().skip(1) {
        let Some(code) = code else { break };
        seq.instr(LocalGet { local: code });
        if exits.len() > 2 {
            seq.i32_const(i as i32).binop(BinaryOp::I32Eq);
        }
        match exit {
            Exit::To(block) => seq.instr(BrIf { block: *block }),
            Exit::Return => seq.instr(IfElse { consequent: leaving?, alternative: nothing }),
            Exit::Fall => continue,
        };
    }
    match exits.first() {
        None => seq.unreachable(),
        Some(Exit::Fall) => &mut seq,
        Some(Exit::To(block)) => seq.instr(Br { block: *block }),
        Some(Exit::Return) => seq.return_(),
    };
    Some(new)
}

/// Takes out of a function all that never ran, where a call is shorter than what it saves; gives the functions that came of it.
pub fn outline(module: &mut Module, id: FunctionId, never_ran: &[Stretch], later: &BTreeSet<FunctionId>) -> Vec<FunctionId> {
    let mut cold: BTreeMap<InstrSeqId, usize> = BTreeMap::new();
    for (seq, at) in never_ran {
        let first = cold.entry(*seq).or_insert(*at);
        *first = (*first).min(*at);
    }
    let function = module.funcs.get(id).kind.unwrap_local();
    let pieces = pieces(module, function, later, &cold);
    let live = Live::of(function, &pieces.iter().map(|p| (p.seq, p.at)).collect());
    pieces.iter().filter_map(|piece| take(module, id, piece, &live)).collect()
}
