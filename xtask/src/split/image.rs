//! Runs the opening's set-up while the site is built, and ships the memory that it leaves: no visitor waits for it, or for the code that only it needs.

use crate::driver::{Browser, Options, Site, base64};
use std::path::Path;
use walrus::ir::{Const, Instr, InstrLocId, LocalGet, MemoryFill, Value};
use walrus::{ConstExpr, DataKind, FunctionId, FunctionKind, GlobalKind, LocalId, MemoryId, Module};

/// The program's function that does the set-up and calls nothing of a browser.
const PREPARE: &str = "prepare";
/// The program as it is run for its memory, beside the site's files.
const PREPARING: &str = "preparing.wasm";
const PAGE: usize = 1 << 16;

/// Calls it and returns the whole memory.
const RUN: &str = "
    const module = await WebAssembly.compile(await (await fetch(new URL(arguments[0], document.baseURI))).arrayBuffer());
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
        (imports[from] ??= {})[name] = () => { throw new Error(`the set-up calls ${from}.${name}`); };
    }
    const { exports } = await WebAssembly.instantiate(module, imports);
    exports[arguments[1]]();
    const bytes = new Uint8Array(exports.memory.buffer);
    let text = '';
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
";

/// Puts the memory after the set-up into the program of the site in `out`.
pub fn prepare(module: &mut Module, out: &Path) -> Result<(), String> {
    let mut preparing = Module::from_buffer(&module.emit_wasm()).map_err(|e| format!("the program: {e:#}"))?;
    scrub(&mut preparing)?;
    let file = out.join(PREPARING);
    std::fs::write(&file, preparing.emit_wasm()).map_err(|e| format!("{}: {e}", file.display()))?;
    let site = Site::serve(out)?;
    let browser = Browser::start(&Options::default())?;
    browser.go(&site.address)?;
    let text = browser.js_with(RUN, &[PREPARING.into(), PREPARE.into()])?;
    std::fs::remove_file(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    ship(module, &base64(text.as_str().ok_or("a set-up without a memory")?)?)?;
    module.exports.remove(PREPARE).map_err(|e| format!("{PREPARE}: {e:#}"))
}

fn memory(module: &Module) -> Result<MemoryId, String> {
    module.memories.iter().next().map(|memory| memory.id()).ok_or_else(|| "a program without a memory".into())
}

/// The function whose name ends so, and its parameters.
fn function(module: &Module, name: &str) -> Result<(FunctionId, Vec<LocalId>), String> {
    let is_it = |f: &walrus::Function| f.name.as_ref().is_some_and(|n| n.ends_with(name));
    let id = module.funcs.iter().find(|f| is_it(f)).map(|f| f.id()).ok_or_else(|| format!("found no function {name}"))?;
    match &module.funcs.get(id).kind {
        FunctionKind::Local(local) => Ok((id, local.args.clone())),
        _ => Err(format!("{name} is not the program's own")),
    }
}

/// Makes the program wipe what it gives back, so that the image holds what is in use and no leavings.
fn scrub(module: &mut Module) -> Result<(), String> {
    let memory = memory(module)?;
    let (free, args) = function(module, "::__rust_dealloc")?;
    let [at, size, ..] = args[..] else { return Err("__rust_dealloc has other parameters".into()) };
    let wipe: [Instr; 4] = [
        LocalGet { local: at }.into(),
        Const { value: Value::I32(0) }.into(),
        LocalGet { local: size }.into(),
        MemoryFill { memory }.into(),
    ];
    let function = module.funcs.get_mut(free).kind.unwrap_local_mut();
    let entry = function.entry_block();
    function.block_mut(entry).instrs.splice(0..0, wipe.map(|instr| (instr, InstrLocId::default())));
    Ok(())
}

/// Writes a memory into the program's data: its statics as they have become, and all behind them in one piece. The stack, which lies before them, is empty
/// between two calls.
fn ship(module: &mut Module, image: &[u8]) -> Result<(), String> {
    let stack = module.globals.iter().find(|g| g.name.as_deref() == Some("__stack_pointer")).map(|g| &g.kind);
    let Some(GlobalKind::Local(ConstExpr::Value(Value::I32(stack)))) = stack else { return Err("found no stack".into()) };
    let mut end = *stack as usize;
    let statics: Vec<_> = module.data.iter().map(|data| data.id()).collect();
    for id in statics {
        let data = module.data.get_mut(id);
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } = data.kind else { continue };
        let (start, len) = (start as usize, data.value.len());
        if start < *stack as usize {
            return Err("found statics before the stack's end, expected them behind it".into());
        }
        data.value.copy_from_slice(&image[start..start + len]);
        end = end.max(start + len);
    }
    let used = &image[end..];
    let from = used.iter().position(|b| *b != 0).unwrap_or(used.len());
    let to = end + used.iter().rposition(|b| *b != 0).map_or(from, |last| last + 1);
    // From where a word of the memory begins, so that no address is cut.
    let from = ((end + from) & !3).max(end);
    let memory = memory(module)?;
    let offset = ConstExpr::Value(Value::I32(from as i32));
    let heap = module.data.add(DataKind::Active { memory, offset }, image[from..to].to_vec());
    let memory = module.memories.get_mut(memory);
    memory.data_segments.insert(heap);
    memory.initial = (image.len() / PAGE) as u64;
    Ok(())
}
