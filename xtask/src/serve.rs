//! A small static server for loopback: the page while it is being made.

use crate::build;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};

/// Builds the page and serves it until it is stopped.
pub fn run(port: u16, open: bool, _watch: bool) -> Result<(), String> {
    let out = build::root().join("target/site");
    build::page(&out, "serve")?;
    let listener = (port..port.saturating_add(100)).find_map(|p| TcpListener::bind(("127.0.0.1", p)).ok()).ok_or("no free port")?;
    let address = format!("http://{}/", listener.local_addr().map_err(|e| e.to_string())?);
    println!("· serving {address} (Ctrl-C ends it)");
    if open {
        let _ = std::process::Command::new("xdg-open").arg(&address).spawn();
    }
    serve(&listener, &out);
    Ok(())
}

/// Answers requests for the files of a folder.
pub fn serve(listener: &TcpListener, folder: &Path) {
    for stream in listener.incoming().flatten() {
        let folder = folder.to_path_buf();
        std::thread::spawn(move || answer(stream, &folder));
    }
}

fn answer(mut stream: TcpStream, folder: &Path) {
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    if reader.read_line(&mut line).is_err() {
        return;
    }
    let mut header = String::new();
    while reader.read_line(&mut header).is_ok_and(|n| n > 2) {
        header.clear();
    }
    let path = line.split_whitespace().nth(1).unwrap_or("/").split(['?', '#']).next().unwrap_or("/").trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let inside = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
    let body = inside.then(|| std::fs::read(folder.join(PathBuf::from(path))).ok()).flatten();
    let (status, body) = match body {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", b"not found".to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
        kind(path),
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ts" | "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
