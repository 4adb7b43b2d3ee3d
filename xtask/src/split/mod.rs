//! Makes two of the page's program: what the first seconds run, from the opening scene on, and the rest, which is loaded when the page moves.
//!
//! Which is which is not guessed. The program is run in a browser with a mark in every stretch of code; what ran is the first part. A function that
//! never ran belongs to the rest, and so do the stretches of the others that never ran, as functions of their own. A call into the rest before it
//! was fetched brings it at once, so whatever a person does, the program is whole.

mod address;
mod data;
mod image;
mod live;
mod mark;
mod outline;
mod pack;
mod part;
mod seq;
mod sheet;

use crate::build::copy_folder;
use crate::driver::{Browser, Options, Site};
use crate::shrink;
use address::Addresses;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use walrus::Module;

/// The program as wasm-bindgen leaves it, and its rest.
const PROGRAM: &str = "app_bg.wasm";
const REST: &str = "app_rest.wasm";
/// Modules whose functions are kept whole: what runs of them hangs on addresses and on what falls into one frame, so that no watch sees all of it.
const WHOLE: &[&str] = &["dlmalloc", "yew::scheduler", "::btree::"];
/// How long the opening is watched: until the page has asked for the rest.
const WATCHED: Duration = Duration::from_millis(4_500);
/// Until when nothing of the rest may be asked for.
const BEFORE_REST: Duration = Duration::from_millis(3_500);
/// How often it is watched, and how often more when an opening needed what none before did.
const ROUNDS: usize = 3;
const AGAIN: usize = 4;

fn file<T>(path: &Path, result: std::io::Result<T>) -> Result<T, String> {
    result.map_err(|e| format!("{}: {e}", path.display()))
}

/// Parts the program of the site in `out`, which was linked as `linked`.
pub fn split(linked: &Path, out: &Path) -> Result<(), String> {
    let path = out.join(PROGRAM);
    let addresses = address::addresses(&file(linked, std::fs::read(linked))?)?;
    let mut module = Module::from_file(&path).map_err(|e| format!("{PROGRAM}: {e:#}"))?;
    ["linking", "reloc.CODE", "reloc.DATA"].into_iter().for_each(|name| drop(module.customs.remove_raw(name)));
    println!("· setting the opening up");
    image::prepare(&mut module, out)?;
    // Nobody calls it any more.
    patch(&out.join("app.js"), &[("export function prepare() {\n    wasm.prepare();\n}\n", "")])?;
    shrink::names(&mut module, &out.join("app.js"))?;
    let wasm = module.emit_wasm();

    println!("· watching which of the program the first seconds run");
    let watched = out.with_extension("watched");
    // One of a build that broke off.
    let _ = std::fs::remove_dir_all(&watched);
    copy_folder(out, &watched)?;
    let mut marked = program(&wasm)?;
    mark::mark(&mut marked);
    file(&path, std::fs::write(watched.join(PROGRAM), marked.emit_wasm()))?;
    let mut ran = Vec::new();
    watch(&watched, ROUNDS, &mut ran)?;
    let mut joint = write(out, &wasm, &ran, &addresses)?;
    // What would be found out last is asked for first.
    const BOOT: &str = "<script type=\"module\" src=\"www/boot.js\">";
    const AHEAD: &str = "<link rel=\"preload\" href=\"app_bg.wasm\" as=\"fetch\" crossorigin><link rel=\"modulepreload\" href=\"app.js\">\
                         <link rel=\"modulepreload\" href=\"www/unpack.js\">";
    patch(&out.join("index.html"), &[(BOOT, &format!("{AHEAD}{BOOT}"))])?;
    patch(&out.join("www/program.js"), &[("[/* joint */]", &joint)])?;
    sheet::part(out)?;

    println!("· watching whether they need no more");
    for _ in 0..AGAIN {
        if !is_early(out)? {
            break;
        }
        watch(&watched, 1, &mut ran)?;
        let next = write(out, &wasm, &ran, &addresses)?;
        patch(&out.join("www/program.js"), &[(&joint, &next)])?;
        joint = next;
    }
    file(&watched, std::fs::remove_dir_all(&watched))
}

fn program(wasm: &[u8]) -> Result<Module, String> {
    Module::from_buffer(wasm).map_err(|e| format!("{PROGRAM}: {e:#}"))
}

/// Writes both parts of a program, of which these stretches ran, and gives what `www/program.js` is told of their joint.
fn write(out: &Path, wasm: &[u8], ran: &[bool], addresses: &Addresses) -> Result<String, String> {
    let mut module = program(wasm)?;
    let mut marks = ran.iter().copied();
    let mut functions = Vec::new();
    for id in mark::functions(&module) {
        let stretches = mark::stretches(module.funcs.get(id).kind.unwrap_local());
        let ran: Vec<bool> = stretches.iter().map(|_| marks.next().unwrap_or(false)).collect();
        functions.push((id, stretches, ran));
    }
    functions.retain(|(id, ..)| {
        let name = module.funcs.get(*id).name.as_deref().unwrap_or_default();
        !WHOLE.iter().any(|part| name.contains(part))
    });
    let mut later: BTreeSet<_> = functions.iter().filter(|(.., ran)| !ran[0]).map(|(id, ..)| *id).collect();
    for (id, stretches, ran) in functions.into_iter().filter(|(.., ran)| ran[0]) {
        let never_ran: Vec<_> = stretches.into_iter().zip(ran).filter(|(_, ran)| !ran).map(|(stretch, _)| stretch).collect();
        let pieces = outline::outline(&mut module, id, &never_ran, &later);
        later.extend(pieces);
    }
    let (parts, joint) = part::part(module, &later, addresses)?;
    // Its name stays that of a program: hosts compress those.
    for (name, bytes) in [(PROGRAM, pack::pack(&parts.first)?), (REST, parts.rest)] {
        file(&out.join(name), std::fs::write(out.join(name), bytes))?;
    }
    Ok(format!("[{}, {}]", joint.from, joint.count))
}

/// Replaces what must be there.
fn patch(path: &Path, changes: &[(&str, &str)]) -> Result<(), String> {
    let mut text = file(path, std::fs::read_to_string(path))?;
    for (old, new) in changes {
        if !text.contains(old) {
            return Err(format!("{}: found no {old:?}, expected what wasm-bindgen writes", path.display()));
        }
        text = text.replacen(old, new, 1);
    }
    file(path, std::fs::write(path, text))
}

/// The browsers in which the opening is watched: wide and in English, narrower and in Korean.
fn openings() -> [Options; 3] {
    let wide = Options::default();
    let between = Options { size: (768, 1024), language: "ko-KR", ..Options::default() };
    let narrow = Options { size: (360, 780), language: "ko-KR", dark: true, ..Options::default() };
    [wide, between, narrow]
}

/// What is seen in several browsers at once.
fn together<T: Send>(openings: &[Options], watch: impl Fn(&Options) -> Result<T, String> + Sync) -> Vec<Result<T, String>> {
    std::thread::scope(|scope| {
        let watches: Vec<_> = openings.iter().map(|options| scope.spawn(|| watch(options))).collect();
        watches.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("the watch broke off".into()))).collect()
    })
}

/// Adds to `ran` which stretches of the marked program in `site` run while the opening is watched so many times: first in all browsers at once and then
/// in each alone, since what a frame finds to do also hangs on how long the one before took.
fn watch(site: &Path, rounds: usize, ran: &mut Vec<bool>) -> Result<(), String> {
    let site = Site::serve(site)?;
    let all = openings();
    for openings in std::iter::repeat_n(std::iter::once(&all[..]).chain(all.chunks(1)), rounds).flatten() {
        for marks in together(openings, |options| watch_one(&site, options)) {
            let marks = marks?;
            ran.resize(marks.len(), false);
            ran.iter_mut().zip(marks).for_each(|(ran, mark)| *ran |= mark);
        }
    }
    Ok(())
}

/// The same in one browser.
fn watch_one(site: &Site, options: &Options) -> Result<Vec<bool>, String> {
    let browser = Browser::start(options)?;
    browser.go(&site.address)?;
    browser.wait_for("return !!window.playground")?;
    std::thread::sleep(WATCHED);
    let marks = format!(
        "return import(new URL('www/program.js', document.baseURI)).then((program) => program.default()) \
         .then((program) => new Uint8Array(program.{}.buffer).join(''))",
        mark::MARKS
    );
    let marks = browser.js(&marks)?;
    Ok(marks.as_str().ok_or("a marked program without its marks")?.bytes().map(|b| b == b'1').collect())
}

/// Whether some opening of the parted program asks for the rest before it is fetched.
fn is_early(site: &Path) -> Result<bool, String> {
    const ASKED: &str = "return performance.getEntriesByType('resource').some((one) => one.name.includes('app_rest'))";
    let site = Site::serve(site)?;
    let all = openings();
    for openings in std::iter::once(&all[..]).chain(all.chunks(1)) {
        let asked = together(openings, |options| {
            let browser = Browser::start(options)?;
            browser.go(&site.address)?;
            std::thread::sleep(BEFORE_REST);
            browser.js(ASKED)
        });
        for asked in asked {
            if asked? != false {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
