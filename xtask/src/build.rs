//! From sources to a static site: the wasm target, the compiler, wasm-bindgen, and the files of the page.

use crate::{shrink, split, test};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// The target of the page's program.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// The profile of the site.
const SITE: &str = "site";
/// What a first visit loads at most until the opening was seen, brotli-compressed, in bytes; it only ever goes down.
const FIRST_LOAD_LIMIT: usize = 164 * 1024;
/// Files that stand beside the page: others name them, so they keep their names, and the page opens without them.
const BESIDE: &[&str] =
    &["playground.js", "playground.d.ts", "sw.js", "www/picture.png", "www/tokens.css", "www/differences.html", "www/differences.css"];
/// How the files begin that a first visit does not load until the opening moves.
const LATER: &[&str] = &["app_rest.", "www/whole.", "www/old."];

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Runs a command, saying what it does.
pub fn run(what: &str, command: &mut Command) -> Result<(), String> {
    println!("· {what}");
    let status = command.current_dir(root()).status().map_err(|e| format!("{what}: {command:?}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what}: {command:?} ended with {status}")) }
}

/// Adds the wasm target when it is missing.
pub fn ensure_target() -> Result<(), String> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()).output().map_err(|e| format!("rustc: {e}"))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    run("adding the wasm target to the Rust toolchain", Command::new("rustup").args(["target", "add", TARGET]))
}

fn at<T>(path: &Path, result: std::io::Result<T>) -> Result<T, String> {
    result.map_err(|e| format!("{}: {e}", path.display()))
}

/// Builds the page into `out`, its files under their own names; gives the program as it was linked.
pub fn page(out: &Path, profile: &str) -> Result<PathBuf, String> {
    ensure_target()?;
    let mut cargo = Command::new("cargo");
    cargo.args(["rustc", "--bin", "app", "--target", TARGET, "--profile", profile, "--"]);
    if profile == SITE {
        // So that each static can go where it is needed.
        cargo.args(["-C", "link-arg=--no-merge-data-segments", "-C", "link-arg=--emit-relocs"]);
    }
    // What panics say names the sources of crates; where they lie on this machine is nobody's business.
    let crates = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    if let Some(crates) = crates {
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("--remap-path-prefix={}=crates", crates.display()));
    }
    run("compiling the page to WebAssembly (the first time takes a minute or two)", &mut cargo)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let wasm = target.join(TARGET).join(profile).join("app.wasm");
    println!("· writing the JavaScript that loads it");
    // Whoever loads the page meanwhile gets the one of before.
    let (site, out) = (out, &out.with_extension("new"));
    let _ = std::fs::remove_dir_all(out);
    at(out, std::fs::create_dir_all(out))?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&wasm).out_name("app").typescript(false).remove_producers_section(true);
    bindgen.bundler(true).and_then(|b| b.browser(true)).and_then(|b| b.generate(out)).map_err(|e| format!("wasm-bindgen: {e:#}"))?;
    // The script for bundlers gives way to what it loads; `www/program.js` loads that and the program.
    let glue = out.join("app.js");
    at(&glue, std::fs::rename(out.join("app_bg.js"), &glue))?;
    copy(&root().join("index.html"), &out.join("index.html"))?;
    copy_folder(&root().join("www"), &out.join("www"))?;
    for name in ["playground.js", "playground.d.ts", "sw.js"] {
        let from = out.join("www").join(name);
        at(&from, std::fs::rename(&from, out.join(name)))?;
    }
    let _ = std::fs::remove_dir_all(site);
    at(site, std::fs::rename(out, site))?;
    Ok(wasm)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    at(from, std::fs::copy(from, to)).map(|_| ())
}

/// Copies what is in a folder into another, which is made when it is missing.
pub fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    at(to, std::fs::create_dir_all(to))?;
    for entry in at(from, std::fs::read_dir(from))? {
        let entry = entry.map_err(|e| e.to_string())?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy_folder(&entry.path(), &target)? } else { copy(&entry.path(), &target)? }
    }
    Ok(())
}

/// The optimised site in `dist/`: hashed names, sizes, and the service worker's list.
pub fn dist() -> Result<(), String> {
    let out = root().join("dist");
    let linked = page(&out, SITE)?;
    test::provide_browser()?;
    split::split(&linked, &out)?;
    shorten(&out)?;
    let files = hash_names(&out)?;
    let list = files.iter().filter(|f| !BESIDE.contains(&f.as_str())).map(|f| format!("\"{f}\"")).collect::<Vec<_>>().join(", ");
    let version = hash(list.as_bytes());
    let worker = out.join("sw.js");
    let text = at(&worker, std::fs::read_to_string(&worker))?;
    at(&worker, std::fs::write(&worker, text.replace("[/* files */]", &format!("[{list}]")).replace("/* version */", &version)))?;
    sizes(&out, &files)
}

/// Shortens the texts that a first visit loads.
fn shorten(out: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    files_in(out, "", &mut files)?;
    for file in files.iter().map(|file| out.join(file)) {
        let shorten = match file.extension().and_then(|e| e.to_str()) {
            Some("css") => shrink::css,
            Some("js") => shrink::js,
            _ => continue,
        };
        let text = at(&file, std::fs::read_to_string(&file))?;
        at(&file, std::fs::write(&file, shorten(&text)))?;
    }
    Ok(())
}

fn hash(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")[..10].to_string()
}

fn files_in(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<(), String> {
    for entry in at(folder, std::fs::read_dir(folder))? {
        let entry = entry.map_err(|e| e.to_string())?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { files_in(&entry.path(), &format!("{name}/"), found)? } else { found.push(name) }
    }
    found.sort();
    Ok(())
}

/// Gives every file a name with the hash of its content, those others name first, and writes the new names where the old ones stood.
/// The page itself and what stands beside it keep theirs.
fn hash_names(out: &Path) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    files_in(out, "", &mut files)?;
    // What is named by others comes before what names it.
    let rank = |f: &String| match f.rsplit('.').next() {
        Some("wasm" | "svg" | "png") => 0,
        Some("webmanifest" | "css") => 1,
        _ if f == "app.js" || f == "www/unpack.js" => 1,
        _ if f == "www/program.js" => 2,
        Some("js") => 3,
        _ => 4,
    };
    files.sort_by_key(|f| (rank(f), f.clone()));
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for file in &files {
        let path = out.join(file);
        let is_text = ["html", "css", "js", "webmanifest", "ts"].iter().any(|e| file.ends_with(&format!(".{e}")));
        if is_text {
            let mut text = at(&path, std::fs::read_to_string(&path))?;
            for (old, new) in &renamed {
                let (old, new) = (old.rsplit('/').next().unwrap_or(old), new.rsplit('/').next().unwrap_or(new));
                for quote in ["\"", "'", "/"] {
                    for end in ["\"", "'", ")"] {
                        text = text.replace(&format!("{quote}{old}{end}"), &format!("{quote}{new}{end}"));
                    }
                }
            }
            at(&path, std::fs::write(&path, text))?;
        }
        if file == "index.html" || BESIDE.contains(&file.as_str()) {
            continue;
        }
        let bytes = at(&path, std::fs::read(&path))?;
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        let new = format!("{stem}.{}.{extension}", hash(&bytes));
        at(&path, std::fs::rename(&path, out.join(&new)))?;
        renamed.insert(file.clone(), new);
    }
    let mut files = Vec::new();
    files_in(out, "", &mut files)?;
    Ok(files)
}

/// Prints what each file weighs, and fails when a first visit weighs too much.
fn sizes(out: &Path, files: &[String]) -> Result<(), String> {
    let mut first = 0;
    println!("{:>10} {:>10}  file", "raw", "brotli");
    for file in files {
        let path = out.join(file);
        let bytes = at(&path, std::fs::read(&path))?;
        let mut small = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut small, &parameters).map_err(|e| format!("{file}: {e}"))?;
        println!("{:>10} {:>10}  {file}", bytes.len(), small.len());
        if !BESIDE.contains(&file.as_str()) && !LATER.iter().any(|name| file.starts_with(name)) {
            first += small.len();
        }
    }
    println!("first load: {first} bytes of at most {FIRST_LOAD_LIMIT}");
    if first > FIRST_LOAD_LIMIT { Err("the first load is too heavy".into()) } else { Ok(()) }
}
