//! From sources to a static site: the wasm target, the compiler, wasm-bindgen, and the files of the page.

use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

pub const TARGET: &str = "wasm32-unknown-unknown";

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

/// Builds the page into `out`.
pub fn page(out: &Path, profile: &str) -> Result<(), String> {
    ensure_target()?;
    let mut cargo = Command::new("cargo");
    cargo.args(["rustc", "--bin", "app", "--target", TARGET, "--profile", profile]);
    if profile == "release" {
        cargo.args(["--", "-C", "opt-level=s"]);
    }
    run("compiling the page to WebAssembly (the first time takes a minute or two)", &mut cargo)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let wasm = target.join(TARGET).join(profile).join("app.wasm");
    println!("· writing the JavaScript that loads it");
    let _ = std::fs::remove_dir_all(out);
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&wasm).out_name("app").typescript(false).remove_producers_section(true).omit_default_module_path(false);
    bindgen.web(true).and_then(|b| b.generate(out)).map_err(|e| format!("wasm-bindgen: {e:#}"))?;
    copy(&root().join("index.html"), &out.join("index.html"))?;
    copy_folder(&root().join("www"), &out.join("www"))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::copy(from, to).map(|_| ()).map_err(|e| format!("{} to {}: {e}", from.display(), to.display()))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::create_dir_all(to).map_err(|e| format!("{}: {e}", to.display()))?;
    for entry in std::fs::read_dir(from).map_err(|e| format!("{}: {e}", from.display()))? {
        let entry = entry.map_err(|e| e.to_string())?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The optimised site in `dist/`.
pub fn dist() -> Result<(), String> {
    page(&root().join("dist"), "release")
}
