//! Builds, serves and tests Kafka Playground: `cargo xtask serve`, `cargo xtask dist`, `cargo xtask test`.

mod build;
mod serve;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask serve [--port N] [--no-open] [--watch]   build the page and serve it on 127.0.0.1
cargo xtask dist                                     build the optimised static site in dist/
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|a| a == flag);
    let done = match arguments.first().map(String::as_str) {
        Some("serve") => {
            let port = arguments.iter().position(|a| a == "--port").and_then(|at| arguments.get(at + 1)).and_then(|p| p.parse().ok());
            serve::run(port.unwrap_or(8080), !has("--no-open"), has("--watch"))
        }
        Some("dist") => build::dist(),
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
