//! Builds, serves and tests Kafka Playground: `cargo xtask serve`, `cargo xtask dist`, `cargo xtask test`.

mod build;
#[path = "../../tests/browser/driver.rs"]
#[allow(dead_code)] // the tests use the rest
mod driver;
mod serve;
#[path = "../../tests/browser/server.rs"]
#[allow(dead_code)] // so do they here
mod server;
mod shot;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask serve [--port N] [--no-open] [--watch]   build the page and serve it on 127.0.0.1
cargo xtask dist                                     build the optimised static site in dist/
cargo xtask test [--native]                          check everything; --native: what needs no browser
cargo xtask shot [--out FOLDER]                      make pictures of dist/ in every size, language and theme
cargo xtask bench-page                               measure the page's frames with many messages in flight
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|a| a == flag);
    let done = match arguments.first().map(String::as_str) {
        Some("serve") => {
            let port = arguments.iter().position(|a| a == "--port").and_then(|at| arguments.get(at + 1));
            match port.map(|p| p.parse()) {
                None => serve::run(8080, !has("--no-open"), has("--watch")),
                Some(Ok(port)) => serve::run(port, !has("--no-open"), has("--watch")),
                Some(Err(_)) => Err("found no number behind --port, expected one from 1 to 65535".into()),
            }
        }
        Some("dist") => build::dist(),
        Some("shot") => {
            let out = arguments.iter().position(|a| a == "--out").and_then(|at| arguments.get(at + 1));
            shot::run(&out.map_or_else(|| build::root().join("target/shots"), PathBuf::from))
        }
        Some("bench-page") => shot::bench(),
        Some("test") => test::run(has("--native")),
        _ => Err(format!("found {:?}, expected one of:\n{USAGE}", arguments.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
