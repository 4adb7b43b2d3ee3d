//! Parts a program in two: the first has what runs at the start, the rest joins its memory and tables later.

use super::address::Addresses;
use super::data;
use super::seq::sequences;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use walrus::ir::{BrIf, Call, CallIndirect, Const, Instr, LocalGet, Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportId, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalKind, ImportKind,
    ImportedFunction, LocalFunction, Module, ModuleConfig, TableId,
};

/// The module of imports by which the rest names what the first part gives it, and the first part the rest's loader.
pub const JOINT: &str = "joint";
/// Marks the name of a function that belongs to the rest.
const LATER: char = 'r';

/// Both parts as they are loaded.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
}

/// The first part's functions that the rest calls stand in the table from `from` on, `count` of them, named by their number.
pub struct Joint {
    pub from: u64,
    pub count: u64,
}

fn read(wasm: &[u8]) -> Result<Module, String> {
    let mut config = ModuleConfig::new();
    config.generate_producers_section(false);
    config.parse(wasm).map_err(|e| format!("the program: {e:#}"))
}

/// Names every function so that it is known again, and whether it belongs to the rest.
fn name(module: &mut Module, later: &BTreeSet<FunctionId>) {
    for (n, id) in super::mark::functions(module).into_iter().enumerate() {
        let kind = if later.contains(&id) { LATER } else { 'f' };
        module.funcs.get_mut(id).name = Some(format!("{kind}{n}"));
    }
}

fn is_later(module: &Module, id: FunctionId) -> bool {
    let function = module.funcs.get(id);
    matches!(function.kind, FunctionKind::Local(_)) && function.name.as_ref().is_some_and(|n| n.starts_with(LATER))
}

/// Every function that those for which `is_of` holds call, by name.
fn called(module: &Module, is_of: impl Fn(FunctionId) -> bool) -> BTreeMap<String, FunctionId> {
    let mut found = BTreeMap::new();
    for (_, function) in module.funcs.iter_local().filter(|(id, _)| is_of(*id)) {
        for seq in sequences(function) {
            for (instr, _) in &function.block(seq).instrs {
                if let Instr::Call(Call { func }) = instr {
                    found.insert(name_of(module, *func), *func);
                }
            }
        }
    }
    found
}

fn name_of(module: &Module, id: FunctionId) -> String {
    module.funcs.get(id).name.clone().unwrap_or_default()
}

/// Collects what is called, in order.
struct Calls(Vec<FunctionId>);

impl<'a> Visitor<'a> for Calls {
    fn visit_call(&mut self, call: &Call) {
        self.0.push(call.func);
    }
}

/// The places of functions in the table: those that stand there already, by name.
fn placed(module: &Module) -> BTreeMap<String, Vec<u64>> {
    let mut places: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for element in module.elements.iter() {
        let (ElementKind::Active { offset, .. }, ElementItems::Functions(items)) = (&element.kind, &element.items) else { continue };
        let from = match offset {
            ConstExpr::Value(Value::I32(n)) => *n as u64,
            _ => continue,
        };
        for (at, id) in (from..).zip(items) {
            places.entry(name_of(module, *id)).or_default().push(at);
        }
    }
    places
}

/// The table of functions, which wasm-bindgen's table of JavaScript values is not.
fn table(module: &Module) -> Result<TableId, String> {
    let found = module.elements.iter().find_map(|e| match e.kind {
        ElementKind::Active { table, .. } => Some(table),
        _ => None,
    });
    found.ok_or_else(|| "a program without a table of functions".into())
}

/// Parts a program; `later` are the functions of the rest.
pub fn part(mut module: Module, later: &BTreeSet<FunctionId>, addresses: &Addresses) -> Result<(Parts, Joint), String> {
    name(&mut module, later);
    let whole = module.emit_wasm();
    let mut first = read(&whole)?;
    let table = table(&first)?;
    let old = placed(&first);

    // Whatever the first part calls in the rest gets a place in the table, and what the rest calls in the first part.
    let mut places: BTreeMap<String, u64> = old.iter().filter_map(|(name, at)| Some((name.clone(), *at.first()?))).collect();
    let mut end = first.tables.get(table).initial;
    let exports: Vec<(ExportId, FunctionId)> = first
        .exports
        .iter()
        .filter_map(|e| if let ExportItem::Function(id) = e.item { Some((e.id(), id)) } else { None })
        .filter(|(_, id)| is_later(&first, *id))
        .collect();
    // In the order in which they are called, as the functions are written: numbers that grow are short to ship.
    let mut wanted = Calls(Vec::new());
    let mut callers: Vec<&LocalFunction> = first.funcs.iter_local().filter(|(id, _)| !is_later(&first, *id)).map(|(_, f)| f).collect();
    callers.sort_by_key(|function| Reverse(function.size()));
    callers.iter().for_each(|function| dfs_in_order(&mut wanted, function, function.entry_block()));
    let wanted = wanted.0.into_iter().filter(|id| is_later(&first, *id));
    for id in wanted.chain(exports.iter().map(|(_, id)| *id)) {
        places.entry(name_of(&first, id)).or_insert_with(|| {
            end += 1;
            end - 1
        });
    }
    let is_given = |id: FunctionId| !is_later(&first, id) && matches!(first.funcs.get(id).kind, FunctionKind::Local(_));
    let mut given: Vec<(String, FunctionId)> =
        called(&first, |id| is_later(&first, id)).into_iter().filter(|(_, id)| is_given(*id)).collect();
    let joint = Joint { from: end, count: given.len() as u64 };
    end += joint.count;

    let by_table = ByTable { ensure: ensure(&mut first), table, places: &places };
    by_table.calls(&mut first);
    by_table.addresses(&mut first, &exports);
    // Large functions are written first: in that order the table is a row of numbers that grow.
    given.sort_by_key(|(_, id)| (Reverse(first.funcs.get(*id).kind.unwrap_local().size()), *id));
    let element = first.elements.add(
        ElementKind::Active { table, offset: ConstExpr::Value(Value::I32(joint.from as i32)) },
        ElementItems::Functions(given.iter().map(|(_, id)| *id).collect()),
    );
    let functions = first.tables.get_mut(table);
    functions.elem_segments.insert(element);
    functions.initial = end;
    functions.maximum = functions.maximum.map(|most| most.max(end));
    share(&mut first, table);
    walrus::passes::gc::run(&mut first);
    let shares = data::shares(&first, addresses);
    data::keep_shares(&mut first, &shares);
    let given: Vec<String> = given.into_iter().map(|(name, _)| name).collect();
    let rest = rest(&whole, &places, &old, &given, end, &shares)?;
    Ok((Parts { first: emit(first)?, rest }, joint))
}

/// How the first part reaches the rest: it makes sure that it is there, and calls by the table.
struct ByTable<'a> {
    ensure: FunctionId,
    table: TableId,
    places: &'a BTreeMap<String, u64>,
}

impl ByTable<'_> {
    fn place(&self, first: &Module, id: FunctionId) -> i32 {
        self.places[&name_of(first, id)] as i32
    }

    /// Turns the calls of functions of the rest.
    fn calls(&self, first: &mut Module) {
        let callers: Vec<FunctionId> = super::mark::functions(first).into_iter().filter(|id| !is_later(first, *id)).collect();
        for id in callers {
            for seq in sequences(first.funcs.get(id).kind.unwrap_local()) {
                let mut changed = Vec::new();
                for (instr, at) in &first.funcs.get(id).kind.unwrap_local().block(seq).instrs {
                    match instr {
                        Instr::Call(Call { func }) if is_later(first, *func) => {
                            let ty = first.funcs.get(*func).ty();
                            changed.push((Call { func: self.ensure }.into(), *at));
                            changed.push((Const { value: Value::I32(self.place(first, *func)) }.into(), *at));
                            changed.push((CallIndirect { ty, table: self.table }.into(), *at));
                        }
                        other => changed.push((other.clone(), *at)),
                    }
                }
                first.funcs.get_mut(id).kind.unwrap_local_mut().block_mut(seq).instrs = changed;
            }
        }
    }

    /// Puts a function that calls by the table wherever one of the rest was exported or its address taken.
    fn addresses(&self, first: &mut Module, exports: &[(ExportId, FunctionId)]) {
        let listed = first.elements.iter().filter_map(|e| if let ElementItems::Functions(ids) = &e.items { Some(ids) } else { None });
        let listed: BTreeSet<FunctionId> = listed.flatten().copied().chain(exports.iter().map(|(_, id)| *id)).collect();
        let later: Vec<FunctionId> = listed.into_iter().filter(|id| is_later(first, *id)).collect();
        let stubs: BTreeMap<FunctionId, FunctionId> = later.into_iter().map(|id| (id, self.stub(first, id))).collect();
        for element in first.elements.iter_mut() {
            if let ElementItems::Functions(ids) = &mut element.items {
                ids.iter_mut().for_each(|id| *id = stubs.get(id).copied().unwrap_or(*id));
            }
        }
        for (export, id) in exports {
            first.exports.get_mut(*export).item = ExportItem::Function(stubs[id]);
        }
    }

    fn stub(&self, first: &mut Module, id: FunctionId) -> FunctionId {
        let (ty, place) = (first.funcs.get(id).ty(), self.place(first, id));
        let (params, results) = first.types.params_results(ty);
        let (params, results) = (params.to_vec(), results.to_vec());
        let args: Vec<_> = params.iter().map(|t| first.locals.add(*t)).collect();
        let mut builder = FunctionBuilder::new(&mut first.types, &params, &results);
        let mut body = builder.func_body();
        for local in &args {
            body.instr(LocalGet { local: *local });
        }
        body.call(self.ensure).i32_const(place).instr(CallIndirect { ty, table: self.table });
        builder.finish(args, &mut first.funcs)
    }
}

fn table_name(n: usize, is_of_functions: bool) -> String {
    if is_of_functions { "functions".into() } else { format!("t{n}") }
}

/// Makes memory, tables and globals of the first part reachable for the rest.
fn share(first: &mut Module, functions: TableId) {
    let tables: Vec<_> = first.tables.iter().map(|t| t.id()).collect();
    for (n, id) in tables.into_iter().enumerate() {
        first.exports.add(&table_name(n, id == functions), id);
    }
    let memories: Vec<_> = first.memories.iter().map(|m| m.id()).collect();
    for (n, id) in memories.into_iter().enumerate() {
        first.exports.add(&format!("m{n}"), id);
    }
    let globals: Vec<_> = first.globals.iter().filter(|g| g.name.as_deref() != Some("is_whole")).map(|g| g.id()).collect();
    for (n, id) in globals.into_iter().enumerate() {
        first.exports.add(&format!("g{n}"), id);
    }
}

/// A function that brings the rest when it is not there.
fn ensure(first: &mut Module) -> FunctionId {
    let is_whole = first.globals.add_local(walrus::ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
    first.globals.get_mut(is_whole).name = Some("is_whole".into());
    first.exports.add("is_whole", is_whole);
    let ty = first.types.add(&[], &[]);
    let (bring, _) = first.add_import_func(JOINT, "bring", ty);
    let mut builder = FunctionBuilder::new(&mut first.types, &[], &[]);
    let body = builder.func_body_id();
    builder.instr_seq(body).global_get(is_whole).instr(BrIf { block: body }).call(bring);
    builder.finish(Vec::new(), &mut first.funcs)
}

/// The rest: its functions, with all else taken from the first part.
fn rest(
    whole: &[u8],
    places: &BTreeMap<String, u64>,
    old: &BTreeMap<String, Vec<u64>>,
    given: &[String],
    table_size: u64,
    shares: &data::Shares,
) -> Result<Vec<u8>, String> {
    let mut rest = read(whole)?;
    let table = table(&rest)?;
    let by_name: BTreeMap<String, FunctionId> =
        rest.funcs.iter_local().filter_map(|(id, _)| Some((rest.funcs.get(id).name.clone()?, id))).collect();
    let exports: Vec<_> = rest.exports.iter().map(|e| e.id()).collect();
    exports.into_iter().for_each(|id| rest.exports.delete(id));
    rest.start = None;
    for (n, name) in given.iter().enumerate() {
        let id = by_name[name];
        let ty = rest.funcs.get(id).ty();
        let import = rest.imports.add(JOINT, &n.to_string(), ImportKind::Function(id));
        rest.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
    }
    data::keep(&mut rest, |start| shares.contains_key(&start));
    let memories: Vec<_> = rest.memories.iter().map(|m| m.id()).collect();
    for (n, id) in memories.into_iter().enumerate() {
        let import = rest.imports.add(JOINT, &format!("m{n}"), ImportKind::Memory(id));
        rest.memories.get_mut(id).import = Some(import);
    }
    let elements: Vec<_> = rest.elements.iter().map(|e| e.id()).collect();
    elements.into_iter().for_each(|id| rest.elements.delete(id));
    let tables: Vec<_> = rest.tables.iter().map(|t| t.id()).collect();
    for (n, id) in tables.into_iter().enumerate() {
        let import = rest.imports.add(JOINT, &table_name(n, id == table), ImportKind::Table(id));
        let one = rest.tables.get_mut(id);
        one.import = Some(import);
        one.elem_segments.clear();
        if id == table {
            one.initial = table_size;
            one.maximum = one.maximum.map(|m| m.max(table_size));
        }
    }
    let globals: Vec<_> = rest.globals.iter().map(|g| g.id()).collect();
    for (n, id) in globals.into_iter().enumerate() {
        let import = rest.imports.add(JOINT, &format!("g{n}"), ImportKind::Global(id));
        rest.globals.get_mut(id).kind = GlobalKind::Import(import);
    }
    // Its functions take their places, neighbours in one segment.
    let mut taken: BTreeMap<u64, FunctionId> = BTreeMap::new();
    for (name, place) in places {
        let Some(id) = by_name.get(name).filter(|_| name.starts_with(LATER)) else { continue };
        let also = old.get(name).map(Vec::as_slice).unwrap_or_default();
        taken.extend(also.iter().chain([place]).map(|at| (*at, *id)));
    }
    let mut segments: Vec<(u64, Vec<FunctionId>)> = Vec::new();
    for (at, id) in taken {
        match segments.last_mut() {
            Some((from, ids)) if *from + ids.len() as u64 == at => ids.push(id),
            _ => segments.push((at, vec![id])),
        }
    }
    for (from, ids) in segments {
        let offset = ConstExpr::Value(Value::I32(from as i32));
        let element = rest.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(ids));
        rest.tables.get_mut(table).elem_segments.insert(element);
    }
    walrus::passes::gc::run(&mut rest);
    emit(rest)
}

/// The bytes of a part, without names.
fn emit(mut module: Module) -> Result<Vec<u8>, String> {
    let mut config = ModuleConfig::new();
    config.generate_producers_section(false).generate_name_section(false);
    let mut bare = config.parse(&module.emit_wasm()).map_err(|e| format!("a part of the program: {e:#}"))?;
    Ok(bare.emit_wasm())
}
