//! Builds, serves and tests Kafka Playground, and asks Kafka itself: `cargo xtask` with `serve`, `dist`, `test`, `shot` or `record`.
#![allow(clippy::disallowed_methods)] // A clock is no input of the core's here.

mod build;
#[allow(dead_code)] // The tests in a browser use all of it.
#[path = "../../tests/browser/driver.rs"]
mod driver;
mod record;
mod serve;
#[allow(dead_code)] // So do they of this.
#[path = "../../tests/browser/server.rs"]
mod server;
mod shot;
mod shrink;
mod split;
mod test;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask serve [--port N] [--no-open] [--watch] [--release]   build the page and serve it on 127.0.0.1
cargo xtask dist                                                 build the optimised static site in dist/
cargo xtask test [--native]                                      check everything; --native: what needs no browser
cargo xtask shot [--out FOLDER]                                  make pictures of dist/ in every size, language and theme
cargo xtask bench-page                                           measure the page's frames with many messages in flight
cargo xtask record FILE...                                       run scenarios on a real Kafka cluster and write its answers into them
";

/// What stands behind a command: flags, and options with their values.
struct Arguments {
    flags: Vec<String>,
    values: Vec<(String, String)>,
}

impl Arguments {
    fn read(given: &[String], flags: &[&str], options: &[&str]) -> Result<Arguments, String> {
        let mut found = Arguments { flags: Vec::new(), values: Vec::new() };
        let mut given = given.iter();
        while let Some(word) = given.next() {
            if flags.contains(&word.as_str()) {
                found.flags.push(word.clone());
            } else if options.contains(&word.as_str()) {
                let value = given.next().ok_or_else(|| format!("found nothing behind {word}, expected its value"))?;
                found.values.push((word.clone(), value.clone()));
            } else {
                return Err(format!("found {word:?}, expected one of:\n{USAGE}"));
            }
        }
        Ok(found)
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag)
    }

    fn value(&self, option: &str) -> Option<&str> {
        self.values.iter().rev().find(|(name, _)| name == option).map(|(_, value)| value.as_str())
    }
}

fn run(given: &[String]) -> Result<(), String> {
    let Some((command, rest)) = given.split_first() else { return Err(format!("found no command, expected one of:\n{USAGE}")) };
    match command.as_str() {
        "serve" => {
            let given = Arguments::read(rest, &["--no-open", "--watch", "--release"], &["--port"])?;
            let port = given.value("--port").unwrap_or("8080");
            let port = port.parse().map_err(|_| format!("found {port:?} behind --port, expected a number up to 65535"))?;
            let profile = if given.has("--release") { "release" } else { "serve" };
            serve::run(port, profile, !given.has("--no-open"), given.has("--watch"))
        }
        "dist" => Arguments::read(rest, &[], &[]).and_then(|_| build::dist()),
        "test" => test::run(Arguments::read(rest, &["--native"], &[])?.has("--native")),
        "record" => record::run(rest),
        "bench-page" => Arguments::read(rest, &[], &[]).and_then(|_| shot::bench()),
        "shot" => {
            let given = Arguments::read(rest, &[], &["--out"])?;
            let default = build::root().join("target/shots");
            shot::run(given.value("--out").map_or(default.as_path(), Path::new))
        }
        _ => Err(format!("found {command:?}, expected one of:\n{USAGE}")),
    }
}

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match run(&given) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
