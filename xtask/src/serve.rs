//! The page while it is being made: built, served on loopback, built again when a source changes.

use crate::{build, server};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Builds the page and serves it until it is stopped.
pub fn run(port: u16, profile: &'static str, open: bool, watch: bool) -> Result<(), String> {
    let out = build::root().join("target/site");
    build::page(&out, profile)?;
    let free = |p| TcpListener::bind(("127.0.0.1", p)).ok();
    let listener = (port..=port.saturating_add(100)).find_map(free).ok_or(format!("no free port from {port} on"))?;
    let address = format!("http://{}/", listener.local_addr().map_err(|e| e.to_string())?);
    println!("· serving {address} (Ctrl-C ends it)");
    if open {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let _ = std::process::Command::new(opener).arg(&address).spawn();
    }
    if watch {
        println!("· watching src, www and index.html");
        let out = out.clone();
        std::thread::spawn(move || watch_sources(&out, profile));
    }
    server::serve(&listener, &out);
    Ok(())
}

/// Builds again whenever a source is newer than the last build.
fn watch_sources(out: &Path, profile: &str) {
    let mut built = newest(&build::root());
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = newest(&build::root());
        if now > built {
            built = now;
            if let Err(why) = build::page(out, profile) {
                eprintln!("xtask: {why}");
            } else {
                println!("· built again; reload the page");
            }
        }
    }
}

fn newest(root: &Path) -> Option<SystemTime> {
    let mut folders = vec![root.join("src"), root.join("www")];
    let mut newest = std::fs::metadata(root.join("index.html")).and_then(|m| m.modified()).ok();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                newest = newest.max(entry.metadata().and_then(|m| m.modified()).ok());
            }
        }
    }
    newest
}
